"""`remote-meeting compare`."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import click

from remote_meeting_backends import InvalidInput, MeetingNotFound, Transcript

from ..parity import MEASURES, REPORTS, compare, read_transcript, report
from .common import client, notice, output_option
from .exits import DIFFERS
from .output import formats
from .running import run
from .writing import check_output, deliver_text


def _limits(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    """`wer=0.1`: a measure, and the most that it may be."""
    limits = []
    for value in given:
        name, _, number = value.partition("=")
        try:
            most = float(number)
        except ValueError:
            most = math.nan
        if name not in MEASURES or not 0 <= most < math.inf:
            raise click.BadParameter(
                f"{value!r} is no limit: give {', '.join(MEASURES)} and a number, as in wer=0.1.", context, parameter
            )
        limits.append((name, most))
    return tuple(limits)


@click.command("compare", short_help="Compare two transcripts of the same audio.")
@click.argument("reference", metavar="A")
@click.argument("other", metavar="B")
@formats(REPORTS)
@click.option(
    "--fail-above",
    "limits",
    callback=_limits,
    multiple=True,
    metavar="NAME=NUMBER",
    help=f"Exit with {DIFFERS} where wer or cpwer (shares), drift or missing (seconds) is above it. Repeatable.",
)
@output_option
@click.pass_context
def compare_transcripts(
    context: click.Context,
    reference: str,
    other: str,
    format_name: str,
    limits: tuple[tuple[str, float], ...],
    output: str | None,
) -> None:
    """Compare transcript B with transcript A, which counts as right.

    Each is a file (what `result` and `transcribe` write in any format, or the answer of a service) or, where there is
    no such file, a meeting's id.
    """

    async def work() -> list[Transcript]:
        check_output(output)
        return [await _load(context, one) for one in (reference, other)]

    first, second = run(work())
    comparison = compare(first, second, (reference, other))
    written = report(comparison, first, second, format_name)
    # JSON and pages are UTF-8 whatever the terminal speaks.
    deliver_text(written if format_name == "text" else written.encode(), output)
    above = [_sentence(name, comparison.measures[name], most) for name, most in limits]
    for sentence in filter(None, above):
        notice(sentence)
    if any(above):
        raise click.exceptions.Exit(DIFFERS)


async def _load(context: click.Context, which: str) -> Transcript:
    content = await asyncio.to_thread(_content, which)
    if content is not None:
        return read_transcript(content, which)
    try:
        async with client(context) as service:
            return await service.meetings.transcript(await service.meetings.look(which))
    except MeetingNotFound as error:
        raise MeetingNotFound(f"There is no file and no meeting {which}.", meeting_id=which) from error


def _content(which: str) -> bytes | None:
    """A file's content; None where there is no such file, so that it may be a meeting's id."""
    path = Path(which)
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise InvalidInput(f"{which} cannot be read: {error.strerror or error}.") from error


def _sentence(name: str, measured: float | None, most: float) -> str | None:
    """What a limit has to say; a rate that cannot be measured is above any."""
    if measured is None:
        return f"{name} cannot be measured: the two have nothing to measure it by."
    return f"{name} is {measured:.4g}, above {most:g}." if measured > most else None
