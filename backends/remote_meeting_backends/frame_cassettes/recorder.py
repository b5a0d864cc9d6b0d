"""A recorder: it sits between a client and a service, passes everything on, and writes a cassette at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from ..connection import websocket_log
from ..errors import InvalidInput
from ..extras import need
from ..runtime import Runtime, SystemRuntime
from ..speech_protocol.messages import MOST_FRAME_BYTES
from .cassette import UPGRADED, WHAT, Answer, Closed, Frame, FrameCassette, Recorded, Request, Talk
from .loopback import asked_for, end, refusal, served
from .scrub import Scrub, read_frame

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.asyncio.connection import Connection
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request as HttpRequest
    from websockets.http11 import Response

UNREACHABLE: Final = 502


@dataclass(slots=True)
class _Heard:
    """A connection while it is recorded."""

    request: Request
    upstream: ClientConnection | None = None
    answer: Answer = field(default_factory=Answer)
    frames: list[Frame] = field(default_factory=list)
    closed: Closed | None = None

    def talk(self) -> Talk:
        return Talk(request=self.request, answer=self.answer, frames=tuple(self.frames), closed=self.closed)


class FrameRecorder:
    """Passes connections on to a service, and notes what is said.

    Args:
        service: `ws://HOST:PORT` or `wss://HOST`; path and query are the client's.
        scrub: Cleans what is noted.
    """

    def __init__(self, service: str, scrub: Scrub) -> None:
        # `ws://127.0.0.1:PORT`, once it is there.
        self.url = ""
        # What keeps the cassette from being written.
        self.failed: str | None = None
        self._service = service.rstrip("/")
        self._scrub = scrub
        self._heard: list[_Heard] = []
        self._open: dict[Any, _Heard] = {}

    def talks(self) -> tuple[Talk, ...]:
        """What was said, connection by connection."""
        return tuple(heard.talk() for heard in self._heard)

    async def open(self, connection: ServerConnection, request: HttpRequest) -> Response | None:
        """The upgrade: the service's answer is the client's."""
        asked = asked_for(request.path, request.headers.raw_items())
        offered = request.headers.get_all("Sec-WebSocket-Protocol")
        heard = _Heard(self._scrub.request(asked))
        self._heard.append(heard)
        headers = {name: value for name, value in asked.headers.items() if name != "sec-websocket-protocol"}
        client = need("websockets.asyncio.client", extra="emulator", what=WHAT)
        exceptions = need("websockets.exceptions", extra="emulator", what=WHAT)
        try:
            upstream = await client.connect(
                self._service + request.path,
                additional_headers=headers,
                user_agent_header=None,
                subprotocols=[name.strip() for line in offered for name in line.split(",")] or None,
                compression=None,
                max_size=MOST_FRAME_BYTES,
                ping_interval=None,
                close_timeout=1,
                logger=websocket_log(),
            )
        except exceptions.InvalidStatus as refused:
            answer, text = refused.response, (refused.response.body or b"").decode(errors="replace")
            after = answer.headers.get("Retry-After")
            kept = {"retry-after": after} if after else {}
            heard.answer = Answer(status=answer.status_code, headers=kept, text=self._scrub.text(text))
            return refusal(connection, answer.status_code, text, kept)
        except (OSError, exceptions.WebSocketException) as error:
            # A library's words may hold the whole URL, and clients put keys into it.
            self.failed = self._scrub.text(str(error) or type(error).__name__)
            return refusal(connection, UNREACHABLE, f"The recorder cannot reach {urlsplit(self._service).netloc}.")
        heard.upstream = upstream
        heard.answer = Answer(status=UPGRADED, subprotocol=upstream.subprotocol)
        self._open[connection] = heard
        return None

    def subprotocol(self, connection: ServerConnection, _offered: Any) -> Any:
        """The one that the service chose."""
        return self._open[connection].answer.subprotocol

    async def talk(self, connection: ServerConnection) -> None:
        """Both ways, until one side ends it."""
        heard = self._open.pop(connection)
        upstream = heard.upstream
        if upstream is None:
            return
        ways = {
            asyncio.create_task(self._pass(connection, upstream, "client", heard)),
            asyncio.create_task(self._pass(upstream, connection, "service", heard)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await upstream.close()

    async def leave(self) -> None:
        """Let go what was opened for clients that were gone before the upgrade was answered."""
        for heard in self._open.values():
            if heard.upstream is not None:
                await heard.upstream.close()

    async def _pass(
        self, source: Connection, drain: Connection, sender: Literal["client", "service"], heard: _Heard
    ) -> None:
        exceptions = need("websockets.exceptions", extra="emulator", what=WHAT)
        while True:
            try:
                raw = await source.recv()
            except exceptions.ConnectionClosed as closed:
                await self._ended(closed.rcvd, drain, sender, heard)
                return
            self._note(sender, raw, heard)
            # Where nobody takes it any more, the other way is told so, behind everything that came before.
            with contextlib.suppress(exceptions.ConnectionClosed):
                await drain.send(raw)

    def _note(self, sender: Literal["client", "service"], raw: str | bytes, heard: _Heard) -> None:
        try:
            heard.frames.append(self._scrub.frame(read_frame(sender, raw)))
        except InvalidInput as error:
            self.failed = self.failed or error.message

    async def _ended(
        self, received: Any, drain: Connection, sender: Literal["client", "service"], heard: _Heard
    ) -> None:
        """A side ended the connection: so does the recorder to the other, in the same way."""
        if heard.closed is not None:
            return
        code, reason = (None, "") if received is None else (received.code, received.reason)
        heard.closed = Closed(by=sender, code=code, reason=self._scrub.text(reason))
        await end(drain, code, reason)


@contextlib.contextmanager
def record_frames(
    path: Path,
    service: str,
    *,
    source: str,
    client: str,
    faults: Literal["injected", "none"] = "none",
    secrets: Iterable[str] = (),
    runtime: Runtime | None = None,
) -> Iterator[FrameRecorder]:
    """A server on loopback behind which a service is, for as long as a client needs it; then the cassette is written.

    What was said is kept to the letter, all but secrets, ids, times and audio: the transcript is in the cassette.

    Args:
        path: Where it is written; one that was there is replaced, unless something was raised.
        service: `ws://HOST:PORT` or `wss://HOST`.
        source: Who answers there: `emulator`, `azure`; noted in the cassette.
        client: Who asks, with its version; noted in the cassette.
        faults: Whether the service was told to misbehave; noted in the cassette.
        secrets: Keys and tokens that must not be written anywhere, beside those that the upgrades' headers hold.
        runtime: Tells the day.

    Raises:
        InvalidInput: Nothing was said, the service could not be reached, or the cassette would hold a secret.
        MissingExtra: PyYAML or websockets is not installed.
    """
    scrub = Scrub(secrets)
    recorder = FrameRecorder(service, scrub)
    with served(recorder.talk, recorder.open, recorder.subprotocol, recorder.leave) as recorder.url:
        yield recorder
    if recorder.failed is not None:
        raise InvalidInput(f"{path} was not written: {recorder.failed}")
    talks = recorder.talks()
    if not talks:
        raise InvalidInput(f"{path} was not written: no connection came.")
    day = (runtime or SystemRuntime()).now().date()
    recorded = Recorded(source=source, client=client, faults=faults, on=day, api=talks[0].request.path)
    text = FrameCassette(recorded=recorded, connections=talks).dump()
    scrub.check(text, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
