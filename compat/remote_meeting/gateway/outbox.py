"""What an app is told, in order, at the pace at which it reads; what it leaves unread does not pile up here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from remote_meeting_backends import Runtime

# Hypotheses are left out when so much waits: the phrase follows anyway.
FEW: Final = 32
MOST: Final = 4_096


class Outbox:
    """Frames for one connection.

    Args:
        send: Sends one; returns when the connection takes more.
        runtime: Tells for how long one was not taken.
    """

    def __init__(self, send: Callable[[str | bytes], Awaitable[None]], runtime: Runtime) -> None:
        self.sent = 0
        self._send = send
        self._runtime = runtime
        self._frames: deque[str | bytes] = deque()
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._since: float | None = None

    @property
    def is_overfull(self) -> bool:
        """More waits than anybody will ever read."""
        return len(self._frames) > MOST

    def put(self, frame: str | bytes, *, may_drop: bool = False) -> None:
        """The next frame; one that may be dropped is, while many wait."""
        if may_drop and len(self._frames) >= FEW:
            return
        self._frames.append(frame)
        self._empty.clear()
        self._more.set()

    def blocked_seconds(self) -> float:
        """For how long the connection has not taken a frame."""
        return 0.0 if self._since is None else self._runtime.monotonic() - self._since

    async def run(self) -> None:
        """Send what is put, until cancelled."""
        while True:
            while self._frames:
                self._since = self._runtime.monotonic()
                await self._send(self._frames[0])
                self._since = None
                self._frames.popleft()
                self.sent += 1
            self._empty.set()
            self._more.clear()
            await self._more.wait()

    async def flushed(self, seconds: float) -> None:
        """Wait until everything was sent, but no longer than so."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return
