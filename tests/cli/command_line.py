"""The real `remote-meeting` as a process: run to its end, watched while it works, or on a terminal of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from queue import Queue
from typing import IO

from click.testing import Result

from support.parts import program

PROGRAM = (sys.executable, "-m", "remote_meeting.cli")
SECONDS = 120
ESCAPE = "\x1b"

Invoke = Callable[..., Result]
Keep = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


def run(
    *words: str,
    env: Mapping[str, str] | None = None,
    stdout: int | IO[str] = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> Ended:
    """Run a command to its end; what it says is kept, unless it is sent elsewhere."""
    # Buffered, as it is where nobody says otherwise: what is left in a buffer at the end may still make trouble.
    surroundings = {**os.environ, **(env or {})}
    surroundings.pop("PYTHONUNBUFFERED", None)
    done = subprocess.run(
        [*PROGRAM, *words], stdout=stdout, stderr=stderr, text=True, timeout=SECONDS, env=surroundings
    )
    return Ended(done.returncode, done.stdout or "", done.stderr or "")


class Working:
    """A command that is at work, in a process group of its own as a shell would start it."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.heard: list[str] = []
        self._lines: Queue[str | None] = Queue()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def wait_for(self, pattern: str) -> str:
        """The next line of the standard error that holds the pattern."""
        while (line := self._lines.get(timeout=SECONDS)) is not None:
            self.heard.append(line)
            if re.search(pattern, line):
                return line
        raise AssertionError(f"It ended before it said {pattern!r}: {self.heard}")

    def press_ctrl_c(self) -> None:
        """What a terminal does: the signal goes to the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> Ended:
        """Wait for its end."""
        code = self.process.wait(SECONDS)
        self._listening.join(SECONDS)
        while (line := self._lines.get(timeout=SECONDS)) is not None:
            self.heard.append(line)
        assert self.process.stdout is not None
        return Ended(code, self.process.stdout.read(), "".join(self.heard))

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put(None)


@contextlib.contextmanager
def working(*words: str) -> Iterator[Working]:
    """A command at work; whatever happens, nothing of it outlives the test."""
    command = Working(*words)
    try:
        yield command
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(command.process.pid, signal.SIGKILL)
        command.process.wait(SECONDS)
        for stream in (command.process.stdout, command.process.stderr):
            if stream is not None:
                stream.close()


def nothing_left_of(group: int) -> bool:
    """Whether every process of a group ends within a few seconds."""
    ps = program("ps", "apt-get install procps")
    for _ in range(100):
        listed = subprocess.run([ps, "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
        states = [fields[1] for fields in map(str.split, listed.splitlines()) if int(fields[0]) == group]
        if all(state.startswith("Z") for state in states):
            return True
        select.select([], [], [], 0.1)
    return False


def on_terminal(
    *words: str, columns: int = 100, env: Mapping[str, str] | None = None, stdout_too: bool = False
) -> tuple[Ended, str]:
    """Run a command with its standard error (and its standard output, when asked) on a terminal.

    Returns:
        How it ended, and everything that the terminal was sent.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    surroundings = {**os.environ, "TERM": "xterm-256color", **(env or {})}
    surroundings.pop("COLUMNS", None)
    with subprocess.Popen(
        [*PROGRAM, *words], stdout=slave if stdout_too else subprocess.PIPE, stderr=slave, env=surroundings
    ) as process:
        os.close(slave)
        screen = b""
        # Linux answers EIO, others with nothing, when nobody holds the other end any more.
        with contextlib.suppress(OSError):
            while chunk := os.read(master, 65536):
                screen += chunk
        os.close(master)
        out = process.stdout.read().decode() if process.stdout is not None else ""
        code = process.wait(SECONDS)
    return Ended(code, out, ""), screen.decode(errors="replace")
