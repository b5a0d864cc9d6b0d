"""A service's limit on requests, kept on this side: so many in a window, whoever of this process sends them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .runtime import Runtime

if TYPE_CHECKING:
    import asyncio

# Azure Speech, S0: 100 requests in 10 s, shared by creating, polling and listing (quotas and limits, 2026-01-30).
REQUESTS = 100
WINDOW_SECONDS = 10.0
# A request arrives a little after its turn, one later than another: the window is longer by what that may make.
MARGIN_SECONDS = 0.5


class Limiter:
    """A sliding window. Turns are given when they are due and in the order of asking; who gives up leaves the queue.

    Args:
        requests: How many.
        seconds: In how long a time.
    """

    def __init__(self, requests: int = REQUESTS, seconds: float = WINDOW_SECONDS + MARGIN_SECONDS) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque(maxlen=requests)
        self._queue: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    async def turn(self, runtime: Runtime) -> None:
        """Wait until a request may be sent, and send it then."""
        async with self._order():
            # Asked anew after each wait: a loop that was busy wakes late, and a clock may be coarse.
            while (wait := self.wait_seconds(runtime.monotonic())) > 0:
                await runtime.sleep(wait)
            self._times.append(runtime.monotonic())

    def wait_seconds(self, now: float) -> float:
        """How long until the next turn, on a monotonic clock; 0 when it is due."""
        if len(self._times) < (self._times.maxlen or 0):
            return 0.0
        return max(0.0, self._times[0] + self._seconds - now)

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
