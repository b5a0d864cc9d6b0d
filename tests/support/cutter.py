"""Something between a client and a service that passes everything on, until it ends their first connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from remote_meeting_backends.connection import websocket_log
from remote_meeting_backends.frame_cassettes.loopback import asked_for, end, served
from remote_meeting_backends.speech_protocol.messages import MOST_FRAME_BYTES, decode

RESTARTS = 1012


class Cutter:
    """Cuts once.

    Args:
        service: `ws://HOST:PORT`.
        at: The path of a message of the service: the client has it as the last, or misses it as the first.
        code: Of the close frame; None where the connection just breaks.
        is_told: The client has it.
    """

    def __init__(self, service: str, at: str, code: int | None, *, is_told: bool) -> None:
        self.connections = 0
        self._service = service
        self._at = at
        self._code = code
        self._is_told = is_told
        self._has_cut = False

    async def talk(self, connection: ServerConnection) -> None:
        """One connection of the client."""
        self.connections += 1
        request = connection.request
        assert request is not None
        asked = asked_for(request.path, request.headers.raw_items())
        headers = {name: value for name, value in asked.headers.items() if name != "sec-websocket-protocol"}
        options: dict[str, Any] = {"compression": None, "max_size": MOST_FRAME_BYTES, "close_timeout": 1}
        upstream = await connect(
            self._service + request.path,
            additional_headers=headers,
            user_agent_header=None,
            subprotocols=None if connection.subprotocol is None else [connection.subprotocol],
            ping_interval=None,
            logger=websocket_log(),
            **options,
        )
        async with upstream:
            ways = {asyncio.create_task(way) for way in (_pass(connection, upstream), self._back(upstream, connection))}
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _back(self, upstream: ClientConnection, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in upstream:
                is_it = not self._has_cut and decode(frame).path == self._at
                if not is_it or self._is_told:
                    await connection.send(frame)
                if is_it:
                    self._has_cut = True
                    await end(connection, self._code, "The gateway restarts: come again.")
                    return
            closed = upstream.close_code, upstream.close_reason
            await end(connection, closed[0], closed[1] or "")


async def _pass(connection: ServerConnection, upstream: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for frame in connection:
            await upstream.send(frame)


@contextlib.contextmanager
def cutting(
    service: str, at: str = "speech.phrase", code: int | None = RESTARTS, *, is_told: bool = True
) -> Iterator[tuple[str, Cutter]]:
    """A cutter for as long as it is needed; yields `ws://127.0.0.1:PORT` too. Arguments are the cutter's."""
    cutter = Cutter(service, at, code, is_told=is_told)

    def opened(_connection: ServerConnection, _request: Any) -> None:
        return None

    with served(cutter.talk, opened, lambda _connection, offered: next(iter(offered), None)) as url:
        yield url, cutter
