"""What the commands share: the account, the client, options, and what is said beside the results."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from remote_meeting_backends import RemoteMeetingError

from ..screen import plain
from .exits import exit_code

if TYPE_CHECKING:
    from .. import aio

output_option = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write to a file instead of the standard output.",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress, no notices.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
id_argument = click.argument("meeting_id", metavar="ID")


class Seconds(click.FloatRange):
    """A length of time; `nan` is a float to Python, and would never be over."""

    def __init__(self) -> None:
        super().__init__(min=0)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        seconds = super().convert(value, param, ctx)
        if seconds != seconds:
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


def client(context: click.Context, backend: str = "auto") -> aio.RemoteMeetingTranscriptionClient:
    """A client on the account of the environment and the store of the command line."""
    # Whoever asks for help waits for none of it.
    from .. import aio
    from .account import azure_options, speech_config

    return aio.RemoteMeetingTranscriptionClient(
        speech_config(), backend=backend, store=context.obj, azure=azure_options()
    )


def fail(error: RemoteMeetingError, advice: str | None = None, code: int | None = None) -> NoReturn:
    """Say what is wrong, and what to do, and leave with its code."""
    click.echo(f"{click.style('Error:', fg='red', bold=True)} {plain(str(error))}", err=True, color=colour(sys.stderr))
    if advice is not None:
        notice(advice)
    raise click.exceptions.Exit(code if code is not None else exit_code(error))


def notice(text: str) -> None:
    """A line for the person at the terminal, beside the results."""
    click.echo(plain(text), err=True)


def colour(stream: Any) -> bool:
    """Colours only on a terminal, and not where NO_COLOR is set."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def is_terminal(stream: Any) -> bool:
    """A terminal that can be steered; a closed stream is None."""
    return stream is not None and bool(stream.isatty()) and os.environ.get("TERM") != "dumb"
