"""Running the gateway with uvicorn."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from remote_meeting_backends import RemoteMeetingError
from remote_meeting_backends.extras import need

from .app import create_app

GRACE_SECONDS = 10


class CannotListen(RemoteMeetingError):
    """The address is taken, or not this machine's."""

    default_code = "cannot_listen"


def serve(host: str, port: int, *, store: str | os.PathLike[str] | None, announce: Callable[[str], None]) -> None:
    """Listen until interrupted.

    Args:
        host: Address to listen on.
        port: Port, or 0 for a free one.
        store: Database URL or path; None for the default one.
        announce: Told, in a sentence, where it listens.

    Raises:
        CannotListen: The address cannot be had.
        MissingExtra: The gateway's packages are not installed.
    """
    uvicorn = need("uvicorn", extra="gateway", what="The gateway")
    app = create_app(store)
    listener = _listen(host, port)
    # No access log: it would print URLs, and clients put keys into them.
    config = uvicorn.Config(
        app, access_log=False, log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS, server_header=False
    )
    shown = f"[{host}]" if ":" in host else host
    server = uvicorn.Server(config)
    with _ended_by_signals(server):
        announce(f"Listening on http://{shown}:{listener.getsockname()[1]}/api/v1/OfflineTask (Ctrl-C ends it)")
        server.run(sockets=[listener])


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


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        # create_server repeats the address behind the reason.
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise CannotListen(
            f"The gateway cannot listen on {host} port {port}: {reason}; choose another with --port."
        ) from error
