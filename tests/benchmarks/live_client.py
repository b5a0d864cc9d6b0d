"""The clients that are watched while meetings are spoken: many at once in real time, or one of eight hours at once."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from benchmarks.scripted_service import BLOCK_TICKS, block
from benchmarks.watched import say
from remote_meeting_backends import Connection, JobOptions, JobRequest, ManualRuntime, SystemRuntime, Transcript
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.live import LiveAudio, LiveEvent, Transcribed
from remote_meeting_backends.realtime import RealtimeBackend

KEY = "0" * 32
BLOCK_SECONDS = 0.1
# How far whoever speaks gets ahead of what was understood; a second of audio comes at once.
AHEAD_BLOCKS = 600
AT_ONCE_BLOCKS = 10


async def spoken(blocks: int) -> AsyncIterator[bytes]:
    """A meeting in real time."""
    began = time.monotonic()
    for number in range(blocks):
        await asyncio.sleep(began + number * BLOCK_SECONDS - time.monotonic())
        yield block(number)


async def transcribed(backend: RealtimeBackend, blocks: int) -> Transcript:
    """A meeting from its first block to its transcript."""
    request = JobRequest("m", None, JobOptions(), live=LiveAudio(spoken(blocks)), listener=lambda event: None)
    return await backend.result(await backend.submit(request, MemoryJournal()))


async def many(url: str, sessions: int, blocks: int) -> None:
    """Meetings side by side; what is told are the phrases of each, and the seconds of CPU that all took.

    Args:
        url: Of the service.
        sessions: How many.
        blocks: How long each is, in 100 ms.
    """
    backend = RealtimeBackend.open(Connection(key=KEY, endpoint=url), SystemRuntime())
    await transcribed(backend, AT_ONCE_BLOCKS)
    await asyncio.to_thread(say, 0)
    began = time.process_time()
    transcripts = await asyncio.gather(*(transcribed(backend, blocks) for _ in range(sessions)))
    spent = time.process_time() - began
    found = [[(phrase.offset_ticks, phrase.duration_ticks) for phrase in one.phrases] for one in transcripts]
    await asyncio.to_thread(say, {"phrases": found, "seconds": spent})
    await backend.aclose()


class LongMeeting:
    """A meeting whose time is an injected clock's; it goes on as fast as it is understood.

    Args:
        blocks: How long it is, in 100 ms.
    """

    def __init__(self, blocks: int) -> None:
        self.runtime = ManualRuntime()
        self.told: list[tuple[int, int, str]] = []
        self._blocks = blocks
        self._understood = asyncio.Event()

    def listen(self, event: LiveEvent) -> None:
        """Note each phrase as it is told."""
        if isinstance(event, Transcribed):
            phrase = event.phrase
            self.told.append((phrase.offset_ticks, phrase.duration_ticks, phrase.text.split()[0]))
            self._understood.set()

    async def speak(self) -> AsyncIterator[bytes]:
        """Its audio."""
        for first in range(0, self._blocks, AT_ONCE_BLOCKS):
            while self.told and first - sum(self.told[-1][:2]) // BLOCK_TICKS > AHEAD_BLOCKS:
                self._understood.clear()
                await self._understood.wait()
            self.runtime.advance(AT_ONCE_BLOCKS * BLOCK_SECONDS)
            # The list is for tests with few waits.
            self.runtime.slept.clear()
            yield b"".join(map(block, range(first, min(first + AT_ONCE_BLOCKS, self._blocks))))


async def long(url: str, blocks: int) -> None:
    """One long meeting; what is told are its phrases as the events had them, those of its transcript, and its notes.

    Args:
        url: Of the service.
        blocks: How long it is, in 100 ms.
    """
    connection = Connection(key=KEY, endpoint=url)
    warm = RealtimeBackend.open(connection, SystemRuntime())
    await transcribed(warm, AT_ONCE_BLOCKS)
    await warm.aclose()
    await asyncio.to_thread(say, 0)
    meeting = LongMeeting(blocks)
    backend = RealtimeBackend.open(connection, meeting.runtime)
    request = JobRequest("m", None, JobOptions(), live=LiveAudio(meeting.speak()), listener=meeting.listen)
    transcript = await backend.result(await backend.submit(request, MemoryJournal()))
    kept = [(phrase.offset_ticks, phrase.duration_ticks, phrase.text.split()[0]) for phrase in transcript.phrases]
    told: dict[str, Any] = {"told": meeting.told, "kept": kept, "notes": transcript.notes}
    await asyncio.to_thread(say, told)
    await backend.aclose()


CLIENTS: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {"many": many, "long": long}

if __name__ == "__main__":
    name, *arguments = json.loads(sys.argv[1])
    asyncio.run(CLIENTS[name](*arguments))
