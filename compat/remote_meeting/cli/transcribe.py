"""`remote-meeting transcribe`."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import uuid
from typing import IO

import click

from remote_meeting_backends import BackendFailed, Transcript

from .common import check_output, client, deliver, format_option, notice, output_option, run
from .progress import wait_for

START_SECONDS = 60.0
POLL_SECONDS = 0.1


@click.command()
@click.argument("audio", required=False, type=click.Path())
@click.option("--meeting-id", metavar="ID", help="Name of the meeting; a new one when left out.")
@click.option(
    "--backend", default="auto", show_default=True, help="legacy, local, or auto: routing decides and says why."
)
@click.option("--language", metavar="BCP-47", help="Spoken language. Default: en-US.")
@click.option("--speakers", metavar="N|MIN-MAX", help="How many people speak. Default: estimated.")
@click.option(
    "--channels",
    metavar="mix|N|separate",
    help="What to hear of several channels: all mixed, one (from 0), or each as one speaker.",
)
@click.option("--allow-truncated", is_flag=True, help="Accept a file that is shorter than its header promises.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait at most this long.")
@click.option("--no-wait", is_flag=True, help="Print the meeting id and leave; the work goes on in the background.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no notices.")
@format_option
@output_option
@click.pass_context
def transcribe(
    context: click.Context,
    audio: str | None,
    meeting_id: str | None,
    backend: str,
    language: str | None,
    speakers: str | None,
    channels: str | None,
    allow_truncated: bool,
    timeout: float | None,
    no_wait: bool,
    quiet: bool,
    format_name: str,
    output: str | None,
) -> None:
    """Transcribe an AUDIO file, under an id that fetches it again later.

    Without AUDIO, --meeting-id ID goes on with a meeting that was interrupted or failed.
    """
    if audio is None and meeting_id is None:
        raise click.UsageError("Name an audio file, or an interrupted meeting with --meeting-id.")
    name = meeting_id or uuid.uuid4().hex
    if no_wait:
        if output is not None:
            raise click.UsageError(
                "--no-wait prints the id and leaves: fetch the text later with remote-meeting result."
            )
        run(_detach(context, name))
        click.echo(name)
        return

    async def work() -> Transcript:
        check_output(output)
        async with client(context, backend) as service:
            if audio is None:
                operation = await service.resume(name)
            else:
                operation = await service.submit(
                    audio,
                    meeting_id=name,
                    language=language,
                    speakers=speakers,
                    channels=channels,
                    allow_truncated=allow_truncated,
                )
            record = (await service.meetings.look(operation.id)).record
            if record is not None and not quiet:
                notice(f"Meeting {record.meeting_id} ({record.audio_seconds or 0:.1f} s), {record.routing_reason}")
            return await wait_for(service, operation.id, timeout=timeout, quiet=quiet)

    async def work_and_deliver() -> None:
        deliver(await work(), format_name, output)

    run(work_and_deliver(), hint=lambda: f"Go on with: remote-meeting transcribe --meeting-id {name}")


async def _detach(context: click.Context, name: str) -> None:
    """Do the work in a process of its own; return once that process has written the meeting down."""
    async with client(context) as service:
        with tempfile.TemporaryFile() as said:
            child = _spawn(name, said)
            for _ in range(int(START_SECONDS / POLL_SECONDS)):
                with contextlib.suppress(Exception):
                    record = (await service.meetings.look(name)).record
                    if record is not None and record.runner is not None and record.runner.pid == child.pid:
                        return
                if child.poll() is not None:
                    break
                await asyncio.sleep(POLL_SECONDS)
            code = child.poll()
            said.seek(0)
            words = said.read().decode(errors="replace").strip().removeprefix("Error:").strip()
    if code == 0:
        return
    if code is None:
        child.kill()
        raise BackendFailed(f"The background process did not begin within {START_SECONDS:.0f} s.")
    click.echo(f"Error: {words or f'the background process ended with {code}'}", err=True)
    raise click.exceptions.Exit(code)


def _spawn(name: str, said: IO[bytes]) -> subprocess.Popen[bytes]:
    """The same command line again, without --no-wait and with the id that was chosen."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--no-wait"]
    if "--meeting-id" not in " ".join(arguments):
        arguments += ["--meeting-id", name]
    return subprocess.Popen(  # noqa: S603  (our own program, our own arguments)
        [sys.executable, "-m", "remote_meeting.cli", *arguments, "--quiet"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
    )
