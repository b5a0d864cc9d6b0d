"""What the commands share: the client they use, how they print, how they fail."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from remote_meeting_backends import InvalidInput, RemoteMeetingError, Transcript

from .. import aio
from ..config import SpeechConfig
from ..formats import FORMATS, plain, render, text_line
from .exits import INTERRUPTED, exit_code

P = ParamSpec("P")
T = TypeVar("T")
SPEAKER_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "red")

format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="Output format.",
)
output_option = click.option(
    "-o", "--output", type=click.Path(dir_okay=False), help="Write to a file instead of the standard output."
)


def speech_config() -> SpeechConfig | None:
    """The account named by the environment; None when it names none.

    Raises:
        InvalidInput: A key without a place.
    """
    key = os.environ.get("SPEECH_KEY") or None
    region, endpoint = os.environ.get("SPEECH_REGION") or None, os.environ.get("SPEECH_ENDPOINT") or None
    if key is None:
        return None
    if endpoint is not None:
        return SpeechConfig(subscription=key, endpoint=endpoint)
    if region is None:
        raise InvalidInput("SPEECH_KEY is set without SPEECH_REGION or SPEECH_ENDPOINT: set one, or unset the key.")
    return SpeechConfig(subscription=key, region=region)


def client(context: click.Context, backend: str = "auto") -> aio.RemoteMeetingTranscriptionClient:
    """A client on the account of the environment and the store of the command line."""
    return aio.RemoteMeetingTranscriptionClient(speech_config(), backend=backend, store=context.obj)


def run(coroutine: Coroutine[Any, Any, T], *, hint: Callable[[], str | None] = lambda: None) -> T:
    """Run a command's work; an error becomes its sentence and its exit code.

    Args:
        coroutine: The work.
        hint: What to say after Ctrl-C.
    """
    try:
        return asyncio.run(coroutine)
    except RemoteMeetingError as error:
        fail(error)
    except KeyboardInterrupt:
        advice = hint()
        notice(f"Interrupted.{f' {advice}' if advice else ''}")
        raise click.exceptions.Exit(INTERRUPTED) from None
    raise AssertionError("unreachable")


def fail(error: RemoteMeetingError) -> None:
    """Say what is wrong and leave with its code."""
    click.echo(f"{click.style('Error:', fg='red', bold=True)} {plain(str(error))}", err=True, color=colour(sys.stderr))
    raise click.exceptions.Exit(exit_code(error))


def notice(text: str) -> None:
    """A line for the person at the terminal, beside the results."""
    click.echo(text, err=True)


def colour(stream: Any) -> bool:
    """Colours only on a terminal, and not where NO_COLOR is set."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")


def check_output(output: str | None) -> None:
    """Find out before hours of work whether the result can be written.

    Raises:
        InvalidInput: The folder is not there or may not be written.
    """
    if output is None:
        return
    folder = Path(output).absolute().parent
    if not folder.is_dir():
        raise InvalidInput(f"{output} cannot be written: there is no folder {folder}.")
    if not os.access(folder, os.W_OK):
        raise InvalidInput(f"{output} cannot be written: the folder {folder} may not be written.")


def deliver(transcript: Transcript, format_name: str, output: str | None) -> None:
    """Print a transcript, or write it to a file that is either the whole of it or not there.

    Raises:
        InvalidInput: The file cannot be written.
    """
    if output is None:
        if format_name == "text" and colour(sys.stdout):
            _print_coloured(transcript)
        else:
            click.echo(render(transcript, format_name), nl=False)
        return
    path = Path(output)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(render(transcript, format_name), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InvalidInput(f"{output} cannot be written: {error.strerror}.") from error
    notice(f"Wrote {output}")


def _print_coloured(transcript: Transcript) -> None:
    colours = {name: SPEAKER_COLOURS[at % len(SPEAKER_COLOURS)] for at, name in enumerate(transcript.speakers)}
    for phrase in transcript.phrases:
        when, who, what = text_line(phrase)
        click.echo(
            f"{click.style(f'[{when}]', dim=True)} {click.style(who, fg=colours[phrase.speaker], bold=True)}: {what}"
        )
    for note in transcript.notes:
        click.echo(click.style(f"Note: {plain(note)}", dim=True))
