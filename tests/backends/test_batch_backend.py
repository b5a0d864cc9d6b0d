"""The batch backend against the emulator over real sockets: read whole, told in its own words, nothing left behind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from remote_meeting_backends import (
    Connection,
    InvalidInput,
    JobOptions,
    JobRequest,
    ManualRuntime,
    MeetingBusy,
    MeetingFailed,
    MeetingNotFound,
    MeetingNotReady,
    MeetingStatus,
    OptionNotSupported,
    SpeakerCount,
)
from remote_meeting_backends.batch import BatchBackend
from remote_meeting_backends.batch.backend import FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS, poll_seconds
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.testing import SpeechEmulator
from support.batch import asked, body_of, over
from support.cloud import SAID, SAS
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


async def test_who_said_what(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """Submitted once, labelled by first appearance, the raw label and the service's own result kept."""
    job = await backend.submit(asked(url, speakers=SpeakerCount(minimum=2, maximum=2)), MemoryJournal())
    answer = await over(backend, job)
    assert answer.status is MeetingStatus.COMPLETED
    assert answer.transcript is not None
    assert [(phrase.speaker, phrase.text) for phrase in answer.transcript.phrases] == SAID
    assert [phrase.raw_speaker for phrase in answer.transcript.phrases] == ["3", "1"]
    assert [phrase.offset_ticks for phrase in answer.transcript.phrases] == [5_000_000, 20_000_000]
    assert all(phrase.words for phrase in answer.transcript.phrases)
    assert cloud.log()["submitted"] == 1


async def test_the_signature_of_a_url_is_nowhere(backend: BatchBackend, url: str) -> None:
    """Not in the journal, not in the reference that is stored, not in the result that is kept."""
    journal = MemoryJournal()
    job = await backend.submit(asked(url), journal)
    answer = await over(backend, job)
    assert answer.transcript is not None
    assert answer.raw is not None
    kept = [*journal.entries, job, answer.raw.decode(), answer.transcript.model_dump_json()]
    assert not [text for text in kept if "sig=" in text or "c2VjcmV0" in text]
    assert "meeting.wav" in job
    assert json.loads(answer.raw)[0]["recognizedPhrases"]


async def test_what_is_asked_for_is_what_is_sent(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """Every option in the words of the contract; the emulator refuses any other."""
    request = asked(
        url,
        language="de-DE",
        candidate_languages=("en-US", "fr-FR"),
        profanity="tags",
        punctuation="dictated",
        time_to_live_hours=6,
        speakers=SpeakerCount(minimum=2, maximum=7),
    )
    body = body_of(cloud, await backend.submit(request, MemoryJournal()))
    assert body["displayName"] == body["customProperties"]["meetingId"] == "stand-up"
    assert body["locale"] == "de-DE"
    sent = {
        "diarization": {"enabled": True, "maxSpeakers": 7},
        "languageIdentification": {"candidateLocales": ["de-DE", "en-US", "fr-FR"], "mode": "Continuous"},
        "profanityFilterMode": "Tags",
        "punctuationMode": "Dictated",
        "timeToLiveHours": 6,
        "wordLevelTimestampsEnabled": True,
    }
    assert sent.items() <= body["properties"].items()


async def test_two_days_unless_said_otherwise(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """The time to live is required: 48 hours is what is recommended."""
    assert body_of(cloud, await backend.submit(asked(url), MemoryJournal()))["properties"]["timeToLiveHours"] == 48


async def test_the_service_s_word_on_when_to_ask_comes_first(
    backend: BatchBackend, cloud: SpeechEmulator, url: str
) -> None:
    """Its Retry-After, and what it says of the job, with how long it has said so."""
    cloud.progression("polls:3")
    job = await backend.submit(asked(url), MemoryJournal())
    first, second = await backend.status(job), await backend.status(job)
    assert first.status is second.status is MeetingStatus.PROCESSING
    assert first.detail is not None
    assert first.detail.startswith("NotStarted for ")
    assert second.detail is not None
    assert second.detail.startswith("Running for ")
    assert first.retry_after_seconds == 1.0
    with pytest.raises(MeetingNotReady, match="is not finished: "):
        await backend.result(await backend.submit(asked(url), MemoryJournal()))


def test_else_the_pause_grows_with_the_job_s_age(runtime: ManualRuntime) -> None:
    """From 10 to 60 seconds, whichever process asks; a clock that is behind is no reason to hurry."""
    born = runtime.now()
    paces = []
    for age in (-5, 0, 50, 100, 300, 600, 86_400):
        runtime.elapsed = age
        paces.append(poll_seconds(born, runtime))
    assert paces == [10.0, 10.0, 10.0, 10.0, 30.0, 60.0, 60.0]
    assert (FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS) == (10.0, 60.0)
    assert poll_seconds(None, runtime) == 10.0


async def test_a_report_s_words_come_first(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """A job that succeeded with a failed file is a failure, in the report's own words."""
    cloud.fault("any", "file_failed", message="The audio is a song.")
    answer = await over(backend, await backend.submit(asked(url), MemoryJournal()))
    assert answer.status is MeetingStatus.FAILED
    assert answer.cause is not None
    assert "The audio is a song" in answer.cause
    assert isinstance(answer.error, MeetingFailed)


async def test_a_result_that_is_not_listed_is_waited_for(
    backend: BatchBackend, cloud: SpeechEmulator, runtime: ManualRuntime, url: str
) -> None:
    """Then it is a failure that says so, and never an empty transcript."""
    cloud.fault("any", "missing_file")
    answer = await over(backend, await backend.submit(asked(url), MemoryJournal()))
    assert answer.status is MeetingStatus.FAILED
    assert answer.transcript is None
    assert runtime.slept == [5.0, 15.0]
    assert [request["operation"] for request in cloud.log()["requests"]].count("files") == 3


async def test_expired_urls_are_asked_for_again(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """The permission in a result's URL ends after hours; a new list has new ones."""
    cloud.fault("content", "expired_content")
    answer = await over(backend, await backend.submit(asked(url), MemoryJournal()))
    assert answer.transcript is not None
    assert [request["operation"] for request in cloud.log()["requests"]].count("files") == 2


async def test_every_page_is_read(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """A service may list one file a page; the report, which says what failed, is the last of them."""
    cloud.page_size(1)
    answer = await over(backend, await backend.submit(asked(url), MemoryJournal()))
    assert answer.transcript is not None
    assert [request["operation"] for request in cloud.log()["requests"]].count("files") == 2


async def test_a_job_on_a_later_page_is_found(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """Meetings of that name may fill a page before it."""
    cloud.page_size(1)
    for _ in range(2):
        await backend.submit(asked(url), MemoryJournal())
    cloud.fault("submit", "drop_after")
    await backend.submit(asked(url), MemoryJournal())
    assert cloud.log()["submitted"] == 3


async def test_deleting(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """Gone from the service; twice is no error; afterwards nobody knows it."""
    job = await backend.submit(asked(url), MemoryJournal())
    await over(backend, job)
    await backend.delete(job)
    await backend.delete(job)
    with pytest.raises(MeetingNotFound, match="it knows no such job"):
        await backend.status(job)


async def test_what_it_works_on_cannot_be_deleted_yet(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """The refusal is told as such, so that it can be tried again."""
    cloud.progression("polls:2")
    cloud.fault("any", "undeletable")
    job = await backend.submit(asked(url), MemoryJournal())
    with pytest.raises(MeetingBusy, match="still works on meeting stand-up"):
        await backend.delete(job)
    await over(backend, job)
    await backend.delete(job)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (SAS.replace("2099", "2020"), "expired"),
        (SAS.replace("sp=r", "sp=w"), "read"),
        (f"st=2098-01-01T00:00:00Z&{SAS}", "clock"),
    ],
)
async def test_a_sas_that_cannot_work_is_found_on_the_spot(
    backend: BatchBackend, cloud: SpeechEmulator, url: str, query: str, why: str
) -> None:
    """Before anything is sent; the fault is named, and the signature is not."""
    with pytest.raises(InvalidInput, match=why) as caught:
        await backend.submit(asked(f"{url.partition('?')[0]}?{query}"), MemoryJournal())
    assert "c2VjcmV0" not in str(caught.value)
    assert cloud.log()["requests"] == []


async def test_a_file_needs_a_storage(backend: BatchBackend, tmp_path: Path) -> None:
    """The service fetches; it is not sent anything."""
    path = save(tmp_path / "a.wav", tone(1))
    with pytest.raises(InvalidInput, match="name a storage"):
        await backend.submit(JobRequest("m", path, JobOptions()), MemoryJournal())


@pytest.mark.parametrize("choice", ["mix", "1"])
async def test_channels_of_audio_elsewhere_cannot_be_mixed(backend: BatchBackend, url: str, choice: str) -> None:
    """What is not seen here cannot be made mono here."""
    with pytest.raises(OptionNotSupported, match="give a file"):
        await backend.submit(asked(url, channels=choice), MemoryJournal())


async def test_each_channel_a_speaker(backend: BatchBackend, cloud: SpeechEmulator, url: str) -> None:
    """Two channels, and nobody told apart by voice."""
    properties = body_of(cloud, await backend.submit(asked(url, channels="separate"), MemoryJournal()))["properties"]
    assert properties["channels"] == [0, 1]
    assert not properties.get("diarization", {}).get("enabled")


async def test_a_wrong_key_is_told(cloud: SpeechEmulator, runtime: ManualRuntime, url: str) -> None:
    """And nothing was begun."""
    stranger = BatchBackend.open(Connection(key="0" * 32, endpoint=cloud.url), runtime)
    with pytest.raises(Exception, match="check the key or token") as caught:
        await stranger.submit(asked(url), MemoryJournal())
    await stranger.aclose()
    assert "0" * 32 not in str(caught.value)
    assert cloud.log()["submitted"] == 0


async def test_a_job_s_life_ends(cloud: SpeechEmulator, backend: BatchBackend, url: str) -> None:
    """A reference that is no reference, and one that the service has forgotten, are both not found."""
    for odd in ("", "{}", '{"id":"../x","meeting_id":"m","options":{}}', "x" * 3000):
        with pytest.raises(MeetingNotFound):
            await backend.status(odd)
    job = await backend.submit(asked(url), MemoryJournal())
    cloud.reset()
    with pytest.raises(MeetingNotFound, match="its time to live has passed"):
        await backend.status(job)
