"""Asking about a meeting until it is over: how often, for how long, and what is told when that was not long enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from remote_meeting_backends import Runtime

from .standing import Standing, too_late

DEFAULT_DEADLINE_SECONDS = 24 * 3600.0
# Also where no time is left, somebody who asks is told how it stands.
SHORTEST_LOOK_SECONDS = 15.0


async def standings(
    meeting_id: str,
    look: Callable[[str], Awaitable[Standing]],
    driver: Callable[[str], asyncio.Task[None] | None],
    runtime: Runtime,
    interval_seconds: float,
    timeout_seconds: float | None,
) -> AsyncGenerator[Standing, None]:
    """How a meeting stands, again and again until it is over.

    Args:
        meeting_id: Its id.
        look: Asks once about a meeting.
        driver: This process's own work on a meeting, while there is any.
        runtime: Gives time and waits.
        interval_seconds: Between two questions, unless the service says otherwise.
        timeout_seconds: How long at most; None for 24 h and the length of the audio.

    Raises:
        DeadlineExceeded: It is not over yet; it goes on by itself.
    """
    began = runtime.monotonic()
    last: str | None = None
    backend: str | None = None
    while True:
        # Seen before the question: work that ends while it is asked is not waited for again.
        working = driver(meeting_id)
        patience = None if timeout_seconds is None else began + timeout_seconds - runtime.monotonic()
        try:
            # A question may wait minutes for its turn behind those of other meetings.
            async with asyncio.timeout(_at_least(patience)) as limit:
                standing = await look(meeting_id)
        except TimeoutError:
            if not limit.expired():
                raise
            here = working is not None
            raise too_late(meeting_id, last, backend, timeout_seconds or 0.0, here=here) from None
        yield standing
        if standing.is_over:
            return
        last, backend = standing.words, standing.backend
        if timeout_seconds is None:
            length = standing.record.audio_seconds if standing.record else None
            timeout_seconds = DEFAULT_DEADLINE_SECONDS + (length or 0.0)
        left = began + timeout_seconds - runtime.monotonic()
        if left <= 0:
            raise too_late(meeting_id, last, backend, timeout_seconds, here=working is not None)
        # A service that says 0 means at once; taken at its word it would be asked without a pause.
        pause = standing.retry_after_seconds or interval_seconds
        # Thousands may wait here, for most of their time: a record each is too much.
        del standing
        await _pause(working, min(pause, left), runtime)


async def _pause(driver: asyncio.Task[None] | None, seconds: float, runtime: Runtime) -> None:
    """Wait before asking again; a meeting that this very process works on is noticed the moment it ends."""
    if driver is None:
        await runtime.sleep(seconds)
        return
    idle = asyncio.ensure_future(runtime.idle(seconds))
    try:
        await asyncio.wait({driver, idle}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        idle.cancel()


def _at_least(patience: float | None) -> float | None:
    return None if patience is None else max(patience, SHORTEST_LOOK_SECONDS)
