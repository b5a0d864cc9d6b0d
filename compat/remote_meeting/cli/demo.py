"""`remote-meeting demo`: the main job, end to end, on this machine alone."""

from __future__ import annotations

import contextlib
from importlib.resources import as_file, files

import click

from ..aio import RemoteMeetingTranscriptionClient, RemoteMeetingTranscriptionOperation
from .common import notice
from .output import deliver
from .progress import wait_for
from .running import again, how_to_go_on, run

SAMPLE = "sample.flac"
SPEAKERS = 3


@click.command(short_help="Transcribe the bundled sample, and fetch it by its id.")
@click.pass_context
def demo(context: click.Context) -> None:
    """Transcribe the bundled sample, a short meeting of three synthetic voices, and fetch it by its id.

    It needs no account and no network.
    """
    submitted: list[str] = []

    async def work() -> None:
        with contextlib.ExitStack() as stack:
            sample = stack.enter_context(as_file(files("remote_meeting") / "data" / SAMPLE))
            async with RemoteMeetingTranscriptionClient(backend="local", store=context.obj) as service:
                operation = await service.submit(sample, speakers=SPEAKERS)
                submitted.append(operation.id)
                notice(f"Submitted the bundled sample as meeting {operation.id}.")
                await wait_for(service, operation.id, timeout=None, quiet=False)
        # A second client knows nothing but the id, as an app in another process would.
        async with RemoteMeetingTranscriptionClient(store=context.obj) as service:
            fetched = RemoteMeetingTranscriptionOperation(operation.id, service)
            meeting = await fetched.wait_for_completion()
            notice(f"Fetched meeting {meeting.id} by its id: who said what, and when.")
            deliver(meeting.transcript, "text", None)
            notice(f"Kept in {service.meetings.store.name}. Again: {again(context, 'result', meeting.id)}")

    run(work(), advice=lambda: how_to_go_on(context, submitted[0]) if submitted else None)
