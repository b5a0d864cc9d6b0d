"""Running the gateway with uvicorn."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

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
    announce(f"Listening on http://{shown}:{listener.getsockname()[1]}/api/v1/OfflineTask (Ctrl-C ends it)")
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise CannotListen(
            f"The gateway cannot listen on {host} port {port}: {error.strerror or error}; choose another with --port."
        ) from error
