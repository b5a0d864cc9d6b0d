"""Files that transcripts come in: what was written here is read back, and what services answer is read."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.formats import FORMATS, render
from remote_meeting.parity import read_transcript
from remote_meeting_backends import InvalidInput, Phrase, Transcript

SECOND = 10_000_000
TALK = Transcript(
    meeting_id="standup",
    backend="local",
    phrases=(
        Phrase("1", "Good morning: all <of> you & me.", "Guest-1", 5_000_000, 2 * SECOND),
        Phrase("2", "Yes.", "katie@example.com", 3 * SECOND, SECOND),
    ),
)


@pytest.mark.parametrize("name", list(FORMATS))
def test_what_is_written_is_read(name: str) -> None:
    """Every format: speakers, words and starts come back; ends, where the format says them."""
    read = read_transcript(render(TALK, name).encode(), "talk")
    assert [(one.speaker, one.text, one.offset_ticks) for one in read.phrases] == [
        (one.speaker, one.text, one.offset_ticks) for one in TALK.phrases
    ]
    if name != "text":
        assert [one.duration_ticks for one in read.phrases] == [one.duration_ticks for one in TALK.phrases]
    if name == "json":
        assert read == TALK


def test_ends_of_lines() -> None:
    """Text says when phrases begin: each lasts until the next, the last as long as its words take."""
    read = read_transcript(b"[00:00:01.000] A: one\n[00:00:03.500] B: two words\n", "talk")
    assert [one.duration_ticks for one in read.phrases] == [25_000_000, 8_000_000]


def test_windows_lines_and_a_mark_at_the_beginning() -> None:
    """As editors leave them."""
    for name in FORMATS:
        content = b"\xef\xbb\xbf" + render(TALK, name).replace("\n", "\r\n").encode()
        assert len(read_transcript(content, "talk").phrases) == 2


def test_fast() -> None:
    """The answer of fast transcription, as published."""
    body = {
        "durationMilliseconds": 3000,
        "combinedPhrases": [{"text": "Hi. Yes."}],
        "phrases": [
            {"speaker": 1, "offsetMilliseconds": 100, "durationMilliseconds": 900, "text": "Hi.", "confidence": 0.9},
            {"speaker": 2, "offsetMilliseconds": 1500, "durationMilliseconds": 500, "text": "Yes.", "confidence": 0.8},
        ],
    }
    read = read_transcript(json.dumps(body).encode(), "fast.json")
    assert [(one.speaker, one.text) for one in read.phrases] == [("Guest-1", "Hi."), ("Guest-2", "Yes.")]
    assert read.backend == "fast"


def test_batch() -> None:
    """A result file of batch transcription, as published."""
    best = [{"confidence": 0.9, "lexical": "hi", "display": "Hi."}]
    phrase = {"recognitionStatus": "Success", "channel": 0, "speaker": 1, "nBest": best}
    body = {
        "source": "https://account.blob.core.windows.net/a/b.wav",
        "durationInTicks": 30_000_000,
        "combinedRecognizedPhrases": [{"channel": 0, "lexical": "hi", "display": "Hi."}],
        "recognizedPhrases": [{**phrase, "offsetInTicks": 1_000_000, "durationInTicks": 5_000_000}],
    }
    read = read_transcript(json.dumps(body).encode(), "batch.json")
    assert [(one.text, one.offset_ticks) for one in read.phrases] == [("Hi.", 1_000_000)]
    assert read.backend == "batch"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is none of"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{", "not whole JSON"),
        (b"{}", "it is none of"),
        (b"hello", "it is none of"),
        (b'{"meeting_id": "m", "phrases": [{"text": "secret"}]}', "not as it should be"),
        (b'{"phrases": 3}', "is no transcript"),
        (b'{"recognizedPhrases": 3}', "is no transcript"),
        (b'{"processingStatus": "Processing"}', "Processing when it was asked for"),
    ],
)
def test_what_is_no_transcript(content: bytes, said: str) -> None:
    """One sentence, with the file's name, and nothing of what was said in the meeting."""
    with pytest.raises(InvalidInput, match=said) as raised:
        read_transcript(content, "some.file")
    assert "some.file" in raised.value.message
    assert "secret" not in raised.value.message


CUE = st.from_regex(r"\d\n\d\d:\d\d:\d\d,\d{3} --> .*").map(str.encode)


@given(st.one_of(st.binary(), st.text().map(str.encode), CUE))
def test_nothing_breaks_it(content: bytes) -> None:
    """Any file is read, or refused."""
    with contextlib.suppress(InvalidInput):
        read_transcript(content, "any")


def test_nobody_spoke() -> None:
    """A result without phrases is a transcript, in the formats that can say so."""
    silent = Transcript(meeting_id="m", backend="local", notes=("No speech was found.",))
    for name in ("text", "json", "vtt", "legacy-json"):
        assert read_transcript(render(silent, name).encode(), "silent").phrases == ()
