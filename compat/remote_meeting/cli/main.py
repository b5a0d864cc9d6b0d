"""The group of commands, and what holds for all of them."""

from __future__ import annotations

import signal
from importlib import import_module
from typing import Any

import click

from remote_meeting_backends import RemoteMeetingError

from .._version import __version__
from .exits import MEANINGS, PIPE_CLOSED
from .variables import VARIABLES

# In the order in which they are needed: module, name in it, and what it does. A command is imported when it runs.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "demo", "Transcribe the bundled sample, and fetch it by its id."),
    "transcribe": ("transcribe", "transcribe", "Transcribe an audio file, under an id that fetches it again."),
    "status": ("meetings", "status", "Show how a meeting stands."),
    "result": ("meetings", "result", "Print who said what in a meeting."),
    "list": ("meetings", "list_meetings", "List meetings, the newest first."),
    "delete": ("meetings", "delete", "Forget a meeting; the audio file stays."),
    "compare": ("compare", "compare_transcripts", "Compare two transcripts of the same audio."),
    "serve": ("serve", "serve", "Answer apps of the retired service: uploads and polls."),
    "api-key": ("api_key", "api_key", "Make a key that the gateway takes."),
    "emulate": ("emulate", "emulate", "Answer as the speech to text REST API does."),
    "check": ("check", "check", "Find what was retired in a code base."),
    "explain": ("check", "explain", "Explain a rule of the check."),
    "rules": ("check", "list_rules", "List the check's rules."),
    "doctor": ("doctor", "doctor", "Find out what keeps meetings from being transcribed."),
}
EPILOG = (
    """\b
Environment:
"""
    + "\n".join(f"  {name:<24}  {about}" for name, about in VARIABLES.items())
    + """

A meeting id that begins with a dash stands after --, as in: remote-meeting status -- -id

check and doctor have exit codes of their own: see their --help.

\b
Exit codes:
"""
    + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in MEANINGS.items())
)


class Commands(click.Group):
    """Commands in the order in which they are needed; an error is its sentence and its exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f".{module}", __package__), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RemoteMeetingError as error:
            from .common import fail

            fail(error)
        except KeyboardInterrupt:
            from .running import leave

            leave(signal.SIGINT)
        except BrokenPipeError:
            from .writing import forget_broken_streams

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
    from .logs import show_logs

    context.obj = store
    show_logs(verbose)
