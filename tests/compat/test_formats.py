"""A transcript on paper: each format once in full, and what text may not do to it."""

from __future__ import annotations

import json

import pytest

from remote_meeting.formats import FORMATS, clock, plain, render
from remote_meeting_backends import Phrase, Transcript, Word

TRANSCRIPT = Transcript(
    meeting_id="standup",
    backend="here",
    locale="en-US",
    audio_duration_ticks=36_010_000_000,
    phrases=(
        Phrase("1", "Good morning.", "Guest-1", 15_000_000, 12_345_678, words=(Word("Good", 15_000_000, 1),)),
        Phrase("2", "R&D <b>\x1b[31m --> fine", "A&B\n<x>", 36_005_000_000, 5_000_000, channel=1),
    ),
    notes=("Channel 1\tonly.",),
)
EMPTY = Transcript(meeting_id="standup", backend="here")

TEXT = """\
[00:00:01.500] Guest-1: Good morning.
[01:00:00.500] A&B <x>: R&D <b> [31m --> fine
Note: Channel 1 only.
"""
VTT = """\
WEBVTT

00:00:01.500 --> 00:00:02.735
<v Guest-1>Good morning.

01:00:00.500 --> 01:00:01.000
<v A&amp;B &lt;x&gt;>R&amp;D &lt;b&gt; [31m --&gt; fine
"""
SRT = """\
1
00:00:01,500 --> 00:00:02,735
Guest-1: Good morning.

2
01:00:00,500 --> 01:00:01,000
A&B <x>: R&D <b> [31m --> fine
"""


@pytest.mark.parametrize(("name", "expected"), [("text", TEXT), ("vtt", VTT), ("srt", SRT)])
def test_lines(name: str, expected: str) -> None:
    """Times, speakers and words stand where a player expects them; control characters and markup do no harm."""
    assert render(TRANSCRIPT, name) == expected


@pytest.mark.parametrize(("name", "expected"), [("text", ""), ("vtt", "WEBVTT\n"), ("srt", "")])
def test_nothing_was_said(name: str, expected: str) -> None:
    """A meeting without a word is still a file of its format."""
    assert render(EMPTY, name) == expected


def test_json() -> None:
    """All that is known, the words and the notes included, readable as it stands."""
    text = render(TRANSCRIPT, "json")
    fields = json.loads(text)
    assert list(fields)[:2] == ["meeting_id", "status"]
    assert (fields.pop("status"), fields.pop("speakers")) == ("Completed", ["Guest-1", "A&B\n<x>"])
    assert Transcript.model_validate(fields) == TRANSCRIPT
    assert text.endswith("}\n")
    assert "\x1b" not in text


def test_legacy_json() -> None:
    """Exactly what the retired service answered."""
    assert json.loads(render(TRANSCRIPT, "legacy-json")) == {
        "id": "standup",
        "processingStatus": 2,
        "transcriptions": [
            {
                "userId": "Guest-1",
                "resultId": "1",
                "reason": "RecognizedSpeech",
                "text": "Good morning.",
                "durationInTicks": 12_345_678,
                "offsetInTicks": 15_000_000,
            },
            {
                "userId": "A&B\n<x>",
                "resultId": "2",
                "reason": "RecognizedSpeech",
                "text": "R&D <b>\x1b[31m --> fine",
                "durationInTicks": 5_000_000,
                "offsetInTicks": 36_005_000_000,
            },
        ],
    }


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_ends_its_last_line(name: str) -> None:
    """Files can be put one after the other."""
    assert render(TRANSCRIPT, name).endswith("\n")
    assert not render(TRANSCRIPT, name).endswith("\n\n")


@pytest.mark.parametrize(
    ("ticks", "shown"),
    [
        (0, "00:00:00.000"),
        (4_999, "00:00:00.000"),
        (5_000, "00:00:00.001"),
        (599_995_000, "00:01:00.000"),
        (35_999_995_000, "01:00:00.000"),
        (3_600_000_000_000, "100:00:00.000"),
        (-10_000, "00:00:00.000"),
    ],
)
def test_rounding(ticks: int, shown: str) -> None:
    """To the nearest millisecond, carried up to the hour."""
    assert clock(ticks, ".") == shown


@pytest.mark.parametrize("text", ["\x00", "\x1b]0;x\x07", "a\r\nb", "\x7f", "\x85", "\x9b31m"])
def test_no_text_steers_a_terminal(text: str) -> None:
    """Control characters become spaces."""
    assert plain(f"before {text} after").isprintable()
