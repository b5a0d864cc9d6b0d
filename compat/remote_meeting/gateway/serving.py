"""Running the gateway with uvicorn."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from remote_meeting_backends import SystemRuntime
from remote_meeting_backends.extras import need
from remote_meeting_backends.serving import address_of, listen, run
from remote_meeting_backends.tls import Tls

from .app import create_app
from .deciding import check_backends
from .memory import one_arena, quiet_collector
from .settings import Settings

if TYPE_CHECKING:
    from .callers import KeyFile

WHAT = "The gateway"
# Of a request: a token may be some KiB.
MOST_HEADER_BYTES = 64 * 1024
# Beyond the time to finish: to tell apps, and to let leases go.
FLUSH_SECONDS = 10.0
SWITCH_SECONDS = 0.001


def serve(
    host: str,
    port: int,
    *,
    store: str | os.PathLike[str] | None,
    announce: Callable[[str], None],
    settings: Settings,
    keys: KeyFile | None = None,
    tls: Tls | None = None,
    keeps_logs: bool = False,
) -> None:
    """Listen until interrupted; apps that upload then are handed a reconnect.

    Args:
        host: Address to listen on.
        port: Port, or 0 for a free one.
        store: Database URL or path; None for the default one.
        announce: Told, in a sentence, where it listens.
        settings: How it is run.
        keys: Whose keys are taken; None for everybody's.
        tls: With which certificate.
        keeps_logs: Somebody has set up the logs already.

    Raises:
        CannotListen: The address cannot be had.
        InvalidInput: The certificate or the spool cannot be used.
        MissingExtra: The gateway's packages are not installed.
    """
    need("uvicorn", extra="gateway", what=WHAT)
    check_backends(settings, SystemRuntime())
    if tls is not None:
        tls.check()
    app = create_app(store, settings=settings, keys=keys)
    # Told before anybody could connect.
    app.state.gateway.house.spool.prepare()
    listener = listen(host, port, what=WHAT)
    where = address_of(listener, is_secure=tls is not None)
    allow_many_files()
    quiet_collector()
    one_arena()
    # Commits run on threads beside the loop, which must not wait for them longer than it has to.
    sys.setswitchinterval(SWITCH_SECONDS)
    run(
        app,
        listener,
        what=WHAT,
        announce=lambda: announce(f"Listening on {where}/api/v1/OfflineTask (Ctrl-C ends it)"),
        tls=tls,
        max_message_bytes=settings.limits.message_bytes,
        max_header_bytes=MOST_HEADER_BYTES,
        handshake_seconds=settings.limits.handshake_seconds,
        before_end=app.state.gateway.drain,
        grace_seconds=settings.drain_seconds + FLUSH_SECONDS,
        keep_logging=keeps_logs,
    )


def allow_many_files() -> None:
    """A meeting needs three: its connection, its spool, its service."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
