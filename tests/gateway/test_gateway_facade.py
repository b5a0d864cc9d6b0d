"""The Python facade against the gateway: the endpoint is all that an app changes, and each trouble is its own error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from remote_meeting import (
    AuthenticationFailed,
    DeadlineExceeded,
    LongRunningOperationStatus,
    ManualRuntime,
    MeetingDeleted,
    MeetingFailed,
    MeetingNotFound,
    MeetingNotReady,
    PropertyId,
    RemoteMeetingError,
    RemoteMeetingTranscriptionClient,
    RemoteMeetingTranscriptionOperation,
    ResultReason,
    SpeechConfig,
)
from remote_meeting.aio import RemoteMeetingTranscriptionClient as AsyncClient
from remote_meeting.aio import RemoteMeetingTranscriptionOperation as AsyncOperation
from support.cassettes import CAUSE, KEY, Service, recorded_gateway
from support.faults import instead

WRONG_KEY = "ffffffffffffffffffffffffffffffff"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Service]:
    """The real gateway, with one meeting of each status; its store is not the client's."""
    with recorded_gateway(tmp_path) as service:
        yield service


@pytest.fixture
def runtime() -> ManualRuntime:
    """No poll waits."""
    return ManualRuntime()


@pytest.fixture
def client(gateway: Service, runtime: ManualRuntime, store_path: Path) -> Iterator[RemoteMeetingTranscriptionClient]:
    """An app's client, with the gateway's URL in its SpeechConfig."""
    config = SpeechConfig(subscription=KEY, endpoint=gateway.base)
    with RemoteMeetingTranscriptionClient(config, store=store_path, runtime=runtime) as opened:
        yield opened


def test_the_csharp_shape_of_a_completed_meeting(client: RemoteMeetingTranscriptionClient) -> None:
    """Wait, and read who said what when."""
    operation = RemoteMeetingTranscriptionOperation("completed", client)
    result = operation.wait_for_completion(timeout=60)
    assert (operation.id, operation.has_completed, operation.has_value) == ("completed", True, True)
    assert result.id == "completed"
    assert operation.value.meeting_transcription_results == result.meeting_transcription_results
    first, second = result.meeting_transcription_results
    assert (first.user_id, first.text, first.reason) == ("Guest-1", "hello", ResultReason.RecognizedSpeech)
    assert (second.offset_in_ticks, second.duration_in_ticks) == (10_000_000, 9_000_000)
    assert '"userId": "Guest-1"' in first.properties[PropertyId.SpeechServiceResponse_JsonResult]
    assert operation.get_raw_response().json()["processingStatus"] == 2


@pytest.mark.parametrize(
    ("meeting_id", "number", "over", "error", "sentence"),
    [
        ("uploading", 0, False, MeetingNotReady, "is Uploading: wait"),
        ("processing", 1, False, MeetingNotReady, "is Processing: wait"),
        ("failed", 3, True, MeetingFailed, CAUSE),
        ("deleted", 4, True, MeetingDeleted, "was deleted, so no value is available"),
    ],
)
def test_the_csharp_shape_of_every_other_status(
    client: RemoteMeetingTranscriptionClient,
    meeting_id: str,
    number: int,
    over: bool,
    error: type[RemoteMeetingError],
    sentence: str,
) -> None:
    """One poll is an answer; only its value raises, and says why."""
    operation = RemoteMeetingTranscriptionOperation(meeting_id, client)
    assert operation.update_status().json()["processingStatus"] == number
    assert (operation.has_completed, operation.has_value) == (over, False)
    with pytest.raises(error, match=sentence) as caught:
        _ = operation.value
    assert caught.value.meeting_id == meeting_id


@pytest.mark.parametrize(
    ("meeting_id", "status", "service_status"),
    [
        ("uploading", LongRunningOperationStatus.NOT_STARTED, "Uploading"),
        ("processing", LongRunningOperationStatus.IN_PROGRESS, "Processing"),
        ("completed", LongRunningOperationStatus.SUCCESSFULLY_COMPLETED, "Completed"),
        ("failed", LongRunningOperationStatus.FAILED, "Failed"),
        ("deleted", LongRunningOperationStatus.SUCCESSFULLY_COMPLETED, "Deleted"),
    ],
)
def test_the_java_shape_of_every_status(
    client: RemoteMeetingTranscriptionClient,
    meeting_id: str,
    status: LongRunningOperationStatus,
    service_status: str,
) -> None:
    """azure-core's status, and the service's own beside it."""
    response = client.get_transcription_operation(meeting_id).poll()
    assert (response.status, response.value.id, response.value.service_status) == (status, meeting_id, service_status)


def test_the_java_poller_waits_and_fetches(client: RemoteMeetingTranscriptionClient) -> None:
    """The blocking half of a completed meeting, and of one that failed."""
    poller = client.get_transcription_operation("completed").get_sync_poller()
    assert poller.wait_for_completion().status.is_complete
    assert len(poller.get_final_result().meeting_transcription_results) == 2
    failed = client.get_transcription_operation("failed").get_sync_poller()
    assert failed.wait_for_completion().status is LongRunningOperationStatus.FAILED
    with pytest.raises(MeetingFailed, match=CAUSE):
        failed.get_final_result()


def test_a_deadline_is_its_own_error(client: RemoteMeetingTranscriptionClient, runtime: ManualRuntime) -> None:
    """It names the meeting and where it stood, and was not reached in one leap."""
    with pytest.raises(DeadlineExceeded, match="processing was still Processing after 25 s: ask for it again"):
        RemoteMeetingTranscriptionOperation("processing", client).wait_for_completion(timeout=25)
    assert runtime.slept == [10.0, 10.0, 5.0]


@pytest.mark.parametrize(
    ("meeting_id", "error"),
    [("unheard-of", MeetingNotFound), ("deleted", MeetingDeleted), ("failed", MeetingFailed)],
)
def test_each_end_is_its_own_error(
    client: RemoteMeetingTranscriptionClient, meeting_id: str, error: type[RemoteMeetingError]
) -> None:
    """Waiting raises it at once."""
    with pytest.raises(RemoteMeetingError) as caught:
        RemoteMeetingTranscriptionOperation(meeting_id, client).wait_for_completion()
    assert type(caught.value) is error
    assert meeting_id in str(caught.value)


def test_a_key_that_is_refused_is_its_own_error(client: RemoteMeetingTranscriptionClient, gateway: Service) -> None:
    """The gateway refuses no key as the old service did, so its answer is injected."""
    gateway.faults += [instead(401, b'{"code":"401","message":"Access denied."}')]
    with pytest.raises(AuthenticationFailed, match=r"Access denied\): check the key or token"):
        RemoteMeetingTranscriptionOperation("completed", client).wait_for_completion()


def test_the_java_poller_swallows_nothing(client: RemoteMeetingTranscriptionClient) -> None:
    """The last response holds the error, and whoever listens is told."""
    heard: list[object] = []
    subscription = client.get_transcription_operation("unheard-of").subscribe(heard.append, heard.append)
    subscription.join(60)
    response, error = heard
    assert response.status is LongRunningOperationStatus.FAILED  # type: ignore[attr-defined]
    assert isinstance(error, MeetingNotFound)


def test_another_key_sees_nothing(gateway: Service, runtime: ManualRuntime, store_path: Path) -> None:
    """Neither to read nor to delete."""
    config = SpeechConfig(subscription=WRONG_KEY, endpoint=gateway.base)
    with RemoteMeetingTranscriptionClient(config, store=store_path, runtime=runtime) as stranger:
        with pytest.raises(MeetingNotFound):
            RemoteMeetingTranscriptionOperation("completed", stranger).update_status()
        with pytest.raises(MeetingNotFound):
            stranger.delete_remote_transcription("completed")


def test_deleting_through_the_gateway(client: RemoteMeetingTranscriptionClient) -> None:
    """200, as the old client had it; the meeting is Deleted then."""
    operation = RemoteMeetingTranscriptionOperation("completed", client)
    assert operation.update_status().json()["processingStatus"] == 2
    assert client.delete_remote_transcription("completed").status == 200
    operation.update_status()
    with pytest.raises(MeetingDeleted):
        _ = operation.value


@pytest.mark.anyio
async def test_the_asyncio_face_is_the_same(gateway: Service, runtime: ManualRuntime, store_path: Path) -> None:
    """The other import, the other waiting; the same answers."""
    config = SpeechConfig(subscription=KEY, endpoint=gateway.base)
    async with AsyncClient(config, store=store_path, runtime=runtime) as client:
        result = await AsyncOperation("completed", client).wait_for_completion(timeout=60)
        assert [one.text for one in result.meeting_transcription_results] == ["hello", "good morning"]
        with pytest.raises(MeetingFailed, match=CAUSE):
            await AsyncOperation("failed", client).wait_for_completion()
