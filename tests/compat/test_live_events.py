"""Live meetings in asyncio: audio from a queue or an iterator, events iterated from the session's start to its stop."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from remote_meeting import AuthenticationFailed, OptionNotSupported, SpeechConfig, aio
from remote_meeting_backends import JobStatus, ManualRuntime, MeetingStatus
from remote_meeting_backends.live import (
    Canceled,
    LiveAudio,
    LiveEvents,
    SessionStarted,
    SessionStopped,
    SpeechStarted,
    Transcribed,
    Transcribing,
)
from remote_meeting_backends.testing import SpeechEmulator
from support import live
from support.facade import use_backends
from support.scripted import FarBackend

pytestmark = pytest.mark.anyio
PCM, SAID = live.PCM[: 4 * 32_000], live.SAID[:2]
TEXTS = [line["text"] for line in SAID]


@pytest.fixture
def emulator(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """One that knows what is said."""
    speech_emulator.script(SAID)
    return speech_emulator


def client_of(emulator: SpeechEmulator, **more: Any) -> aio.RemoteMeetingTranscriptionClient:
    """A client of its."""
    config = SpeechConfig(**{"subscription": emulator.key, "endpoint": emulator.url, **more})
    return aio.RemoteMeetingTranscriptionClient(config, backend="realtime")


@pytest.mark.parametrize("how", ["queue", "iterator"])
async def test_events_are_iterated(emulator: SpeechEmulator, how: str) -> None:
    """While the audio still comes: what was said so far is told before the rest is spoken."""
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    queue.put_nowait(PCM[: 2 * 32_000])

    async def taken() -> Any:
        while (block := await queue.get()) is not None:
            yield block

    audio = LiveAudio.from_queue(queue) if how == "queue" else LiveAudio(taken())
    events, told = LiveEvents(), []
    async with client_of(emulator) as client:
        operation = await client.submit(audio, meeting_id="m", listener=events)
        async for event in events:
            told.append(event)
            if isinstance(event, Transcribed) and event.phrase.text == TEXTS[0]:
                queue.put_nowait(PCM[2 * 32_000 :])
                queue.put_nowait(None)
        result = await operation.wait_for_completion(timeout=60)
    assert [event.phrase.text for event in told if isinstance(event, Transcribed)] == TEXTS
    assert [found.text for found in result.meeting_transcription_results] == TEXTS
    assert isinstance(told[0], SessionStarted)
    assert told[-2:] == [Canceled(), SessionStopped(told[0].session_id)]
    assert {type(event) for event in told} >= {SpeechStarted, Transcribing}
    with pytest.raises(StopAsyncIteration):
        await anext(events)


async def test_they_end_with_a_refusal_too(emulator: SpeechEmulator) -> None:
    """The error is an event, the stop is the last one."""
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    queue.put_nowait(None)
    events = LiveEvents()
    async with client_of(emulator, subscription="0" * 32) as client:
        await client.submit(LiveAudio.from_queue(queue), meeting_id="m", listener=events)
        told = [event async for event in events]
    (canceled,) = [event for event in told if isinstance(event, Canceled)]
    assert isinstance(canceled.error, AuthenticationFailed)
    assert isinstance(told[-1], SessionStopped)


async def test_whoever_is_slow_loses_nothing(emulator: SpeechEmulator) -> None:
    """Events wait for whoever iterates: here until the meeting is over."""
    events = LiveEvents()
    async with client_of(emulator) as client:
        operation = await client.submit(LiveAudio(live.blocks(PCM)), meeting_id="m", listener=events)
        await operation.wait_for_completion(timeout=60)
        texts = [event.phrase.text async for event in events if isinstance(event, Transcribed)]
    assert texts == TEXTS


async def test_a_meeting_that_never_begins_ends_for_whoever_iterates(emulator: SpeechEmulator) -> None:
    """The backend refuses what it is given after the meeting was written down: told as an end, and nobody waits on."""
    events = LiveEvents()
    async with client_of(emulator) as client:
        await client.submit(LiveAudio(live.blocks(PCM), 3), meeting_id="m", listener=events)
        told = [event async for event in events]
    assert [type(event) for event in told] == [Canceled, SessionStopped]
    assert isinstance(told[0].error, OptionNotSupported)


async def test_a_client_that_is_closed_ends_them(emulator: SpeechEmulator) -> None:
    """In the middle of a meeting: its work stops, and so do its events."""
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    queue.put_nowait(PCM)
    events = LiveEvents()
    async with client_of(emulator) as client:
        await client.submit(LiveAudio.from_queue(queue), meeting_id="m", listener=events)
        assert isinstance(await anext(events), SessionStarted)
    told = [event async for event in events]
    assert [event.error is not None for event in told if isinstance(event, Canceled)] == [True]


async def test_a_meeting_that_a_service_has(
    monkeypatch: pytest.MonkeyPatch, audio: Path, store_path: Path, runtime: ManualRuntime
) -> None:
    """It tells nothing before its end, so nobody who submits the meeting again waits for events of it."""
    use_backends(monkeypatch, FarBackend([JobStatus(MeetingStatus.PROCESSING)]))
    config = SpeechConfig(subscription="k" * 32, region="westus")
    async with aio.RemoteMeetingTranscriptionClient(config, store=store_path, runtime=runtime) as client:
        await client.submit(audio, meeting_id="m")
        async with contextlib.aclosing(client.meetings.watch("m", 1.0, None)) as standings:
            async for standing in standings:
                if standing.record is not None and standing.record.job:
                    break
        events = LiveEvents()
        await client.submit(audio, meeting_id="m", listener=events)
        assert [type(event) for event in [event async for event in events]] == [Canceled, SessionStopped]


async def test_the_end_is_told_once(emulator: SpeechEmulator) -> None:
    """By the backend; what stands behind it says no more."""
    told: list[Any] = []
    async with client_of(emulator) as client:
        operation = await client.submit(LiveAudio(live.blocks(PCM)), meeting_id="m", listener=told.append)
        await operation.wait_for_completion(timeout=60)
    assert [type(event) for event in told if isinstance(event, Canceled | SessionStopped)] == [Canceled, SessionStopped]
