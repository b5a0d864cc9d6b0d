"""Other processes at work on the same store: real ones, told what to do line by line.

`python -m support.processes NAME ARGUMENT…` runs one of the functions below; each says on standard output how far it
is, and waits on standard input where a test wants it to wait.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path

from remote_meeting import RemoteMeetingTranscriptionClient, aio
from remote_meeting.meetings import Meetings
from remote_meeting.portal import PORTAL
from remote_meeting_backends import JobOptions, ManualRuntime, RemoteMeetingError, SystemRuntime, registry
from remote_meeting_backends.store import ANYONE, MeetingKey, MeetingStore, Runner
from support.facade import Point
from support.scripted import HereBackend
from support.stores import new_meeting

TESTS = Path(__file__).parents[1]
TEXTS = ("one", "two", "three", "four")


class Child:
    """A process of this module."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def hear(self) -> str:
        """Its next line; empty when it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def say(self, line: str = "go") -> None:
        """Give it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> int:
        """Wait for its end; returns the exit code, negative for a signal."""
        return self._process.wait()

    def complaints(self) -> str:
        """All that it wrote to standard error, to its end."""
        assert self._process.stderr is not None
        return self._process.stderr.read()


@contextmanager
def child(function: Callable[..., None], *arguments: object) -> Iterator[Child]:
    """Run a function of this module in a process of its own."""
    command = [sys.executable, "-m", "support.processes", function.__name__, *map(str, arguments)]
    with subprocess.Popen(
        command,
        cwd=TESTS,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield Child(process)
        finally:
            # With what it has forked.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def tell(line: object) -> None:
    """Say something to whoever started this process."""
    print(line, flush=True)


def wait() -> str:
    """Wait for a line."""
    return sys.stdin.readline()


def create(where: str, meeting_id: str) -> None:
    """Create a meeting on a sign, and say how it went."""
    store = MeetingStore(where, SystemRuntime())
    tell("ready")
    wait()
    try:
        store.create(new_meeting(meeting_id), Runner.here("t"))
    except RemoteMeetingError as error:
        tell(type(error).__name__)
    else:
        tell("won")
    wait()


def claim(where: str, meeting_id: str) -> None:
    """Claim a meeting on a sign, and say how it went."""
    store = MeetingStore(where, SystemRuntime())
    seen = store.get(MeetingKey("", meeting_id))
    tell("ready")
    wait()
    try:
        store.claim(seen, Runner.here("t"))
    except RemoteMeetingError as error:
        tell(type(error).__name__)
    else:
        tell("won")
    wait()


def write_many(where: str, name: str, count: str) -> None:
    """Bring many meetings from beginning to end on a sign."""
    store = MeetingStore(where, SystemRuntime())
    runner = Runner.here("t")
    tell("ready")
    wait()
    for number in range(int(count)):
        new = new_meeting(f"{name}-{number}")
        store.create(new, runner)
        store.start(new.key, runner, "job")
        store.checkpoint(new.key, runner, ["piece"])
        store.complete(new.key, runner, new.key.meeting_id.encode())
    store.close()
    tell("done")


def whose(where: str, key: str) -> None:
    """Say whose a key is."""
    store = MeetingStore(where, SystemRuntime())
    tell(store.owner_of(key))
    store.close()


def work(where: str, audio: str, meeting_id: str) -> None:
    """Submit a meeting, saying each piece's number before it is worked on, and waiting for a sign."""

    def gate(number: int) -> asyncio.Future[None]:
        tell(number)
        return asyncio.get_running_loop().run_in_executor(None, lambda: wait() and None)

    async def run() -> None:
        backend = HereBackend(TEXTS, gate=gate)
        meetings = Meetings(None, SystemRuntime(), store=where, backends={"here": backend})
        await meetings.submit(audio, meeting_id, JobOptions(), "async")
        try:
            standing = await meetings.wait(meeting_id, 60, None)
            tell(standing.problem and type(standing.problem).__name__)
        except RemoteMeetingError as error:
            tell(type(error).__name__)
        await meetings.aclose()

    asyncio.run(run())


def submit_and_exit(where: str, audio: str, when: str) -> None:
    """End the process beside a running job: by itself, or with an exit handler that closes the client."""
    ended = []

    class Endless(HereBackend):
        async def _run(self, request, journal):  # type: ignore[no-untyped-def]
            await journal.checkpoint(["one"])
            tell("working")
            try:
                while True:
                    await journal.progress(0.25)
            finally:
                ended.append(True)

    registry._points = lambda: (Point(Endless()),)  # type: ignore[assignment]
    client = RemoteMeetingTranscriptionClient(store=where)
    client.submit(audio, meeting_id="standup")
    if when == "closed":
        atexit.register(client.close)
    # The last thing that happens: by then no work may have been told that there are no threads any more.
    atexit.register(lambda: tell("ended" if wait_for_end(ended) else "still working"))
    wait()


def wait_for_end(ended: list[bool]) -> bool:
    """True when the job ended, which the interpreter's end brings about."""
    while not ended:
        os.sched_yield()
    return ended[0]


def fork(where: str) -> None:
    """Ask, fork, ask in the child with the same client and a new one, and ask again."""
    client = RemoteMeetingTranscriptionClient(store=where)
    tell(client.get_transcription_operation("standup").poll().value.service_status)
    pid = os.fork()
    if pid == 0:
        tell(client.get_transcription_operation("standup").poll().value.service_status)
        with RemoteMeetingTranscriptionClient(store=where) as another:
            tell(another.get_transcription_operation("standup").poll().value.service_status)
        tell("asked")
        wait()
        sys.exit(0)
    tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    tell(client.get_transcription_operation("standup").poll().value.service_status)


def interrupt() -> None:
    """Block in a call until an interrupt comes, and say what became of it."""
    cancelled = threading.Event()

    async def forever() -> None:
        while not main_thread_waits():  # noqa: ASYNC110  (nobody sets an event at that moment)
            await asyncio.sleep(0)
        tell("blocking")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cancelled.set()

    async def seven() -> int:
        return 7

    try:
        PORTAL.call(forever())
    except KeyboardInterrupt:
        tell("interrupted")
        cancelled.wait()
        tell(PORTAL.call(seven()))


def main_thread_waits() -> bool:
    """True while the main thread waits for a result."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_code is not Future.result.__code__:
        frame = frame.f_back
    return frame is not None


def imported() -> None:
    """Say which parts of the official SDK came in with ours."""
    client = aio.RemoteMeetingTranscriptionClient(runtime=ManualRuntime())
    tell([type(client).__name__, ANYONE.owners, sorted(name for name in sys.modules if name.split(".")[0] == "azure")])


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
