"""What the tests of the legacy backend's upload share: a caller of the scripted service, audio, and what was told."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np

from remote_meeting_backends import Connection, ManualRuntime
from remote_meeting_backends.legacy import LegacyBackend
from remote_meeting_backends.live import LiveEvent, Transcribed
from support.legacy_service import KEY, LegacyService
from support.sound import save
from support.spoken import as_told, spoken

SECONDS = 8.0
PCM = spoken(SECONDS)


@contextlib.asynccontextmanager
async def calling(service: LegacyService) -> AsyncIterator[LegacyBackend]:
    """A caller with the right key."""
    opened = LegacyBackend.open(Connection(key=KEY, endpoint=f"{service.url}/api/v1/"), ManualRuntime())
    yield opened
    await opened.aclose()


def wav_in(folder: Path) -> Path:
    """The meeting's audio as a file."""
    return save(folder / "meeting.wav", np.frombuffer(PCM, dtype="<i2"), subtype="PCM_16")


def heard(events: list[LiveEvent]) -> list[tuple[int, int, str, str]]:
    """The phrases that a listener was told."""
    return [as_told(event.phrase) for event in events if isinstance(event, Transcribed)]
