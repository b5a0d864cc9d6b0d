"""A WebSocket server on loopback, on a thread of its own, and what its upgrades hold."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from ..connection import websocket_log
from ..extras import need
from ..speech_protocol.messages import MOST_FRAME_BYTES
from .cassette import WHAT, Request

if TYPE_CHECKING:
    from websockets.asyncio.connection import Connection
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Response

# They belong to one connection of one machine.
HOP: Final = frozenset(
    {"host", "connection", "upgrade", "content-length", "origin"}
    | {f"sec-websocket-{name}" for name in ("key", "version", "extensions", "accept")}
)
NORMAL: Final = 1000
# What a close frame without a code is said to have: it cannot be sent.
NO_CODE: Final = 1005

# A peer that is told that nothing more comes.
LEAVES_SECONDS: Final = 5.0


@contextlib.contextmanager
def served(
    talk: Callable[[ServerConnection], Awaitable[None]],
    open_: Callable[..., Any],
    subprotocol: Callable[..., Any],
    leave: Callable[[], Awaitable[None]] | None = None,
) -> Iterator[str]:
    """Serve for as long as it is needed; yields `ws://127.0.0.1:PORT`. Connections still open at the end are closed.

    Args:
        talk: Takes each connection.
        open_: Takes each upgrade; gives the refusal, or None.
        subprotocol: Chooses one of those offered.
        leave: Called at the end: what was opened for connections that never came to talk is let go.

    Raises:
        MissingExtra: websockets is not installed.
    """
    server = need("websockets.asyncio.server", extra="emulator", what=WHAT)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="frames", daemon=True)
    thread.start()

    async def begin() -> Any:
        return await server.serve(
            talk,
            "127.0.0.1",
            0,
            process_request=open_,
            select_subprotocol=subprotocol,
            compression=None,
            max_size=MOST_FRAME_BYTES,
            ping_interval=None,
            server_header=None,
            close_timeout=1,
            logger=websocket_log(),
        )

    async def stop(running: Any) -> None:
        running.close()
        await running.wait_closed()
        if leave is not None:
            await leave()
        await loop.shutdown_default_executor()

    try:
        running = asyncio.run_coroutine_threadsafe(begin(), loop).result()
        try:
            yield f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}"
        finally:
            asyncio.run_coroutine_threadsafe(stop(running), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def end(connection: Connection, code: int | None, reason: str) -> None:
    """End a connection: with a close frame, or without one where it just broke; what was written goes out."""
    if code is None:
        if connection.transport.can_write_eof():
            # Closed at once, it would take with it what the peer has not read yet.
            connection.transport.write_eof()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(connection.wait_closed(), LEAVES_SECONDS)
        connection.transport.close()
        await connection.wait_closed()
    else:
        await connection.close(NORMAL if code == NO_CODE else code, reason)


def refusal(connection: ServerConnection, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that is no upgrade."""
    response = connection.respond(_status(status), text)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _status(status: int) -> Any:
    from http import HTTPStatus

    return HTTPStatus(status)


def asked_for(target: str, headers: Iterable[tuple[str, str]]) -> Request:
    """An upgrade, by its request line and its headers; without those that belong to one connection."""
    parts = urlsplit(target)
    kept = {name.lower(): value for name, value in headers if name.lower() not in HOP}
    return Request(path=parts.path, query=dict(parse_qsl(parts.query, keep_blank_values=True)), headers=kept)
