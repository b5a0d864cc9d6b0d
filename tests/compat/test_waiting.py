"""Waiting: how each end is heard, how long it lasts, and what happens beside it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from remote_meeting_backends import (
    TICKS_PER_SECOND,
    BackendFailed,
    DeadlineExceeded,
    JobStatus,
    ManualRuntime,
    MeetingDeleted,
    MeetingFailed,
    MeetingNotReady,
    MeetingStatus,
    StoreError,
    Transcript,
)
from support.cores import KEY, CoreMaker, Gate, done, handed_over, submit
from support.scripted import FarBackend, HereBackend, transcript_of

pytestmark = pytest.mark.anyio

PROCESSING = JobStatus(MeetingStatus.PROCESSING, progress=0.5)


async def test_a_defect_is_told_too(core: CoreMaker, audio: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody thought of fails the meeting instead of leaving it to hang."""
    meetings = core(HereBackend(error=ZeroDivisionError("by zero")))
    await submit(meetings, audio)
    with pytest.raises(MeetingFailed, match="An unexpected ZeroDivisionError: by zero") as caught:
        await done(meetings)
    assert caught.value.code == "internal"
    assert "Traceback" in caplog.text


async def test_a_cancelled_wait_leaves_the_work(core: CoreMaker, audio: Path) -> None:
    """Giving up waiting is not giving up the meeting."""
    gate = Gate()
    meetings = core(HereBackend(gate=gate))
    await submit(meetings, audio)
    waiting = asyncio.create_task(done(meetings))
    await gate.reached.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open()
    assert await done(meetings) == transcript_of("standup")


async def test_deleting_stops_the_work_here(core: CoreMaker, audio: Path) -> None:
    """A meeting that is deleted by the process that works on it is not worked on any further."""
    gate = Gate()
    backend = HereBackend(gate=gate)
    meetings = core(backend)
    await submit(meetings, audio)
    await gate.reached.wait()
    await meetings.delete("standup")
    await gate.left.wait()
    assert backend.heard == []
    assert (await meetings.look("standup")).status is MeetingStatus.DELETED


@pytest.mark.parametrize("how", ["deleted", "taken over"])
async def test_a_lost_meeting_stops_its_runner(core: CoreMaker, audio: Path, how: str) -> None:
    """The next renewal of the lease notices, and stops work that would be for nothing."""
    gate, mine = Gate(), ManualRuntime()
    backend = HereBackend(gate=gate)
    await submit(core(backend, clock=mine), audio)
    await gate.reached.wait()
    late = ManualRuntime()
    other = core(HereBackend(), clock=late)
    if how == "deleted":
        await other.delete("standup")
    else:
        late.advance(21)
        await submit(other, audio)
        await other.wait("standup", 10, None)
    mine.advance(5)
    await gate.left.wait()
    assert backend.heard == []
    assert (await other.look("standup")).status.is_final


async def test_a_lease_is_renewed(core: CoreMaker, audio: Path) -> None:
    """Work that takes longer than a lease stays its runner's."""
    gate, mine = Gate(), ManualRuntime()
    meetings = core(HereBackend(gate=gate), clock=mine)
    await submit(meetings, audio)
    await gate.reached.wait()
    before = meetings.store.get(KEY).lease_expires_at
    renewed, renew = asyncio.Event(), meetings.store.renew
    loop = asyncio.get_running_loop()
    meetings.store.renew = lambda *given: (renew(*given), loop.call_soon_threadsafe(renewed.set))  # type: ignore[method-assign]
    mine.advance(15)
    await renewed.wait()
    after = meetings.store.get(KEY).lease_expires_at
    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == 15


async def test_a_store_that_breaks_at_the_end_is_told(core: CoreMaker, audio: Path) -> None:
    """A transcript that could not be written down is no transcript: the waiter hears why."""
    gate = Gate()
    meetings = core(HereBackend(gate=gate))
    await submit(meetings, audio)
    await gate.reached.wait()

    def full(*_given: object) -> None:
        raise StoreError("The disk is full.")

    meetings.store.complete = full  # type: ignore[method-assign]
    gate.open()
    with pytest.raises(StoreError, match="The disk is full"):
        await done(meetings)
    with pytest.raises(StoreError, match="The disk is full"):
        await meetings.look("standup")


async def test_work_that_ends_beside_a_question_is_noticed(
    core: CoreMaker, audio: Path, runtime: ManualRuntime
) -> None:
    """A meeting that ends just after it was looked at is not waited for once more."""
    gate = Gate()
    meetings = core(HereBackend(gate=gate))
    await submit(meetings, audio)
    await gate.reached.wait()
    loop, find, ended = asyncio.get_running_loop(), meetings.store.find, asyncio.Event()
    (driver,) = meetings._drivers.values()
    driver.add_done_callback(lambda _: ended.set())

    def find_and_wait(*given: object) -> object:
        meetings.store.find = find  # type: ignore[method-assign]
        record = find(*given)  # type: ignore[arg-type]
        loop.call_soon_threadsafe(gate.open)
        asyncio.run_coroutine_threadsafe(ended.wait(), loop).result()
        return record

    meetings.store.find = find_and_wait  # type: ignore[method-assign,assignment]
    assert await done(meetings) == transcript_of("standup")
    assert runtime.slept == []


async def test_failing_after_it_was_deleted(core: CoreMaker, audio: Path) -> None:
    """A job that fails when its meeting is gone has nobody to tell; who asks hears that it was deleted."""
    other = core(HereBackend())

    class DeletedMeanwhile(HereBackend):
        async def result(self, job: str) -> Transcript:
            other.store.delete(KEY)
            raise BackendFailed("Too late.")

    meetings = core(DeletedMeanwhile())
    await submit(meetings, audio)
    with pytest.raises(MeetingDeleted):
        await done(meetings)


async def test_a_deadline_names_what_was_last_seen(core: CoreMaker, audio: Path, runtime: ManualRuntime) -> None:
    """The id, the status and how far it came; and the wait is no longer than asked for."""
    meetings = core(FarBackend([PROCESSING]))
    await handed_over(meetings, audio)
    with pytest.raises(DeadlineExceeded, match="standup was still Processing, 50% done after 25 s: ask") as caught:
        await meetings.wait("standup", 10, 25)
    assert runtime.slept == [10, 10, 5]
    assert (caught.value.meeting_id, caught.value.backend) == ("standup", "far")
    assert isinstance(caught.value, TimeoutError)


async def test_no_wait_is_for_ever(core: CoreMaker, audio: Path, runtime: ManualRuntime) -> None:
    """Without a deadline of one's own there is still one: a day and the length of the audio."""
    meetings = core(FarBackend([PROCESSING]))
    await handed_over(meetings, audio)
    with pytest.raises(DeadlineExceeded):
        await meetings.wait("standup", 3600, None)
    assert runtime.elapsed == pytest.approx(24 * 3600 + 0.2)


async def test_one_look_is_a_deadline_of_nothing(core: CoreMaker, audio: Path) -> None:
    """A deadline of 0 s asks once."""
    gate = Gate()
    meetings = core(HereBackend(gate=gate))
    await submit(meetings, audio)
    await gate.reached.wait()
    with pytest.raises(DeadlineExceeded, match="after 0 s"):
        await meetings.wait("standup", 10, 0)
    with pytest.raises(MeetingNotReady, match=r"is (Uploading|Processing): wait"):
        await meetings.transcript(await meetings.look("standup"))


async def test_progress_is_seen(core: CoreMaker, audio: Path) -> None:
    """Uploading, then Processing with the share done, then Completed."""
    gates = [asyncio.get_running_loop().create_future() for _ in range(2)]
    reached = [asyncio.Event(), asyncio.Event()]
    meetings = core(HereBackend(gate=lambda number: (reached[number].set(), gates[number])[1]))
    await submit(meetings, audio)
    await reached[0].wait()
    gates[0].set_result(None)
    await reached[1].wait()
    standing = await core(HereBackend()).look("standup")
    assert (standing.status, standing.progress) == (MeetingStatus.PROCESSING, 0.5)
    gates[1].set_result(None)
    standing = await meetings.wait("standup", 10, None)
    assert (standing.status, standing.progress, standing.is_over) == (MeetingStatus.COMPLETED, 1.0, True)


@pytest.mark.parametrize(("seconds", "noted"), [(2, False), (61, False), (63, True), (400, True)])
async def test_a_silent_tail_is_noted(core: CoreMaker, audio: Path, seconds: int, noted: bool) -> None:
    """A transcript that ends long before its audio says so."""

    class Short(HereBackend):
        async def result(self, job: str) -> Transcript:
            transcript = await super().result(job)
            return transcript.model_copy(update={"audio_duration_ticks": seconds * TICKS_PER_SECOND})

    meetings = core(Short())
    await submit(meetings, audio)
    notes = (await done(meetings)).notes
    assert any("of the audio hold no phrase" in note for note in notes) == noted


class QueuedBackend(FarBackend):
    """Answers so many questions at once; the next ones wait for a turn that does not come."""

    def __init__(self, answered: int) -> None:
        super().__init__([PROCESSING])
        self.left = answered

    async def status(self, job: str) -> JobStatus:
        if not self.left:
            await asyncio.Event().wait()
        self.left -= 1
        return await super().status(job)


@pytest.mark.parametrize(
    ("answered", "how"),
    [
        (0, "Nobody could say within 0 s how meeting standup stands: ask for it again by its id"),
        (1, "Meeting standup was still Processing, 50% done after 30 s: ask for it again by its id"),
    ],
)
async def test_a_deadline_holds_in_a_queue_too(
    core: CoreMaker, audio: Path, monkeypatch: pytest.MonkeyPatch, answered: int, how: str
) -> None:
    """A question that waits behind those of other meetings is given up when the time is over."""
    monkeypatch.setattr("remote_meeting.watching.SHORTEST_LOOK_SECONDS", 0.01)
    meetings = core(QueuedBackend(answered))
    await handed_over(meetings, audio)
    with pytest.raises(DeadlineExceeded, match=how):
        await meetings.wait("standup", 29.99, 30 if answered else 0)
