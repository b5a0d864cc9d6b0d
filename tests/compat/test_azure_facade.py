"""The facade on batch and fast, with the emulator for the cloud: routing, resuming, deleting, and what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from remote_meeting import (
    AzureOptions,
    InvalidInput,
    Limits,
    MeetingFailed,
    MeetingStatus,
    OptionNotSupported,
    SpeechConfig,
    Storage,
)
from remote_meeting.aio import RemoteMeetingTranscriptionClient, RemoteMeetingTranscriptionOperation
from remote_meeting_backends import ManualRuntime, Transcript
from remote_meeting_backends.testing import SpeechEmulator
from support.cloud import SAS, SIGNATURE

pytestmark = pytest.mark.anyio

TEXTS = ["Good morning.", "Good morning, Katie."]
Maker = Callable[..., RemoteMeetingTranscriptionClient]


@pytest.fixture
def url(cloud: SpeechEmulator, audio: Path) -> str:
    """A recording where the service can read it, by a URL that says who may."""
    return f"{cloud.audio('standup.wav', audio.read_bytes())}?{SAS}"


@pytest.fixture
async def client(cloud: SpeechEmulator, store_path: Path) -> AsyncIterator[Maker]:
    """Makes clients on one store, as many as there would be processes, and closes them."""
    made: list[RemoteMeetingTranscriptionClient] = []

    def make(backend: str = "auto", **options: Any) -> RemoteMeetingTranscriptionClient:
        config = options.pop("config", None) or SpeechConfig(subscription=cloud.key, endpoint=cloud.url)
        opened = RemoteMeetingTranscriptionClient(
            config, backend=backend, store=store_path, runtime=ManualRuntime(), azure=AzureOptions(**options)
        )
        made.append(opened)
        return opened

    yield make
    for opened in made:
        await opened.aclose()


async def transcript(client: RemoteMeetingTranscriptionClient, name: str) -> Transcript:
    """Wait for a meeting."""
    result = await RemoteMeetingTranscriptionOperation(name, client).wait_for_completion()
    return result.transcript


async def reason(client: RemoteMeetingTranscriptionClient, name: str) -> str:
    """Why it went where it went, as it is stored."""
    record = (await client.meetings.look(name)).record
    assert record is not None
    return record.routing_reason


async def test_auto_takes_the_fast_service_first(client: Maker, cloud: SpeechEmulator, audio: Path) -> None:
    """Where there is an account: an answer in minutes, before one in hours and before this machine's own words."""
    service = client()
    await service.submit(audio, meeting_id="m")
    assert [phrase.text for phrase in (await transcript(service, "m")).phrases] == TEXTS
    assert await reason(service, "m") == "fast: the first backend that fits"
    assert (cloud.log()["transcribed"], cloud.log()["submitted"]) == (1, 0)


async def test_another_process_fetches_a_batch_job_by_its_id(client: Maker, cloud: SpeechEmulator, url: str) -> None:
    """The first only handed it over; the second knows nothing but the id."""
    first = client("batch")
    await first.submit(url, meeting_id="m")
    await first.meetings.wait("m", 1, None)
    second = client()
    assert [phrase.text for phrase in (await transcript(second, "m")).phrases] == TEXTS
    assert cloud.log()["submitted"] == 1


@pytest.mark.parametrize("status", [404, 413, 422])
async def test_what_fast_refuses_auto_takes_to_batch(
    client: Maker, cloud: SpeechEmulator, url: str, status: int
) -> None:
    """By itself, and it says so where the decision is stored; a region may have no fast service at all."""
    cloud.fault("transcribe", "status", status=status, message="Too hard.")
    service = client()
    await service.submit(url, meeting_id="m")
    assert [phrase.text for phrase in (await transcript(service, "m")).phrases] == TEXTS
    said = await reason(service, "m")
    assert said.startswith("batch: after fast: the first backend that fits; it refused: ")
    assert "Too hard" in said
    operations = [request["operation"] for request in cloud.log()["requests"]]
    assert (operations.count("transcribe"), cloud.log()["submitted"]) == (1, 1)


async def test_who_chose_fast_is_told_instead(client: Maker, cloud: SpeechEmulator, url: str) -> None:
    """A choice is not overruled."""
    cloud.fault("transcribe", "status", status=422, code="UnprocessableEntity", message="Too hard.")
    service = client("fast")
    await service.submit(url, meeting_id="m")
    with pytest.raises(MeetingFailed, match="--backend batch"):
        await transcript(service, "m")
    assert cloud.log()["submitted"] == 0


async def test_without_a_way_out_it_fails_with_the_cause(client: Maker, cloud: SpeechEmulator, audio: Path) -> None:
    """Batch takes no files without a storage: the refusal stands."""
    cloud.fault("transcribe", "status", status=422, code="UnprocessableEntity", message="Too hard.")
    service = client()
    await service.submit(audio, meeting_id="m")
    with pytest.raises(MeetingFailed, match="Too hard"):
        await transcript(service, "m")


async def test_limits_of_the_account_decide(client: Maker, cloud: SpeechEmulator, audio: Path) -> None:
    """What is too long for fast by the caller's own limits goes elsewhere, and the reason is told."""
    service = client(limits={"fast": Limits(max_seconds=0.1)})
    await service.submit(audio, meeting_id="m", language="de-DE")
    record = (await service.meetings.look("m")).record
    assert record is not None
    assert record.backend == "realtime"
    assert "not fast, because it takes at most 0 s of audio" in record.routing_reason
    assert "SPEECH_STORAGE" in record.routing_reason


@pytest.mark.parametrize(
    ("backend", "options", "why"),
    [
        ("batch", {"phrases": ["Contoso"]}, "it has no option phrases"),
        ("fast", {"punctuation": "dictated"}, "it has no option punctuation"),
        ("fast", {"time_to_live_hours": 48}, "it has no option time_to_live_hours"),
        ("local", {"profanity": "masked"}, "it takes no audio by URL"),
        ("batch", {"speakers": 36}, "it tells at most 35 speakers apart"),
    ],
)
async def test_an_option_that_a_backend_lacks_is_an_error(
    client: Maker, cloud: SpeechEmulator, url: str, backend: str, options: dict[str, Any], why: str
) -> None:
    """Named, before anything is written down or sent."""
    service = client(backend)
    with pytest.raises(OptionNotSupported, match=why):
        await service.submit(url, meeting_id="m", **options)
    assert cloud.log()["requests"] == []
    assert await service.meetings.newest() == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"time_to_live_hours": 5}, "5 cannot be the time_to_live_hours"),
        ({"profanity": "loud"}, "'loud' cannot be the profanity"),
        ({"speakers": 2, "channels": "separate"}, "leave the number of speakers out"),
    ],
)
async def test_an_option_that_cannot_be_is_an_error(client: Maker, url: str, options: dict[str, Any], why: str) -> None:
    """In one sentence of ours."""
    with pytest.raises(InvalidInput, match=why):
        await client("batch").submit(url, meeting_id="m", **options)


async def test_no_signature_is_stored(client: Maker, store_path: Path, url: str) -> None:
    """Not in a row, not in the transcript, not in the service's own result that is kept beside it."""
    service = client("batch")
    await service.submit(url, meeting_id="m")
    await transcript(service, "m")
    await service.aclose()
    kept = b"".join(path.read_bytes() for path in store_path.parent.glob("meetings.db*"))
    assert b"standup.wav" in kept
    assert b"c2VjcmV0" not in kept
    assert b"sig=" not in kept


async def test_submitting_again_finds_the_job(client: Maker, cloud: SpeechEmulator, url: str) -> None:
    """Two processes, one job; other audio under the same id is refused."""
    cloud.progression("polls:5")
    first, second = client("batch"), client("batch")
    await first.submit(url, meeting_id="m")
    while (await first.meetings.look("m")).detail is None:
        pass
    await second.submit(url, meeting_id="m")
    assert [phrase.text for phrase in (await transcript(second, "m")).phrases] == TEXTS
    assert cloud.log()["submitted"] == 1


async def test_how_long_it_waits_is_told(client: Maker, cloud: SpeechEmulator, url: str) -> None:
    """Queued and worked on are two things to whoever waits."""
    cloud.progression("polls:3")
    service = client("batch")
    await service.submit(url, meeting_id="m")
    details = [standing.detail async for standing in service.meetings.watch("m", 1, None)]
    told = [detail.partition(" for ")[0] for detail in details if detail is not None]
    assert told == ["NotStarted", "Running"]


async def test_what_cannot_be_deleted_yet_is_not_forgotten(client: Maker, cloud: SpeechEmulator, url: str) -> None:
    """Deleted here at once; the service is asked again by the next client that submits something."""
    cloud.progression("polls:2")
    cloud.fault("any", "undeletable", times=2)
    first = client("batch")
    await first.submit(url, meeting_id="m")
    while (await first.meetings.look("m")).detail is None:
        pass
    assert await first.meetings.delete("m") is False
    standing = await first.meetings.look("m")
    assert standing.status is MeetingStatus.DELETED
    assert standing.record is not None
    assert standing.record.options is standing.record.audio is None
    assert await first.meetings.sweep() == 1
    assert cloud.log()["deleted"] == 0
    second = client("batch")
    await second.submit(url, meeting_id="another")
    await transcript(second, "another")
    assert cloud.log()["deleted"] == 1
    assert await second.meetings.sweep() == 0


async def test_a_credential_in_place_of_a_key(client: Maker, cloud: SpeechEmulator, audio: Path) -> None:
    """azure-identity's objects, by their one method."""
    runtime = ManualRuntime()
    asked: list[str] = []

    def get_token(scope: str) -> SimpleNamespace:
        asked.append(scope)
        return SimpleNamespace(token=cloud.token(), expires_on=runtime.now().timestamp() + 3600)

    credential = SimpleNamespace(get_token=get_token)
    service = client(config=SpeechConfig(endpoint=cloud.url, token_credential=credential))
    await service.submit(audio, meeting_id="m")
    assert [phrase.text for phrase in (await transcript(service, "m")).phrases] == TEXTS
    assert asked == ["https://cognitiveservices.azure.com/.default"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"token_credential": object()},
        {"token_credential": object(), "region": "westus"},
        {"token_credential": object(), "endpoint": "https://x.test", "subscription": "k"},
    ],
)
def test_a_credential_goes_with_an_endpoint(arguments: dict[str, Any]) -> None:
    """A token without a custom domain opens nothing; beside a key it would be a riddle."""
    with pytest.raises(ValueError, match=r"endpoint|region|construct"):
        SpeechConfig(**arguments)


@pytest.mark.parametrize(
    "audio_url", ["https://", "https://me:secret@h.test/a.wav", "http://h.test:0/a.wav", "https://h.test/a b.wav"]
)
async def test_a_url_that_cannot_be_one(client: Maker, audio_url: str) -> None:
    """Found before anything is written down; a password is not repeated."""
    with pytest.raises(InvalidInput) as caught:
        await client("batch").submit(audio_url, meeting_id="m")
    assert "secret" not in str(caught.value)


async def test_a_sas_that_has_expired_is_told_before_anything_is_written_down(client: Maker, url: str) -> None:
    """On the spot, without the signature."""
    service = client("batch")
    with pytest.raises(InvalidInput, match="expired at 2020") as caught:
        await service.submit(url.replace("2099", "2020"), meeting_id="m")
    assert SIGNATURE not in str(caught.value)
    assert await service.meetings.newest() == []


async def test_a_job_that_may_have_been_begun_is_deleted_with_its_meeting(
    client: Maker, cloud: SpeechEmulator, url: str
) -> None:
    """Its answer was lost and the look-up refused: the meeting failed with no reference to a job that is there."""
    cloud.fault("submit", "drop_after")
    cloud.fault("list", "status", status=403, times=1)
    service = client("batch")
    await service.submit(url, meeting_id="m")
    with pytest.raises(MeetingFailed, match="whether the job was begun cannot be told"):
        await transcript(service, "m")
    assert (cloud.log()["submitted"], cloud.log()["deleted"]) == (1, 0)
    assert await client("batch").meetings.delete("m")
    assert (cloud.log()["submitted"], cloud.log()["deleted"]) == (1, 1)


async def test_a_failed_job_that_cannot_be_deleted_stops_nobody(client: Maker, cloud: SpeechEmulator, url: str) -> None:
    """Its service's "not yet" is no lost lease: the next attempt goes on, with a job of its own."""
    cloud.fault("any", "job_failed", code="InvalidData", message="Try again.")
    service = client("batch")
    await service.submit(url, meeting_id="m")
    with pytest.raises(MeetingFailed, match="Try again"):
        await transcript(service, "m")
    cloud.fault("delete", "status", status=409, code="DeleteNotAllowed", times=9, shape="wrapped")
    await service.submit(url, meeting_id="m")
    assert [phrase.text for phrase in (await transcript(service, "m")).phrases] == TEXTS
    assert (cloud.log()["submitted"], cloud.log()["deleted"]) == (2, 0)


async def test_what_two_backends_refused_can_be_deleted(client: Maker, cloud: SpeechEmulator, url: str) -> None:
    """The journal of such a meeting holds words of the first that the second does not know."""
    cloud.fault("transcribe", "status", status=422, message="Too hard.")
    cloud.fault("submit", "status", status=400, message="Nor here.")
    service = client()
    await service.submit(url, meeting_id="m")
    with pytest.raises(MeetingFailed, match="Nor here"):
        await transcript(service, "m")
    assert await service.meetings.delete("m")
    assert (await service.meetings.look("m")).status is MeetingStatus.DELETED


async def test_a_storage_that_cannot_be_understood(client: Maker, cloud: SpeechEmulator, audio: Path) -> None:
    """Told before anything is written down; as a way out it is none, and the first refusal stands."""
    odd = Storage("no storage at all")
    service = client("batch", storage=odd)
    with pytest.raises(InvalidInput, match="storage"):
        await service.submit(audio, meeting_id="m")
    assert await service.meetings.newest() == []
    cloud.fault("transcribe", "status", status=422, message="Too hard.")
    service = client(storage=odd)
    await service.submit(audio, meeting_id="m")
    with pytest.raises(MeetingFailed, match="Too hard"):
        await transcript(service, "m")
