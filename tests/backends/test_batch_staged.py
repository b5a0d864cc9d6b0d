"""A local file on its way through batch: staged in Blob Storage, read by the service, and taken away again."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest
from azure.storage.blob import ContainerClient

from remote_meeting_backends import (
    BadRequest,
    InvalidInput,
    JobOptions,
    JobRequest,
    JobStatus,
    Limits,
    ManualRuntime,
    MeetingStatus,
    ServiceUnavailable,
    Storage,
)
from remote_meeting_backends.batch import BatchBackend
from remote_meeting_backends.batch.reference import JobReference
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.testing import SpeechEmulator
from support.sound import save, tone

if TYPE_CHECKING:
    # pytest brings it in as a plugin.
    from support.azurite import Azurite

pytestmark = pytest.mark.anyio
pytest_plugins = ("support.azurite",)


def clock() -> ManualRuntime:
    """What permits to read a copy is checked by the storage's own clock: it must be today."""
    return ManualRuntime(datetime.now(UTC))


@pytest.fixture
def storage(azurite: Azurite) -> Storage:
    """A container of the emulated account, for one test."""
    return Storage(azurite.connection_string, container=f"test-{uuid4().hex}")


@pytest.fixture
def cloud(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """The emulator, with something to answer."""
    speech_emulator.script([{"speaker": 1, "text": "Good morning."}])
    return speech_emulator


@pytest.fixture
async def backend(cloud: SpeechEmulator, storage: Storage) -> AsyncIterator[BatchBackend]:
    """A caller with a storage."""
    opened = BatchBackend.open(cloud.connection(storage=storage), clock())
    yield opened
    await opened.aclose()


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Two seconds, two channels."""
    return save(tmp_path / "board meeting.wav", np.stack([tone(2), tone(2, frequency=900)], axis=1))


def staged(storage: Storage) -> list[str]:
    """The names of what lies in the container."""
    with ContainerClient.from_connection_string(storage.where, storage.container) as container:
        return [blob.name for blob in container.list_blobs()] if container.exists() else []


async def over(backend: BatchBackend, job: str) -> JobStatus:
    """Ask until it is over."""
    while not (answer := await backend.status(job)).status.is_final:
        pass
    return answer


def asked(audio: Path) -> JobRequest:
    """A meeting by file, both channels as one."""
    return JobRequest("stand-up", audio, JobOptions(channels="mix"))


async def test_staged_read_and_taken_away(backend: BatchBackend, storage: Storage, audio: Path) -> None:
    """The service reads one channel by a URL of its own; the copy has no telling name, and is gone at the end."""
    journal = MemoryJournal()
    job = await backend.submit(asked(audio), journal)
    (name,) = staged(storage)
    assert "board" not in name
    assert name.endswith(".flac")
    assert max(journal.fractions) == 1.0
    answer = await over(backend, job)
    assert answer.transcript is not None
    assert [phrase.text for phrase in answer.transcript.phrases] == ["Good morning."]
    assert any("mixed to one" in note for note in answer.transcript.notes)
    assert staged(storage) == []
    assert "sig=" not in job + "".join(journal.entries)


@pytest.mark.parametrize("fault", ["job_failed", "file_failed"])
async def test_a_failed_job_leaves_no_copy(
    backend: BatchBackend, cloud: SpeechEmulator, storage: Storage, audio: Path, fault: str
) -> None:
    """Somebody's voice does not lie around because a service had trouble."""
    cloud.fault("any", fault, message="No.")
    answer = await over(backend, await backend.submit(asked(audio), MemoryJournal()))
    assert answer.status is MeetingStatus.FAILED
    assert staged(storage) == []


async def test_a_refused_job_leaves_no_copy(
    backend: BatchBackend, cloud: SpeechEmulator, storage: Storage, audio: Path
) -> None:
    """It was not begun, so nobody needs it."""
    cloud.fault("submit", "status", status=400, code="InvalidRequest", message="No.")
    with pytest.raises(BadRequest):
        await backend.submit(asked(audio), MemoryJournal())
    assert staged(storage) == []


async def test_deleting_takes_the_copy_with_it(backend: BatchBackend, storage: Storage, audio: Path) -> None:
    """By the reference, or by what a broken submission wrote down."""
    first, second = MemoryJournal(), MemoryJournal()
    job = await backend.submit(asked(audio), first)
    await backend.submit(asked(audio), second)
    assert len(staged(storage)) == 2
    await backend.delete(job)
    assert len(staged(storage)) == 1
    await backend.delete(second.entries[-1])
    assert staged(storage) == []


async def test_the_copy_stays_with_a_job_that_may_be_there(
    backend: BatchBackend, cloud: SpeechEmulator, storage: Storage, audio: Path
) -> None:
    """The service could not be asked: the job goes on and needs it; asked again, both go."""
    job = await backend.submit(asked(audio), MemoryJournal())
    cloud.fault("delete", "status", status=500, times=9)
    with pytest.raises(ServiceUnavailable):
        await backend.delete(job)
    assert len(staged(storage)) == 1
    cloud.reset()
    await backend.delete(job)
    assert staged(storage) == []


async def test_a_process_without_the_storage_says_that_the_copy_stays(
    backend: BatchBackend, cloud: SpeechEmulator, storage: Storage, audio: Path
) -> None:
    """The transcript is fetched all the same, and names the blob that somebody has to delete."""
    job = await backend.submit(asked(audio), MemoryJournal())
    other = BatchBackend.open(cloud.connection(), clock())
    answer = await over(other, job)
    await other.aclose()
    assert answer.transcript is not None
    blob = JobReference.parse(job).blob
    assert f"The staged copy {blob} was not deleted: no storage is named here." in answer.transcript.notes
    assert staged(storage) == [blob]


async def test_a_limit_is_checked_before_anything_is_staged(
    cloud: SpeechEmulator, storage: Storage, audio: Path
) -> None:
    """Four hours where speakers are told apart, or what the account has."""
    connection = cloud.connection(storage=storage, limits={"batch": Limits(max_diarized_seconds=1)})
    backend = BatchBackend.open(connection, clock())
    with pytest.raises(InvalidInput, match="where speakers are told apart"):
        await backend.submit(asked(audio), MemoryJournal())
    await backend.aclose()
    assert staged(storage) == []


async def test_results_in_a_container_of_one_s_own(
    cloud: SpeechEmulator, azurite: Azurite, storage: Storage, audio: Path
) -> None:
    """Their URLs carry no permission: they are read with the one that the service writes with, which needs both."""
    azurite.create(storage.container)
    where = f"{azurite.url}/{storage.container}"
    sas = azurite.container_sas(storage.container, "rwl")
    backend = BatchBackend.open(cloud.connection(storage=storage, destination=f"{where}?{sas}"), clock())
    job = await backend.submit(asked(audio), MemoryJournal())
    answer = await over(backend, job)
    await backend.aclose()
    assert answer.transcript is not None
    assert [phrase.text for phrase in answer.transcript.phrases] == ["Good morning."]
    assert len(staged(storage)) == 2
    blind = f"{where}?{azurite.container_sas(storage.container, 'w')}"
    backend = BatchBackend.open(cloud.connection(storage=storage, destination=blind), clock())
    with pytest.raises(InvalidInput, match=r"may not read \(r\)"):
        await backend.submit(asked(audio), MemoryJournal())
    await backend.aclose()


async def test_no_log_tells_who_may_read(
    cloud: SpeechEmulator, azurite: Azurite, storage: Storage, audio: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of any library, at any level: neither the account's key nor a signature, of the copy or of the results."""
    caplog.set_level(logging.DEBUG)
    backend = BatchBackend.open(cloud.connection(storage=storage), clock())
    answer = await over(backend, await backend.submit(asked(audio), MemoryJournal()))
    await backend.aclose()
    assert answer.transcript is not None
    assert "/content/" in caplog.text
    assert azurite.key not in caplog.text
    assert cloud.key not in caplog.text
    assert not re.search(r"sig=(?!REDACTED)", caplog.text)
