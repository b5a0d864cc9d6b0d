"""How well the local backend does, measured.

    python tests/accuracy.py

For the bundled sample, and for ../shared/audio/katiesteve_mono.wav where it is there, with the number of speakers
given and estimated: word error rate (case and punctuation aside), share of the speech time that went to the right
person (labels matched to people one to one, as well as it goes), utterances that did, and the time it took as a share
of the audio's length.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import platform
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import jiwer

from remote_meeting_backends import JobOptions, JobRequest, Phrase, SpeakerCount, SystemRuntime, Transcript
from remote_meeting_backends.local import LocalBackend
from remote_meeting_backends.transcript import seconds
from sample.make_sample import LINES, SHIPPED, Line

KATIE_AND_STEVE = Path(__file__).parents[2] / "shared" / "audio" / "katiesteve_mono.wav"
KATIE_AND_STEVE_LINES = [
    Line("Katie", "Good morning, Steve.", 1.0, 2.0),
    Line("Steve", "Good morning, Katie.", 2.7, 3.5),
    Line("Katie", "Have you heard about the new conversation transcription capability?", 4.0, 7.5),
    Line("Steve", "No, tell me more about it.", 8.0, 9.1),
    Line(
        "Katie",
        "It's the new feature that transcribes our discussion and lets us know who said what.",
        9.5,
        14.7,
    ),
    Line("Steve", "That sounds interesting. I'm going to give this a try.", 15.3, 17.8),
]


class Notebook:
    """A journal in memory.

    Args:
        entries: The pieces that an earlier run kept.
    """

    def __init__(self, entries: Sequence[str] = ()) -> None:
        self.entries = list(entries)
        self.shares: list[float] = []

    async def progress(self, fraction: float) -> None:
        self.shares.append(fraction)

    async def checkpoint(self, entries: Sequence[str]) -> None:
        self.entries += entries

    async def checkpoints(self) -> list[str]:
        return list(self.entries)


@dataclass(frozen=True, slots=True)
class Score:
    """How well one transcript matches what was said."""

    wer: float
    time_share: float
    right: int
    total: int


async def transcribe(audio: Path, speakers: int | None, notebook: Notebook | None = None) -> Transcript:
    """The local backend's transcript of a file."""
    count = None if speakers is None else SpeakerCount(minimum=speakers, maximum=speakers)
    backend = LocalBackend(SystemRuntime())
    try:
        job = await backend.submit(JobRequest(audio.stem, audio, JobOptions(speakers=count)), notebook or Notebook())
        return await backend.result(job)
    finally:
        await backend.aclose()


def score(transcript: Transcript, lines: Sequence[Line]) -> Score:
    """Compare a transcript with what was said."""
    said = plain(" ".join(line.text for line in lines))
    heard = plain(" ".join(phrase.text for phrase in transcript.phrases))
    person_of = match(transcript, lines)
    good = [
        sum(_overlap(line, phrase) for phrase in transcript.phrases if person_of.get(phrase.speaker) == line.speaker)
        for line in lines
    ]
    most = [max(transcript.phrases, key=lambda phrase: _overlap(line, phrase), default=None) for line in lines]
    right = sum(
        phrase is not None and _overlap(line, phrase) > 0 and person_of.get(phrase.speaker) == line.speaker
        for line, phrase in zip(lines, most, strict=True)
    )
    length = sum(line.end - line.start for line in lines)
    return Score(jiwer.wer(said, heard), sum(good) / length, right, len(lines))


def match(transcript: Transcript, lines: Sequence[Line]) -> dict[str, str]:
    """Which person each label stands for: the one-to-one choice that gives the most time to the right person."""
    people = sorted({line.speaker for line in lines})
    labels = [*transcript.speakers, *(f"nobody {number}" for number in range(len(people)))]
    shared = {
        (label, person): sum(
            _overlap(line, phrase)
            for line in lines
            for phrase in transcript.phrases
            if line.speaker == person and phrase.speaker == label
        )
        for label in labels
        for person in people
    }
    best = max(
        itertools.permutations(labels, len(people)),
        key=lambda chosen: sum(shared[pair] for pair in zip(chosen, people, strict=True)),
    )
    return dict(zip(best, people, strict=True))


def plain(text: str) -> str:
    """Lower case, without punctuation."""
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def _overlap(line: Line, phrase: Phrase) -> float:
    return max(0.0, min(line.end, seconds(phrase.end_ticks)) - max(line.start, seconds(phrase.offset_ticks)))


def main() -> None:
    """Print the table."""
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'recording':<17} {'speakers':<9} {'WER':>6} {'right time':>10} {'utterances':>10} {'time/length':>11}")
    for audio, lines in ((SHIPPED, LINES), (KATIE_AND_STEVE, KATIE_AND_STEVE_LINES)):
        if not audio.exists():
            print(f"{audio.stem:<17} is not there: {audio}")
            continue
        people = len({line.speaker for line in lines})
        for speakers in (people, None):
            began = time.perf_counter()
            transcript = asyncio.run(transcribe(audio, speakers))
            took = time.perf_counter() - began
            result = score(transcript, lines)
            given = "estimated" if speakers is None else str(speakers)
            print(
                f"{audio.stem:<17} {given:<9} {result.wer:>6.1%} {result.time_share:>10.1%} "
                f"{f'{result.right} of {result.total}':>10} "
                f"{took / seconds(transcript.audio_duration_ticks or 1):>11.2f}"
            )


if __name__ == "__main__":
    main()
