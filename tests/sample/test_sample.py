"""The bundled sample is what its script makes, and accuracy.py measures what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from accuracy import match, plain, score
from remote_meeting_backends import Phrase, Transcript
from remote_meeting_backends.transcript import ticks
from sample.make_sample import LINES, RATE, SHIPPED, Line, meeting
from support.parts import program
from support.sound import SAMPLE

MAKE = Path(__file__).parent / "make_sample.py"


def transcript_of(*phrases: tuple[str, str, float, float]) -> Transcript:
    """A transcript of phrases given as label, text, start and end."""
    return Transcript(
        meeting_id="m1",
        backend="local",
        phrases=tuple(
            Phrase(str(number), text, label, ticks(start), ticks(end - start))
            for number, (label, text, start, end) in enumerate(phrases)
        ),
    )


def test_shipped() -> None:
    """The file in the package is where the script puts it, and its lines fit in it."""
    assert SHIPPED.resolve() == SAMPLE.resolve()
    info = soundfile.info(SHIPPED)
    assert (info.samplerate, info.channels, info.format) == (RATE, 1, "FLAC")
    ends = [moment for line in LINES for moment in (line.start, line.end)]
    assert ends == sorted(ends)
    assert ends[-1] < info.duration


def test_script_makes_it(tmp_path: Path) -> None:
    """The script writes the shipped sample anew, sample by sample."""
    program("flite", "apt-get install flite")
    subprocess.run([sys.executable, MAKE, tmp_path / "again.flac"], check=True, capture_output=True)
    again, _ = soundfile.read(tmp_path / "again.flac", dtype="int16")
    shipped, _ = soundfile.read(SHIPPED, dtype="int16")
    assert len(again) == len(shipped)
    assert np.abs(again.astype(int) - shipped).max() <= 2


def test_lines_are_where_they_are_said() -> None:
    """The ground truth is what the script's voices really say, and when."""
    _, placed = meeting(program("flite", "apt-get install flite"))
    for line, there in zip(LINES, placed, strict=True):
        assert (line.speaker, line.text) == (there.speaker, there.text)
        assert (line.start, line.end) == pytest.approx((there.start, there.end), abs=1e-3)


def test_score() -> None:
    """The measure itself: a wrong word, a missed second and a wrong speaker each cost what they should."""
    lines = [Line("ann", "One, two.", 0, 2), Line("bob", "Three FOUR", 2, 4), Line("ann", "five six", 4, 6)]
    perfect = transcript_of(("G2", "one two", 0, 2), ("G1", "three four", 2, 4), ("G2", "five six", 4, 6))
    assert match(perfect, lines) == {"G2": "ann", "G1": "bob"}
    best = score(perfect, lines)
    assert (best.wer, best.time_share, best.right, best.total) == (0, 1, 3, 3)
    poor = score(transcript_of(("G1", "one to", 0, 2), ("G2", "three four", 2, 3), ("G2", "five six", 4, 6)), lines)
    assert poor.wer == pytest.approx(1 / 6)
    assert (poor.time_share, poor.right) == (pytest.approx(3 / 6), 2)
    nobody = score(transcript_of(), lines)
    assert (nobody.wer, nobody.time_share, nobody.right) == (1, 0, 0)


def test_one_label_is_one_person() -> None:
    """Labels and people are matched one to one: one label for everybody gets one of them right."""
    lines = [Line("ann", "one", 0, 3), Line("bob", "two", 3, 4)]
    assert score(transcript_of(("G1", "one", 0, 3), ("G1", "two", 3, 4)), lines).right == 1


def test_plain() -> None:
    """Case and punctuation are no errors, an apostrophe is part of its word."""
    assert plain("It's Monday, isn't  it?") == "it's monday isn't it"
