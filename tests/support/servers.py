"""A real server on loopback, on a port of its own, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from remote_meeting_backends.serving import address_of, listen, on_thread


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """Run an ASGI app on a thread; yields `http://127.0.0.1:PORT`."""
    listener = listen("127.0.0.1", 0, what="The test's server")
    with on_thread(app, listener, what="The test's server"):
        yield address_of(listener)


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
