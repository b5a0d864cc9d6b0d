"""Running an ASGI app with uvicorn: listening, signals, and connections that an app may break off."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from .errors import CannotListen
from .extras import need
from .speech_protocol.messages import MOST_FRAME_BYTES

GRACE_SECONDS = 10
# The key in an ASGI scope's `extensions` under which an app finds its connection's asyncio transport.
TRANSPORT = "remote_meeting.transport"


def listen(host: str, port: int, *, what: str) -> socket.socket:
    """Take an address.

    Args:
        host: Address to listen on.
        port: Port, or 0 for a free one.
        what: Who wants it, as the start of a sentence.

    Raises:
        CannotListen: The address cannot be had.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        # create_server repeats the address behind the reason.
        reason = (getattr(error, "strerror", None) or str(error)).partition(" (")[0]
        raise CannotListen(
            f"{what} cannot listen on {host} port {port}: {reason}; choose another with --port."
        ) from error


def address_of(listener: socket.socket) -> str:
    """`http://host:port` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: Any, listener: socket.socket, *, what: str, announce: Callable[[], None]) -> None:
    """Serve until interrupted.

    Args:
        app: An ASGI app.
        listener: Where.
        what: Who needs uvicorn, as the start of a sentence.
        announce: Called when signals would end it in an orderly way.

    Raises:
        MissingExtra: uvicorn is not installed.
    """
    server = server_of(app, what=what)
    with _ended_by_signals(server):
        announce()
        server.run(sockets=[listener])


@contextlib.contextmanager
def on_thread(app: Any, listener: socket.socket, *, what: str) -> Iterator[asyncio.AbstractEventLoop]:
    """Serve on a thread of its own; yields that thread's loop, once connections are taken.

    Raises:
        MissingExtra: uvicorn is not installed.
    """
    server = server_of(app, what=what)
    begun: dict[str, asyncio.AbstractEventLoop] = {}
    ready = threading.Event()

    async def serve() -> None:
        begun["loop"] = asyncio.get_running_loop()
        ready.set()
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="serving", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield begun["loop"]
    finally:
        server.should_exit = True
        thread.join(GRACE_SECONDS)
        listener.close()


def server_of(app: Any, *, what: str) -> Any:
    """A uvicorn server for an app. Raises MissingExtra when uvicorn is not installed."""
    uvicorn = need("uvicorn", extra="gateway", what=what)
    # No access log: it would print URLs, and clients put keys into them.
    config = uvicorn.Config(
        app,
        http=_http_protocol(),
        ws=_websocket_protocol(),
        ws_per_message_deflate=False,
        ws_max_size=MOST_FRAME_BYTES,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
    )
    return uvicorn.Server(config)


def _http_protocol() -> type[Any]:
    """uvicorn's HTTP protocol, with the connection's transport within the app's reach."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            # asyncio does so itself only for sockets that name their protocol; otherwise a body waits 40 ms for the
            # acknowledgement of its head.
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.app = _reaching(self.app, transport)

    return Protocol


def _websocket_protocol() -> type[Any]:
    """The same for WebSockets."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    class Protocol(WebSocketsSansIOProtocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.app = _reaching(self.app, transport)

    return Protocol


def _reaching(app: Any, transport: Any) -> Any:
    async def reaching(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await app({**scope, "extensions": {**scope.get("extensions", {}), TRANSPORT: transport}}, receive, send)

    return reaching


@contextlib.contextmanager
def _ended_by_signals(server: Any) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the server, and nothing else: uvicorn raises them once more when it has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
