"""Every test gets a store and an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from remote_meeting_backends import testing
from remote_meeting_backends.emulator import create_app
from support.cloud import PHRASES
from support.held import Held

if TYPE_CHECKING:
    # pytest brings it in as a plugin.
    from remote_meeting_backends.testing import SpeechEmulator

# Nothing is asserted about time: a slow machine is no failure. What CI sets beside it stays.
settings.register_profile("any machine", settings(), deadline=None)
settings.load_profile("any machine")

# The emulator, as users get it for their own tests.
pytest_plugins = ["remote_meeting_backends.testing"]

ACCOUNT = (
    "SPEECH_KEY",
    "SPEECH_REGION",
    "SPEECH_ENDPOINT",
    "SPEECH_CREDENTIAL",
    "SPEECH_API_VERSION",
    "SPEECH_STORAGE",
    "SPEECH_STORAGE_KEY",
    "SPEECH_STORAGE_CONTAINER",
    "SPEECH_DESTINATION",
    "NO_COLOR",
)


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's account or meetings."""
    for name in ACCOUNT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REMOTE_MEETING_STORE", str(tmp_path / "default.db"))


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Where a test may keep its meetings."""
    return tmp_path / "meetings.db"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, the only loop we promise."""
    return "asyncio"


@pytest.fixture
def cloud(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """The emulator, with something to answer."""
    speech_emulator.script(PHRASES)
    return speech_emulator


@pytest.fixture(scope="session")
def _strict_emulator() -> Iterator[SpeechEmulator]:
    with testing.running_emulator(script_needs_audio=True) as emulator:
        yield emulator


@pytest.fixture
def strict_emulator(_strict_emulator: SpeechEmulator) -> SpeechEmulator:
    """One that tells nothing of audio that a client has lost."""
    _strict_emulator.reset()
    return _strict_emulator


@pytest.fixture(scope="session")
def _breaches() -> Iterator[list[str]]:
    """What the exchanges with this suite's emulators did against the published contract, test by test."""
    found: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testing, "create_app", lambda settings: Held(create_app(settings), found))
        yield found


@pytest.fixture(autouse=True)
def _held_to_the_contract(request: pytest.FixtureRequest, _breaches: list[str]) -> Iterator[None]:
    """Requests that were obeyed, and answers: each as the contract has it."""
    _breaches.clear()
    yield
    assert request.node.get_closest_marker("beyond_contract") or _breaches == []
