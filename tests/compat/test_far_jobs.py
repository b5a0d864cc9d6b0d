"""Jobs that a service keeps: asked for by any process, submitted once, deleted with their meeting."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from remote_meeting_backends import (
    JobStatus,
    ManualRuntime,
    MeetingDeleted,
    MeetingFailed,
    MeetingStatus,
    ServiceUnavailable,
)
from support.cores import KEY, CoreMaker, done, handed_over, submit
from support.scripted import FarBackend, transcript_of
from support.stores import ELSEWHERE

pytestmark = pytest.mark.anyio

PROCESSING = JobStatus(MeetingStatus.PROCESSING, progress=0.5)


async def test_a_far_job_is_asked_for(core: CoreMaker, audio: Path, runtime: ManualRuntime) -> None:
    """A service's own Retry-After comes before the interval, and its answer is kept."""
    answers = [
        PROCESSING,
        JobStatus(MeetingStatus.PROCESSING, retry_after_seconds=3),
        JobStatus(MeetingStatus.PROCESSING, retry_after_seconds=0),
        JobStatus(MeetingStatus.COMPLETED, raw=b"as it came"),
    ]
    backend = FarBackend(answers)
    meetings = core(backend)
    await handed_over(meetings, audio)
    assert await done(meetings) == transcript_of("standup", backend="far")
    assert runtime.slept == [10, 3, 10]
    assert meetings.store.raw_result(KEY) == b"as it came"
    assert await done(core(FarBackend([ServiceUnavailable("gone")]))) == transcript_of("standup", backend="far")


async def test_a_far_job_fails_with_its_cause(core: CoreMaker, audio: Path) -> None:
    """What the service says is stored, and told to everybody."""
    meetings = core(FarBackend([JobStatus(MeetingStatus.FAILED, cause="no speech in it")]))
    await handed_over(meetings, audio)
    for asked in (meetings, core(FarBackend())):
        with pytest.raises(MeetingFailed, match="Meeting standup failed: no speech in it"):
            await done(asked)


async def test_a_far_job_that_was_deleted_there(core: CoreMaker, audio: Path) -> None:
    """Deleted at the service is deleted here."""
    meetings = core(FarBackend([JobStatus(MeetingStatus.DELETED)]))
    await handed_over(meetings, audio)
    with pytest.raises(MeetingDeleted):
        await done(meetings)
    assert meetings.store.get(KEY).audio is None


async def test_deleting_reaches_the_service(core: CoreMaker, audio: Path) -> None:
    """What a service keeps is deleted there, too, and before the end as well."""
    backend = FarBackend([PROCESSING])
    meetings = core(backend)
    await handed_over(meetings, audio)
    await meetings.delete("standup")
    assert backend.deleted == ["far/standup"]
    assert meetings.store.get(KEY).status is MeetingStatus.DELETED


async def test_a_far_job_is_not_submitted_twice(core: CoreMaker, audio: Path) -> None:
    """A second submit and a resume find the job that the service has."""
    first, second = FarBackend([PROCESSING]), FarBackend()
    await handed_over(core(first), audio)
    meetings = core(second)
    await submit(meetings, audio)
    await meetings.resume("standup")
    assert await done(meetings) == transcript_of("standup", backend="far")
    assert (first.submitted, second.submitted) == (["standup"], [])


async def test_a_far_job_that_failed_is_submitted_again(core: CoreMaker, audio: Path) -> None:
    """A new attempt is a new job: nobody asks for the one that failed."""
    meetings = core(FarBackend([JobStatus(MeetingStatus.FAILED, cause="busy"), JobStatus(MeetingStatus.COMPLETED)]))
    await handed_over(meetings, audio)
    with pytest.raises(MeetingFailed):
        await done(meetings)
    other = core(FarBackend())
    assert other.store.claim(other.store.get(KEY), ELSEWHERE).job is None


async def test_several_who_wait_for_a_far_job(core: CoreMaker, audio: Path) -> None:
    """The end is written down by the first who hears of it, and read by the others."""
    first, second = core(FarBackend()), core(FarBackend())
    await handed_over(first, audio)
    both = await asyncio.gather(*(done(meetings) for meetings in (first, second) * 4))
    assert both == [transcript_of("standup", backend="far")] * 8


async def test_a_far_job_of_a_deleted_meeting(core: CoreMaker, audio: Path) -> None:
    """A job that a service took while its meeting was deleted is deleted there: nobody would ever ask for it."""
    other = core(FarBackend())

    class DeletedMeanwhile(FarBackend):
        async def submit(self, request: object, journal: object) -> str:
            other.store.delete(KEY)
            return "far/standup"

    backend = DeletedMeanwhile()
    await handed_over(core(backend), audio)
    assert backend.deleted == ["far/standup"]


async def test_a_question_that_fails_is_told(core: CoreMaker, audio: Path) -> None:
    """A service that cannot be asked ends the wait with its error, and the meeting goes on."""
    meetings = core(FarBackend([ServiceUnavailable("503"), JobStatus(MeetingStatus.COMPLETED)]))
    await handed_over(meetings, audio)
    with pytest.raises(ServiceUnavailable):
        await done(meetings)
    assert await done(meetings) == transcript_of("standup", backend="far")
