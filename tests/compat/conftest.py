"""A short recording, a clock, and as many cores on one store as a test needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from remote_meeting.meetings import Meetings
from remote_meeting_backends import Backend, ManualRuntime
from support import sound
from support.cores import CoreMaker


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """A short recording."""
    return sound.save(tmp_path / "standup.wav", sound.tone(0.2))


@pytest.fixture
def runtime() -> ManualRuntime:
    """The clock of a test."""
    return ManualRuntime()


@pytest.fixture
async def core(store_path: Path, runtime: ManualRuntime) -> AsyncIterator[CoreMaker]:
    """Makes cores on one store, as many as there would be processes, and closes them."""
    made: list[Meetings] = []

    def make(*backends: Backend, clock: ManualRuntime = runtime, choice: str = "auto") -> Meetings:
        given = {backend.name: backend for backend in backends}
        made.append(Meetings(None, clock, backend=choice, store=store_path, backends=given))
        return made[-1]

    yield make
    for meetings in made:
        await meetings.aclose()
