"""Several processes that do the same in one store at the same moment; each tells what it got."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import ParamSpec, TypeVar

from remote_meeting_backends import MeetingBusy, SystemRuntime
from remote_meeting_backends.store import MeetingKey, MeetingStore, Runner

P = ParamSpec("P")
T = TypeVar("T")

# One that broke is not waited for.
LONGEST_SECONDS = 120
_start: list[Barrier] = []


def race(racers: int, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> list[T]:
    """Run a function of this module in so many processes; returns what each of them returned."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(racers)
    with ProcessPoolExecutor(racers, context, _prepare, (barrier,)) as pool:
        running = [pool.submit(function, *arguments, **options) for _ in range(racers)]
        return [one.result() for one in running]


def _prepare(barrier: Barrier) -> None:
    _start.append(barrier)


def claim_all(where: str, prefix: str, idle_since: datetime, limit: int) -> list[str]:
    """Claim what is abandoned, some at a time, until nothing is left; returns the ids, and fails when one is lost."""
    store, runtime = MeetingStore(where, SystemRuntime()), SystemRuntime()
    claimed: list[str] = []
    store.by_status()
    _start[0].wait(LONGEST_SECONDS)
    while records := store.claim_abandoned(
        lambda: Runner.here(runtime.new_id()), audio_prefix=prefix, idle_since=idle_since, limit=limit
    ):
        held = [(record.key, record.runner) for record in records if record.runner is not None]
        assert store.renew_all(held) == []
        claimed += [record.meeting_id for record in records]
    store.close()
    return claimed


def take_all(where: str, keys: list[MeetingKey]) -> list[bool]:
    """Take over each of these and say something in it; returns which of them were kept to the end of the race."""
    store, runner = MeetingStore(where, SystemRuntime()), Runner.here(SystemRuntime().new_id())
    store.by_status()
    _start[0].wait(LONGEST_SECONDS)
    for key in keys:
        store.take_over(key, runner)
    _start[0].wait(LONGEST_SECONDS)
    kept = []
    for key in keys:
        try:
            store.checkpoint(key, runner, [runner.token])
            kept.append(True)
        except MeetingBusy:
            kept.append(False)
    store.close()
    return kept
