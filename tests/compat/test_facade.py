"""The client and the operation as C# had them: what each member says before, during and after."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from remote_meeting import (
    AuthenticationFailed,
    DeadlineExceeded,
    InvalidInput,
    ManualRuntime,
    MeetingDeleted,
    MeetingFailed,
    MeetingInterrupted,
    MeetingNotFound,
    MeetingNotReady,
    MeetingStatus,
    NoBackend,
    RemoteMeetingError,
    RemoteMeetingTranscriptionClient,
    RemoteMeetingTranscriptionOperation,
    ServiceError,
    SpeechConfig,
    StoreError,
    aio,
)
from remote_meeting_backends import Backend, BackendFailed, JobStatus, ServiceUnreachable, SpeakerCount
from remote_meeting_backends.legacy import read_offline_task
from remote_meeting_backends.store import ANYONE
from support.facade import ThreadGate, use_backends
from support.scripted import FarBackend, HereBackend, transcript_of

ClientMaker = Callable[..., RemoteMeetingTranscriptionClient]
PROCESSING = JobStatus(MeetingStatus.PROCESSING)


@pytest.fixture
def client(
    monkeypatch: pytest.MonkeyPatch, store_path: Path, runtime: ManualRuntime, request: pytest.FixtureRequest
) -> ClientMaker:
    """Makes clients of one store with a backend that follows a script."""

    def make(backend: Backend, config: SpeechConfig | None = None) -> RemoteMeetingTranscriptionClient:
        use_backends(monkeypatch, backend)
        made = RemoteMeetingTranscriptionClient(config, store=store_path, runtime=runtime)
        request.addfinalizer(made.close)
        return made

    return make


def test_an_operation_from_beginning_to_end(client: ClientMaker, audio: Path) -> None:
    """Nothing before the first question, the status while it is worked on, the transcript at the end."""
    gate = ThreadGate()
    operation = client(HereBackend(gate=gate)).submit(audio, meeting_id="standup")
    assert operation.id == "standup"
    assert (operation.has_completed, operation.has_value, operation.status) == (False, False, None)
    assert operation.progress is None
    gate.reached.wait()
    operation.update_status()
    assert (operation.has_completed, operation.has_value, operation.progress) == (False, False, 0.0)
    assert operation.status in (MeetingStatus.UPLOADING, MeetingStatus.PROCESSING)
    with pytest.raises(MeetingNotReady, match="wait for its completion"):
        _ = operation.value
    gate.open()
    result = operation.wait_for_completion()
    assert operation.value is result
    assert (operation.has_completed, operation.has_value, operation.progress) == (True, True, 1.0)
    assert [(item.user_id, item.text) for item in result.meeting_transcription_results] == [
        ("Guest-1", "hello"),
        ("Guest-2", "good morning"),
    ]


def test_a_value_that_nobody_asked_for(client: ClientMaker) -> None:
    """Before the first question there is neither a value nor a response, and it says what to call."""
    operation = RemoteMeetingTranscriptionOperation("standup", client(HereBackend()))
    for early in (lambda: operation.value, operation.get_raw_response):
        with pytest.raises(MeetingNotReady, match=r"call update_status\(\) or wait_for_completion\(\) first"):
            early()


def test_the_raw_response_is_the_old_wire(client: ClientMaker, audio: Path) -> None:
    """Status 200 and OfflineTask's body, numbers and all."""
    gate = ThreadGate()
    operation = client(HereBackend(gate=gate)).submit(audio, meeting_id="standup")
    gate.reached.wait()
    early = operation.update_status().json()
    assert early.pop("processingStatus") in (0, 1)
    assert early == {"id": "standup", "transcriptions": []}
    gate.open()
    operation.wait_for_completion()
    raw = operation.get_raw_response()
    assert (raw.status, raw.status_code, dict(raw.headers)) == (200, 200, {})
    assert json.loads(raw.text)["processingStatus"] == 2
    assert raw.json()["transcriptions"][1] == {
        "userId": "Guest-2",
        "resultId": "00000001",
        "reason": "RecognizedSpeech",
        "text": "good morning",
        "durationInTicks": 9_000_000,
        "offsetInTicks": 10_000_000,
    }


def test_a_services_answer_is_passed_on(client: ClientMaker) -> None:
    """Where a service answered, its bytes are the raw response, and its items the results."""
    item = {"userId": "Guest_0", "resultId": "r", "text": "Hi", "offsetInTicks": 5, "durationInTicks": 7, "more": 1}
    body = json.dumps({"id": "standup", "processingStatus": 2, "transcriptions": [item]}).encode()
    transcript = read_offline_task(body, "standup").transcript("legacy")
    backend = FarBackend([JobStatus(MeetingStatus.COMPLETED, raw=body, transcript=transcript)])
    backend.name = "legacy"  # type: ignore[misc]
    made = client(backend, SpeechConfig("k", endpoint="https://gateway.example"))
    operation = RemoteMeetingTranscriptionOperation("standup", made)
    (result,) = operation.wait_for_completion().meeting_transcription_results
    assert operation.get_raw_response().content == body
    assert (result.user_id, result.phrase.speaker) == ("Guest_0", "Guest-1")
    assert json.loads(result.properties["RESULT-Json"]) == item


def test_any_process_can_make_the_operation(client: ClientMaker, audio: Path) -> None:
    """An id is enough to fetch what another client submitted."""
    client(HereBackend()).submit(audio, meeting_id="standup").wait_for_completion()
    operation = RemoteMeetingTranscriptionOperation("standup", client(HereBackend()))
    assert operation.update_status().json()["processingStatus"] == 2
    assert operation.value.transcript == transcript_of("standup")


def interrupted(client: ClientMaker, audio: Path) -> RemoteMeetingTranscriptionOperation:
    """A meeting whose process ended."""
    first = client(HereBackend(gate=ThreadGate()))
    first.submit(audio, meeting_id="standup")
    first.close()
    return RemoteMeetingTranscriptionOperation("standup", client(HereBackend()))


def deleted(client: ClientMaker, audio: Path) -> RemoteMeetingTranscriptionOperation:
    """A meeting that was deleted."""
    made = client(HereBackend())
    operation = made.submit(audio, meeting_id="standup")
    operation.wait_for_completion()
    assert made.delete_remote_transcription("standup").status == 200
    return operation


def failed(client: ClientMaker, audio: Path) -> RemoteMeetingTranscriptionOperation:
    """A meeting that failed."""
    return client(HereBackend(error=BackendFailed("no speech"))).submit(audio, meeting_id="standup")


def answering(*answers: JobStatus | RemoteMeetingError) -> Callable[..., RemoteMeetingTranscriptionOperation]:
    """A meeting at a service that answers by script."""
    return lambda client, audio: client(FarBackend(answers)).submit(audio, meeting_id="standup")


SILENT_ONCE: dict[type[RemoteMeetingError], Callable[..., RemoteMeetingTranscriptionOperation]] = {
    MeetingDeleted: deleted,
    MeetingFailed: failed,
    MeetingInterrupted: interrupted,
    MeetingNotFound: lambda client, audio: RemoteMeetingTranscriptionOperation("x", client(HereBackend())),
    DeadlineExceeded: answering(PROCESSING),
    AuthenticationFailed: answering(AuthenticationFailed("The key is refused.")),
    ServiceError: answering(ServiceUnreachable("No connection.")),
}


@pytest.mark.parametrize("kind", SILENT_ONCE)
def test_no_end_is_silent(client: ClientMaker, audio: Path, kind: type[RemoteMeetingError]) -> None:
    """Each way to end that the old clients hid raises its own class, with the meeting's id and a sentence."""
    operation = SILENT_ONCE[kind](client, audio)
    with pytest.raises(kind) as caught:
        operation.wait_for_completion(timeout=60)
    assert str(caught.value)
    others = [other for other in SILENT_ONCE if other is not kind]
    assert not isinstance(caught.value, tuple(others))


def test_the_classes_are_apart() -> None:
    """No silent failure's class is a kind of another's."""
    for one, other in itertools.permutations(SILENT_ONCE, 2):
        assert not issubclass(one, other)


@pytest.mark.parametrize(
    ("make", "kind", "number"),
    [(deleted, MeetingDeleted, 4), (failed, MeetingFailed, 3), (interrupted, MeetingInterrupted, 3)],
)
def test_a_bad_end_is_still_an_answer(
    client: ClientMaker,
    audio: Path,
    make: Callable[..., RemoteMeetingTranscriptionOperation],
    kind: type[RemoteMeetingError],
    number: int,
) -> None:
    """Asking does not raise for the meeting's own trouble; the operation is complete, without a value."""
    operation = make(client, audio)
    with pytest.raises(kind):
        operation.wait_for_completion()
    assert operation.update_status().json()["processingStatus"] == number
    assert (operation.has_completed, operation.has_value) == (True, False)
    with pytest.raises(kind):
        _ = operation.value


def test_an_interrupted_meeting_is_resumed(client: ClientMaker, audio: Path) -> None:
    """The client goes on with what another process left."""
    interrupted(client, audio)
    assert client(HereBackend()).resume("standup").wait_for_completion().transcript == transcript_of("standup")


def test_what_is_asked_for_is_stored(client: ClientMaker, audio: Path) -> None:
    """Language, speakers, channels and mode arrive, with the SpeechConfig's language where none is given."""
    config = SpeechConfig("k", "westus", speech_recognition_language="de-DE")
    made = client(HereBackend(), config)
    made.submit(audio, meeting_id="a", speakers=(2, 3), channels=0, mode="realtimeandasync")
    made.submit(audio, meeting_id="b", language="fr-FR", allow_truncated=True)
    second, first = (made.asynchronous.meetings.store.find(ANYONE, name) for name in "ba")
    assert first is not None
    assert second is not None
    assert first.options is not None
    assert second.options is not None
    assert (first.options.language, first.options.channels, first.mode) == ("de-DE", "0", "realtimeandasync")
    assert first.options.speakers == SpeakerCount(minimum=2, maximum=3)
    assert (second.options.language, second.options.allow_truncated, second.mode) == ("fr-FR", True, "async")


def test_an_unknown_mode(client: ClientMaker, audio: Path) -> None:
    """Modes are the old service's two."""
    with pytest.raises(InvalidInput, match="'batch' is no transcription mode: give async or RealTimeAndAsync"):
        client(HereBackend()).submit(audio, mode="batch")


def test_an_unknown_backend() -> None:
    """A wrong backend is refused by the constructor."""
    with pytest.raises(NoBackend, match="no backend named 'nowhere'"):
        RemoteMeetingTranscriptionClient(backend="nowhere")


def test_making_a_client_touches_nothing(store_path: Path) -> None:
    """No file, no connection, no thread before the first call; and the store's trouble is one sentence."""
    RemoteMeetingTranscriptionClient(store=store_path)
    assert not store_path.exists()
    store_path.write_text("no database " * 100)
    with RemoteMeetingTranscriptionClient(store=store_path) as made, pytest.raises(StoreError):
        made.delete_remote_transcription("standup")


@pytest.mark.anyio
async def test_blocking_an_event_loop_is_refused(client: ClientMaker) -> None:
    """A call that would block the loop it is made on says what to use instead."""
    operation = RemoteMeetingTranscriptionOperation("standup", client(HereBackend()))
    with pytest.raises(RuntimeError, match=r"use remote_meeting\.aio instead"):
        operation.update_status()


@pytest.mark.anyio
async def test_the_same_for_asyncio(
    monkeypatch: pytest.MonkeyPatch, store_path: Path, runtime: ManualRuntime, audio: Path
) -> None:
    """The client below, awaited."""
    use_backends(monkeypatch, HereBackend())
    async with aio.RemoteMeetingTranscriptionClient(store=store_path, runtime=runtime) as made:
        operation = await made.submit(audio, meeting_id="standup")
        assert (await operation.wait_for_completion()).transcript == transcript_of("standup")
        assert (await operation.update_status()).status == 200
        assert (await made.delete_remote_transcription("standup")).status == 200
