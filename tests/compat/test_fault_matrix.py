"""Whatever goes wrong with the service, a meeting ends in its transcript or a named error, and never in a second job.

The table is in support/matrix.py. The emulator is a real server on loopback; waits are on a manual clock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from remote_meeting.meetings import Meetings
from remote_meeting_backends import (
    JobOptions,
    ManualRuntime,
    MeetingDeleted,
    MeetingExists,
    MeetingFailed,
    MeetingStatus,
    SystemRuntime,
    Transcript,
)
from remote_meeting_backends.batch import BatchBackend
from remote_meeting_backends.emulator.door import operation_of
from remote_meeting_backends.fast import FastBackend
from remote_meeting_backends.store import MeetingKey
from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support.matrix import (
    BATCH,
    DOUBT,
    FAST,
    LASTING,
    LINES,
    ONCE,
    OPERATIONS,
    RETRY_AFTER_SECONDS,
    WHOLE,
    Row,
    rows,
    said,
)

pytestmark = pytest.mark.anyio

WAIT_SECONDS = 30.0
IMPATIENCE_SECONDS = 0.15


class Impatient(httpx.AsyncBaseTransport):
    """The network, where a delayed answer is not waited for by the machine's clock: it is the manual one that runs.

    Args:
        clock: It goes on by as long as the client would have waited.
        delayed: Operations whose answers come late, each as often as it stands here.
    """

    def __init__(self, clock: ManualRuntime, delayed: list[str]) -> None:
        # Loopback needs no certificates, and to read them takes longer than a row.
        self._network = httpx.AsyncHTTPTransport(verify=False)
        self._clock = clock
        self._delayed = delayed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        operation = operation_of(request.method, request.url.path)
        if operation not in self._delayed:
            return await self._network.handle_async_request(request)
        self._delayed.remove(operation)
        given = request.extensions["timeout"]
        request.extensions["timeout"] = {**given, "read": IMPATIENCE_SECONDS}
        try:
            return await self._network.handle_async_request(request)
        except httpx.ReadTimeout:
            self._clock.advance(given["read"])
            raise

    async def aclose(self) -> None:
        await self._network.aclose()


class Late(httpx.AsyncBaseTransport):
    """A network on which the first submission is on its way for longer than anybody waits for it."""

    def __init__(self, clock: ManualRuntime) -> None:
        self._network = httpx.AsyncHTTPTransport(verify=False)
        self._clock = clock
        self._on_its_way: httpx.Request | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._on_its_way is None and operation_of(request.method, request.url.path) == "submit":
            self._on_its_way = request
            self._clock.advance(request.extensions["timeout"]["read"])
            raise httpx.ReadTimeout("nothing yet")
        return await self._network.handle_async_request(request)

    async def arrive(self) -> int:
        """It comes to the service after all; the answer's status, that nobody waits for."""
        assert self._on_its_way is not None
        response = await self._network.handle_async_request(self._on_its_way)
        await response.aread()
        await response.aclose()
        return response.status_code

    async def aclose(self) -> None:
        await self._network.aclose()


class Scene:
    """One meeting, as several processes see it that have nothing but the store in common.

    Args:
        emulator: The service.
        store: The store.
        audio: A file for fast; batch is given its URL.
    """

    def __init__(self, emulator: SpeechEmulator, store: Path, audio: Path) -> None:
        self.emulator = emulator
        self.clock = ManualRuntime(SystemRuntime().now())
        self._store = store
        self._audio = {"fast": str(audio), "batch": emulator.audio(audio.name, audio.read_bytes())}
        self._delayed: list[str] = []

    def order(self, row: Row) -> None:
        """Let it go wrong from now on."""
        self.emulator.fault(**row.order)
        if row.fault == "delay":
            self._delayed += [OPERATIONS[row.stage]] * row.times

    def lift(self) -> None:
        """Let nothing go wrong any more; a job that was stuck goes on."""

        async def clear() -> None:
            self.emulator._emulator.faults.clear()
            for job in self.emulator._emulator.state.jobs.values():
                job.flaws.pop("stuck", None)

        self.emulator._call(clear())
        self._delayed.clear()

    @contextlib.asynccontextmanager
    async def process(self, backend: str, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Meetings]:
        """Another process, on the usual network or one of its own."""
        connection = self.emulator.connection()
        kind = {"batch": BatchBackend, "fast": FastBackend}[backend]
        opened = kind(connection, self.clock, transport=transport or Impatient(self.clock, self._delayed))
        meetings = Meetings(connection, self.clock, backend=backend, store=self._store, backends={backend: opened})
        try:
            yield meetings
        finally:
            await meetings.aclose()

    async def hand_over(self, meetings: Meetings, backend: str) -> None:
        """Submit, and wait until this process has done its part."""
        await meetings.submit(self._audio[backend], "standup", JobOptions(), "async")
        # The manual clock leaps: whoever looked meanwhile would see a lease that nobody had time to renew.
        await asyncio.gather(*meetings._drivers.values())

    async def transcribe(self, meetings: Meetings, backend: str) -> Transcript:
        """Submit, wait and fetch."""
        await self.hand_over(meetings, backend)
        return await meetings.transcript(await meetings.wait("standup", 10, WAIT_SECONDS))

    def accepted(self, backend: str) -> int:
        """How much work the service took on."""
        log = self.emulator.log()
        return int(log["submitted" if backend == "batch" else "transcribed"])


@pytest.fixture(scope="module")
def service() -> Iterator[SpeechEmulator]:
    """An emulator whose jobs are over when they are asked for the second time."""
    with running_emulator(progression="polls:2") as emulator:
        yield emulator


@pytest.fixture
def scene(service: SpeechEmulator, store_path: Path, audio: Path) -> Scene:
    """A service as new, an empty store, and something to transcribe."""
    service.reset()
    service.script(LINES)
    return Scene(service, store_path, audio)


async def attempt(scene: Scene, row: Row, backend: str) -> None:
    """The first process: it ends as the table says, and has begun no more than the table says."""
    async with scene.process(backend) as meetings:
        if row.end.error is None:
            assert said(await scene.transcribe(meetings, backend)) == WHOLE
        else:
            with pytest.raises(row.end.error) as caught:
                await scene.transcribe(meetings, backend)
            check_error(caught.value, row, scene)
        scene.lift()
        assert scene.accepted(backend) == row.end.accepted <= 1


def check_error(error: BaseException, row: Row, scene: Scene) -> None:
    """The class and the words of the table, about this meeting, and no secret in it."""
    assert type(error) is row.end.error
    assert [piece for piece in row.end.says if piece not in str(error)] == []
    assert getattr(error, "meeting_id", None) == "standup"
    assert getattr(error, "backend", None) in BACKENDS
    assert scene.emulator.key not in str(error)
    assert "sig=" not in str(error)


async def once_more(scene: Scene, row: Row, backend: str) -> None:
    """The second process, when the fault is lifted: one job is left, and the transcript is whole."""
    async with scene.process(backend) as meetings:
        if meetings.store.get(MeetingKey(await meetings._owner(), "standup")).status is MeetingStatus.COMPLETED:
            with pytest.raises(MeetingExists, match="was completed"):
                await scene.transcribe(meetings, backend)
            transcript = await meetings.transcript(await meetings.wait("standup", 10, WAIT_SECONDS))
        else:
            transcript = await scene.transcribe(meetings, backend)
    assert said(transcript) == WHOLE
    assert any(DOUBT in note for note in transcript.notes) is row.end.doubtful
    assert scene.accepted(backend) == row.end.again
    if backend == "batch":
        log = scene.emulator.log()
        assert log["submitted"] - log["deleted"] == 1


BACKENDS = ("batch", "fast")
BATCH_ROWS = [row for row in rows(BATCH) if row.stage != "delete"]
DELETE_ROWS = [row for row in rows(BATCH) if row.stage == "delete"]


@pytest.mark.parametrize("row", BATCH_ROWS, ids=str)
async def test_batch(scene: Scene, row: Row) -> None:
    """From submission to result: the right end, one job, and a second submit finds or finishes it."""
    if row.stage == "look-up":
        scene.emulator.fault("submit", "drop_after")
    scene.order(row)
    await attempt(scene, row, "batch")
    await once_more(scene, row, "batch")
    if "Retry-After" in row.fault:
        assert RETRY_AFTER_SECONDS in scene.clock.slept


@pytest.mark.parametrize("row", rows(FAST), ids=str)
async def test_fast(scene: Scene, row: Row) -> None:
    """The one request: repeated by itself only after a refusal, and by the caller with a word on the bill."""
    scene.order(row)
    await attempt(scene, row, "fast")
    await once_more(scene, row, "fast")
    if "Retry-After" in row.fault:
        assert RETRY_AFTER_SECONDS in scene.clock.slept


@pytest.mark.parametrize("row", DELETE_ROWS, ids=str)
async def test_deleting(scene: Scene, row: Row) -> None:
    """A meeting is deleted here and there, or nothing is forgotten and it can be asked for again."""
    async with scene.process("batch") as meetings:
        transcript = await scene.transcribe(meetings, "batch")
        scene.order(row)
        if row.end.error is None:
            assert await meetings.delete("standup")
        else:
            with pytest.raises(row.end.error) as caught:
                await meetings.delete("standup")
            check_error(caught.value, row, scene)
            scene.lift()
            assert await meetings.transcript(await meetings.wait("standup", 10, WAIT_SECONDS)) == transcript
        scene.lift()
    async with scene.process("batch") as meetings:
        assert await meetings.delete("standup")
        assert isinstance((await meetings.look("standup")).problem, MeetingDeleted)
    assert scene.accepted("batch") == 1
    # An untrue 404 leaves its job there: nobody could know.
    assert scene.emulator.log()["deleted"] == (row.fault != "404")


async def test_a_submission_that_is_taken_late(scene: Scene) -> None:
    """What the service may still take is not posted again, however long it was looked for: the next submit finds it."""
    late = Late(scene.clock)
    async with scene.process("batch", late) as meetings:
        with pytest.raises(MeetingFailed, match="whether the job was begun cannot be told"):
            await scene.transcribe(meetings, "batch")
        assert scene.accepted("batch") == 0
        assert await late.arrive() == 201
    async with scene.process("batch") as meetings:
        assert said(await scene.transcribe(meetings, "batch")) == WHOLE
    assert scene.accepted("batch") == 1


@pytest.mark.parametrize("times", [ONCE, LASTING], ids=["once", "lasting"])
async def test_a_job_that_cannot_be_deleted(scene: Scene, times: int) -> None:
    """The meeting is deleted at once, its job when the service lets go of it: it is owed, and swept."""
    scene.emulator.fault("submit", "stuck")
    scene.emulator.fault("delete", "undeletable", times=times)
    async with scene.process("batch") as meetings:
        await scene.hand_over(meetings, "batch")
        assert not await meetings.delete("standup")
        assert isinstance((await meetings.look("standup")).problem, MeetingDeleted)
        assert await meetings.sweep() == (times == LASTING)
    scene.lift()
    async with scene.process("batch") as meetings:
        assert await meetings.sweep() == 0
    log = scene.emulator.log()
    assert (log["submitted"], log["deleted"]) == (1, 1)
