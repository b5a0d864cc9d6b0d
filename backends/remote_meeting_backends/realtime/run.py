"""One session of one meeting, over as many connections as it takes: audio goes out, phrases come in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..credentials import Authorizer
from ..errors import RemoteMeetingError, ServiceUnreachable
from ..extras import need
from ..live import LiveEvent, SessionStarted, Transcribed
from ..runtime import Runtime
from ..speech_protocol.client import ClientSession
from ..transcript import ticks
from . import causes
from .causes import Lost
from .link import connected
from .pace import AT_ONCE_SECONDS, Pace

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

# Once all audio was sent, a service that says nothing for so long has forgotten the session.
LAST_WORDS_SECONDS: Final = 60.0
# A connection that took in so much new audio was a good one, where no phrase can say so.
GOOD_TICKS: Final = ticks(2 * AT_ONCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session goes.

    Args:
        url: The WebSocket's.
        authorizer: Gives the credentials of each connection.
        secrets: What must not be printed, beside the authorizer's.
    """

    url: str
    authorizer: Authorizer
    secrets: tuple[str, ...] = ()


class SessionRun:
    """Runs a ClientSession to its end.

    Args:
        session: What is said.
        place: To whom.
        runtime: Gives time, waits, ids and dice.
        tell: Awaited with each event, in order; a phrase is written down by it.
        begun: Awaited once, when the service has begun with it.
        is_told: Phrases are told while it runs; else nothing is before its end.
    """

    def __init__(
        self,
        session: ClientSession,
        place: Place,
        runtime: Runtime,
        tell: Callable[[LiveEvent], Awaitable[None]],
        *,
        begun: Callable[[], Awaitable[None]] | None = None,
        is_told: bool = True,
    ) -> None:
        self.connections = 0
        self.session = session
        self._place = place
        self._runtime = runtime
        self._tell = tell
        self._begun = begun
        self._is_told = is_told
        # Something may be sent: audio came in, a turn began, the source ended.
        self.more = asyncio.Event()
        # Something was sent: whoever reads a file may read on.
        self.sent = asyncio.Event()
        self._attempt = 0
        self._received = 0
        exceptions = need("websockets.exceptions", extra="azure", what="The realtime backend")
        self._closed_error: type[Exception] = exceptions.ConnectionClosed

    async def run(self) -> None:
        """To the end of the audio.

        Raises:
            RemoteMeetingError: The service refuses, or no connection lasts.
        """
        while not self.session.is_finished:
            self._attempt += 1
            sent = self.session.sent_ticks
            try:
                await self._one_connection()
            except Lost as lost:
                if self.session.is_finished:
                    return
                if not self._is_told and self.session.sent_ticks - sent >= GOOD_TICKS:
                    self._attempt = 1
                if self._attempt >= causes.MOST_ATTEMPTS:
                    raise causes.given_up(lost, is_told=self._is_told) from lost.__cause__
                await self._runtime.sleep(causes.wait_before(self._attempt, lost, self._runtime.jitter()))

    async def _one_connection(self) -> None:
        headers = await self._place.authorizer.headers()
        is_fresh = not self._place.authorizer.is_stale()
        secrets = (*self._place.secrets, *self._place.authorizer.secrets)
        connection_id = self.session.session_id if not self.connections else self._runtime.new_id()
        async with connected(self._place.url, headers, connection_id, secrets) as socket:
            self.connections += 1
            self.session.connect()
            if self.connections == 1:
                await self._tell(SessionStarted(self.session.session_id))
            receiving = asyncio.create_task(self._receive(socket, is_fresh=is_fresh))
            others = (asyncio.create_task(self._send(socket)), asyncio.create_task(self._watch()))
            try:
                await _first_to_end(receiving, others)
            finally:
                for task in (receiving, *others):
                    task.cancel()
                await asyncio.gather(receiving, *others, return_exceptions=True)

    async def _send(self, socket: ClientConnection) -> None:
        """What the session has to say, at its pace, until the connection ends."""
        pace = Pace(self._runtime.monotonic())
        while True:
            self.more.clear()
            given = self.session.next_frame()
            if given is None:
                await self.more.wait()
                continue
            frame, seconds = given
            try:
                await socket.send(frame)
            except self._closed_error:
                # Whoever receives is told as well, once everything that came before has been read.
                return
            self.sent.set()
            if seconds:
                lagging = self.session.is_lagging
                wait = pace.wait_after(seconds, self._runtime.monotonic(), is_lagging=lagging)
                if wait:
                    await self._runtime.sleep(wait)

    async def _receive(self, socket: ClientConnection, *, is_fresh: bool) -> None:
        while not self.session.is_finished:
            frame = await socket.recv()
            self._received += 1
            try:
                events = self.session.receive(frame)
            except RemoteMeetingError as error:
                raise causes.of_refusal(error) from error.__cause__
            self.more.set()
            if self._begun is not None and self.session.has_begun:
                begun, self._begun = self._begun, None
                await begun()
            for event in events:
                if isinstance(event, Transcribed):
                    self._attempt = 0
                await self._tell(event)
            if is_fresh and events and isinstance(events[-1], Transcribed) and self._place.authorizer.is_stale():
                # Between two phrases, and before its token expires: nothing is lost by another connection.
                return

    async def _watch(self) -> None:
        """Raises Lost when all was sent, and nothing comes any more."""
        while True:
            received = self._received
            await self._runtime.idle(LAST_WORDS_SECONDS)
            if self.session.has_ended and received == self._received:
                raise Lost(
                    ServiceUnreachable(
                        f"The service said nothing for {LAST_WORDS_SECONDS:.0f} s after the end of the audio."
                    )
                )


async def _first_to_end(receiving: asyncio.Task[None], others: tuple[asyncio.Task[None], ...]) -> None:
    """Wait until the receiving ends, or another task fails. Raises what ended it."""
    running: set[asyncio.Task[None]] = {receiving, *others}
    while receiving in running:
        ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in sorted(ended, key=lambda one: one is not receiving):
            task.result()
