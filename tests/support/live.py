"""A live meeting through the realtime backend, against an emulator with a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from remote_meeting_backends import Connection, JobOptions, JobRequest, ManualRuntime, Transcript
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.live import LiveAudio, LiveEvent
from remote_meeting_backends.realtime import RealtimeBackend
from remote_meeting_backends.testing import SpeechEmulator
from support.spoken import as_told, spoken

SECONDS = 8.0
PCM = spoken(SECONDS)
SAID = (
    {"speaker": 1, "text": "Good morning, Steve.", "offset_seconds": 0.5, "duration_seconds": 1.0},
    {"speaker": 2, "text": "Good morning, Katie.", "offset_seconds": 1.75, "duration_seconds": 0.75},
    {"speaker": 1, "text": "Have you heard about it?", "offset_seconds": 2.75, "duration_seconds": 1.5},
    {"speaker": 2, "text": "No.", "offset_seconds": 4.5, "duration_seconds": 0.25},
    {"speaker": 2, "text": "Tell me more.", "offset_seconds": 5.0, "duration_seconds": 1.0},
    {"speaker": 1, "text": "Later, at lunch.", "offset_seconds": 6.25, "duration_seconds": 1.25},
)
PATIENCE_SECONDS = 60.0


@dataclass
class Outcome:
    """What became of a meeting."""

    transcript: Transcript
    events: list[LiveEvent]
    journal: MemoryJournal
    runtime: ManualRuntime

    @property
    def told(self) -> list[tuple[int, int, str, str]]:
        """Its phrases."""
        return [as_told(phrase) for phrase in self.transcript.phrases]


async def blocks(pcm: bytes, size: int = 3200) -> AsyncIterator[bytes]:
    """Audio in pieces."""
    for at in range(0, len(pcm), size):
        yield pcm[at : at + size]


@dataclass
class Meeting:
    """How one is held.

    Args:
        emulator: Where.
        audio: What is said in it: PCM, or a file.
    """

    emulator: SpeechEmulator
    audio: bytes | Path = PCM
    options: JobOptions = field(default_factory=JobOptions)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    runtime: ManualRuntime = field(default_factory=ManualRuntime)
    account: dict[str, Any] = field(default_factory=dict)

    def connection(self) -> Connection:
        """The account."""
        return self.emulator.connection(**self.account)

    async def held(self) -> Outcome:
        """Hold it, to its end. Raises what ended it before."""
        events: list[LiveEvent] = []
        backend = RealtimeBackend.open(self.connection(), self.runtime)
        try:
            if isinstance(self.audio, bytes):
                live = LiveAudio(blocks(self.audio))
                request = JobRequest("standup", None, self.options, live=live, listener=events.append)
            else:
                request = JobRequest("standup", self.audio, self.options, listener=events.append)
            job = await backend.submit(request, self.journal)
            transcript = await asyncio.wait_for(backend.result(job), PATIENCE_SECONDS)
        finally:
            await backend.aclose()
        return Outcome(transcript, events, self.journal, self.runtime)
