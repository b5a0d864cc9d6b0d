"""A transcript as the commands print it: in a format, in colours, a line as it comes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from remote_meeting_backends import Phrase, Transcript

from ..formats import FORMATS, render, text_line
from ..screen import plain
from .common import colour
from .writing import STDOUT, put, write

SPEAKER_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "red")


Command = TypeVar("Command", bound=Callable[..., Any])


def formats(names: Iterable[str]) -> Callable[[Command], Command]:
    """The option that chooses among them; text where nothing is said."""
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(list(names)),
        default="text",
        show_default=True,
        help="Output format.",
    )


format_option = formats(FORMATS)


def deliver(transcript: Transcript, format_name: str, output: str | None) -> bool:
    """Print a transcript, or write it to a file; True when a file was written.

    Raises:
        CannotWrite: It cannot be written.
    """
    if output is not None and output != STDOUT:
        write(output, render(transcript, format_name).encode())
        return True
    if format_name != "text":
        # These formats are UTF-8 whatever the terminal speaks.
        put(render(transcript, format_name).encode())
    elif colour(sys.stdout):
        put(_coloured(transcript))
    else:
        put(render(transcript, format_name))
    return False


def text_of(phrase: Phrase, speakers: Sequence[str]) -> str:
    """A phrase's line, each speaker in a colour of its own where the screen has colours.

    Args:
        phrase: The phrase.
        speakers: Every speaker so far, in the order of appearance.
    """
    when, who, what = text_line(phrase)
    if not colour(sys.stdout):
        return f"[{when}] {who}: {what}\n"
    place = speakers.index(phrase.speaker) if phrase.speaker in speakers else len(speakers)
    speaker = click.style(who, fg=SPEAKER_COLOURS[place % len(SPEAKER_COLOURS)], bold=True)
    return f"{click.style(f'[{when}]', dim=True)} {speaker}: {what}\n"


def text_of_note(note: str) -> str:
    """A note's line."""
    line = f"Note: {plain(note)}"
    return f"{click.style(line, dim=True) if colour(sys.stdout) else line}\n"


def _coloured(transcript: Transcript) -> str:
    lines = [text_of(phrase, transcript.speakers) for phrase in transcript.phrases]
    return "".join([*lines, *map(text_of_note, transcript.notes)])
