"""A meeting's progress on the standard error: a bar on a terminal, a few lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from remote_meeting_backends import MeetingNotReady, Transcript

from ..aio import RemoteMeetingTranscriptionClient
from ..standing import Standing
from .common import is_terminal, notice

LINE_EVERY = 0.1
POLL_SECONDS = 0.5

Say = Callable[[Standing], None]


async def wait_for(
    client: RemoteMeetingTranscriptionClient, meeting_id: str, *, timeout: float | None, quiet: bool
) -> Transcript:
    """Watch a meeting until it is over.

    Args:
        client: Whom to ask.
        meeting_id: The meeting.
        timeout: Seconds at most; None for the default.
        quiet: Say nothing.

    Raises:
        RemoteMeetingError: There is no transcript, and why.
    """
    show = _nothing if quiet else _bar if is_terminal(sys.stderr) else _lines
    watching = client.meetings.watch(meeting_id, POLL_SECONDS, timeout)
    with show(meeting_id) as say:
        async with contextlib.aclosing(watching) as standings:
            async for standing in standings:
                say(standing)
                if standing.is_over:
                    return await client.meetings.transcript(standing)
    raise MeetingNotReady(f"Meeting {meeting_id} did not end.", meeting_id=meeting_id)


@contextlib.contextmanager
def _nothing(meeting_id: str) -> Iterator[Say]:
    def say(standing: Standing) -> None:
        pass

    yield say


@contextlib.contextmanager
def _bar(meeting_id: str) -> Iterator[Say]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task("Uploading", total=None)
        (task,) = progress.tasks

        def say(standing: Standing) -> None:
            # A share that nobody knows is a bar that moves to and fro; to `update`, None is no news of the total.
            task.total = None if standing.progress is None else 1.0
            progress.update(
                task.id, completed=standing.progress or 0.0, description=standing.detail or standing.status.value
            )

        yield say


@contextlib.contextmanager
def _lines(meeting_id: str) -> Iterator[Say]:
    said, told = 0.0, ""

    def say(standing: Standing) -> None:
        nonlocal said, told
        words = (standing.detail or "").partition(" ")[0]
        if words and words != told and not standing.is_over:
            # The service's own status; how long it has stood so changes with every question.
            told = words
            notice(f"{meeting_id}: {standing.detail}")
        done = standing.progress or 0.0
        if done >= said + LINE_EVERY and not standing.is_over:
            said = done
            notice(f"{meeting_id}: {standing.status}, {done:.0%}")

    yield say
