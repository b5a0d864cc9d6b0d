"""Audio, stored meetings and a runner for the command line's tests."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from click.testing import CliRunner, Result
from command_line import Invoke, Keep

from remote_meeting.cli import main
from remote_meeting_backends import SystemRuntime
from remote_meeting_backends.store import ErrorRecord, MeetingStore, Runner
from support.scripted import HereBackend, transcript_of
from support.sound import save, speech
from support.stores import new_meeting


class QuickBackend(HereBackend):
    """Stands in for the recognizer where a test is about something else."""

    name: ClassVar[str] = "local"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of real speech: quick to recognize."""
    return save(tmp_path_factory.mktemp("audio") / "clip.wav", speech(4))


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of real speech: long enough to be interrupted."""
    return save(tmp_path_factory.mktemp("audio") / "talk.wav", speech(25))


@pytest.fixture(scope="session")
def long_talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of speech: whoever works on it is still at work when the test has seen what it came for."""
    return save(tmp_path_factory.mktemp("audio") / "long.wav", np.tile(speech(), 10))


@pytest.fixture(autouse=True, scope="session")
def _one_recognizer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Programs recognize one piece after the other: progress comes in steps, however many cores there are."""
    folder = tmp_path_factory.mktemp("one-core")
    (folder / "sitecustomize.py").write_text("import os\nos.cpu_count = lambda: 1\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        yield


@pytest.fixture
def invoke(store_path: Path) -> Invoke:
    """Call the command line in this process, on the test's own store."""

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["--store", str(store_path), *words])

    return call


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process the local backend hears "hello" and "good morning" in any audio, at once."""
    monkeypatch.setattr("remote_meeting.shelf.known_backends", lambda: (QuickBackend.name,))
    monkeypatch.setattr("remote_meeting.shelf.backend_class", lambda name: QuickBackend)


@pytest.fixture
def keep(store_path: Path) -> Keep:
    """Put a meeting into the test's store, in any state."""

    def put(
        meeting_id: str = "standup", state: str = "completed", *texts: str, audio: str = "/audio/standup.wav"
    ) -> str:
        store = MeetingStore(store_path, SystemRuntime())
        meeting = dataclasses.replace(new_meeting(meeting_id, audio=audio), backend="local")
        runner = Runner.here("t" * 32) if state == "working" else None
        key = store.create(meeting, runner).key
        store.start(key, runner, "job-1")
        store.progress(key, runner, 0.25)
        if state == "completed":
            transcript = transcript_of(meeting_id, texts or ("hello", "good morning"), backend="local")
            store.complete(key, None, transcript.model_dump_json().encode())
        elif state == "failed":
            store.fail(key, None, ErrorRecord("no_speech", "No speech was found.", "request-7"))
        elif state == "deleted":
            store.delete(key)
        else:
            assert state in ("working", "interrupted")
        store.close()
        return meeting_id

    return put
