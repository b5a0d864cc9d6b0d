"""Results as the service writes them: times in three units, forms of the text, speakers as numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends.emulator.render import (
    Heard,
    Wanted,
    batch_result,
    fast_result,
    iso_duration,
    speaker_numbers,
)
from remote_meeting_backends.emulator.scripts import words_of
from remote_meeting_backends.transcript import TICKS_PER_SECOND, Phrase, Word
from support.contract_files import check_result

EVERYTHING = Wanted(words=True, display_words=True, speakers=True, locales=True)
TEXTS = st.text(max_size=30)
WORDS = st.builds(
    Word,
    text=TEXTS,
    offset_ticks=st.integers(0, 10**12),
    duration_ticks=st.integers(0, 10**10),
    confidence=st.none() | st.floats(0, 1),
)
PHRASES = st.builds(
    Phrase,
    id=st.just("1"),
    text=TEXTS,
    speaker=st.sampled_from(["Guest-1", "Guest-2", "katie", "Unknown"]),
    offset_ticks=st.integers(0, 10**12),
    duration_ticks=st.integers(0, 10**10),
    channel=st.none() | st.integers(0, 1),
    confidence=st.none() | st.floats(0, 1),
    locale=st.none() | st.just("en-US"),
    words=st.lists(WORDS, max_size=3).map(tuple),
)


def phrase(speaker: str, offset: int, raw: str | None = None, text: str = "Hello, you!") -> Phrase:
    """One second of it, at so many seconds."""
    return Phrase("1", text, speaker, offset * TICKS_PER_SECOND, TICKS_PER_SECOND, raw_speaker=raw)


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, "PT0S"),
        (1, "PT0.0000001S"),
        (900_000, "PT0.09S"),
        (25_800_000, "PT2.58S"),
        (60 * TICKS_PER_SECOND, "PT1M"),
        (3_661 * TICKS_PER_SECOND + 5_000_000, "PT1H1M1.5S"),
        (30 * 3600 * TICKS_PER_SECOND, "PT30H"),
        (-5_000_000, "-PT0.5S"),
    ],
)
def test_a_duration_as_text(ticks: int, text: str) -> None:
    """ISO 8601, without what is nothing."""
    assert iso_duration(ticks) == text


@given(st.integers(-(10**14), 10**14))
def test_a_duration_loses_nothing(ticks: int) -> None:
    """Read again it is as many ticks."""
    found = re.fullmatch(r"(-?)PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,7}))?S)?", iso_duration(ticks))
    assert found
    sign, hours, minutes, seconds, fraction = found.groups(default="0")
    whole = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * TICKS_PER_SECOND + int(fraction.ljust(7, "0"))
    assert (-whole if sign == "-" else whole) == ticks


@given(st.lists(PHRASES, max_size=5), st.booleans(), st.booleans())
def test_results_keep_to_the_schema(phrases: list[Phrase], words: bool, speakers: bool) -> None:
    """Whatever was said, and whatever was asked for."""
    heard = Heard(10**12, tuple(phrases))
    wanted = Wanted(words=words, display_words=words, speakers=speakers, locales=speakers)
    check_result(batch_result(heard, wanted, source="a.wav", timestamp="2026-01-01T00:00:00Z"))


def test_the_times_of_a_phrase() -> None:
    """Text, ticks written as floats, and milliseconds, all the same."""
    result = batch_result(Heard(10**8, (phrase("Guest-1", 2),)), EVERYTHING, source="s", timestamp="t")
    (one,) = result["recognizedPhrases"]
    assert (one["offset"], one["offsetInTicks"], one["offsetMilliseconds"]) == ("PT2S", 2e7, 2000)
    assert isinstance(one["offsetInTicks"], float)
    assert isinstance(result["durationInTicks"], int)
    best = one["nBest"][0]
    assert (best["display"], best["lexical"]) == ("Hello, you!", "hello you")
    assert [word["word"] for word in best["words"]] == ["hello", "you"]
    assert [word["displayText"] for word in best["displayWords"]] == ["Hello,", "you!"]


def test_channels_follow_each_other() -> None:
    """A batch result is sorted by channel and has one combined text for each; a fast one is sorted by time."""
    phrases = tuple(
        Phrase(str(n), f"w{n}", "Guest-1", n * TICKS_PER_SECOND, TICKS_PER_SECOND, channel=n % 2) for n in range(4)
    )
    heard = Heard(4 * TICKS_PER_SECOND, phrases)
    batch = batch_result(heard, Wanted(), source="s", timestamp="t")
    assert [one["display"] for one in batch["combinedRecognizedPhrases"]] == ["w0 w2", "w1 w3"]
    assert [one["channel"] for one in batch["recognizedPhrases"]] == [0, 0, 1, 1]
    fast = fast_result(heard, speakers=False, channels=True, locale="en-US")
    assert [one["text"] for one in fast["phrases"]] == ["w0", "w1", "w2", "w3"]
    assert [(one["channel"], one["text"]) for one in fast["combinedPhrases"]] == [(0, "w0 w2"), (1, "w1 w3")]


def test_speakers_are_numbers() -> None:
    """A script's own, else in the order of appearance; who is unknown has none."""
    scripted = (phrase("Guest-5", 3, "5"), phrase("katie", 1), phrase("Unknown", 0), phrase("Guest-0", 2, "0"))
    assert speaker_numbers(scripted) == {"Guest-0": 0, "Guest-5": 5, "katie": 6}
    heard = (phrase("Guest-2", 5), phrase("Guest-1", 1))
    assert speaker_numbers(heard) == {"Guest-1": 1, "Guest-2": 2}


@given(PHRASES)
def test_words_lie_within_their_phrase(said: Phrase) -> None:
    """Those that are made up: one for each of the text, none beyond the end."""
    words = words_of(said)
    if said.words or not said.text.split():
        assert words == said.words
    else:
        assert [word.text for word in words] == said.text.split()
        assert words[-1].offset_ticks + words[-1].duration_ticks <= said.end_ticks
