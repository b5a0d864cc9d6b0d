"""The batch backend: a meeting is a job at the service, which any process may ask about."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from ..backend import Capabilities, JobRequest, JobStatus, Journal
from ..connection import Connection, redact
from ..errors import (
    AuthenticationFailed,
    MeetingBusy,
    MeetingFailed,
    MeetingNotReady,
    RemoteMeetingError,
)
from ..extras import lacks
from ..runtime import Runtime
from ..speech_rest.causes import cure
from ..staging import Stager
from ..transcript import MeetingStatus, Transcript
from .capabilities import CAPABILITIES, NAME
from .files import FileReport, FileResult
from .jobs import BatchJobs
from .reference import Attempt, JobReference
from .results import NO_RESULT, read_report, read_result, transcript
from .submitting import Submitter
from .wire import Job, ResultFile

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("remote_meeting_backends")

FIRST_POLL_SECONDS = 10.0
LONGEST_POLL_SECONDS = 60.0
# Asked for again when their URLs have expired meanwhile.
FETCHES = 3
MISSING_WAITS = (5.0, 15.0)
NEEDED = ("azure.storage.blob", "aiohttp", "soundfile", "numpy", "soxr")
RESULT, REPORT = "Transcription", "TranscriptionReport"


class BatchBackend:
    """Batch transcription with diarization, over REST."""

    name: ClassVar[str] = NAME
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    def __init__(
        self, connection: Connection, runtime: Runtime, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._runtime = runtime
        self._secrets = connection.secrets
        self._jobs = BatchJobs(connection, runtime, transport=transport)
        self._stager = None if connection.storage is None else Stager(connection.storage, runtime)
        self._submitter = Submitter(connection, runtime, self._jobs, self._stager)

    @classmethod
    def missing(cls) -> str | None:
        """The pip line, unless everything it needs is installed."""
        return lacks(NEEDED, extra="azure", what="The batch backend")

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        """Make one. Raises InvalidInput when there is nowhere to go, or the storage cannot be understood."""
        return cls(connection, runtime)

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        """Stage a local file, and begin one job, whatever becomes of the answer.

        Raises:
            RemoteMeetingError: It was not begun; a ServiceError means that this could not be told.
        """
        return str(await self._submitter.submit(request, journal))

    async def status(self, job: str) -> JobStatus:
        """Where a job stands; one that is over comes with its transcript, or with why there is none."""
        reference = JobReference.parse(job)
        found, retry_after = await self._jobs.get(reference.id, reference.meeting_id)
        if found.status is MeetingStatus.COMPLETED:
            return await self._collected(reference)
        if found.status is MeetingStatus.FAILED:
            return await self._failed(reference, found)
        age = age_seconds(found.last_action or found.created, self._runtime.now())
        return JobStatus(
            found.status,
            retry_after_seconds=retry_after or poll_seconds(found.created, self._runtime),
            detail=f"{found.service_status} for {_span(age)}" if age is not None else found.service_status,
        )

    async def result(self, job: str) -> Transcript:
        """The transcript of a job that is over.

        Raises:
            MeetingFailed, MeetingNotReady: There is none, and why.
        """
        now = await self.status(job)
        if now.transcript is not None:
            return now.transcript
        name = JobReference.parse(job).meeting_id
        if now.status is MeetingStatus.FAILED:
            raise now.error or MeetingFailed(f"Meeting {name} failed: {now.cause}", backend=NAME, meeting_id=name)
        raise MeetingNotReady(
            f"Meeting {name} is not finished: {now.detail or now.status}.", backend=NAME, meeting_id=name
        )

    async def delete(self, job: str) -> None:
        """Delete the job, its results and the staged copy of its audio.

        Args:
            job: The reference, or an entry of the journal of a submission that broke off.

        Raises:
            MeetingBusy: The service still works on it: delete it again later.
            RemoteMeetingError: The job or the copy may still be there: delete it again.
        """
        begun = Attempt.read([job])
        reference = JobReference.parse(job) if not begun else await self._submitter.begun(begun[0])
        try:
            if reference.id:
                await self._jobs.delete(reference.id, reference.meeting_id)
        except MeetingBusy:
            await self._take_away(reference)
            raise
        await self._take_away(reference)

    async def aclose(self) -> None:
        """Let connections go."""
        await self._jobs.aclose()
        if self._stager is not None:
            await self._stager.aclose()

    async def _collected(self, reference: JobReference) -> JobStatus:
        for wait in (*MISSING_WAITS, None):
            results, reports, raw = await self._fetch(reference)
            body = self._kept(raw)
            try:
                read = _read(reference, results, reports)
                break
            except MeetingFailed as error:
                if wait is None or error.code != NO_RESULT:
                    await self._clear(reference)
                    cause = error.message.removeprefix(f"Meeting {reference.meeting_id} failed: ")
                    return JobStatus(MeetingStatus.FAILED, cause=cause, raw=body, error=error)
                # Files have been seen to come after the status.
                await self._runtime.sleep(wait)
        notes = (*reference.notes, *read.notes, *await self._clear(reference))
        return JobStatus(MeetingStatus.COMPLETED, raw=body, transcript=read.model_copy(update={"notes": notes}))

    async def _failed(self, reference: JobReference, job: Job) -> JobStatus:
        """The report names the file and its trouble better than the job does, so its words come first."""
        said: list[str] = []
        try:
            _, reports, _ = await self._fetch(reference)
            said += [report.words for report in reports if not report.succeeded]
        except RemoteMeetingError as without_report:
            log.info("meeting %s: its report cannot be had: %s", reference.meeting_id, without_report)
        problem = job.error
        if problem is not None:
            said.append(": ".join(filter(None, (problem.inner_code or problem.code, problem.message))))
            advice = cure(problem)
            said += [advice] if advice else []
        cause = redact("; ".join(said) or "the service gave no reason", self._secrets)
        await self._clear(reference)
        name = reference.meeting_id
        error = MeetingFailed(
            f"Meeting {name} failed: {cause}",
            backend=NAME,
            meeting_id=name,
            code=problem.code if problem else None,
            inner_code=problem.inner_code if problem else None,
        )
        return JobStatus(MeetingStatus.FAILED, cause=cause, error=error)

    async def _fetch(self, reference: JobReference) -> tuple[list[FileResult], list[FileReport], list[bytes]]:
        """Every result and report of a job; URLs that expire meanwhile are asked for again."""
        name = reference.meeting_id
        for fetch in range(1, FETCHES + 1):
            files = await self._jobs.files(reference.id, name)
            try:
                results = [await self._jobs.content(file, name) for file in _of_kind(files, RESULT)]
                reports = [await self._jobs.content(file, name) for file in _of_kind(files, REPORT)]
            except AuthenticationFailed:
                if fetch == FETCHES:
                    raise
                continue
            read = [read_result(body) for body in results]
            told = [entry for body in reports for entry in read_report(body)]
            return read, told, [*results, *reports]
        raise AssertionError("the last fetch returns or raises")

    async def _take_away(self, reference: JobReference) -> None:
        """Delete the staged copy, or say that it stays; without a storage nobody here can tell whether it is there."""
        if self._stager is not None and reference.blob is not None:
            await self._stager.delete(reference.blob)
        elif reference.blob is not None:
            log.warning("meeting %s: no storage is named, to look for %s in", reference.meeting_id, reference.blob)

    async def _clear(self, reference: JobReference) -> tuple[str, ...]:
        """Delete the staged copy of the audio; where that fails, say so, for it is somebody's voice."""
        if reference.blob is None:
            return ()
        if self._stager is None:
            return (f"The staged copy {reference.blob} was not deleted: no storage is named here.",)
        try:
            await self._stager.delete(reference.blob)
        except RemoteMeetingError as error:
            log.warning("meeting %s: its staged copy stays: %s", reference.meeting_id, error)
            return (f"The staged copy {reference.blob} could not be deleted: {error.message}",)
        return ()

    def _kept(self, bodies: list[bytes]) -> bytes:
        """The service's own results as one JSON array, without the signatures of its URLs."""
        texts = [redact(body.decode("utf-8", errors="replace"), self._secrets) for body in bodies]
        return f"[{','.join(texts)}]".encode()


def _read(reference: JobReference, results: list[FileResult], reports: list[FileReport]) -> Transcript:
    return transcript(
        reference.meeting_id,
        reference.options,
        results,
        reports,
        reference.inputs,
        diarized=reference.options.diarizes,
        separate=reference.options.channels == "separate",
    )


def poll_seconds(created: datetime | None, runtime: Runtime) -> float:
    """How long to wait when the service does not say: a tenth of the job's age, from 10 to 60 s, and some chance."""
    age = age_seconds(created, runtime.now()) or 0.0
    pause = min(LONGEST_POLL_SECONDS, max(FIRST_POLL_SECONDS, age / 10.0))
    return pause * (0.9 + 0.2 * runtime.jitter())


def age_seconds(since: datetime | None, now: datetime) -> float | None:
    """How long ago; never negative, for clocks differ."""
    return None if since is None else max(0.0, (now - since).total_seconds())


def _span(seconds: float) -> str:
    """A length of time as a person says it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _of_kind(files: list[ResultFile], kind: str) -> list[ResultFile]:
    return [file for file in files if file.kind.lower() == kind.lower()]
