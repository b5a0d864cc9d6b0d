"""`remote-meeting serve`: the retired wire protocol, on this machine."""

from __future__ import annotations

import click

from ..config import connection_of
from .account import azure_options, speech_config
from .common import notice

DEFAULT_PORT = 8437


@click.command(short_help="Answer apps that poll the retired service.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0 picks a free one."
)
@click.pass_context
def serve(context: click.Context, host: str, port: int) -> None:
    """Answer apps that poll the retired service (OfflineTask), for the meetings of the store.

    Each caller sees the meetings that were submitted with its own key, and no others. A service that keeps a meeting's
    job is asked with the account of the environment.
    """
    from ..gateway.serving import serve as run_server

    account = connection_of(speech_config(), azure_options())
    run_server(host, port, store=context.obj, announce=notice, connection=account)
