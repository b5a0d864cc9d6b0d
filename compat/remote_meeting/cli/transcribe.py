"""`remote-meeting transcribe`."""

from __future__ import annotations

import signal
import uuid
from typing import Any

import click
from click.core import ParameterSource

from remote_meeting_backends import DeadlineExceeded

from .. import aio
from ..aio import MoreOptions
from ..recording import check_id
from . import background
from .common import Seconds, client, fail, notice, output_option, quiet_option
from .live import LivePrinter, printer_for
from .output import deliver, format_option
from .progress import wait_for
from .running import how_to_go_on, leave, run
from .writing import check_output, put

MORE = ("profanity", "punctuation", "candidate_languages", "model", "phrases", "time_to_live_hours", "container")
KEPT_WITH_MEETING = ("backend", "language", "speakers", "channels", "allow_truncated", *MORE)
FOR_WHOEVER_WAITS = ("timeout", "format_name", "output")


@click.command(short_help="Transcribe an audio file, under an id that fetches it again.")
@click.argument("audio", required=False, type=click.Path())
@click.option("--meeting-id", metavar="ID", help="Name of the meeting; a new one when left out.")
@click.option(
    "--backend",
    metavar="NAME",
    default="auto",
    show_default=True,
    help="fast, batch, realtime, legacy, local, or auto: routing decides and says why.",
)
@click.option("--language", metavar="BCP-47", help="Spoken language. Default: en-US.")
@click.option("--speakers", metavar="N|MIN-MAX", help="How many people speak. Default: estimated.")
@click.option(
    "--channels",
    metavar="mix|N|separate",
    help="What to hear of several channels: all mixed, one (from 0), or each as one speaker.",
)
@click.option("--allow-truncated", is_flag=True, help="Accept a file that is shorter than its header promises.")
@click.option(
    "--candidate-language", "candidate_languages", metavar="BCP-47", multiple=True, help="Also spoken. [cloud]"
)
@click.option("--profanity", type=click.Choice(["none", "masked", "removed", "tags"]), help="Swear words. [cloud]")
@click.option(
    "--punctuation",
    type=click.Choice(["none", "dictated", "automatic", "dictated_and_automatic"]),
    help="Where punctuation comes from. [batch]",
)
@click.option("--model", metavar="ID|URL", help="A custom model. [cloud]")
@click.option("--phrase", "phrases", metavar="TEXT", multiple=True, help="Likely to be said. [fast]")
@click.option(
    "--time-to-live",
    "time_to_live_hours",
    metavar="HOURS",
    type=click.IntRange(6, 744),
    help="How long the service keeps its job. Default: 48. [batch]",
)
@click.option("--container", is_flag=True, help="AUDIO is the URL of a container: all of its blobs. [batch]")
@click.option("--timeout", type=Seconds(), metavar="SECONDS", help="Wait at most this long; what is done is kept.")
@click.option("--no-wait", is_flag=True, help="Print the meeting id and leave; the work goes on in the background.")
@click.option("--detached", is_flag=True, hidden=True)
@quiet_option
@format_option
@output_option
@click.pass_context
def transcribe(
    context: click.Context,
    /,
    audio: str | None,
    meeting_id: str | None,
    backend: str,
    language: str | None,
    speakers: str | None,
    channels: str | None,
    allow_truncated: bool,
    timeout: float | None,
    no_wait: bool,
    detached: bool,
    quiet: bool,
    format_name: str,
    output: str | None,
    **more: Any,
) -> None:
    """Transcribe AUDIO, a file or a URL, under an id that fetches it again later.

    Without AUDIO, --meeting-id ID goes on with a meeting that was interrupted or failed.
    """
    if audio is None:
        if meeting_id is None:
            raise click.UsageError("Name an audio file, or an interrupted meeting with --meeting-id.")
        _refuse(context, KEPT_WITH_MEETING, "was decided when the meeting began: leave it out, or name the audio too.")
    name = check_id(uuid.uuid4().hex if meeting_id is None else meeting_id)
    if no_wait:
        _refuse(context, FOR_WHOEVER_WAITS, "is for those who wait: give it to remote-meeting result, later.")
        # By its full name: the process that goes on must find the meeting that was named here.
        left_out = ("no_wait", "meeting_id", "quiet")
        command = background.same_command(context, left_out, f"--meeting-id={name}", "--detached", "--quiet")
        try:
            background.start(command)
        except KeyboardInterrupt:
            leave(signal.SIGINT, how_to_go_on(context, name))
        put(f"{name}\n")
        return

    async def submit(service: aio.RemoteMeetingTranscriptionClient, printer: LivePrinter | None) -> None:
        if audio is None:
            await service.resume(name)
        else:
            await service.submit(
                audio,
                meeting_id=name,
                language=language,
                speakers=speakers,
                channels=channels,
                allow_truncated=allow_truncated,
                listener=printer,
                **_given(more),
            )
        if detached:
            put(f"{name}\n")
        elif not quiet:
            notice(await _introduction(service, name))

    async def work() -> None:
        check_output(output, audio)
        async with client(context, backend) as service:
            printer = None
            if audio is not None and not detached:
                printer = await printer_for(service, name, backend=backend, format_name=format_name, output=output)
            await submit(service, printer)
            transcript = await wait_for(service, name, timeout=timeout, quiet=quiet or printer is not None)
        if printer is not None:
            printer.finish(transcript)
        elif not detached and deliver(transcript, format_name, output) and not quiet:
            notice(f"Wrote {output}")

    try:
        run(work(), advice=lambda: how_to_go_on(context, name))
    except DeadlineExceeded as error:
        fail(error, how_to_go_on(context, name))


def _given(more: dict[str, Any]) -> MoreOptions:
    """The options that not every backend has, as far as they were given."""
    given: MoreOptions = {
        "profanity": more["profanity"],
        "punctuation": more["punctuation"],
        "candidate_languages": more["candidate_languages"],
        "model": more["model"],
        "phrases": more["phrases"],
        "time_to_live_hours": more["time_to_live_hours"],
        "container": more["container"],
    }
    return given


async def _introduction(service: aio.RemoteMeetingTranscriptionClient, name: str) -> str:
    standing = await service.meetings.look(name)
    if standing.record is None:
        return f"Meeting {name}, {standing.backend}"
    seconds = (
        f"{standing.record.audio_seconds:.1f} s" if standing.record.audio_seconds is not None else "length unknown"
    )
    done = f", {standing.progress:.0%} done before" if standing.progress else ""
    return f"Meeting {name} ({seconds}{done}), {standing.record.routing_reason}"


def _refuse(context: click.Context, names: tuple[str, ...], why: str) -> None:
    """An option that would change nothing is an error, not a disappointment."""
    for parameter in context.command.params:
        if parameter.name in names and context.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{max(parameter.opts, key=len)} {why}")
