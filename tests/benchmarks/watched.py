"""A client in a process of its own, whose memory is read from outside (Linux) while it works.

Client and benchmark take turns by lines: the client says when it is idle, is told to begin, says what came of it, and
is told to go.
"""

from __future__ import annotations

import contextlib
import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.memory import pss_bytes

EVERY_SECONDS = 0.02
IDLE_READINGS = 10
TESTS = Path(__file__).parents[1]
SERVER = Path(__file__).with_name("speech_server.py")


class Watched:
    """A running client.

    Args:
        process: It.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.idle = self.peak = 0

    def work(self) -> Any:
        """Wait until it is idle, let it work, and watch it; what it says of its work.

        `idle` and `peak` are proportional set sizes in bytes.
        """
        self._hear()
        self.idle = max(self._read_memory(IDLE_READINGS))
        ended = threading.Event()
        watching = threading.Thread(target=self._watch, args=(ended,))
        watching.start()
        try:
            self._say()
            return self._hear()
        finally:
            ended.set()
            watching.join()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the client has ended before its time"
        return json.loads(line)

    def _say(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _watch(self, ended: threading.Event) -> None:
        while True:
            self.peak = max(self.peak, *self._read_memory(1))
            if ended.is_set():
                return

    def _read_memory(self, readings: int) -> list[int]:
        found = []
        for _ in range(readings):
            found.append(pss_bytes(self._process.pid))
            time.sleep(EVERY_SECONDS)
        return found


@contextlib.contextmanager
def running(module: str, *arguments: Any) -> Iterator[Watched]:
    """A module of this folder, as a client that is watched."""
    command = [sys.executable, "-m", f"benchmarks.{module}", json.dumps(arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=TESTS, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Watched(process)
            # The end of its input tells it to go.
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0


@contextlib.contextmanager
def serving(status: str) -> Iterator[str]:
    """The speech service of this folder in a process of its own; yields its address."""
    with subprocess.Popen([sys.executable, SERVER, status], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def say(value: Any) -> None:
    """The client's side: say something, and wait to be told to go on."""
    gc.collect()
    print(json.dumps(value), flush=True)
    sys.stdin.readline()


def verdict(bytes_over: int, goal: int) -> str:
    """What was taken beside what should have been, both in MB."""
    said = f"{bytes_over / 1e6:.1f} MB over the idle client, goal {goal / 1e6:.0f} MB"
    return f"{said}: over the goal" if bytes_over > goal else said
