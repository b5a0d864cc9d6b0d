"""Running a command's work: stopped by a signal it lets its meeting go, and says how to go on."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import click

from remote_meeting_backends import MeetingDeleted, MeetingNotFound, MeetingStatus, RemoteMeetingError

from ..standing import Standing
from .common import client, notice

T = TypeVar("T")
# SIGHUP is not everywhere.
STOPPING = tuple(signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__)


class Stopped(Exception):
    """A signal ended the work."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run(work: Coroutine[Any, Any, T], *, advice: Callable[[], str | None] = lambda: None) -> T:
    """Run a command's work to its end, or until a signal stops it.

    Args:
        work: The work.
        advice: What to say when it was stopped.

    Raises:
        RemoteMeetingError: The work's own; the group of commands makes a sentence and an exit code of it.
    """
    try:
        return asyncio.run(_stoppable(work))
    except KeyboardInterrupt:
        return leave(signal.SIGINT, advice())
    except Stopped as stopped:
        return leave(stopped.number, advice())


def leave(number: int, advice: str | None = None) -> NoReturn:
    """End as a signal wants it, with a word on how to go on."""
    notice(" ".join(filter(None, ("Interrupted.", advice))))
    raise click.exceptions.Exit(128 + number)


async def _stoppable(work: Coroutine[Any, Any, T]) -> T:
    """End on SIGTERM and on a closed terminal as on Ctrl-C: a meeting that is let go can be resumed at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        if task is not None:
            task.cancel()

    for number in STOPPING:
        # One that is ignored (nohup) stays so. Windows and other threads than the first cannot catch signals here.
        if signal.getsignal(number) is signal.SIG_DFL:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, stop, int(number))
    try:
        return await work
    except asyncio.CancelledError:
        if received:
            raise Stopped(received[0]) from None
        raise


def how_to_go_on(context: click.Context, meeting_id: str) -> str:
    """What to do about a meeting after the wait for it has ended: a sentence with a command that can be pasted."""

    async def look() -> Standing:
        async with client(context) as service:
            return await service.meetings.look(meeting_id)

    try:
        standing = asyncio.run(look())
    except MeetingNotFound:
        return "The meeting had not begun and nothing was kept: give the same command again."
    except RemoteMeetingError as error:
        return f"How the meeting stands cannot be told: {error}"
    if standing.status is MeetingStatus.COMPLETED:
        return f"It was finished already: {again(context, 'result', meeting_id)}"
    if isinstance(standing.problem, MeetingDeleted):
        return str(standing.problem)
    if standing.problem is not None:
        return f"Go on with: {again(context, 'transcribe', '--meeting-id', meeting_id)}"
    return f"The meeting goes on without this process: {again(context, 'result', '--wait', meeting_id)}"


def again(context: click.Context, *words: str) -> str:
    """A command line to paste: quoted, and on the same store (but never with a password in it)."""
    *options, meeting_id = words
    if meeting_id.startswith("-") and options[-1] != "--meeting-id":
        options.append("--")
    store: list[str] = []
    if context.obj is not None:
        store = ["--store", "URL" if "://" in context.obj else context.obj]
    return shlex.join(["remote-meeting", *store, *options, meeting_id])
