"""What is passed on to be parsed: whatever holds a word, in any encoding, and little else."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.checker.prefilter import OPTIONAL, WORDS, Prefilter, shortest

LITERALS = (b"MeetingTranscriber", b"speechtotext", b"SpeechToText")
PREFILTER = Prefilter(LITERALS)


@pytest.mark.parametrize("word", WORDS)
def test_words(word: bytes) -> None:
    """Each of the words is found, whatever stands around it."""
    everything = Prefilter()
    assert everything.passes(b"x = 1\n" * 1000 + b"_" + word + b"_")
    assert not everything.passes(b"x = 1\n" * 1000 + word[:-1])


@given(
    st.text(max_size=50),
    st.text(max_size=50),
    st.sampled_from(LITERALS),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
)
def test_never_misses(before: str, behind: str, word: bytes, encoding: str) -> None:
    """A word passes in UTF-8 and in UTF-16, between whatever letters."""
    assert PREFILTER.passes((before + word.decode() + behind).encode(encoding, "replace"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_wide_text_with_a_long_beginning(encoding: str, mark: str) -> None:
    """A word far behind a beginning in another script passes, if there is a line's end or a mark before it."""
    text = f"{mark}# {'会議' * 1500}\n{'会' * 4000}\nMeetingTranscriber()"
    assert PREFILTER.passes(text.encode(encoding))
    assert not PREFILTER.passes(text.replace("Transcriber", "").encode(encoding))


def test_marked_wide_text_without_any_zero_at_its_beginning() -> None:
    """The mark is enough."""
    assert PREFILTER.passes(codecs.BOM_UTF16_LE + ("会" * 5000 + "speechtotext").encode("utf-16-le"))


def test_nothing_else_passes() -> None:
    """Case is minded, and an empty file holds nothing."""
    assert not PREFILTER.passes(b"")
    assert not PREFILTER.passes(b"meetingtranscriber SPEECHTOTEXT Speechtotext")
    assert not Prefilter(()).passes(b"anything")


def test_more_words_than_one_search_holds() -> None:
    """All the words of all the rules are found."""
    words = (*WORDS, *OPTIONAL, *(f"word{number:03}".encode() for number in range(200)))
    prefilter = Prefilter(words)
    assert all(prefilter.passes(word) for word in words)
    assert not prefilter.passes(b"word999")


def test_shortest() -> None:
    """A word that holds another is found by it."""
    assert shortest([b"abc", b"b", b"xbx", b"ac", b"ac"]) == [b"b", b"ac"]
