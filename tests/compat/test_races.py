"""Several processes and one store: one wins, nothing is lost, and what a dead process leaves is taken up."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from remote_meeting.meetings import Meetings
from remote_meeting_backends import (
    JobOptions,
    ManualRuntime,
    MeetingInterrupted,
    MeetingStatus,
    SystemRuntime,
)
from remote_meeting_backends.store import ANYONE, MeetingKey, MeetingStore
from support import processes
from support.processes import TEXTS, child
from support.scripted import HereBackend
from support.stores import ended_runner, new_meeting

pytest_plugins = ("support.postgres",)
pytestmark = pytest.mark.anyio

RACERS = 4


def test_one_of_many_creates(database: str) -> None:
    """Of processes that create one id at the same moment in a new store one wins; the others hear that it exists."""
    with ExitStack() as stack:
        racers = [stack.enter_context(child(processes.create, database, "standup")) for _ in range(RACERS)]
        assert [racer.hear() for racer in racers] == ["ready"] * RACERS
        for racer in racers:
            racer.say()
        assert sorted(racer.hear() for racer in racers) == ["MeetingExists"] * (RACERS - 1) + ["won"]


def test_one_of_many_claims(database: str) -> None:
    """Of processes that take over a dead one's meeting one wins; the others hear that it is busy."""
    store = MeetingStore(database, SystemRuntime())
    store.create(new_meeting(), ended_runner())
    with ExitStack() as stack:
        racers = [stack.enter_context(child(processes.claim, database, "standup")) for _ in range(RACERS)]
        assert [racer.hear() for racer in racers] == ["ready"] * RACERS
        for racer in racers:
            racer.say()
        assert sorted(racer.hear() for racer in racers) == ["MeetingBusy"] * (RACERS - 1) + ["won"]
    store.close()


def test_many_writers_lose_nothing(database: str) -> None:
    """Processes that write at the same time wait for each other; every meeting is there, with its own transcript."""
    with ExitStack() as stack:
        writers = [stack.enter_context(child(processes.write_many, database, name, 10)) for name in "abcd"]
        assert [writer.hear() for writer in writers] == ["ready"] * 4
        for writer in writers:
            writer.say()
        assert [writer.hear() for writer in writers] == ["done"] * 4, [writer.complaints() for writer in writers]
    store = MeetingStore(database, SystemRuntime())
    records = store.newest(ANYONE)
    assert {record.meeting_id for record in records} == {f"{name}-{number}" for name in "abcd" for number in range(10)}
    assert {record.status for record in records} == {MeetingStatus.COMPLETED}
    assert all(store.transcript(record.key) == record.meeting_id.encode() for record in records)
    store.close()


def test_a_key_is_the_same_owner_everywhere(database: str) -> None:
    """Another process gives a caller the same name."""
    store = MeetingStore(database, SystemRuntime())
    with child(processes.whose, database, "the-key") as other:
        assert other.hear() == store.owner_of("the-key")
    store.close()


async def test_what_a_killed_process_leaves(store_path: Path, audio: Path) -> None:
    """A killed process is noticed at once; its meeting goes on after the last piece that was done."""
    backend = HereBackend(TEXTS)
    meetings = Meetings(None, SystemRuntime(), store=store_path, backends={"here": backend})
    with child(processes.work, store_path, audio, "standup") as worker:
        assert worker.hear() == "0"
        assert (await meetings.look("standup")).problem is None
        worker.say()
        assert worker.hear() == "1"
        worker.say()
        assert worker.hear() == "2"
        worker.send(signal.SIGKILL)
        assert worker.end() == -signal.SIGKILL
    problem = (await meetings.wait("standup", 60, None)).problem
    assert isinstance(problem, MeetingInterrupted)
    assert "interrupted at 50%" in str(problem)
    assert "remote-meeting transcribe --meeting-id standup" in str(problem)
    await meetings.resume("standup")
    transcript = await meetings.transcript(await meetings.wait("standup", 60, None))
    assert [phrase.text for phrase in transcript.phrases] == list(TEXTS)
    assert backend.heard == ["three", "four"]
    await meetings.aclose()


async def test_a_deleted_meeting_stops_its_process(store_path: Path, audio: Path) -> None:
    """The process that works on a meeting notices at its next piece that another one deleted it."""
    meetings = Meetings(None, SystemRuntime(), store=store_path, backends={"here": HereBackend()})
    with child(processes.work, store_path, audio, "standup") as worker:
        assert worker.hear() == "0"
        await meetings.delete("standup")
        worker.say()
        assert worker.hear() == "MeetingDeleted"
        assert worker.end() == 0
    assert meetings.store.checkpoints(MeetingKey("", "standup")) == []
    await meetings.aclose()


async def test_a_slow_process_loses_its_meeting(store_path: Path, audio: Path) -> None:
    """Whoever was not heard of for a lease's time finds the meeting taken over, and leaves the result alone."""
    late = ManualRuntime(SystemRuntime().now())
    meetings = Meetings(None, late, store=store_path, backends={"here": HereBackend(TEXTS)})
    with child(processes.work, store_path, audio, "standup") as worker:
        assert worker.hear() == "0"
        late.advance(3600)
        await meetings.submit(audio, "standup", JobOptions(), "async")
        assert (await meetings.wait("standup", 60, None)).status is MeetingStatus.COMPLETED
        done = meetings.store.get(MeetingKey("", "standup"))
        worker.say()
        assert worker.hear() == "None"
        assert worker.end() == 0
    assert meetings.store.get(MeetingKey("", "standup")) == done
    await meetings.aclose()
