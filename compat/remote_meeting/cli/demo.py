"""`remote-meeting demo`: the main job, end to end, on this machine alone."""

from __future__ import annotations

import contextlib
from importlib.resources import as_file, files

import click

from ..aio import RemoteMeetingTranscriptionOperation
from .common import client, deliver, notice, run
from .progress import wait_for

SAMPLE = "sample.flac"
SPEAKERS = 3


@click.command()
@click.pass_context
def demo(context: click.Context) -> None:
    """Transcribe the bundled sample, a short meeting of three synthetic voices, and fetch it by its id."""

    async def work() -> None:
        with contextlib.ExitStack() as stack:
            sample = stack.enter_context(as_file(files("remote_meeting") / "data" / SAMPLE))
            async with client(context, "local") as service:
                operation = await service.submit(sample, speakers=SPEAKERS)
                notice(f"Submitted the bundled sample as meeting {operation.id}.")
                await wait_for(service, operation.id, timeout=None, quiet=False)
            # A second client knows nothing but the id, as an app in another process would.
            async with client(context) as service:
                fetched = RemoteMeetingTranscriptionOperation(operation.id, service)
                meeting = await fetched.wait_for_completion()
                notice(f"Fetched meeting {meeting.id} by its id: who said what, and when.")
                deliver(meeting.transcript, "text", None)
                notice(f"Kept in {service.meetings.store.name}. Again: remote-meeting result {meeting.id}")

    run(work())
