"""The poller as Java had it: callbacks in order, statuses in azure-core's words, and no error swallowed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
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
    MeetingStatus,
    MeetingTranscriptionPoller,
    PollResponse,
    RemoteMeetingError,
    RemoteMeetingTranscriptionClient,
    aio,
)
from remote_meeting_backends import Backend, JobStatus
from support.facade import ThreadGate, use_backends
from support.scripted import FarBackend, HereBackend, transcript_of

UPLOADING, PROCESSING, COMPLETED, DELETED = (
    JobStatus(status)
    for status in (MeetingStatus.UPLOADING, MeetingStatus.PROCESSING, MeetingStatus.COMPLETED, MeetingStatus.DELETED)
)
FAILED = JobStatus(MeetingStatus.FAILED, cause="no speech")
REFUSED = AuthenticationFailed("The key is refused.")
PollerMaker = Callable[[Backend], MeetingTranscriptionPoller]


@pytest.fixture
def poller(
    monkeypatch: pytest.MonkeyPatch,
    store_path: Path,
    runtime: ManualRuntime,
    audio: Path,
    request: pytest.FixtureRequest,
) -> PollerMaker:
    """Submits a meeting to a backend, waits until a service has it, and makes its poller."""

    def make(backend: Backend) -> MeetingTranscriptionPoller:
        use_backends(monkeypatch, backend)
        client = RemoteMeetingTranscriptionClient(store=store_path, runtime=runtime)
        request.addfinalizer(client.close)
        client.submit(audio, meeting_id="standup")
        if not backend.capabilities.runs_here:
            wait_for_drivers(client)
        return client.get_transcription_operation("standup")

    return make


def wait_for_drivers(client: RemoteMeetingTranscriptionClient) -> None:
    """Wait until what this process does for its meetings is done."""
    from remote_meeting.portal import PORTAL

    async def drivers() -> None:
        await asyncio.gather(*client.asynchronous.meetings._drivers.values())

    PORTAL.call(drivers())


class Heard:
    """Everything that a subscription calls back."""

    def __init__(self) -> None:
        self.responses: list[PollResponse] = []
        self.errors: list[RemoteMeetingError] = []
        self.completions = 0
        self.first = threading.Event()

    def on_response(self, response: PollResponse) -> None:
        self.responses.append(response)
        self.first.set()

    def on_error(self, error: RemoteMeetingError) -> None:
        self.errors.append(error)

    def on_complete(self) -> None:
        self.completions += 1

    @property
    def statuses(self) -> list[str]:
        return [response.status.value for response in self.responses]


@pytest.mark.parametrize(
    ("answer", "status", "service_status"),
    [
        (UPLOADING, "NOT_STARTED", "Uploading"),
        (PROCESSING, "IN_PROGRESS", "Processing"),
        (COMPLETED, "SUCCESSFULLY_COMPLETED", "Completed"),
        (DELETED, "SUCCESSFULLY_COMPLETED", "Deleted"),
        (FAILED, "FAILED", "Failed"),
    ],
)
def test_one_poll(poller: PollerMaker, answer: JobStatus, status: str, service_status: str) -> None:
    """Each of the service's statuses has its place in azure-core's."""
    response = poller(FarBackend([answer])).poll()
    assert response.status is LongRunningOperationStatus(status)
    assert (response.value.id, response.value.service_status) == ("standup", service_status)
    assert response.status.is_complete is answer.status.is_final
    kinds = {MeetingStatus.DELETED: MeetingDeleted, MeetingStatus.FAILED: MeetingFailed}
    assert type(response.value.error) is kinds.get(answer.status, type(None))


def test_a_subscription_hears_everything(poller: PollerMaker, runtime: ManualRuntime) -> None:
    """Responses in order up to the last, then completion, at the interval that was set."""
    heard = Heard()
    made = poller(FarBackend([UPLOADING, PROCESSING, PROCESSING, COMPLETED])).set_poll_interval(7)
    subscription = made.subscribe(heard.on_response, heard.on_error, heard.on_complete)
    subscription.join()
    assert heard.statuses == ["NOT_STARTED", "IN_PROGRESS", "IN_PROGRESS", "SUCCESSFULLY_COMPLETED"]
    assert (heard.errors, heard.completions, subscription.is_disposed) == ([], 1, True)
    assert runtime.slept == [7, 7, 7]
    assert made.get_final_result().transcript.phrases == transcript_of("standup").phrases


@pytest.mark.parametrize(
    ("answers", "kind", "last", "service_status"),
    [
        ([PROCESSING, REFUSED], AuthenticationFailed, "FAILED", None),
        ([PROCESSING, FAILED], MeetingFailed, "FAILED", "Failed"),
        ([PROCESSING, DELETED], MeetingDeleted, "SUCCESSFULLY_COMPLETED", "Deleted"),
    ],
)
def test_a_subscription_hears_of_a_bad_end(
    poller: PollerMaker,
    answers: list[JobStatus | RemoteMeetingError],
    kind: type[RemoteMeetingError],
    last: str,
    service_status: str | None,
) -> None:
    """A question that fails and a meeting that fails end in the last response and in `on_error`, not in success."""
    heard = Heard()
    poller(FarBackend(answers)).subscribe(heard.on_response, heard.on_error, heard.on_complete).join()
    assert heard.statuses == ["IN_PROGRESS", last]
    assert heard.responses[-1].value.service_status == service_status
    assert [type(error) for error in heard.errors] == [kind]
    assert heard.responses[-1].value.error is heard.errors[0]
    assert heard.completions == 0


def test_an_error_without_a_handler_is_logged(poller: PollerMaker, caplog: pytest.LogCaptureFixture) -> None:
    """The Java poller swallowed it; here it is in the log."""
    poller(FarBackend([REFUSED])).subscribe(lambda _: None).join()
    assert ("remote_meeting", 40, "The key is refused.") in caplog.record_tuples


def test_a_subscription_has_a_deadline(poller: PollerMaker) -> None:
    """It ends in FAILED, with the deadline as its error."""
    heard = Heard()
    poller(FarBackend([PROCESSING])).subscribe(heard.on_response, heard.on_error, timeout=15).join()
    assert heard.statuses == ["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "FAILED"]
    assert [type(error) for error in heard.errors] == [DeadlineExceeded]


def test_a_disposed_subscription_is_silent(poller: PollerMaker) -> None:
    """After `dispose` nobody is called back, and the meeting goes on."""
    gate, heard = ThreadGate(), Heard()
    made = poller(HereBackend(gate=gate))
    subscription = made.subscribe(heard.on_response, heard.on_error, heard.on_complete)
    heard.first.wait()
    subscription.dispose()
    assert subscription.is_disposed
    gate.open()
    assert made.wait_for_completion().status is LongRunningOperationStatus.SUCCESSFULLY_COMPLETED
    assert (len(heard.responses), heard.errors, heard.completions) == (1, [], 0)
    with pytest.raises(CancelledError):
        subscription.join()


def test_a_callback_may_block(poller: PollerMaker) -> None:
    """The result can be fetched where completion is heard, as apps do."""
    results = []
    made = poller(FarBackend([COMPLETED]))
    made.subscribe(lambda _: None, on_complete=lambda: results.append(made.get_final_result())).join()
    assert [result.id for result in results] == ["standup"]


def test_a_callback_that_raises_is_heard_of(poller: PollerMaker, caplog: pytest.LogCaptureFixture) -> None:
    """Its error is logged, and raised by `join`; nobody is called back after it."""
    heard = Heard()

    def broken(_response: PollResponse) -> None:
        raise ZeroDivisionError("in the app")

    subscription = poller(FarBackend([PROCESSING])).subscribe(broken, heard.on_error, heard.on_complete)
    with pytest.raises(ZeroDivisionError, match="in the app"):
        subscription.join()
    assert "in the app" in caplog.text
    assert (heard.errors, heard.completions) == ([], 0)


def test_the_half_that_blocks(poller: PollerMaker, runtime: ManualRuntime) -> None:
    """`get_sync_poller` waits, then hands out the result."""
    made = poller(FarBackend([UPLOADING, PROCESSING, COMPLETED])).get_sync_poller()
    assert made.wait_for_completion().value.service_status == "Completed"
    assert runtime.slept == [10, 10]
    assert made.get_final_result().id == "standup"
    assert runtime.slept == [10, 10]


def test_the_result_is_waited_for(poller: PollerMaker, runtime: ManualRuntime) -> None:
    """`get_final_result` alone is enough, also after an early poll."""
    made = poller(FarBackend([UPLOADING, PROCESSING, COMPLETED]))
    assert made.poll().status is LongRunningOperationStatus.NOT_STARTED
    assert made.get_final_result().id == "standup"
    assert runtime.slept == [10]


@pytest.mark.parametrize(("answer", "kind"), [(FAILED, MeetingFailed), (DELETED, MeetingDeleted)])
def test_a_bad_end_has_no_result(poller: PollerMaker, answer: JobStatus, kind: type[RemoteMeetingError]) -> None:
    """A meeting that failed is a response; asking it for the result says why there is none."""
    made = poller(FarBackend([answer]))
    assert type(made.wait_for_completion().value.error) is kind
    with pytest.raises(kind):
        made.get_final_result()


def test_a_question_that_fails_is_raised(poller: PollerMaker) -> None:
    """Whoever waits or polls hears it as an exception."""
    made = poller(FarBackend([REFUSED]))
    for asked in (made.poll, made.wait_for_completion, made.get_final_result):
        with pytest.raises(AuthenticationFailed):
            asked()


def test_a_meeting_that_is_not_there(store_path: Path, runtime: ManualRuntime) -> None:
    """A wrong id ends the subscription with its error."""
    heard = Heard()
    with RemoteMeetingTranscriptionClient(store=store_path, runtime=runtime) as client:
        client.get_transcription_operation("x").subscribe(heard.on_response, heard.on_error).join()
    assert heard.statuses == ["FAILED"]
    assert [type(error) for error in heard.errors] == [MeetingNotFound]


@pytest.mark.anyio
async def test_the_same_for_asyncio(
    monkeypatch: pytest.MonkeyPatch, store_path: Path, runtime: ManualRuntime, audio: Path
) -> None:
    """A stream of responses instead of callbacks."""
    use_backends(monkeypatch, HereBackend())
    async with aio.RemoteMeetingTranscriptionClient(store=store_path, runtime=runtime) as client:
        await client.submit(audio, meeting_id="standup")
        responses = [response async for response in client.get_transcription_operation("standup").subscribe()]
        missing = [response async for response in client.get_transcription_operation("x").subscribe()]
    assert responses[-1].status is LongRunningOperationStatus.SUCCESSFULLY_COMPLETED
    assert [type(response.value.error) for response in missing] == [MeetingNotFound]
