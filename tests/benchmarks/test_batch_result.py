"""From the batch service's result file to the transcript of a 10-hour meeting, against json.loads of the same bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from remote_meeting_backends import JobOptions, Transcript
from remote_meeting_backends.batch.results import read_result, transcript

PHRASES = 20_000
TEXT = ["we", "can", "talk", "about", "this", "again", "on", "monday", "morning", "then"]
SOURCE = "https://account.blob.core.windows.net/meetings/ten-hours.wav"


def times(offset: int, duration: int) -> dict[str, Any]:
    """A place in time in all three notations, ticks as the floats of the published sample."""
    return {
        "offset": f"PT{offset / 1e7:g}S",
        "duration": f"PT{duration / 1e7:g}S",
        "offsetInTicks": float(offset),
        "durationInTicks": float(duration),
        "offsetMilliseconds": offset // 10_000,
        "durationMilliseconds": duration // 10_000,
    }


@pytest.fixture(scope="module")
def written() -> bytes:
    """A result by the schema of 2024-11-15: 20,000 phrases of ten words, every 1.8 s."""
    text = " ".join(TEXT)
    forms = {"confidence": 0.8734, "lexical": text, "itn": text, "maskedITN": text, "display": f"{text.capitalize()}."}
    phrases = []
    for number in range(PHRASES):
        begin = number * 18_000_000
        words = [
            {"word": word, **times(begin + at * 1_700_000, 1_600_000), "confidence": 0.91}
            for at, word in enumerate(TEXT)
        ]
        head = {"recognitionStatus": "Success", "channel": 0, "speaker": number % 5}
        phrases.append({**head, **times(begin, 17_000_000), "nBest": [{**forms, "words": words}]})
    length = {"durationInTicks": PHRASES * 18_000_000, "durationMilliseconds": PHRASES * 1_800, "duration": "PT10H"}
    combined = [{"channel": 0, "display": text}]
    return json.dumps(
        {"source": SOURCE, **length, "combinedRecognizedPhrases": combined, "recognizedPhrases": phrases}
    ).encode()


def test_batch_result_of_ten_hours(benchmark: BenchmarkFixture, say: Callable[[str], None], written: bytes) -> None:
    """Goal: at most 3 times json.loads, every word built."""
    parsing: list[float] = []
    reading: list[float] = []

    def once() -> Transcript:
        began = time.perf_counter()
        json.loads(written)
        parsed = time.perf_counter()
        result = read_result(written)
        found = transcript("ten-hours", JobOptions(), [result], [], [SOURCE], diarized=True, separate=False)
        parsing.append(parsed - began)
        reading.append(time.perf_counter() - parsed)
        return found

    found = benchmark.pedantic(once, rounds=9 if benchmark.enabled else 1)
    assert len(found.phrases) == PHRASES
    assert sum(len(phrase.words) for phrase in found.phrases) == PHRASES * len(TEXT)
    say(
        f"batch result of 20,000 phrases ({len(written) / 1e6:.0f} MB) {median(reading) * 1000:.0f} ms, json.loads "
        f"{median(parsing) * 1000:.0f} ms (medians): {median(reading) / median(parsing):.2f} times"
    )
