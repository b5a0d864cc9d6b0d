"""The local backend's real-time factor: seconds of work for a second of audio."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from remote_meeting import RemoteMeetingTranscriptionClient
from support.sound import RATE, SAMPLE, save, speech


def test_real_time_factor(benchmark: BenchmarkFixture, say: Callable[[str], None], tmp_path: Path) -> None:
    """The bundled sample, from file to result, the workers' start included; goal: below 1."""
    audio = SAMPLE if benchmark.enabled else save(tmp_path / "short.wav", speech(3.5))
    length = len(speech()) / RATE if benchmark.enabled else 3.5
    took: list[float] = []

    def once() -> int:
        began = time.perf_counter()
        with RemoteMeetingTranscriptionClient(backend="local", store=tmp_path / f"{len(took)}.db") as client:
            result = client.submit(audio).wait_for_completion()
        took.append(time.perf_counter() - began)
        return len(result.meeting_transcription_results)

    phrases = benchmark.pedantic(once, rounds=3 if benchmark.enabled else 1)
    assert phrases > 0
    say(f"local backend: {min(took):.1f} s for {length:.1f} s of audio, real-time factor {min(took) / length:.2f}")
