"""Two hundred meetings in one process, spoken in real time to a service in another: CPU and memory of each.

pytest tests/benchmarks/test_live_sessions.py -m slow -n 0 -s
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.scripted_service import Script, speaking
from benchmarks.watched import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SESSIONS = 200
SECONDS = 40
BLOCKS = SECONDS * 10


def test_two_hundred_sessions(say: Callable[[str], None]) -> None:
    """Each of them has all its phrases; what it takes is printed."""
    script = Script()
    with speaking(script) as url, running("live_client", "many", url, SESSIONS, BLOCKS) as client:
        answer = client.work()
    expected = [list(place) for place in script.phrases(BLOCKS)]
    assert answer["phrases"] == [expected] * SESSIONS
    spent, over = answer["seconds"], client.peak - client.idle
    say(
        f"{SESSIONS} live sessions of {SECONDS} s, {len(expected)} phrases each: {spent:.1f} s of CPU, "
        f"{spent / SESSIONS * 1000:.0f} ms each ({spent / SESSIONS / SECONDS:.2%} of a core); idle "
        f"{client.idle / 1e6:.1f} MB, peak {client.peak / 1e6:.1f} MB (PSS), {over / SESSIONS / 1024:.0f} KiB each"
    )
