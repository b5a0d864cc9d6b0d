"""The batch backend against recorded answers, one cassette a behaviour: `cassettes/batch/BEHAVIOUR.yaml`.

Record anew from the emulator: pytest --record-mode=rewrite -n 0 tests/backends/test_batch_cassettes.py

With SPEECH_KEY, SPEECH_REGION and CASSETTE_AUDIO_URL set the same command records from Azure. CASSETTE_AUDIO_URL is
where the service can read the bundled sample (compat/remote_meeting/data/sample.flac), with a SAS if it needs one; the
polls wait in earnest, and the jobs stay until their time to live is over. It skips what Azure cannot be told to do
(whatever takes the fixture `emulator`), and leaves those cassettes as they are. A cassette from Azure says `from:
azure`, has to be named in tests/test_cassettes_clean.py, and is not recorded over from the emulator.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from vcr.cassette import Cassette

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    JobOptions,
    JobRequest,
    JobStatus,
    MeetingBusy,
    MeetingNotFound,
    MeetingNotReady,
    MeetingStatus,
    SpeakerCount,
    Throttled,
    Transcript,
)
from remote_meeting_backends.batch import BatchBackend
from remote_meeting_backends.batch.reference import Attempt, JobReference
from remote_meeting_backends.contract import MemoryJournal
from support.cassettes import FOLDER
from support.leaks import KEY
from support.speech_cassettes import ACCOUNT, NotRecorded, Speech, check_sample, speech_for

pytestmark = [pytest.mark.anyio, pytest.mark.vcr, pytest.mark.block_network(allowed_hosts=["nowhere"])]

NAME = "stand-up"
JOB = "5e1f0000-0000-4000-8000-0000000000b2"
ANOTHER_JOB = "5e1f0000-0000-4000-8000-0000000000a1"


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    """One folder a backend."""
    return str(FOLDER / "batch")


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """A cassette is named for the behaviour that it shows."""
    return str(request.node.name).removeprefix("test_")


@pytest.fixture
def speech(
    request: pytest.FixtureRequest, record_mode: str, vcr_cassette_dir: str, default_cassette_name: str
) -> Iterator[Speech]:
    """The service while recording; in replay no server at all."""
    cassette = Path(vcr_cassette_dir, f"{default_cassette_name}.yaml")
    needs_emulator = "emulator" in request.fixturenames
    try:
        with speech_for(cassette, record_mode, ACCOUNT, needs_emulator=needs_emulator, needs_url=True) as speech:
            yield speech
    except NotRecorded as reason:
        pytest.skip(str(reason))


@pytest.fixture
def emulator(speech: Speech) -> Speech:
    """The service of a behaviour that Azure cannot be told to show."""
    return speech


@pytest.fixture
def vcr_config(speech: Speech) -> dict[str, object]:
    """Scrubbed as it is written, matched without the host and without what is secret."""
    return speech.vcr_options()


@pytest.fixture(autouse=True)
def _played_to_its_end(vcr: Cassette, record_mode: str) -> Iterator[None]:
    """A replay asks for everything that was recorded, and for nothing else."""
    yield
    assert record_mode != "none" or vcr.all_played


@pytest.fixture
async def backend(speech: Speech) -> AsyncIterator[BatchBackend]:
    """A caller with a key that is good."""
    opened = BatchBackend.open(speech.connection, speech.runtime)
    yield opened
    await opened.aclose()


def asked(*urls: str, speakers: int = 2, **options: Any) -> JobRequest:
    """A meeting by URL."""
    count = SpeakerCount(minimum=speakers, maximum=speakers)
    return JobRequest(NAME, None, JobOptions(speakers=count, **options), urls)


async def over(backend: BatchBackend, speech: Speech, job: str) -> JobStatus:
    """Ask until it is over, as often as the service wants to be asked."""
    while not (now := await backend.status(job)).status.is_final:
        await speech.runtime.sleep(now.retry_after_seconds or 0.0)
    return now


async def transcribed(backend: BatchBackend, speech: Speech, request: JobRequest) -> Transcript:
    """What the service makes of it."""
    ended = await over(backend, speech, await backend.submit(request, MemoryJournal()))
    assert ended.status is MeetingStatus.COMPLETED, ended.cause
    assert ended.transcript is not None
    return ended.transcript


async def test_success_2_speakers(backend: BatchBackend, speech: Speech) -> None:
    """From NotStarted over Running to a transcript; numbers become labels in the order in which they speak."""
    said = speech.says(0, 1, 3)
    speech.progression("polls:3")
    job = await backend.submit(asked(speech.audio), MemoryJournal())
    first = await backend.status(job)
    assert (first.status, (first.detail or "").partition(" ")[0]) == (MeetingStatus.PROCESSING, "NotStarted")
    assert first.retry_after_seconds
    with pytest.raises(MeetingNotReady, match=r"is not finished: (Running|NotStarted) for "):
        await backend.result(job)
    ended = await over(backend, speech, job)
    assert ended.transcript is not None
    check_sample(ended.transcript, said, 2)


async def test_success_3_speakers(backend: BatchBackend, speech: Speech) -> None:
    """The number that was asked for goes with the submission, and the third voice has a label of its own."""
    said = speech.says(0, 1, 2, 3)
    transcript = await transcribed(backend, speech, asked(speech.audio, speakers=3))
    check_sample(transcript, said, 3)
    assert (transcript.backend, transcript.locale) == ("batch", "en-US")
    assert transcript.audio_duration_ticks == pytest.approx(318_200_000, abs=10_000_000)


async def test_words(backend: BatchBackend, speech: Speech) -> None:
    """Words come as they were recognized, with their times, inside of their phrase and in its order."""
    speech.says(1)
    transcript = await transcribed(backend, speech, asked(speech.audio))
    assert transcript.phrases
    for phrase in transcript.phrases:
        assert [word.text for word in phrase.words] == phrase.text.lower().replace(".", "").split()
        offsets = [word.offset_ticks for word in phrase.words]
        assert offsets == sorted(offsets)
        assert phrase.offset_ticks <= offsets[0]
        last = phrase.words[-1]
        assert last.duration_ticks > 0
        assert last.offset_ticks + last.duration_ticks <= phrase.end_ticks


async def test_container_one_of_three_failed(backend: BatchBackend, emulator: Speech) -> None:
    """A job that succeeded is short of a file, and the report's own words say why."""
    said = emulator.says(0, 1)
    transcript = await transcribed(backend, emulator, asked(emulator.container, container=True))
    assert [phrase.text for phrase in transcript.phrases] == [text for _, text, _ in said or ()] * 2
    # Who speaks in two files has two labels: the service tells nobody apart across files.
    assert transcript.speakers == ("Guest-1", "Guest-2", "Guest-3", "Guest-4")
    assert transcript.phrases[2].offset_ticks == transcript.phrases[0].offset_ticks + 318_200_000
    assert "3-end.flac begins at 0:00:31.820." in transcript.notes
    missing = [note for note in transcript.notes if "2-empty.flac" in note]
    assert len(missing) == 1
    assert missing[0].startswith("2-empty.flac is not in this transcript: EmptyAudioFile: The audio file is empty")


async def test_unauthorized_401(speech: Speech) -> None:
    """A key that is none of the resource's is named as the cause, and not shown."""
    backend = BatchBackend.open(replace(speech.connection, key=KEY), speech.runtime)
    with pytest.raises(AuthenticationFailed, match=r"answered 401 .*belongs to this region or resource") as caught:
        await backend.submit(asked(speech.audio), MemoryJournal())
    await backend.aclose()
    assert caught.value.code in ("Unauthorized", "401")
    assert KEY not in str(caught.value)


async def test_forbidden_403(backend: BatchBackend, emulator: Speech) -> None:
    """Who is known and may not is told of the role; the error may come wrapped."""
    emulator.fault("submit", "status", status=403, shape="wrapped", message="Principal does not have access.")
    with pytest.raises(AuthenticationFailed, match="role Cognitive Services Speech User") as caught:
        await backend.submit(asked(emulator.audio), MemoryJournal())
    assert (caught.value.status_code, caught.value.code) == (403, "Forbidden")


async def test_not_found_404(backend: BatchBackend, speech: Speech) -> None:
    """A job that the service does not know is not asked for twice."""
    job = str(JobReference(id=JOB, meeting_id=NAME, options=JobOptions()))
    with pytest.raises(MeetingNotFound, match=r"answered 404 .*it knows no such job") as caught:
        await backend.status(job)
    assert (caught.value.meeting_id, caught.value.code) == (NAME, "NotFound")
    assert speech.runtime.slept == []


async def test_delete_not_allowed_409(backend: BatchBackend, emulator: Speech) -> None:
    """A job that the service works on is busy, not gone: it can be deleted when it is over."""
    emulator.says(0)
    emulator.progression("polls:2")
    emulator.fault("delete", "undeletable")
    job = await backend.submit(asked(emulator.audio), MemoryJournal())
    with pytest.raises(MeetingBusy, match="delete it again when it is over") as caught:
        await backend.delete(job)
    assert (caught.value.status_code, caught.value.code) == (409, "DeleteNotAllowed")
    assert (await over(backend, emulator, job)).status is MeetingStatus.COMPLETED
    await backend.delete(job)


async def test_unprocessable_422(backend: BatchBackend, emulator: Speech) -> None:
    """What the service refuses is refused at once, in its words."""
    emulator.fault("submit", "status", status=422, message="The recordings cannot be processed.")
    with pytest.raises(BadRequest, match=r"answered 422 .*The recordings cannot be processed") as caught:
        await backend.submit(asked(emulator.audio), MemoryJournal())
    assert caught.value.code == "UnprocessableEntity"
    assert emulator.runtime.slept == []


async def test_throttled_429_retry_after(backend: BatchBackend, emulator: Speech) -> None:
    """429 began nothing: after the service's Retry-After the same job is posted again, without looking."""
    emulator.says(0)
    emulator.fault("submit", "status", status=429, retry_after=7)
    job = await backend.submit(asked(emulator.audio), MemoryJournal())
    assert emulator.runtime.slept == [7.0]
    assert (await over(backend, emulator, job)).status is MeetingStatus.COMPLETED


async def test_throttled_429(backend: BatchBackend, emulator: Speech) -> None:
    """Without a word on when, the pauses grow, and in the end the caller is told."""
    emulator.fault("submit", "status", status=429, times=5)
    with pytest.raises(Throttled, match="answered 429"):
        await backend.submit(asked(emulator.audio), MemoryJournal())
    assert emulator.runtime.slept == [0.5, 1.0, 2.0, 4.0]


async def test_unavailable_503_then_200(backend: BatchBackend, emulator: Speech) -> None:
    """A question can be asked again."""
    said = emulator.says(0, 1)
    emulator.fault("get", "status", status=503)
    emulator.fault("files", "status", status=503)
    check_sample(await transcribed(backend, emulator, asked(emulator.audio)), said, 2)
    assert emulator.runtime.slept == [0.5, 0.5]


async def test_submit_503_looked_up_then_201(backend: BatchBackend, emulator: Speech) -> None:
    """A submission cannot: it is looked for, for as long as a new job may take to show, before it is posted again."""
    emulator.says(0)
    emulator.fault("submit", "status", status=503)
    job = await backend.submit(asked(emulator.audio), MemoryJournal())
    assert emulator.runtime.slept == [2.0, 8.0]
    assert (await over(backend, emulator, job)).status is MeetingStatus.COMPLETED


async def test_pages_of_files(backend: BatchBackend, emulator: Speech) -> None:
    """Every page is read, and each result is matched to its input by its source."""
    emulator.says(0)
    emulator.page_size(1)
    transcript = await transcribed(backend, emulator, asked(emulator.short_audio, emulator.audio))
    assert [phrase.offset_ticks for phrase in transcript.phrases] == [6_000_000, 33_550_000 + 6_000_000]
    assert any(note.endswith("meeting.flac begins at 0:00:03.355.") for note in transcript.notes)


async def test_pages_of_jobs(backend: BatchBackend, emulator: Speech) -> None:
    """A job that was begun before is found on a later page, among others of its name, and none is posted."""
    for job, mark in ((ANOTHER_JOB, "first"), (JOB, "second")):
        emulator.seed({"id": job, "displayName": NAME, "customProperties": {"meetingId": NAME, "attempt": mark}})
    emulator.page_size(1)
    journal = MemoryJournal()
    reference = JobReference(meeting_id=NAME, options=JobOptions(), inputs=("https://example.invalid/audio.wav",))
    journal.entries.append(Attempt(mark="second", posted_at=0.0, reference=reference).model_dump_json())
    job = await backend.submit(asked(emulator.audio), journal)
    assert JobReference.parse(job).id == JOB


async def test_expired_content_url(backend: BatchBackend, emulator: Speech) -> None:
    """A result's URL that has expired is asked for again, and the new one is good."""
    said = emulator.says(0, 1)
    emulator.fault("content", "expired_content")
    check_sample(await transcribed(backend, emulator, asked(emulator.audio)), said, 2)


async def test_deleted(backend: BatchBackend, speech: Speech) -> None:
    """What was deleted is not there any more, and deleting it again is no error."""
    speech.says(0)
    job = await backend.submit(asked(speech.audio), MemoryJournal())
    await over(backend, speech, job)
    await backend.delete(job)
    with pytest.raises(MeetingNotFound, match="it was deleted"):
        await backend.status(job)
    await backend.delete(job)


async def test_time_to_live_passed(backend: BatchBackend, emulator: Speech) -> None:
    """A job goes by itself when its time is over, counted from its end; until then it can be read again."""
    emulator.says(0)
    job = await backend.submit(asked(emulator.audio, time_to_live_hours=6), MemoryJournal())
    assert (await over(backend, emulator, job)).status is MeetingStatus.COMPLETED
    emulator.pass_hours(5.99)
    assert (await backend.status(job)).status is MeetingStatus.COMPLETED
    emulator.pass_hours(0.02)
    with pytest.raises(MeetingNotFound, match="its time to live has passed"):
        await backend.status(job)
