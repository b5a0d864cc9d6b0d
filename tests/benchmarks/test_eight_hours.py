"""A meeting of eight hours in simulated time: turns end every 10 minutes, the connection breaks every 7.

pytest tests/benchmarks/test_eight_hours.py -m slow -n 0 -s
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from benchmarks.scripted_service import Script, done_by, speaking
from benchmarks.watched import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MINUTE = 600
BLOCKS = 8 * 60 * MINUTE
GOAL_BYTES = 150_000_000


def test_eight_hours(say: Callable[[str], None]) -> None:
    """Every phrase is told once, in order, at its place in the meeting, and stands so in the transcript; in 150 MB."""
    script = Script(turn=10 * MINUTE, cut=7 * MINUTE)
    began = time.perf_counter()
    with speaking(script) as url, running("live_client", "long", url, BLOCKS) as client:
        answer = client.work()
        done = done_by(url)
    seconds = time.perf_counter() - began
    expected = [[*place, str(number)] for number, place in enumerate(script.phrases(BLOCKS))]
    assert answer["told"] == expected
    assert answer["kept"] == expected
    assert done == {"turns": (BLOCKS - 1) // script.turn, "cuts": (BLOCKS - 1) // script.cut}
    # Sessions of four hours, each ended between two phrases of its last minutes.
    assert [note for note in answer["notes"] if "it took 3" in note]
    say(
        f"8 h of audio, {len(expected)} phrases, {done['turns']} turns ended, {done['cuts']} cuts, in "
        f"{seconds:.0f} s: idle {client.idle / 1e6:.1f} MB, peak {client.peak / 1e6:.1f} MB (PSS), goal "
        f"{GOAL_BYTES / 1e6:.0f} MB"
    )
    assert client.peak < GOAL_BYTES
