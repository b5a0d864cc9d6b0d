"""Submitting a meeting once: written down before it is posted, and looked up before it is posted again.

The service has no idempotency key (no operation id, no id of the client's choice), so a job carries our own: its
display name can be searched for, and a custom property tells one attempt from another.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from ..answers import LATE, is_in_doubt
from ..backend import JobOptions, JobRequest, Journal
from ..connection import Connection, without_query
from ..errors import (
    InvalidInput,
    MeetingBusy,
    OptionNotSupported,
    RemoteMeetingError,
    ServiceError,
    ServiceUnreachable,
    Throttled,
)
from ..runtime import Runtime
from ..speech_rest.prepare import Sendable, check_limits, sendable
from ..staging import Stager, check_sas
from ..transcript import MeetingStatus
from .capabilities import CAPABILITIES, NAME
from .jobs import BatchJobs
from .reference import Attempt, JobReference
from .wire import Job, submission

log = logging.getLogger("remote_meeting_backends")

# A job whose answer was lost may show in the list a little later; it is looked for until then.
LOOK_AFTER_SECONDS = (0.0, 2.0, 8.0)
POSTS = 4
GATEWAY_TIMEOUT = 504
# How long a staged copy can be read: the service may take 24 hours to get to it.
READ_HOURS = 26.0
MARK = "attempt"


class _Refused(Exception):
    """There is no job, for certain; the error says why."""

    def __init__(self, error: RemoteMeetingError) -> None:
        super().__init__(str(error))
        self.error = error


class Submitter:
    """Puts one meeting into the service's hands.

    Args:
        connection: The account.
        runtime: Gives time, waits and ids.
        jobs: The service.
        stager: Where local audio is put; None where there is no storage.
    """

    def __init__(self, connection: Connection, runtime: Runtime, jobs: BatchJobs, stager: Stager | None) -> None:
        self._connection = connection
        self._runtime = runtime
        self._jobs = jobs
        self._stager = stager

    async def submit(self, request: JobRequest, journal: Journal) -> JobReference:
        """Stage what has to be staged, and begin one job.

        Raises:
            RemoteMeetingError: It was not begun, or it cannot be told (a ServiceError).
        """
        try:
            return await self._submitted(request, journal)
        except _Refused as refused:
            raise refused.error from refused.error.__cause__

    async def _submitted(self, request: JobRequest, journal: Journal) -> JobReference:
        before = Attempt.read(await journal.checkpoints())
        adopted = await self._adopt(request, before)
        if adopted is not None:
            return adopted
        if request.audio is None:
            return await self._from_urls(request, journal)
        can = CAPABILITIES.within(self._connection.limits.get(NAME))
        async with sendable(request.audio, request.options, NAME) as audio:
            check_limits(audio.size_bytes, audio.duration_seconds, request.options, can, NAME)
            return await self._from_file(request, journal, audio, before)

    async def begun(self, attempt: Attempt) -> JobReference:
        """What an attempt began: a reference without an id when there is no job of it."""
        reference = attempt.reference
        if reference is None:
            return JobReference(meeting_id="", options=JobOptions(), blob=attempt.blob)
        job = await self._look_up(attempt, reference.meeting_id)
        return reference if job is None else reference.model_copy(update={"id": job.id})

    async def _adopt(self, request: JobRequest, before: list[Attempt]) -> JobReference | None:
        """The job that an earlier process began, if it did and the job has not failed."""
        last = next((attempt for attempt in reversed(before) if attempt.refused or attempt.reference), None)
        if last is None or last.refused or last.reference is None:
            return None
        job = await self._look_up(last, request.meeting_id)
        if job is None:
            return None
        if job.status is MeetingStatus.FAILED:
            # Whoever submits a failed meeting again wants another attempt, also where this one cannot be deleted yet.
            with contextlib.suppress(MeetingBusy):
                await self._jobs.delete(job.id, request.meeting_id)
            return None
        log.info("meeting %s: its job %s was begun before", request.meeting_id, job.id)
        return last.reference.model_copy(update={"id": job.id})

    async def _from_urls(self, request: JobRequest, journal: Journal) -> JobReference:
        now = self._runtime.now()
        for url in request.urls:
            if request.options.container:
                check_sas(url, kind="container", needs="rl", now=now)
            else:
                check_sas(url, kind="blob", needs="r", now=now)
        inputs = () if request.options.container else tuple(without_query(url) for url in request.urls)
        reference = JobReference(meeting_id=request.meeting_id, options=request.options, inputs=inputs)
        return await self._post(journal, reference, request.urls, _channels_of_url(request))

    async def _from_file(
        self, request: JobRequest, journal: Journal, audio: Sendable, before: list[Attempt]
    ) -> JobReference:
        if self._stager is None:
            raise InvalidInput(
                "The batch backend takes audio by URL: name a storage to stage files in (SPEECH_STORAGE), or give the "
                "audio's URL.",
                backend=NAME,
            )
        blob = next((attempt.blob for attempt in before if attempt.blob), None)
        if blob is None:
            # Not the meeting's id: it may be a title, and a blob's name stands in logs.
            blob = f"{self._runtime.new_id()}{PurePosixPath(audio.path.name).suffix.lower()}"
            await journal.checkpoint([Attempt(blob=blob).model_dump_json()])
        await self._stager.stage(audio.path, blob, progress=journal.progress)
        await journal.progress(0.0)
        url = await self._stager.read_url(blob, hours=READ_HOURS)
        reference = JobReference(
            meeting_id=request.meeting_id,
            options=request.options,
            blob=blob,
            inputs=(without_query(url),),
            notes=audio.notes,
            seconds=audio.duration_seconds,
        )
        try:
            return await self._post(journal, reference, (url,), audio.channels)
        except _Refused:
            # Otherwise the job may be there all the same, and need it.
            await self._stager.delete(blob)
            raise

    async def _post(
        self, journal: Journal, reference: JobReference, urls: tuple[str, ...], channels: tuple[int, ...] | None
    ) -> JobReference:
        mark, name, options = self._runtime.new_id(), reference.meeting_id, reference.options
        destination = self._connection.destination
        if destination:
            # The service writes there, and the result is read from there.
            check_sas(destination, kind="container", needs="rw", now=self._runtime.now())
        body = submission(
            name,
            {"meetingId": name, MARK: mark},
            options,
            api_version=self._jobs.api_version,
            urls=() if options.container else urls,
            container=urls[0] if options.container else None,
            destination=destination,
            channels=channels,
            diarize=options.diarizes,
            base_url=self._jobs.url,
        )
        kept = f"The service keeps its job and result for {body['properties']['timeToLiveHours']} h after its end."
        reference = reference.model_copy(update={"notes": (*reference.notes, kept)})
        now = self._runtime.now().timestamp()
        attempt = Attempt(blob=reference.blob, mark=mark, posted_at=now, reference=reference)
        await journal.checkpoint([attempt.model_dump_json(exclude_defaults=True)])
        try:
            job = await self._once(body, attempt, name)
        except _Refused:
            await journal.checkpoint([Attempt(blob=reference.blob, refused=True).model_dump_json()])
            raise
        return reference.model_copy(update={"id": job.id})

    async def _once(self, body: Mapping[str, Any], attempt: Attempt, meeting_id: str) -> Job:
        """Post until there is a job: a lost answer is looked up before anything is posted again."""
        for post in range(1, POSTS + 1):
            try:
                return await self._jobs.submit(body, meeting_id)
            except RemoteMeetingError as error:
                if not isinstance(error, ServiceError) or isinstance(error, Throttled) or _never_came(error):
                    # Of this post; one before may have been taken after it was looked for.
                    raise _Refused(error) if post == 1 else error from error.__cause__
                log.info("meeting %s: no clear answer to its submission (%s): looking it up", meeting_id, error)
                found = await self._look_up_after(error, attempt, meeting_id)
                if found is not None:
                    return found
                if error.code == LATE or error.status_code == GATEWAY_TIMEOUT:
                    # It may still be taken, so that nothing is posted before somebody has looked again, later.
                    raise _unclear(error, error) from error
                if post == POSTS:
                    raise
        raise AssertionError("the last post returns or raises")

    async def _look_up_after(self, lost: ServiceError, attempt: Attempt, meeting_id: str) -> Job | None:
        """Look for a job whose answer was lost; a look-up that is refused leaves it open whether there is one."""
        try:
            return await self._look_up(attempt, meeting_id, fresh=True)
        except RemoteMeetingError as error:
            raise _unclear(lost, error) from error

    async def _look_up(self, attempt: Attempt, meeting_id: str, *, fresh: bool = False) -> Job | None:
        """The job of an attempt; one that was posted a moment ago is given time to show."""
        mark = {MARK: attempt.mark or ""}
        age = self._runtime.now().timestamp() - (attempt.posted_at or 0.0)
        waits = LOOK_AFTER_SECONDS if fresh or age < sum(LOOK_AFTER_SECONDS) else (0.0,)
        for wait in waits:
            if wait:
                await self._runtime.sleep(wait)
            job = await self._jobs.find(meeting_id, mark, meeting_id)
            if job is not None:
                return job
        return None


def _never_came(error: ServiceError) -> bool:
    return isinstance(error, ServiceUnreachable) and not is_in_doubt(error)


def _unclear(lost: ServiceError, error: RemoteMeetingError) -> ServiceError:
    """What is told when nobody knows whether there is a job."""
    kind = type(error) if isinstance(error, ServiceError) else ServiceError
    return kind(
        f"{error.message.rstrip('.')}; whether the job was begun cannot be told: give the same command again, which "
        f"looks it up first.",
        backend=NAME,
        meeting_id=lost.meeting_id,
        code=error.code,
        request_id=error.request_id,
        status_code=error.status_code,
    )


def _channels_of_url(request: JobRequest) -> tuple[int, ...] | None:
    """Audio that the service fetches is not seen here, so only what the service itself offers can be chosen."""
    choice = request.options.channels
    if choice == "separate":
        return (0, 1)
    if choice is None:
        return None
    if choice.isdecimal() and not request.options.diarizes:
        return (int(choice),)
    place = urlsplit(request.urls[0]).hostname
    raise OptionNotSupported(
        f"The batch backend cannot choose or mix channels of audio at {place} where speakers are told apart: "
        f"give a file, or {json.dumps('separate')}.",
        backend=NAME,
    )
