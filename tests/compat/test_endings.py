"""What is stored of a finished meeting, when somebody has damaged it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from remote_meeting.aio import RemoteMeetingTranscriptionClient, RemoteMeetingTranscriptionOperation
from remote_meeting_backends import ManualRuntime, MeetingInterrupted, MeetingStatus, StoreError
from remote_meeting_backends.store import MeetingKey, MeetingStore, Runner
from support.cores import CoreMaker, done, submit
from support.scripted import HereBackend
from support.stores import new_meeting

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("stored", [None, b"{", b'{"phrases": "we talked about the merger"}'])
async def test_a_damaged_transcript(core: CoreMaker, audio: Path, store_path: Path, stored: bytes | None) -> None:
    """One sentence that names the meeting and the store, and quotes nothing of what was said."""
    meetings = core(HereBackend())
    await submit(meetings, audio)
    await done(meetings)
    with sqlite3.connect(store_path) as database:
        database.execute("UPDATE meetings SET transcript = ?", (stored,))
    database.close()
    with pytest.raises(StoreError, match=r"transcript of meeting standup in the store .* missing or damaged") as caught:
        await meetings.transcript(await meetings.look("standup"))
    assert "merger" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_an_interrupted_meeting_ends_a_loop_that_waits_for_has_completed(
    store_path: Path, runtime: ManualRuntime
) -> None:
    """The C# sample loops until HasCompleted: a meeting whose process died must not keep it there for ever."""
    store = MeetingStore(store_path, runtime)
    key, runner = MeetingKey("", "standup"), Runner("elsewhere", 1, "token")
    store.create(replace(new_meeting("standup"), backend="local"), runner)
    store.start(key, runner, "job-1")
    runtime.advance(3600)
    async with RemoteMeetingTranscriptionClient(store=store_path, runtime=runtime) as client:
        operation = RemoteMeetingTranscriptionOperation("standup", client)
        response = await operation.update_status()
        assert operation.has_completed
        assert not operation.has_value
        assert response.json()["processingStatus"] == 3
        assert operation.status is MeetingStatus.PROCESSING
        with pytest.raises(MeetingInterrupted, match="transcribe --meeting-id standup"):
            _ = operation.value
    store.close()
