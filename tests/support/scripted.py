"""Backends that follow a script: real implementations of the protocol, with no recognizer behind them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import ClassVar, Self

from remote_meeting_backends import (
    Capabilities,
    Connection,
    JobRequest,
    JobStatus,
    Journal,
    MeetingNotFound,
    MeetingStatus,
    Phrase,
    RemoteMeetingError,
    Runtime,
    Transcript,
)


def transcript_of(
    meeting_id: str, texts: Sequence[str] = ("hello", "good morning"), backend: str = "here"
) -> Transcript:
    """A transcript of two speakers in turn, a second each."""
    phrases = tuple(
        Phrase(
            id=f"{number:08x}",
            text=text,
            speaker=f"Guest-{number % 2 + 1}",
            offset_ticks=number * 10_000_000,
            duration_ticks=9_000_000,
            locale="en-US",
        )
        for number, text in enumerate(texts)
    )
    return Transcript(meeting_id=meeting_id, backend=backend, locale="en-US", phrases=phrases)


class HereBackend:
    """Works in this process: one piece after the other, each kept in the journal, each waited for at `gate`.

    Args:
        texts: The phrases it will hear.
        error: Raised after the last piece, instead of a result.
        gate: Awaited before each piece, with the piece's number; None to go straight through.
    """

    name: ClassVar[str] = "here"
    capabilities: ClassVar[Capabilities] = Capabilities(
        files=True, runs_here=True, needs_account=False, speaker_count=True, separate_channels=True
    )

    def __init__(
        self,
        texts: Sequence[str] = ("hello", "good morning"),
        error: Exception | None = None,
        gate: Callable[[int], asyncio.Future[None] | None] | None = None,
    ) -> None:
        self.texts = tuple(texts)
        self.error = error
        self.gate = gate
        self.heard: list[str] = []
        self.submissions = 0
        self._tasks: dict[str, asyncio.Task[Transcript]] = {}

    @classmethod
    def missing(cls) -> str | None:
        return None

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        return cls()

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        self.submissions += 1
        job = f"job-{self.submissions}"
        self._tasks[job] = asyncio.create_task(self._run(request, journal))
        return job

    async def status(self, job: str) -> JobStatus:
        if job not in self._tasks:
            raise MeetingNotFound(f"There is no job {job}.")
        done = self._tasks[job].done()
        return JobStatus(MeetingStatus.COMPLETED if done else MeetingStatus.PROCESSING)

    async def result(self, job: str) -> Transcript:
        if job not in self._tasks:
            raise MeetingNotFound(f"There is no job {job}.")
        return await asyncio.shield(self._tasks[job])

    async def delete(self, job: str) -> None:
        task = self._tasks.pop(job, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, RemoteMeetingError, Exception):
                await task

    async def aclose(self) -> None:
        for job in list(self._tasks):
            await self.delete(job)

    async def _run(self, request: JobRequest, journal: Journal) -> Transcript:
        done = await journal.checkpoints()
        for number in range(len(done), len(self.texts)):
            waited = self.gate(number) if self.gate else None
            if waited is not None:
                await waited
            self.heard.append(self.texts[number])
            await journal.checkpoint([self.texts[number]])
            await journal.progress((number + 1) / len(self.texts))
        if self.error is not None:
            raise self.error
        return transcript_of(request.meeting_id, await journal.checkpoints())


class FarBackend:
    """Keeps its job elsewhere: answers with one status after the other.

    Args:
        answers: What `status` answers, in order; the last one stays.
    """

    name: ClassVar[str] = "far"
    capabilities: ClassVar[Capabilities] = Capabilities(files=True, needs_account=False)

    def __init__(self, answers: Sequence[JobStatus | RemoteMeetingError] = ()) -> None:
        self.answers = list(answers) or [JobStatus(MeetingStatus.COMPLETED)]
        self.submitted: list[str] = []
        self.deleted: list[str] = []

    @classmethod
    def missing(cls) -> str | None:
        return None

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        return cls()

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        self.submitted.append(request.meeting_id)
        return f"far/{request.meeting_id}"

    async def status(self, job: str) -> JobStatus:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, RemoteMeetingError):
            raise answer
        return answer

    async def result(self, job: str) -> Transcript:
        return transcript_of(job.removeprefix("far/"), backend="far")

    async def delete(self, job: str) -> None:
        self.deleted.append(job)

    async def aclose(self) -> None:
        return None
