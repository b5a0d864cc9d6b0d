"""Submitting to the batch service: one job a meeting, whatever becomes of the answer and of the process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from remote_meeting_backends import (
    BadRequest,
    Connection,
    JobOptions,
    ManualRuntime,
    MeetingStatus,
    ServiceUnavailable,
    ServiceUnreachable,
)
from remote_meeting_backends.batch import BatchBackend
from remote_meeting_backends.batch.reference import Attempt, JobReference
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.testing import SpeechEmulator
from support.batch import asked, over
from support.cloud import PHRASES, SAS
from support.servers import free_port
from support.sound import save, tone

pytestmark = pytest.mark.anyio


@pytest.fixture
def runtime() -> ManualRuntime:
    """No test waits."""
    return ManualRuntime()


@pytest.fixture
async def backend(cloud: SpeechEmulator, runtime: ManualRuntime) -> AsyncIterator[BatchBackend]:
    """A caller of the emulator."""
    opened = BatchBackend.open(cloud.connection(), runtime)
    yield opened
    await opened.aclose()


@pytest.fixture
def url(cloud: SpeechEmulator, tmp_path: Path) -> str:
    """A recording where the service can read it, by a URL that says who may."""
    return f"{cloud.audio('meeting.wav', save(tmp_path / 'meeting.wav', tone(4)).read_bytes())}?{SAS}"


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_lost_answer_is_looked_up_before_anything_is_posted_again(
    backend: BatchBackend, cloud: SpeechEmulator, url: str, kind: str
) -> None:
    """The connection ends after the service took the job, or before: there is one job either way."""
    cloud.fault("submit", kind)
    answer = await over(backend, await backend.submit(asked(url), MemoryJournal()))
    assert answer.transcript is not None
    operations = [request["operation"] for request in cloud.log()["requests"]]
    assert cloud.log()["submitted"] == 1
    assert operations[:2] == ["submit", "list"]
    assert operations.count("submit") == (1 if kind == "drop_after" else 2)


@pytest.mark.parametrize("status", [408, 500, 502, 503])
async def test_an_answer_that_is_none_is_looked_up_too(
    backend: BatchBackend, cloud: SpeechEmulator, url: str, status: int
) -> None:
    """Behind an error of the service, or of something before it, the job may be there."""
    cloud.fault("submit", "status", status=status)
    await backend.submit(asked(url), MemoryJournal())
    assert [request["operation"] for request in cloud.log()["requests"]][:2] == ["submit", "list"]
    assert cloud.log()["submitted"] == 1


async def test_what_may_still_be_taken_is_not_posted_again(
    backend: BatchBackend, cloud: SpeechEmulator, url: str
) -> None:
    """Behind a time-out the service may take the job later: that is told, and the next attempt looks first."""
    journal = MemoryJournal()
    cloud.fault("submit", "status", status=504)
    with pytest.raises(ServiceUnavailable, match="whether the job was begun cannot be told"):
        await backend.submit(asked(url), journal)
    assert [request["operation"] for request in cloud.log()["requests"]] == ["submit", *["list"] * 3]
    await backend.submit(asked(url), journal)
    assert cloud.log()["submitted"] == 1


async def test_another_meeting_of_that_name_is_not_taken_for_it(
    backend: BatchBackend, cloud: SpeechEmulator, url: str
) -> None:
    """Two stores may use one id on one resource: a job is known by its attempt's mark, not by its name."""
    other = await backend.submit(asked(url), MemoryJournal())
    cloud.fault("submit", "drop_before")
    job = await backend.submit(asked(url), MemoryJournal())
    assert JobReference.parse(job).id != JobReference.parse(other).id
    assert cloud.log()["submitted"] == 2


async def test_the_next_process_adopts_the_job(cloud: SpeechEmulator, backend: BatchBackend, url: str) -> None:
    """It ended after the service took the job and before that was written down: nothing is posted again."""
    journal = MemoryJournal()
    first = await backend.submit(asked(url), journal)
    assert await backend.submit(asked(url), journal) == first
    assert cloud.log()["submitted"] == 1


async def test_a_job_that_never_was_is_posted_after_it_was_looked_for(
    cloud: SpeechEmulator, backend: BatchBackend, runtime: ManualRuntime, url: str
) -> None:
    """It ended between writing down and posting; what was posted a moment ago is given time to show."""
    journal = MemoryJournal()
    reference = JobReference(meeting_id="stand-up", options=JobOptions())
    attempt = Attempt(mark="f00", posted_at=runtime.now().timestamp(), reference=reference)
    journal.entries.append(attempt.model_dump_json())
    await backend.submit(asked(url), journal)
    assert [request["operation"] for request in cloud.log()["requests"]] == ["list", "list", "list", "submit"]
    assert runtime.slept == [2.0, 8.0]


async def test_what_was_refused_is_not_looked_for(
    backend: BatchBackend, cloud: SpeechEmulator, runtime: ManualRuntime, url: str
) -> None:
    """The service said no: there is no job, and the next attempt need not wait for one to show."""
    journal = MemoryJournal()
    cloud.fault("submit", "status", status=400)
    with pytest.raises(BadRequest):
        await backend.submit(asked(url), journal)
    await backend.submit(asked(url), journal)
    assert [request["operation"] for request in cloud.log()["requests"]] == ["submit", "submit"]
    assert runtime.slept == []


async def test_a_refusal_after_a_lost_answer_leaves_it_open(
    backend: BatchBackend, cloud: SpeechEmulator, url: str
) -> None:
    """The first post may have been taken after it was looked for: the next attempt looks again."""
    journal = MemoryJournal()
    cloud.fault("submit", "status", status=503)
    cloud.fault("submit", "status", status=400, after=1)
    with pytest.raises(BadRequest):
        await backend.submit(asked(url), journal)
    await backend.submit(asked(url), journal)
    operations = [request["operation"] for request in cloud.log()["requests"]]
    assert operations == ["submit", "list", "list", "list", "submit", "list", "submit"]


async def test_a_failed_job_is_not_adopted(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """Whoever submits a failed meeting again wants another attempt; the failed job is deleted."""
    journal = MemoryJournal()
    cloud.fault("any", "job_failed", code="InvalidData", message="Try again.")
    failed = await over(backend, await backend.submit(asked(url), journal))
    assert failed.status is MeetingStatus.FAILED
    again = await over(backend, await backend.submit(asked(url), journal))
    assert again.status is MeetingStatus.COMPLETED
    assert (cloud.log()["submitted"], cloud.log()["deleted"]) == (2, 1)


@pytest.mark.parametrize("posted", [True, False])
async def test_what_a_broken_submission_began_is_deleted(
    backend: BatchBackend, cloud: SpeechEmulator, url: str, posted: bool
) -> None:
    """By what it wrote down before: the job is found by its mark; where there is none, nothing is deleted."""
    journal = MemoryJournal()
    await backend.submit(asked(url), journal)
    if not posted:
        cloud.reset()
    for entry in journal.entries:
        await backend.delete(entry)
    assert cloud.log()["deleted"] == int(posted)


async def test_a_service_that_stays_away_is_no_job(cloud: SpeechEmulator, backend: BatchBackend, url: str) -> None:
    """After the last attempt the trouble is told; what was written down lets the next one look first."""
    cloud.fault("any", "drop_before", times=99)
    journal = MemoryJournal()
    with pytest.raises(ServiceUnreachable):
        await backend.submit(asked(url), journal)
    cloud.reset()
    cloud.script(PHRASES)
    await backend.submit(asked(url), journal)
    assert [request["operation"] for request in cloud.log()["requests"]][:1] == ["list"]
    assert cloud.log()["submitted"] == 1


async def test_what_never_got_there_is_not_looked_up(runtime: ManualRuntime, url: str) -> None:
    """Nobody listens: there is no job, and nobody to ask for one."""
    backend = BatchBackend.open(Connection(key="k", endpoint=f"http://127.0.0.1:{free_port()}"), runtime)
    with pytest.raises(ServiceUnreachable, match="transcriptions:submit cannot be reached") as caught:
        await backend.submit(asked(url), MemoryJournal())
    await backend.aclose()
    assert "cannot be told" not in str(caught.value)


def test_an_attempt_is_read_past_another_backend_s_words() -> None:
    """A meeting that `auto` took elsewhere has two backends' entries in its journal."""
    attempt = Attempt(blob="b.wav")
    assert Attempt.read(["fast: asked", attempt.model_dump_json(), "{}x"]) == [attempt]
