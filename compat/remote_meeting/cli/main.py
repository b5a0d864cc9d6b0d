"""The group of commands, and what holds for all of them."""

from __future__ import annotations

import signal
from typing import Any

import click

from remote_meeting_backends import RemoteMeetingError

from .._version import __version__
from .account import VARIABLES
from .check import check, explain, list_rules
from .common import fail
from .demo import demo
from .doctor import doctor
from .emulate import emulate
from .exits import MEANINGS, PIPE_CLOSED
from .logs import show_logs
from .meetings import delete, list_meetings, result, status
from .output import forget_broken_streams
from .running import leave
from .serve import serve
from .transcribe import transcribe

EPILOG = (
    """\b
Environment:
"""
    + "\n".join(f"  {name:<24}  {about}" for name, about in VARIABLES.items())
    + """

A meeting id that begins with a dash stands after --, as in: remote-meeting status -- -id

\b
Exit codes:
"""
    + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in MEANINGS.items())
)


class Commands(click.Group):
    """Commands in the order in which they are needed; an error is its sentence and its exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RemoteMeetingError as error:
            fail(error)
        except KeyboardInterrupt:
            leave(signal.SIGINT)
        except BrokenPipeError:
            forget_broken_streams()
            raise click.exceptions.Exit(PIPE_CLOSED) from None


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="remote-meeting")
@click.option(
    "--store",
    metavar="URL|FILE",
    help="Where meetings are kept. Default: $REMOTE_MEETING_STORE, else a file in your data directory.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show the log on the standard error.")
@click.pass_context
def main(context: click.Context, store: str | None, verbose: bool) -> None:
    """Who said what and when: meetings transcribed and fetched by their ids.

    Keeps what was built for Azure Speech's retired RemoteMeetingTranscriptionClient working.
    """
    context.obj = store
    show_logs(verbose)


for command in (
    demo,
    transcribe,
    status,
    result,
    list_meetings,
    delete,
    serve,
    emulate,
    check,
    explain,
    list_rules,
    doctor,
):
    main.add_command(command)
