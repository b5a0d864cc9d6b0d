"""kill -9 between submission and result: a rerun with the same meeting id ends in one job and one whole transcript.

Real processes, against an emulator and Azurite behind taps: every piece of a request or an answer that passes is a
moment at which the process may be killed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from remote_meeting_backends import MeetingStatus, SystemRuntime, Transcript
from remote_meeting_backends.fast.backend import ASKED
from remote_meeting_backends.store import ANYONE, MeetingStore
from remote_meeting_backends.testing import running_emulator
from support import sound
from support.matrix import DOUBT, LINES, WHOLE, said

if TYPE_CHECKING:
    from support.azurite import Azurite

pytest_plugins = ("support.azurite",)

SEED = 20261122
AT_ONCE = 4
LONGEST_OFFSET_SECONDS = 0.06
PATIENCE_SECONDS = 120.0
COMPLETED_BEFORE = 7
TRIES = 10


@dataclass(frozen=True, slots=True)
class Moment:
    """When a process is killed.

    Args:
        piece: Which piece on the wire it is about, counted from 1; 0 is the start of the process.
        offset: Seconds after it has passed; None for before it passes.
    """

    piece: int
    offset: float | None


class Tap:
    """A way to another port of this machine; whoever watches is called before and after each piece that passes."""

    def __init__(self, port: int, watch: Callable[[], contextlib.AbstractContextManager[None]]) -> None:
        self._target = ("127.0.0.1", port)
        self._watch = watch
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def close(self) -> None:
        """Let nobody through any more, and wait until nothing moves."""
        for found in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        for found in (self._listener, *self._open):
            found.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                self._start(self._pour, near, far)
                self._start(self._pour, far, near)

    def _pour(self, source: socket.socket, drain: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 20):
                with self._watch():
                    drain.sendall(data)
        with contextlib.suppress(OSError):
            drain.shutdown(socket.SHUT_WR)

    def _start(self, function: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


@dataclass
class Fate:
    """Counts pieces, and kills a process at its moment."""

    moment: Moment | None = None
    process: subprocess.Popen[str] | None = None
    pieces: int = 0
    began: float = field(default_factory=time.monotonic)
    first_piece_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Around each piece."""
        with self._lock:
            self.pieces += 1
            number = self.pieces
        self.first_piece_at = self.first_piece_at or time.monotonic()
        if self.moment == Moment(number, None):
            self._kill()
        yield
        if self.moment is not None and self.moment.piece == number and self.moment.offset is not None:
            self._kill_later(self.moment.offset)

    def begin(self, process: subprocess.Popen[str]) -> None:
        """The process is there."""
        self.process = process
        if self.moment is not None and self.moment.piece == 0:
            self._kill_later(self.moment.offset or 0.0)

    def _kill_later(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._kill)
        timer.daemon = True
        timer.start()

    def _kill(self) -> None:
        if self.process is not None:
            self.process.kill()


class Stage:
    """One meeting: its service, its storage, its store, and the command that is killed and given again.

    Args:
        backend: Who transcribes.
        azurite: The storage; the meeting has a container of its own.
        folder: For the audio and the store.
    """

    def __init__(self, backend: str, azurite: Azurite, folder: Path) -> None:
        self.backend = backend
        self.azurite = azurite
        self.container = folder.name
        self.audio = sound.save(folder / "standup.wav", sound.tone(0.2))
        self.store = folder / "meetings.db"
        self.fate = Fate()
        self._stack = contextlib.ExitStack()
        self.emulator = self._stack.enter_context(running_emulator())
        self.emulator.script(LINES)
        # The taps stay open when the process is gone: what it has sent is on its way, and the service fetches audio.
        self._speech, self._blobs = (self._tap(url) for url in (self.emulator.url, azurite.url))

    def close(self) -> None:
        """End the service."""
        self._stack.close()

    def transcribe(self, fate: Fate) -> tuple[int, str, str]:
        """The command as a user gives it, to its end or its fate: exit code, standard output and error."""
        self.fate = fate
        account = urlsplit(self.azurite.url).path
        storage = replace(self.azurite, url=f"http://127.0.0.1:{self._blobs.port}{account}")
        environment = {
            **os.environ,
            "SPEECH_KEY": self.emulator.key,
            "SPEECH_ENDPOINT": f"http://127.0.0.1:{self._speech.port}",
            "SPEECH_STORAGE": storage.connection_string,
            "SPEECH_STORAGE_CONTAINER": self.container,
        }
        words = ("--store", str(self.store), "transcribe", str(self.audio), "--meeting-id", "standup")
        command = [sys.executable, "-m", "remote_meeting.cli", *words, "--backend", self.backend]
        with subprocess.Popen(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            fate.begin(process)
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, out, err

    def staged(self) -> list[str]:
        """What is left in the container, blocks of an upload that never ended included."""
        with self.azurite._client() as client, client.get_container_client(self.container) as container:
            return [blob.name for blob in container.list_blobs(include=["uncommittedblobs"])]

    def has_asked(self) -> bool:
        """Whether the fast service was asked, or was about to be; read without touching what the dead have left."""
        if not self.store.exists():
            return False
        with contextlib.closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as file:
            try:
                found = file.execute("SELECT count(*) FROM checkpoints WHERE entry = ?", (ASKED,)).fetchone()
            except sqlite3.OperationalError:
                # Killed before there were tables.
                return False
        return bool(found[0])

    def meeting(self) -> Transcript:
        """The transcript of the only meeting of the store."""
        store = MeetingStore(self.store, SystemRuntime())
        (record,) = store.newest(ANYONE)
        stored = store.transcript(record.key)
        store.close()
        assert record.status is MeetingStatus.COMPLETED
        assert stored is not None
        return Transcript.model_validate_json(stored)

    def _tap(self, url: str) -> Tap:
        tap = Tap(urlsplit(url).port or 0, lambda: self.fate.watch())
        self._stack.callback(tap.close)
        return tap


@dataclass(frozen=True, slots=True)
class Survey:
    """What an undisturbed run was like.

    Args:
        pieces: How many passed.
        startup_seconds: How long it took to the first.
    """

    pieces: int
    startup_seconds: float

    def moment(self, dice: random.Random) -> Moment:
        """A random moment, from the process's start to a little after the last piece."""
        piece = dice.randint(0, self.pieces)
        if piece == 0:
            return Moment(0, dice.uniform(0.0, self.startup_seconds))
        return Moment(piece, None if dice.random() < 0.4 else dice.uniform(0.0, LONGEST_OFFSET_SECONDS))


def survey(backend: str, azurite: Azurite, folder: Path) -> Survey:
    """Run once without harm."""
    stage = Stage(backend, azurite, folder)
    fate = Fate()
    code, out, err = stage.transcribe(fate)
    assert (code, said(stage.meeting())) == (0, WHOLE), err
    assert all(text in out for _, text in WHOLE)
    stage.close()
    return Survey(fate.pieces, fate.first_piece_at - fate.began)


@dataclass(frozen=True, slots=True)
class Killed:
    """One killing, and what came of it.

    Args:
        moment: When.
        asked_twice: The fast service was asked again, after it was or may have been.
        transcript: What is stored in the end.
        log: The service's.
        left: Staged audio.
    """

    moment: Moment
    asked_twice: bool
    transcript: Transcript
    log: dict[str, Any]
    left: list[str]


def kill_and_rerun(backend: str, azurite: Azurite, folder: Path, usual: Survey, dice: random.Random) -> Killed:
    """Kill the command at a random moment, give it again, and look at what there is.

    What was over before its moment (pieces may be fewer than they were, or the moment the last of all) does not count.
    """
    for number in range(TRIES):
        place = folder.with_name(f"{folder.name}-{number}")
        place.mkdir()
        with contextlib.closing(Stage(backend, azurite, place)) as stage:
            moment = usual.moment(dice)
            code, _, _ = stage.transcribe(Fate(moment))
            if code == -signal.SIGKILL:
                return rerun(stage, moment)
    raise AssertionError(f"It was over before its moment {TRIES} times.")


def rerun(stage: Stage, moment: Moment) -> Killed:
    """Give the command again, and look at what there is."""
    asked = stage.has_asked()
    again, out, err = stage.transcribe(Fate())
    # A meeting that was finished before the process was killed is not begun again.
    assert again in (0, COMPLETED_BEFORE), (moment, err)
    assert again == COMPLETED_BEFORE or all(text in out for _, text in WHOLE), (moment, out)
    left = stage.staged() if stage.backend == "batch" else []
    return Killed(moment, asked and again == 0, stage.meeting(), stage.emulator.log(), left)


def kill_many(backend: str, azurite: Azurite, tmp_path: Path, count: int) -> list[Killed]:
    """As many killings as are wanted, a few at a time."""
    (tmp_path / "survey").mkdir()
    usual = survey(backend, azurite, tmp_path / "survey")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tries = [
            pool.submit(
                kill_and_rerun,
                backend,
                azurite,
                tmp_path / f"{backend}-{number:02d}",
                usual,
                random.Random(f"{SEED}/{number}"),
            )
            for number in range(count)
        ]
        return [one.result() for one in tries]


@pytest.mark.parametrize("count", [10, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_killing_batch(azurite: Azurite, tmp_path: Path, count: int) -> None:
    """One job, one whole transcript, no staged audio left."""
    for one in kill_many("batch", azurite, tmp_path, count):
        assert said(one.transcript) == WHOLE, one
        assert one.log["submitted"] == 1, one
        assert one.left == [], one


def test_killing_fast(azurite: Azurite, tmp_path: Path) -> None:
    """One whole transcript; when the service has worked twice, or may have, the transcript says so."""
    for one in kill_many("fast", azurite, tmp_path, 10):
        assert said(one.transcript) == WHOLE, one
        assert one.log["transcribed"] in (1, 2), one
        assert one.asked_twice or one.log["transcribed"] == 1, one
        assert any(DOUBT in note for note in one.transcript.notes) is one.asked_twice, one
