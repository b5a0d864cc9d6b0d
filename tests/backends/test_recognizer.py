"""The pool of recognizing processes: what they hear, how they die, and that none is left behind."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from anyio.lowlevel import checkpoint

from remote_meeting_backends import BackendFailed
from remote_meeting_backends.local import recognizer
from remote_meeting_backends.local.recognizer import RecognizerPool
from remote_meeting_backends.local.speakers import VoiceStatistics
from sample.make_sample import LINES
from support.parts import need
from support.sound import RATE, pcm16, speech, tone

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("recognizer")]

BEEP = pcm16(tone(0.2))
# More than any pipe holds, so that a process that does not read blocks its writer.
LONG = bytes(4_000_000)
PARENT = """
import asyncio, sys
from remote_meeting_backends.local.recognizer import RecognizerPool

async def main():
    pool = RecognizerPool(1)
    await pool.recognize(bytes(6400))
    print("ready", flush=True)
    await pool.recognize(bytes(6400) * 1000)

asyncio.run(main())
"""


def spoken(number: int) -> bytes:
    """One line of the bundled sample."""
    line = LINES[number]
    return pcm16(speech()[int((line.start - 0.2) * RATE) : int((line.end + 0.2) * RATE)])


def workers(parent: int | None = None) -> list[int]:
    """The recognizing processes that a process has started and that still run."""
    need(Path("/proc/self/stat").exists(), "/proc", "run this on Linux")
    found = []
    for folder in Path("/proc").iterdir():
        try:
            state, ppid = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(ppid) == (parent or os.getpid()) and state not in "ZX" and b"local.worker" in command:
            found.append(int(folder.name))
    return found


@pytest.fixture
async def pool() -> AsyncIterator[RecognizerPool]:
    """One worker, started and idle; none is left after the test."""
    pool = RecognizerPool(1)
    await pool.recognize(BEEP)
    yield pool
    await pool.aclose()
    assert workers() == []


async def test_words_and_voice(pool: RecognizerPool) -> None:
    """A line's words, in order and inside of it, and the statistics of its voice."""
    pcm = spoken(0)
    heard = await pool.recognize(pcm)
    assert [word[0] for word in heard.words][:2] == ["good", "morning"]
    times = [(start, end) for _, start, end, _ in heard.words]
    assert times == sorted(times)
    assert 0 <= times[0][0] < times[-1][1] <= len(pcm) / RATE / 2
    assert all(0 <= confidence <= 1 for *_, confidence in heard.words)
    assert heard.voice is not None
    assert VoiceStatistics.unpack(heard.voice).frames > 100


async def test_no_word_has_a_variant_number(pool: RecognizerPool) -> None:
    """The dictionary's `the(2)` is the word `the`, and its fillers are no words."""
    heard = [word[0] for number in (3, 4) for word in (await pool.recognize(spoken(number))).words]
    assert heard
    assert not any(mark in word for word in heard for mark in "()<>[]")


async def test_history_does_not_matter(pool: RecognizerPool) -> None:
    """A stretch is heard the same whatever was heard before it."""
    first = await pool.recognize(spoken(3))
    await pool.recognize(spoken(1))
    assert await pool.recognize(spoken(3)) == first


@pytest.mark.parametrize("pcm", [bytes(2), bytes(640)])
async def test_next_to_nothing(pool: RecognizerPool, pcm: bytes) -> None:
    """A stretch of a few samples has no words, and does no harm."""
    heard = await pool.recognize(pcm)
    assert (heard.words, heard.voice) == ([], None)
    assert (await pool.recognize(spoken(0))).words


async def test_as_many_as_asked_for() -> None:
    """Two stretches at once start two workers; one at a time starts one."""
    pool = RecognizerPool(2)
    await pool.recognize(BEEP)
    await pool.recognize(BEEP)
    assert len(workers()) == 1
    await asyncio.gather(*(pool.recognize(BEEP) for _ in range(5)))
    assert len(workers()) == 2
    await pool.aclose()
    assert workers() == []


async def test_closing_without_work() -> None:
    """A pool that never worked has nothing to stop; closing twice is no error."""
    pool = RecognizerPool()
    await pool.aclose()
    await pool.aclose()
    assert workers() == []


async def test_works_after_closing(pool: RecognizerPool) -> None:
    """A closed pool starts anew when it is asked again."""
    await pool.aclose()
    assert workers() == []
    await pool.recognize(BEEP)
    assert len(workers()) == 1


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGUSR1])
async def test_killed_while_idle(pool: RecognizerPool, sent: signal.Signals) -> None:
    """A worker that was killed fails the next stretch with the signal's number; the one after it works."""
    (pid,) = workers()
    os.kill(pid, sent)
    with pytest.raises(BackendFailed, match=rf"was killed by signal {sent.value} \(out of memory\?\)"):
        await pool.recognize(BEEP)
    await pool.recognize(BEEP)
    assert workers() != [pid]


async def test_the_end_of_every_process_is_not_a_worker_s(pool: RecognizerPool) -> None:
    """A service manager tells all of them to end: what is under way is finished, for whoever asked decides."""
    (pid,) = workers()
    os.kill(pid, signal.SIGTERM)
    await pool.recognize(BEEP)
    assert workers() == [pid]


async def test_killed_at_work(pool: RecognizerPool) -> None:
    """A worker that dies in the middle of a stretch, one that is stuck in the pipe too, fails that stretch."""
    (pid,) = workers()
    os.kill(pid, signal.SIGSTOP)
    task = asyncio.create_task(pool.recognize(LONG))
    await checkpoint()
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(BackendFailed, match="signal 9"):
        await task
    await pool.recognize(BEEP)


@pytest.mark.parametrize("pcm", [BEEP, LONG], ids=["no answer", "not even reading"])
async def test_hung(pool: RecognizerPool, pcm: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that hangs is given up at the deadline and replaced."""
    (pid,) = workers()
    os.kill(pid, signal.SIGSTOP)
    with monkeypatch.context() as patch:
        patch.setattr(recognizer, "START_SECONDS", 0.05)
        patch.setattr(recognizer, "SLOWEST_FACTOR", 0.0)
        with pytest.raises(BackendFailed, match="gave no answer within 0 s"):
            await pool.recognize(pcm)
    assert workers() == []
    assert (await pool.recognize(spoken(0))).words


@pytest.mark.parametrize("times", [1, 2])
async def test_cancelled_at_work(pool: RecognizerPool, times: int) -> None:
    """A stretch that is cancelled, once or again while it ends, leaves the pool whole."""
    (pid,) = workers()
    os.kill(pid, signal.SIGSTOP)
    task = asyncio.create_task(pool.recognize(LONG))
    for _ in range(times):
        await checkpoint()
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await pool.recognize(spoken(0))).words[0][0] == "good"
    assert workers() != [pid]


@pytest.mark.parametrize("steps", [0, 1, 3, 10, None])
async def test_cancelled_while_starting(steps: int | None) -> None:
    """Cancelled at any moment of a worker's start: nothing stays behind, and the next call works."""
    pool = RecognizerPool(1)
    task = asyncio.create_task(pool.recognize(BEEP))
    while not workers() if steps is None else (steps := steps - 1) >= 0:
        await checkpoint()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert workers() == []
    await pool.recognize(BEEP)
    await pool.aclose()
    assert workers() == []


async def test_waiting_is_cancelled(pool: RecognizerPool) -> None:
    """Waiting for a free worker can be cancelled; the place is not lost."""
    (pid,) = workers()
    os.kill(pid, signal.SIGSTOP)
    working = asyncio.create_task(pool.recognize(BEEP))
    waiting = asyncio.create_task(pool.recognize(BEEP))
    await checkpoint()
    await checkpoint()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    os.kill(pid, signal.SIGCONT)
    await working
    await pool.recognize(BEEP)
    assert workers() == [pid]


async def test_closed_at_work(pool: RecognizerPool) -> None:
    """Closing the pool under a stretch fails that stretch with one of our errors."""
    (pid,) = workers()
    os.kill(pid, signal.SIGSTOP)
    task = asyncio.create_task(pool.recognize(BEEP))
    await checkpoint()
    await pool.aclose()
    with pytest.raises(BackendFailed, match="signal 9"):
        await task
    assert workers() == []


async def test_last_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A worker that cannot start says why, and is not waited for."""
    (tmp_path / "pocketsphinx.py").write_text("raise RuntimeError('broken on purpose')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pool = RecognizerPool(1)
    with pytest.raises(BackendFailed, match="ended with code 1: RuntimeError: broken on purpose"):
        await pool.recognize(BEEP)
    assert workers() == []


async def test_where_the_user_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A numpy.py in the working folder is not imported."""
    (tmp_path / "numpy.py").write_text("raise RuntimeError('not this one')\n")
    monkeypatch.chdir(tmp_path)
    pool = RecognizerPool(1)
    await pool.recognize(BEEP)
    await pool.aclose()


def test_parent_killed() -> None:
    """A worker ends by itself when its parent is killed, at work too."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent, parent.stdout:
        assert parent.stdout.readline() == b"ready\n"
        (pid,) = workers(parent.pid)
        handle = os.pidfd_open(pid)
        parent.kill()
        parent.wait()
    ended, _, _ = select.select([handle], [], [], 120)
    os.close(handle)
    assert ended
