"""From stored JSON to the result of a 10-hour meeting, against json.loads of the same bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from remote_meeting import RemoteMeetingTranscriptionResult
from remote_meeting_backends import Phrase, Transcript, Word

PHRASES = 20_000
WORDS = 9
TEXT = ["we", "can", "talk", "about", "this", "again", "on", "monday", "morning"]


@pytest.fixture(scope="module")
def stored() -> bytes:
    """A meeting as the store keeps it: 20,000 phrases of nine words, every 1.8 s."""
    phrases = tuple(
        Phrase(
            id=f"{number:08x}",
            text=" ".join(TEXT),
            speaker=f"Guest-{number % 5 + 1}",
            offset_ticks=number * 18_000_000,
            duration_ticks=17_000_000,
            confidence=0.8734,
            locale="en-US",
            words=tuple(
                Word(text, number * 18_000_000 + at * 1_900_000, 1_800_000, 0.91) for at, text in enumerate(TEXT)
            ),
        )
        for number in range(PHRASES)
    )
    return Transcript(meeting_id="ten-hours", backend="local", phrases=phrases).model_dump_json().encode()


def test_result_of_ten_hours(benchmark: BenchmarkFixture, say: Callable[[str], None], stored: bytes) -> None:
    """Goal: at most 3 times json.loads."""
    parsing: list[float] = []
    building: list[float] = []

    def once() -> RemoteMeetingTranscriptionResult:
        began = time.perf_counter()
        json.loads(stored)
        parsed = time.perf_counter()
        result = RemoteMeetingTranscriptionResult(Transcript.model_validate_json(stored))
        parsing.append(parsed - began)
        building.append(time.perf_counter() - parsed)
        return result

    result = benchmark.pedantic(once, rounds=15 if benchmark.enabled else 1)
    assert len(result.meeting_transcription_results) == PHRASES
    say(
        f"result of 20,000 phrases ({len(stored) / 1e6:.0f} MB) {median(building) * 1000:.0f} ms, json.loads "
        f"{median(parsing) * 1000:.0f} ms (medians): {median(building) / median(parsing):.2f} times"
    )
