"""A service's limit on requests, kept on this side: so many in a window, whoever of this process sends them."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .runtime import Runtime

if TYPE_CHECKING:
    import asyncio

# Azure Speech, S0: 100 requests in 10 s, shared by creating, polling and listing (quotas and limits, 2026-01-30).
REQUESTS = 100
WINDOW_SECONDS = 10.0
# While every turn is taken by a request that is under way.
LOOK_AGAIN_SECONDS = 0.1


class Limiter:
    """A sliding window. Turns are given when they are due and in the order of asking; who gives up leaves the queue.

    A turn is given back a window after its request has ended, not after it was sent: however late a request arrives,
    it arrives before its answer, so that the service never counts more in a window than it allows.

    Args:
        requests: How many.
        seconds: In how long a time.
    """

    def __init__(self, requests: int = REQUESTS, seconds: float = WINDOW_SECONDS) -> None:
        self._requests = requests
        self._seconds = seconds
        self._under_way = 0
        self._ended: deque[float] = deque()
        self._queue: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    @asynccontextmanager
    async def turn(self, runtime: Runtime) -> AsyncIterator[None]:
        """Wait until a request may be sent, and hold the turn while it is under way."""
        async with self._order():
            # Asked anew after each wait: a loop that was busy wakes late, and a clock may be coarse.
            while (wait := self._wait_seconds(runtime.monotonic())) > 0:
                await runtime.sleep(wait)
            self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._ended.append(runtime.monotonic())

    def _wait_seconds(self, now: float) -> float:
        """How long until the next turn; 0 when it is due."""
        while self._ended and self._ended[0] <= now - self._seconds:
            self._ended.popleft()
        if self._under_way + len(self._ended) < self._requests:
            return 0.0
        return self._ended[0] + self._seconds - now if self._ended else LOOK_AGAIN_SECONDS

    def _order(self) -> asyncio.Lock:
        """A lock is a fair queue, of one loop: whoever runs another begins another."""
        import asyncio

        loop = asyncio.get_running_loop()
        if self._queue is None or self._queue[0] is not loop:
            self._queue = (loop, asyncio.Lock())
        return self._queue[1]


_limiters: WeakKeyDictionary[Runtime, dict[str, Limiter]] = WeakKeyDictionary()


def limiter_of(runtime: Runtime, host: str) -> Limiter:
    """The one limiter of a host for everybody who shares a runtime: batch and fast have one quota."""
    return _limiters.setdefault(runtime, {}).setdefault(host, Limiter())
