"""Cores of several processes on one store, the work of each held where a test wants it held."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from remote_meeting.meetings import Meetings
from remote_meeting_backends import Backend, JobOptions, ManualRuntime, Transcript
from remote_meeting_backends.store import MeetingKey

OPTIONS = JobOptions()
KEY = MeetingKey("", "standup")


class CoreMaker(Protocol):
    """Makes a core with the given backends, with a clock of its own or the test's."""

    def __call__(self, *backends: Backend, clock: ManualRuntime = ..., choice: str = ...) -> Meetings: ...


class Gate:
    """Holds a HereBackend before each piece, until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.left = asyncio.Event()
        self._opened = asyncio.get_running_loop().create_future()

    def __call__(self, number: int) -> asyncio.Future[None]:
        self.reached.set()
        waiting = asyncio.shield(self._opened)
        waiting.add_done_callback(lambda _: self.left.set())
        return waiting

    def open(self) -> None:
        """Let everything through."""
        self._opened.set_result(None)


async def submit(meetings: Meetings, audio: Path, options: JobOptions = OPTIONS) -> None:
    """Submit the meeting that a test is about."""
    await meetings.submit(audio, "standup", options, "async")


async def handed_over(meetings: Meetings, audio: Path) -> None:
    """Submit, and wait until this process has done its part."""
    await submit(meetings, audio)
    await asyncio.gather(*meetings._drivers.values())


async def done(meetings: Meetings) -> Transcript:
    """Wait for the meeting, and fetch its transcript."""
    return await meetings.transcript(await meetings.wait("standup", 10, None))
