"""Running the gateway with uvicorn."""

from __future__ import annotations

import os
from collections.abc import Callable

from remote_meeting_backends import Connection
from remote_meeting_backends.extras import need
from remote_meeting_backends.serving import address_of, listen, run

from .app import create_app

WHAT = "The gateway"


def serve(
    host: str,
    port: int,
    *,
    store: str | os.PathLike[str] | None,
    announce: Callable[[str], None],
    connection: Connection | None = None,
) -> None:
    """Listen until interrupted.

    Args:
        host: Address to listen on.
        port: Port, or 0 for a free one.
        store: Database URL or path; None for the default one.
        announce: Told, in a sentence, where it listens.
        connection: With which services that keep jobs are asked.

    Raises:
        CannotListen: The address cannot be had.
        MissingExtra: The gateway's packages are not installed.
    """
    need("uvicorn", extra="gateway", what=WHAT)
    app = create_app(store, connection=connection)
    listener = listen(host, port, what=WHAT)
    where = address_of(listener)
    run(
        app,
        listener,
        what=WHAT,
        announce=lambda: announce(f"Listening on {where}/api/v1/OfflineTask (Ctrl-C ends it)"),
    )
