"""The group of commands, and what holds for all of them."""

from __future__ import annotations

import click

from .._version import __version__
from .demo import demo
from .exits import EXIT_CODES, INTERRUPTED
from .meetings import delete, list_meetings, result, status
from .serve import serve
from .transcribe import transcribe

_EXITS = [(0, "done"), (1, "an error without a code of its own"), (INTERRUPTED, "interrupted (Ctrl-C)")]
_EXITS += [(code, meaning) for _, code, meaning in EXIT_CODES]
EPILOG = (
    "Environment: SPEECH_KEY with SPEECH_REGION or SPEECH_ENDPOINT name an account; REMOTE_MEETING_STORE names the "
    "meeting store.\n\n\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in sorted(_EXITS))
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EPILOG)
@click.version_option(__version__, prog_name="remote-meeting")
@click.option(
    "--store",
    metavar="URL|FILE",
    help="Where meetings are kept. Default: $REMOTE_MEETING_STORE, else a file in your data directory.",
)
@click.pass_context
def main(context: click.Context, store: str | None) -> None:
    """Who said what and when: meetings transcribed and fetched by their ids.

    Keeps what was built for Azure Speech's retired RemoteMeetingTranscriptionClient working.
    """
    context.obj = store


for command in (demo, transcribe, status, result, list_meetings, delete, serve):
    main.add_command(command)
