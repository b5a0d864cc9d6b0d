"""Running an ASGI app with uvicorn: listening, signals, and connections that an app may break off."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from .errors import CannotListen
from .extras import need
from .speech_protocol.messages import MOST_FRAME_BYTES
from .tls import Tls

log = logging.getLogger("remote_meeting_backends.serving")

GRACE_SECONDS = 10
# The key in an ASGI scope's `extensions` under which an app finds its connection's asyncio transport.
TRANSPORT = "remote_meeting.transport"
# Messages of one connection that wait for their app; the peer is not read from while there are more.
MOST_AHEAD = 8
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


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


def address_of(listener: socket.socket, *, is_secure: bool = False) -> str:
    """`http://host:port` of a listening socket; https where TLS is spoken."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if is_secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def run(
    app: Any,
    listener: socket.socket,
    *,
    what: str,
    announce: Callable[[], None],
    tls: Tls | None = None,
    max_message_bytes: int = MOST_FRAME_BYTES,
    max_header_bytes: int | None = None,
    handshake_seconds: float | None = None,
    before_end: Callable[[], Awaitable[None]] | None = None,
    grace_seconds: float = GRACE_SECONDS,
    keep_logging: bool = False,
) -> None:
    """Serve until interrupted.

    Args:
        app: An ASGI app.
        listener: Where.
        what: Who needs uvicorn, as the start of a sentence.
        announce: Called when signals would end it in an orderly way.
        tls: Speak TLS, with this certificate.
        max_message_bytes: Largest WebSocket message; a larger one closes its connection with 1009.
        max_header_bytes: Largest head of a request, a larger one is answered with 431; None for what the server itself
            takes. A line of a WebSocket's head holds 8 KiB at most, whatever is said here.
        handshake_seconds: A connection whose request's head is not whole by then is cut; None waits for ever.
        before_end: Called on the server's loop when a signal is to end it, while connections are open and taken; the
            server ends when it has returned. A second signal waits for nothing. Not called by a signal that comes
            before connections are taken.
        grace_seconds: How long `before_end` may take.
        keep_logging: Leave the loggers of the server as they are set up.

    Raises:
        InvalidInput: The certificate cannot be used.
        MissingExtra: uvicorn is not installed.
    """
    server = server_of(
        app,
        what=what,
        tls=tls,
        max_message_bytes=max_message_bytes,
        max_header_bytes=max_header_bytes,
        handshake_seconds=handshake_seconds,
        before_end=before_end,
        grace_seconds=grace_seconds,
        keep_logging=keep_logging,
    )
    with _ended_by_signals(server):
        announce()
        server.run(sockets=[listener])


@contextlib.contextmanager
def on_thread(app: Any, listener: socket.socket, *, what: str, **options: Any) -> Iterator[asyncio.AbstractEventLoop]:
    """Serve on a thread of its own; yields that thread's loop, once connections are taken.

    Args:
        app: An ASGI app.
        listener: Where.
        what: Who needs uvicorn, as the start of a sentence.
        options: Those of `server_of`.

    Raises:
        InvalidInput: The certificate cannot be used.
        MissingExtra: uvicorn is not installed.
    """
    server = server_of(app, what=what, **options)
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


def server_of(
    app: Any,
    *,
    what: str,
    tls: Tls | None = None,
    max_message_bytes: int = MOST_FRAME_BYTES,
    max_header_bytes: int | None = None,
    handshake_seconds: float | None = None,
    before_end: Callable[[], Awaitable[None]] | None = None,
    grace_seconds: float = GRACE_SECONDS,
    keep_logging: bool = False,
) -> Any:
    """A uvicorn server for an app; its options are those of `run`.

    Raises:
        InvalidInput: The certificate cannot be used.
        MissingExtra: uvicorn is not installed.
    """
    uvicorn = need("uvicorn", extra="gateway", what=what)
    given: dict[str, Any] = {}
    if tls is not None:
        tls.check()
        given |= {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key}
    if keep_logging:
        given["log_config"] = None
    # No access log: it would print URLs, and clients put keys into them.
    config = uvicorn.Config(
        app,
        http=_http_protocol(handshake_seconds, max_header_bytes),
        ws=_websocket_protocol(),
        ws_per_message_deflate=False,
        ws_max_size=max_message_bytes,
        h11_max_incomplete_event_size=max_header_bytes,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
        **given,
    )
    return uvicorn.Server(config) if before_end is None else _draining(config, before_end, grace_seconds)


def _draining(config: Any, before_end: Callable[[], Awaitable[None]], grace_seconds: float) -> Any:
    """A uvicorn server that lets an app say goodbye to its connections before they are closed."""
    from uvicorn import Server

    class Draining(Server):
        _loop: asyncio.AbstractEventLoop
        _ending: asyncio.Task[None] | None = None
        _signals = 0

        async def serve(self, sockets: list[socket.socket] | None = None) -> None:
            self._loop = asyncio.get_running_loop()
            await super().serve(sockets)

        def handle_exit(self, sig: int, frame: Any) -> None:
            self._signals += 1
            if self._signals == 1:
                self._loop.call_soon_threadsafe(self._begin_to_end)
                return
            self.force_exit = True
            super().handle_exit(sig, frame)
            self._loop.call_soon_threadsafe(self._end_at_once)

        def _begin_to_end(self) -> None:
            self._ending = self._loop.create_task(self._end())

        def _end_at_once(self) -> None:
            if self._ending is not None:
                self._ending.cancel()

        async def _end(self) -> None:
            try:
                await asyncio.wait_for(_awaited(before_end), grace_seconds)
            except TimeoutError:
                log.warning("what was under way had not ended after %g s, and is broken off", grace_seconds)
            except Exception:
                log.exception("the orderly end broke")
            finally:
                self.should_exit = True

    return Draining(config)


async def _awaited(called: Callable[[], Awaitable[None]]) -> None:
    await called()


def _http_protocol(handshake_seconds: float | None, max_header_bytes: int | None) -> type[Any]:
    """uvicorn's HTTP protocol, the connection's transport within the app's reach, and limits to what comes first."""
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(H11Protocol):
        _patience: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            # asyncio does so itself only for sockets that name their protocol; otherwise a body waits 40 ms for the
            # acknowledgement of its head.
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.app = _reaching(self.app, transport)
            self._wait_for_head()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._have_head()

        def data_received(self, data: bytes) -> None:
            if max_header_bytes is not None and self.conn.their_state is h11.IDLE:
                # h11 bounds what it has to keep, not what comes in one piece.
                begun = self.conn.trailing_data[0] + data
                end = _HEAD_ENDS.search(begun)
                if (end.start() if end else len(begun)) > max_header_bytes:
                    self.transport.write(_TOO_LARGE)
                    self.transport.close()
                    return
            super().data_received(data)
            if self.conn.their_state is not h11.IDLE:
                self._have_head()
            elif self._patience is None:
                # uvicorn counts the silence between requests, not how long a head takes that has begun.
                self._wait_for_head()

        def _wait_for_head(self) -> None:
            if handshake_seconds is not None:
                self._patience = self.loop.call_later(handshake_seconds, self.transport.abort)

        def _have_head(self) -> None:
            if self._patience is not None:
                self._patience.cancel()
                self._patience = None

    return Protocol


def _websocket_protocol() -> type[Any]:
    """The same for WebSockets."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
    from websockets.frames import CloseCode
    from websockets.protocol import State

    class Protocol(WebSocketsSansIOProtocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.app = _reaching(self.app, transport)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.conn.parser_exc is not None:
                # It keeps the frame of the parser, which keeps the connection: freed now, not by the garbage collector.
                self.conn.parser_exc.__traceback__ = None

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if not self.handshake_initiated and not self.transport.is_closing():
                # The head of the request was given at once, and was not taken: uvicorn would keep the answer, and the
                # client would wait for ever.
                self.transport.write(b"".join(self.conn.data_to_send()))
                self.transport.close()

        def send_receive_event_to_app(self) -> None:
            if self.curr_msg_data_type == "text" and not _is_utf8(self.frames):
                self._refuse_text()
                return
            is_paused = self.read_paused
            # uvicorn stops and starts reading with each message, which costs more than to take the message in.
            self.read_paused = is_paused or self.queue.qsize() < MOST_AHEAD
            spared = self.read_paused and not is_paused
            super().send_receive_event_to_app()
            if spared:
                self.read_paused = False

        def _refuse_text(self) -> None:
            """uvicorn logs a traceback, and fails where the connection is closing already."""
            self.frames = []
            if not self.close_sent and self.conn.state is State.OPEN:
                self.conn.send_close(CloseCode.INVALID_DATA, "A text message is no UTF-8.")
                self.queue.put_nowait({"type": "websocket.disconnect", "code": int(CloseCode.INVALID_DATA)})
                self.transport.write(b"".join(self.conn.data_to_send()))
                self.close_sent = True
                self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

        async def send(self, message: Any) -> None:
            await super().send(message)
            if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
                # Refused, and answered whole: uvicorn would log that an answer is missing.
                self.handshake_complete = True

    return Protocol


def _is_utf8(frames: list[bytes]) -> bool:
    try:
        b"".join(frames).decode()
    except UnicodeDecodeError:
        return False
    return True


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
