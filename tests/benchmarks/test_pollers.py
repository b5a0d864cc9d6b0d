"""Five thousand meetings at the batch service, waited for by one process: its memory, and how often it asks.

pytest tests/benchmarks/test_pollers.py -m slow -n 0 -s

In the 45 s that it takes 400 of them are asked for; POLL_SECONDS=1100 goes on until each was asked for twice.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest

from benchmarks.watched import running, serving, verdict
from remote_meeting_backends import JobOptions, SystemRuntime
from remote_meeting_backends.batch.reference import JobReference
from remote_meeting_backends.store import MeetingKey, MeetingStore, NewMeeting, Runner
from remote_meeting_backends.throttle import REQUESTS, WINDOW_SECONDS

GOAL_BYTES = 60_000_000
MEETINGS = 5000
SECONDS = float(os.environ.get("POLL_SECONDS", "45"))
KEY = "0" * 32

pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS + 300)]


def write_down(path: Path) -> list[str]:
    """Meetings whose jobs the service has, as `submit` leaves them in the store; their ids."""
    runtime = SystemRuntime()
    store = MeetingStore(path, runtime)
    owner, names = store.owner_of(KEY), [f"meeting-{number}" for number in range(MEETINGS)]
    for name in names:
        key, runner = MeetingKey(owner, name), Runner.here(runtime.new_id())
        audio = f"https://account.blob.core.windows.net/recordings/{name}.wav"
        new = NewMeeting(key, "async", "batch", "batch: asked for by name", JobOptions(), audio, name, None)
        store.create(new, runner)
        job = JobReference(id=runtime.new_id(), meeting_id=name, options=JobOptions(), inputs=(audio,))
        store.start(key, runner, str(job), handed_over=True)
    store.close()
    return names


def fullest_window(arrivals: Sequence[float]) -> int:
    """The most requests in any window, wherever it begins; one that is as long as the limit holds both its ends."""
    return max(bisect_right(arrivals, first + WINDOW_SECONDS) - index for index, first in enumerate(arrivals))


def test_five_thousand_pollers(tmp_path: Path, say: Callable[[str], None]) -> None:
    """Goals: at most 60 MB over the idle client, never more than 100 requests in 10 s."""
    meetings = write_down(tmp_path / "meetings.db")
    with serving("Running") as url:
        with running("poller", url, KEY, str(tmp_path / "meetings.db"), meetings, SECONDS) as client:
            assert client.work() == MEETINGS
        arrivals: list[float] = sorted(httpx.get(f"{url}/arrivals").json())
    # The first warmed the client up.
    since = [at - arrivals[1] for at in arrivals[1:]]
    rows = [sum(begin <= at < begin + WINDOW_SECONDS for at in since) for begin in range(0, int(since[-1]) + 1, 10)]
    over = client.peak - client.idle
    say(
        f"{MEETINGS} meetings polled: idle {client.idle / 1e6:.1f} MB, peak {client.peak / 1e6:.1f} MB (PSS), "
        f"{verdict(over, GOAL_BYTES)}; {over / MEETINGS / 1024:.1f} KiB each"
    )
    most = fullest_window(arrivals)
    say(
        f"requests as they come in, 10 s after 10 s: {', '.join(map(str, rows))}; most in any 10 s {most}, "
        f"goal {REQUESTS}{': over the goal' if most > REQUESTS else ''}"
    )
