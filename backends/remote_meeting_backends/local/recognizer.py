"""The pool of recognizing child processes, driven from asyncio."""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from collections import deque
from dataclasses import dataclass
from typing import Any

from ..errors import BackendFailed

START_SECONDS = 120.0
# Recognition takes about a third of the audio's length; twenty times the length means that something is stuck.
SLOWEST_FACTOR = 20.0
# Each holds the models, 130 MB; two are several times faster than real time.
MOST_WORKERS = 2
STDERR_LINES = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What a worker made of one stretch of speech.

    Args:
        words: [text, start seconds, end seconds, confidence], times from the start of the stretch.
        voice: Packed voice statistics, or None when the stretch was too short.
    """

    words: list[list[Any]]
    voice: str | None


class RecognizerPool:
    """As many workers as cores; started by the first stretch, stopped by `aclose`."""

    def __init__(self, workers: int | None = None) -> None:
        self.size = workers or max(1, min(MOST_WORKERS, os.cpu_count() or 1))
        self._idle: asyncio.LifoQueue[_Worker | None] | None = None
        self._workers: list[_Worker] = []
        self._asked = 0

    @property
    def has_time(self) -> bool:
        """True when somebody could be asked who is idle: a worker that runs, or the first one."""
        return self._asked == 0 or self._asked < len(self._workers)

    async def recognize(self, pcm: bytes) -> Heard:
        """Recognize one stretch on the next worker that is free.

        Raises:
            BackendFailed: The worker died or hung.
        """
        if self._idle is None:
            self._idle = asyncio.LifoQueue()
            for _ in range(self.size):
                self._idle.put_nowait(None)
        idle = self._idle
        self._asked += 1
        try:
            return await self._recognize(pcm, idle)
        finally:
            self._asked -= 1

    async def _recognize(self, pcm: bytes, idle: asyncio.LifoQueue[_Worker | None]) -> Heard:
        worker = await idle.get()
        try:
            if worker is None:
                worker = await _Worker.start()
                self._workers.append(worker)
            heard = await worker.ask(pcm)
        except BaseException:
            # A worker that was cut off in mid-answer would give this answer to the next question. Its place is free
            # before it is waited for: the wait may be cancelled.
            idle.put_nowait(None)
            if worker is not None:
                if worker in self._workers:
                    self._workers.remove(worker)
                await worker.stop()
            raise
        idle.put_nowait(worker)
        return heard

    async def aclose(self) -> None:
        """Stop every worker."""
        self._idle = None
        workers, self._workers = self._workers, []
        # All are killed before any is waited for: the wait may be cancelled.
        for worker in workers:
            worker.kill()
        for worker in workers:
            await worker.stop()


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last_words: deque[bytes] = deque(maxlen=STDERR_LINES)
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls) -> _Worker:
        process = await asyncio.create_subprocess_exec(
            # -P: a numpy.py in the folder where the user stands is none of ours.
            sys.executable,
            "-P",
            "-m",
            "remote_meeting_backends.local.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        worker = cls(process)
        try:
            await worker._answer(START_SECONDS)
        except BaseException:
            await worker.stop()
            raise
        return worker

    async def ask(self, pcm: bytes) -> Heard:
        stdin = self._process.stdin
        if stdin is None:
            raise BackendFailed("The local recognizer has no input.")
        patience = START_SECONDS + SLOWEST_FACTOR * len(pcm) / 32_000
        try:
            stdin.write(struct.pack(">I", len(pcm)) + pcm)
            await asyncio.wait_for(stdin.drain(), patience)
        except TimeoutError:
            raise _silent(patience) from None
        except (BrokenPipeError, ConnectionResetError) as error:
            raise await self._died() from error
        answer = await self._answer(patience)
        return Heard(answer["words"], answer["voice"])

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        self.kill()
        await self._process.wait()
        await self._listening

    async def _answer(self, seconds: float) -> dict[str, Any]:
        stdout = self._process.stdout
        if stdout is None:
            raise BackendFailed("The local recognizer has no output.")
        try:
            line = await asyncio.wait_for(stdout.readline(), seconds)
        except TimeoutError:
            raise _silent(seconds) from None
        if not line.endswith(b"\n"):
            raise await self._died()
        message: dict[str, Any] = json.loads(line)
        return message

    async def _died(self) -> BackendFailed:
        code = await self._process.wait()
        await self._listening
        said = self._last_words[-1].decode(errors="replace").strip() if self._last_words else "no message"
        how = f"was killed by signal {-code} (out of memory?)" if code < 0 else f"ended with code {code}"
        return BackendFailed(f"The local recognizer {how}: {said}.")

    async def _listen(self) -> None:
        if self._process.stderr is not None:
            async for line in self._process.stderr:
                self._last_words.append(line)


def _silent(seconds: float) -> BackendFailed:
    return BackendFailed(f"The local recognizer gave no answer within {seconds:.0f} s.")
