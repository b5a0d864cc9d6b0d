"""The one door for time, ids and chance: whoever needs them is handed a Runtime.

Users' tests get the switch too: give a client `runtime=ManualRuntime()` and no poll ever waits for real.

Whole modules are imported by the calls that need them: importing remote_meeting stays nearly as quick as pydantic.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio


class Runtime(Protocol):
    """Where the code gets the time, its waits, its ids and its dice from."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait for something that only time brings."""

    async def idle(self, seconds: float) -> None:
        """Wait beside somebody else's work: a manual clock stands still for it."""

    def new_id(self) -> str:
        """A fresh id: 32 hexadecimal digits."""

    def jitter(self) -> float:
        """A number from 0 to 1, to spread retries with."""


class SystemRuntime:
    """The machine's own clock and dice."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    async def idle(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    def new_id(self) -> str:
        import uuid

        return uuid.uuid4().hex

    def jitter(self) -> float:
        import random

        return random.SystemRandom().random()


class ManualRuntime:
    """A clock that stands still until somebody sleeps on it; then it jumps there at once.

    Args:
        start: The time of day it begins at.

    `slept` lists every wait in seconds, so that a test can say what a poll would have done.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.start = start
        self.elapsed = 0.0
        self.slept: list[float] = []
        self.ids = 0
        self._idlers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def advance(self, seconds: float) -> None:
        """Let time pass with nobody sleeping."""
        self.elapsed += seconds
        waiting, self._idlers = self._idlers, []
        for due, future in waiting:
            if due > self.elapsed:
                self._idlers.append((due, future))
            elif not future.done():
                future.get_loop().call_soon_threadsafe(_wake, future)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(max(0.0, seconds))
        import asyncio

        await asyncio.sleep(0)

    async def idle(self, seconds: float) -> None:
        import asyncio

        future = asyncio.get_running_loop().create_future()
        self._idlers.append((self.elapsed + seconds, future))
        await future

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:032x}"

    def jitter(self) -> float:
        return 0.5


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


SYSTEM = SystemRuntime()
