"""Jobs that live in this process: what the backends that work here answer when they are asked about one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from .backend import JobStatus
from .errors import MeetingError, MeetingNotFound, RemoteMeetingError
from .runtime import Runtime
from .transcript import MeetingStatus, Transcript


@dataclass(slots=True)
class Job:
    """One job's work.

    Args:
        task: Its work; None until it has begun.
        progress: Share done, 0 to 1; None where it is not known.
    """

    task: asyncio.Task[Transcript] | None = None
    progress: float | None = 0.0


class RunningJobs:
    """The jobs of one backend in this process.

    Args:
        backend: Its name, for messages.
        runtime: Gives ids.
    """

    def __init__(self, backend: str, runtime: Runtime) -> None:
        self._backend = backend
        self._runtime = runtime
        self._jobs: dict[str, Job] = {}

    def start(self, work: Callable[[Job], Coroutine[None, None, Transcript]]) -> str:
        """Begin a job and give its reference; the work may say how far it is."""
        name, job = self._runtime.new_id(), Job()
        job.task = asyncio.create_task(work(job))
        # Somebody may delete the job without ever asking for its result.
        job.task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._jobs[name] = job
        return name

    def status(self, name: str) -> JobStatus:
        """How a job is doing. Raises MeetingNotFound."""
        job, task = self._find(name)
        if not task.done():
            return JobStatus(MeetingStatus.PROCESSING, progress=job.progress)
        if task.cancelled():
            return JobStatus(MeetingStatus.FAILED, progress=job.progress, cause="The work was stopped.")
        error = task.exception()
        if error is not None:
            known = error if isinstance(error, RemoteMeetingError) else None
            return JobStatus(MeetingStatus.FAILED, progress=job.progress, cause=str(error), error=known)
        return JobStatus(MeetingStatus.COMPLETED, progress=1.0)

    async def result(self, name: str) -> Transcript:
        """Wait for a job to end.

        Raises:
            MeetingError: It was stopped while it was waited for.
            RemoteMeetingError: The job's own.
        """
        _, task = self._find(name)
        done, _ = await asyncio.wait({task})
        if any(ended.cancelled() for ended in done):
            raise MeetingError(f"The {self._backend} job was stopped before it ended.", backend=self._backend)
        return task.result()

    async def stop(self, name: str) -> None:
        """Stop a job and forget it; one that is not there is no error."""
        job = self._jobs.pop(name, None)
        if job is not None and job.task is not None:
            job.task.cancel()
            await asyncio.wait({job.task})

    async def stop_all(self) -> None:
        """Stop every job."""
        for name in list(self._jobs):
            await self.stop(name)

    def _find(self, name: str) -> tuple[Job, asyncio.Task[Transcript]]:
        job = self._jobs.get(name)
        if job is None or job.task is None:
            raise MeetingNotFound(f"This process runs no {self._backend} job {name[:60]}.", backend=self._backend)
        return job, job.task
