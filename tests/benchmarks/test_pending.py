"""A thousand meetings waited for at once, in one process, at a slow server in another."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from remote_meeting import SpeechConfig
from remote_meeting.aio import RemoteMeetingTranscriptionClient, RemoteMeetingTranscriptionOperation

OPERATIONS = 1000
SERVER = Path(__file__).with_name("slow_server.py")


@pytest.fixture
def server() -> Iterator[str]:
    """A server that keeps each question waiting; yields its address."""
    with subprocess.Popen([sys.executable, SERVER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def resident_bytes() -> int:
    """Memory of this process (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def wait_for_all(url: str, operations: int) -> tuple[int, int, int]:
    """Memory before, memory with every operation pending, and how many were completed."""
    async with RemoteMeetingTranscriptionClient(SpeechConfig("key", endpoint=url)) as client:
        await RemoteMeetingTranscriptionOperation("warm-up", client).wait_for_completion(0.1)
        gc.collect()
        before = resident_bytes()
        waits = [
            asyncio.create_task(RemoteMeetingTranscriptionOperation(f"m-{at}", client).wait_for_completion(0.5))
            for at in range(operations)
        ]
        pending, watch = before, set(waits)
        while watch:
            _, watch = await asyncio.wait(watch, timeout=0.1)
            if len(watch) == operations:
                pending = max(pending, resident_bytes())
        return before, pending, sum(wait.result().id.startswith("m-") for wait in waits)


def test_thousand_pending_operations(benchmark: BenchmarkFixture, say: Callable[[str], None], server: str) -> None:
    """Every one of them ends with its own result; what each costs while it waits is printed."""
    operations = OPERATIONS if benchmark.enabled else 20
    before, pending, completed = benchmark.pedantic(lambda: asyncio.run(wait_for_all(server, operations)), rounds=1)
    assert completed == operations
    say(
        f"{operations} pending operations: {(pending - before) / operations / 1024:.1f} KiB each "
        f"(process {before / 1e6:.0f} MB before, {pending / 1e6:.0f} MB with all pending)"
    )
