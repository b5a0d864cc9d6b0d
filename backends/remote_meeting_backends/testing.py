"""The emulator for users' tests: `pytest_plugins = ["remote_meeting_backends.testing"]`, fixture `speech_emulator`.

Beside it frame cassettes of WebSocket sessions: `record_frames` writes one, `play_frames` plays it to a client.

Nothing here asserts, and a test may import it before pytest does: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import pytest

from .connection import Connection
from .emulator import Control, Progression, Settings, create_app
from .emulator.realtime import PATHS
from .emulator.scripts import parse_script
from .emulator.tokens import issue
from .extras import need
from .frame_cassettes import NotAsRecorded, play_frames, record_frames
from .runtime import Runtime
from .serving import address_of, listen, on_thread
from .transcript import Transcript

__all__ = [
    "NotAsRecorded",
    "SpeechEmulator",
    "create_app",
    "play_frames",
    "record_frames",
    "running_emulator",
    "speech_emulator",
]

Value = TypeVar("Value")
WHAT = "The emulator"
PATIENCE_SECONDS = 30.0


class SpeechEmulator:
    """A running emulator. Its controls are called in its own loop: they leave no trace in recordings.

    Args:
        url: Its endpoint, `http://127.0.0.1:PORT`.
        app: The app, as create_app makes it.
        loop: The loop that it runs in.
        settings: How it was set up.
    """

    def __init__(self, url: str, app: Any, loop: asyncio.AbstractEventLoop, settings: Settings) -> None:
        self.url = url
        self.key: str = settings.keys[0]
        self.runtime: Runtime = settings.runtime
        self._control: Control = app.state.control
        self._emulator = app.state.emulator
        self._loop = loop

    @property
    def realtime_url(self) -> str:
        """Where real-time transcription is answered: the endpoint for the Speech SDKs."""
        return f"ws{self.url.removeprefix('http')}{PATHS[0]}"

    def connection(self, **more: Any) -> Connection:
        """What a backend needs to come here; more as Connection takes it, such as `storage`."""
        return Connection(**{"key": self.key, "endpoint": self.url, **more})

    def reset(self) -> None:
        """Forget everything: jobs, hooks, faults, script, audio and log."""
        self._call(self._control.reset())

    def progression(self, mode: str) -> None:
        """When jobs are over: `immediate`, `polls:N` or `seconds:N`. Raises InvalidInput."""
        self._call(self._control.progression(mode))

    def page_size(self, size: int) -> None:
        """How much a list holds when `top` is not given."""
        self._call(self._control.page_size(size))

    def fault(self, on: str, kind: str, **details: Any) -> None:
        """Order a bad day; the module faults.py of the emulator lists the kinds. Raises InvalidInput."""
        self._call(self._control.fault({"on": on, "kind": kind, **details}))

    def script(self, said: Transcript | Sequence[Mapping[str, Any]] | None) -> None:
        """What is answered instead of listening: a transcript, or phrases with `text` and, if one likes, `speaker`,
        `offset_seconds`, `duration_seconds`; None listens again. Raises InvalidInput.
        """
        if said is not None and not isinstance(said, Transcript):
            said = parse_script(json.dumps({"phrases": [dict(phrase) for phrase in said]}))
        self._call(self._control.script(said))

    def audio(self, name: str, content: bytes) -> str:
        """Put audio where a service could read it; returns its URL."""
        self._call(self._control.audio(name, content))
        return f"{self.url}/_emulator/audio/{quote(name)}"

    def seed(self, *jobs: Mapping[str, Any]) -> list[str]:
        """Put jobs there that somebody submitted before; returns their ids."""
        return self._call(self._control.seed(jobs, self.url))

    def token(self) -> str:
        """An access token, good for ten minutes."""
        return issue(self._emulator.secret, self.runtime.now(), self.runtime.new_id())

    def log(self) -> dict[str, Any]:
        """`requests` (operation, method, path and status of each), `submitted`, `transcribed`, `deleted`."""
        return self._call(self._control.log())

    def _call(self, verb: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(verb, self._loop).result(PATIENCE_SECONDS)


@contextlib.contextmanager
def running_emulator(settings: Settings | None = None, *, port: int = 0, **changed: Any) -> Iterator[SpeechEmulator]:
    """An emulator on loopback for as long as it is needed.

    Args:
        settings: How it is set up.
        port: 0 for a free one.
        changed: Settings by name, instead of an object of them; `progression` may be text.

    Raises:
        MissingExtra: Its packages are not installed.
    """
    need("uvicorn", extra="emulator", what=WHAT)
    if isinstance(changed.get("progression"), str):
        changed["progression"] = Progression.parse(changed["progression"])
    chosen = settings or Settings(**changed)
    app = create_app(chosen)
    listener = listen("127.0.0.1", port, what=WHAT)
    with on_thread(app, listener, what=WHAT) as loop:
        yield SpeechEmulator(address_of(listener), app, loop, chosen)


@pytest.fixture(scope="session")
def _speech_emulator() -> Iterator[SpeechEmulator]:
    with running_emulator() as emulator:
        yield emulator


@pytest.fixture
def speech_emulator(_speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """An emulator as new: one server for the whole run, reset before each test."""
    _speech_emulator.reset()
    return _speech_emulator
