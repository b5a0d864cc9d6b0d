"""What `import remote_meeting` costs, against `import httpx`, in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from statistics import median

from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 15


def seconds_to_import(module: str) -> float:
    """Time of the import statement alone, in a new process."""
    code = f"import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"
    return float(subprocess.check_output([sys.executable, "-c", code]))


def test_import(benchmark: BenchmarkFixture, say: Callable[[str], None]) -> None:
    """Alternates the two, so that both see the same machine; goal: at most 1.5 times httpx."""
    ours: list[float] = []
    theirs: list[float] = []

    def once() -> None:
        theirs.append(seconds_to_import("httpx"))
        ours.append(seconds_to_import("remote_meeting"))

    benchmark.pedantic(once, rounds=ROUNDS if benchmark.enabled else 1)
    say(
        f"import remote_meeting {median(ours) * 1000:.0f} ms, import httpx {median(theirs) * 1000:.0f} ms "
        f"(medians): {median(ours) / median(theirs):.2f} times"
    )
    assert min(ours) > 0
