"""`remote-meeting serve`: the retired service, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from remote_meeting_backends import Connection, InvalidInput
from remote_meeting_backends.connection import split_endpoint

from ..config import connection_of
from .account import account_at, azure_options, speech_config
from .common import notice

if TYPE_CHECKING:
    from ..gateway.settings import Settings

DEFAULT_PORT = 8437
FILE = click.Path(path_type=Path)
POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command(short_help="Answer apps of the retired service: uploads and polls.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0 picks a free one."
)
@click.option("--backend", metavar="NAME", default="auto", show_default=True, help="Who hears live meetings.")
@click.option(
    "--async-backend", metavar="NAME", default="auto", show_default=True, help="Who transcribes those that are async."
)
@click.option(
    "--refine", type=click.Choice(["fast", "batch", "local"]), help="Who hears a live meeting again when it is over."
)
@click.option("--upstream", metavar="URL", help="Where the services are, in the place of a region's.")
@click.option(
    "--region", "regions", metavar="[HOST=]REGION", multiple=True, help="Where keys belong; may be repeated by host."
)
@click.option("--api-keys", metavar="FILE", type=FILE, help="Take these keys only, and use the gateway's own account.")
@click.option("--spool", metavar="DIR", type=FILE, help="Where audio is kept. Default: beside the store.")
@click.option("--spool-bytes", type=click.IntRange(1), default=50 * 1024**3, show_default=True, help="How much of it.")
@click.option("--tls-cert", metavar="FILE", type=FILE, help="Certificate chain (PEM), for wss:// and https://.")
@click.option("--tls-key", metavar="FILE", type=FILE, help="Its key (PEM).")
@click.option(
    "--max-meetings-per-key",
    "meetings",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Open at a time.",
)
@click.option("--max-hours", type=POSITIVE, default=10.0, show_default=True, help="Audio of one meeting.")
@click.option(
    "--idle-seconds", type=POSITIVE, default=120.0, show_default=True, help="Without audio, or without a connection."
)
@click.option(
    "--handshake-seconds", type=POSITIVE, default=30.0, show_default=True, help="From the connection to the audio."
)
@click.option(
    "--slow-seconds", type=POSITIVE, default=30.0, show_default=True, help="What is told may stay unread so long."
)
@click.option(
    "--max-message-bytes", type=click.IntRange(65536), default=8_404_994, show_default=True, help="One message."
)
@click.option(
    "--drain-seconds",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="To finish, once it is ended.",
)
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), help="Tell what happens on the standard error, without words."
)
@click.pass_context
def serve(
    context: click.Context, /, host: str, port: int, tls_cert: Path | None, tls_key: Path | None, **options: Any
) -> None:
    """Answer apps of the retired service: MeetingTranscriber's uploads, and OfflineTask.

    Apps change one address, or none where a DNS name is made to lead here. Each caller sees the meetings that were made
    with its own key, and no others.

    By default an app's own key is used for its meetings, at the --region (or where the app's own host name says so),
    and is never stored. With --api-keys callers show keys of this gateway, and services are asked with the account of
    the environment.
    """
    from remote_meeting_backends import SystemRuntime
    from remote_meeting_backends.tls import Tls

    from ..gateway.callers import KeyFile
    from ..gateway.logs import show_logs
    from ..gateway.serving import serve as run_server

    if (tls_cert is None) != (tls_key is None):
        raise InvalidInput("--tls-cert and --tls-key go together: give both.")
    tls = Tls(tls_cert, tls_key) if tls_cert is not None and tls_key is not None else None
    if options["log_format"] is not None:
        show_logs(options["log_format"])
    run_server(
        host,
        port,
        store=context.obj,
        announce=notice,
        settings=_settings(options),
        keys=None if options["api_keys"] is None else KeyFile(options["api_keys"], SystemRuntime()),
        tls=tls,
        keeps_logs=options["log_format"] is not None,
    )


def _settings(options: dict[str, Any]) -> Settings:
    from ..gateway.settings import Limits, Settings, read_regions

    region, by_host = read_regions(options["regions"])
    return Settings(
        backend=options["backend"],
        async_backend=options["async_backend"],
        refine=options["refine"],
        connection=_connection(region, options["upstream"]),
        passes_keys=options["api_keys"] is None,
        regions=by_host,
        spool=options["spool"],
        spool_bytes=options["spool_bytes"],
        drain_seconds=options["drain_seconds"],
        limits=Limits(
            message_bytes=options["max_message_bytes"],
            meetings=options["meetings"],
            seconds=options["max_hours"] * 3600,
            idle_seconds=options["idle_seconds"],
            handshake_seconds=options["handshake_seconds"],
            slow_seconds=options["slow_seconds"],
        ),
    )


def _connection(region: str | None, upstream: str | None) -> Connection | None:
    """The account of the environment, at the place that the options name."""
    if upstream is not None:
        split_endpoint(upstream, ())
        return account_at(Connection(endpoint=upstream, region=region))
    if region is not None:
        return account_at(Connection(region=region))
    return connection_of(speech_config(), azure_options())
