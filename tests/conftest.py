"""Every test gets a store and an environment of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's account or meetings."""
    for name in ("SPEECH_KEY", "SPEECH_REGION", "SPEECH_ENDPOINT", "NO_COLOR"):
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
