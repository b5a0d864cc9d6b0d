"""The apps in front of a gateway under load: `python -m load.paced_apps JSON` (in tests/), see `Plan`.

Each has a meeting, a key and eight channels, and sends 100 ms of audio every 100 ms; the apps are spread over these
100 ms. All frames are made before. Whoever started it is told by lines when all of them speak, and when they have
spoken for as long as they were to; then it goes on until it is told to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from load.wire import (
    BLOCK_SAMPLES,
    BLOCK_SECONDS,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Wire,
    allow_many_files,
    framed,
    mark_in,
    message,
    request,
    write_log,
)
from support.upload_lines import LIVE, Lines, address

CHANNELS = 8
OPEN_SECONDS, START_SECONDS, END_SECONDS = 30.0, 30.0, 60.0
SETTLE_SECONDS = 2.0
# Whoever writes without a break lets others come to their turn after so many frames.
AT_ONCE = 8
# Successive meetings speak far from each other in the 100 ms, and all of them evenly.
GOLDEN = 0.6180339887498949
# Of no meaning, and not taken for a meeting's number: its first sample is 0.
NOISE = array("h", [(at * 7919) % 4001 - 2000 if at >= CHANNELS else 0 for at in range(BLOCK_SAMPLES * CHANNELS)])


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Args:
        url: Of the gateway.
        meetings: How many.
        seconds: How long they are measured once all of them speak.
        log: Where what was noted is written.
        first: The number of the first meeting; at least 1.
        a_second: So many begin in a second.
        mode: transcriptionMode.
        is_paced: In real time; otherwise each sends as fast as it can, and then asks for a sign that all was taken.
    """

    url: str
    meetings: int
    seconds: float
    log: str
    first: int = 1
    a_second: float = 50.0
    mode: str = LIVE
    is_paced: bool = True


class App(Wire):
    """One app.

    Args:
        plan: What is to be done.
        number: Of its meeting.
    """

    def __init__(self, plan: Plan, number: int) -> None:
        super().__init__()
        self.number = number
        self.is_open = self.has_ended = False
        # Why it is over before its time.
        self.failure: str | None = None
        self.opened_ns = self.started_ns = self.pong_ns = 0
        self.blocks = array("q")
        self.phrases_at, self.phrases, self.hypotheses_at, self.hypotheses = (array("q") for _ in range(4))
        self.room = asyncio.Event()
        self.room.set()
        self.news = asyncio.Event()
        lines = Lines(f"load-{number}", CHANNELS, request_id=f"{number:032x}")
        key = {"Ocp-Apim-Subscription-Key": f"{number:032x}", "X-ConnectionId": f"{number:032x}"}
        self._request = request(address(plan.url, plan.mode), {**key, "Sec-WebSocket-Protocol": "USP"})
        self._opening = b"".join(map(message, lines.opening()))
        self._first = message(lines.audio(array("h", [number] * BLOCK_SAMPLES * CHANNELS).tobytes()))
        self._frame = message(lines.audio(NOISE.tobytes()))
        self._end = message(lines.audio(b""))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        super().connection_made(transport)
        self.transport.write(self._request)

    def head(self, lines: list[str]) -> None:
        """Say all that comes before the samples."""
        if lines[0].split()[1] != "101":
            self.fail(lines[0])
            return
        self.opened_ns = time.monotonic_ns()
        self.transport.write(self._opening)
        self.is_open = True
        self.news.set()

    def frame(self, kind: int, data: bytes, begin: int, end: int) -> None:
        """Note what it is told."""
        if kind == TEXT:
            self._told(data, begin, end)
        elif kind == PING:
            self.transport.write(framed(PONG, data[begin:end], is_client=True))
        elif kind == PONG:
            self.pong_ns = time.monotonic_ns()
        elif kind == CLOSE:
            code = int.from_bytes(data[begin : begin + 2], "big")
            self.fail(f"closed with {code}: {data[begin + 2 : end].decode(errors='replace')}")
        self.news.set()

    def speak(self) -> None:
        """The next 100 ms."""
        self.blocks.append(time.monotonic_ns())
        self.transport.write(self._frame if len(self.blocks) > 1 else self._first)

    def end(self) -> None:
        """Say that there is no more audio."""
        self.transport.write(self._end)

    def ask(self) -> None:
        """A sign that everything before it was taken."""
        self.transport.write(framed(PING, b"", is_client=True))

    def pause_writing(self) -> None:
        """The gateway does not keep up."""
        self.room.clear()

    def resume_writing(self) -> None:
        """It does."""
        self.room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Only after the end is that no failure."""
        if not self.has_ended:
            self.fail(f"the connection broke: {exc or 'no reason'}")

    def fail(self, why: str) -> None:
        """It is over."""
        self.failure = self.failure or why
        self.is_open = False
        self.room.set()
        self.news.set()

    def _told(self, data: bytes, begin: int, end: int) -> None:
        now = time.monotonic_ns()
        if data.startswith(b"Path: speech.", begin):
            sent = mark_in(data, begin, end)
            if sent is not None and data.startswith(b"phrase", begin + 13):
                self.phrases_at.append(now)
                self.phrases.append(now - sent)
            elif sent is not None:
                self.hypotheses_at.append(now)
                self.hypotheses.append(now - sent)
        elif data.startswith(b"Path: turn.start", begin):
            self.started_ns = now
        elif data.startswith(b"Path: turn.end", begin):
            self.has_ended = True


class Crowd:
    """All apps.

    Args:
        plan: What is to be done.
    """

    def __init__(self, plan: Plan) -> None:
        self.apps = [App(plan, plan.first + at) for at in range(plan.meetings)]
        self.lateness_at, self.lateness = array("q"), array("q")
        self.begun_ns = self.spoken_ns = 0
        self._plan = plan
        self._is_over = False
        self._left: set[App] = set()

    async def meet(self) -> None:
        """From the first connection to the last end."""
        opening = asyncio.create_task(self._open())
        speaking = asyncio.create_task(self._speak())
        await opening
        await self._until(lambda app: app.started_ns > 0, START_SECONDS)
        await asyncio.sleep(min(SETTLE_SECONDS, self._plan.seconds))
        self.begun_ns = time.monotonic_ns()
        say(open=sum(app.is_open for app in self.apps))
        await asyncio.sleep(self._plan.seconds)
        self.spoken_ns = time.monotonic_ns()
        say(open=sum(app.is_open for app in self.apps))
        await asyncio.to_thread(sys.stdin.readline)
        self._is_over = True
        await speaking
        await self._until(lambda app: app.has_ended, END_SECONDS)
        self._write()

    async def flood(self) -> None:
        """Everybody as fast as the gateway takes it, and then until it has taken everything."""
        await self._open(at_once=True)
        begun = time.monotonic_ns()
        say(open=sum(app.is_open for app in self.apps))
        until = time.monotonic() + self._plan.seconds
        await asyncio.gather(*(_flood(app, until) for app in self.apps))
        ended = max((app.pong_ns for app in self.apps), default=0)
        say(
            frames=sum(len(app.blocks) for app in self.apps),
            seconds=(ended - begun) / 1e9,
            failures=[app.failure for app in self.apps if app.failure],
        )

    async def _until(self, happened: Callable[[App], bool], seconds: float) -> None:
        """Wait for all that are still open, but no longer than so."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for app in self.apps:
                    while app.is_open and not happened(app):
                        app.news.clear()
                        await app.news.wait()

    async def _open(self, *, at_once: bool = False) -> None:
        """One after the other; each is given up after a while."""
        loop = asyncio.get_running_loop()
        host, _, port = self._plan.url.partition("://")[2].partition("/")[0].rpartition(":")
        opening = []
        begin = loop.time()
        for at, app in enumerate(self.apps):
            if not at_once:
                await asyncio.sleep(begin + at / self._plan.a_second - loop.time())
            opening.append(asyncio.create_task(self._open_one(app, host, int(port))))
        await asyncio.gather(*opening)

    async def _open_one(self, app: App, host: str, port: int) -> None:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await asyncio.get_running_loop().create_connection(lambda: app, host, port)
                while not app.is_open and app.failure is None:
                    app.news.clear()
                    await app.news.wait()
        except (OSError, TimeoutError) as error:
            app.fail(f"no connection: {error or 'too late'}")

    async def _speak(self) -> None:
        """Every app that is open once in 100 ms, in the same order and at the same place of each; at last the ends."""
        by_phase = sorted(self.apps, key=_phase)
        leaving = self._leaving()
        began = time.monotonic()
        for tick in range(10**9):
            if self._is_over and next(leaving, None) is None:
                return
            for at, app in enumerate(by_phase):
                due = began + tick * BLOCK_SECONDS + _phase(app)
                wait = due - time.monotonic()
                if wait > 0 or at % AT_ONCE == 0:
                    await asyncio.sleep(max(0, wait))
                if app.is_open and app not in self._left:
                    app.speak()
                    self.lateness_at.append(app.blocks[-1])
                    self.lateness.append(app.blocks[-1] - int(due * 1e9))

    def _leaving(self) -> Iterator[int]:
        """The apps end as they began: so many in each 100 ms."""
        a_tick = max(1, round(self._plan.a_second * BLOCK_SECONDS))
        for at in range(0, len(self.apps), a_tick):
            for app in self.apps[at : at + a_tick]:
                self._left.add(app)
                if app.is_open:
                    app.end()
            yield at

    def _write(self) -> None:
        apps = self.apps
        about = {
            "begun_ns": self.begun_ns,
            "spoken_ns": self.spoken_ns,
            "started": sum(app.started_ns > 0 for app in apps),
            "ended": sum(app.has_ended for app in apps),
            "failures": [app.failure for app in apps if app.failure],
            "start_ns": [app.started_ns - app.opened_ns for app in apps if app.started_ns],
        }
        told = {
            name: array("q", (value for app in apps for value in getattr(app, name)))
            for name in ("phrases_at", "phrases", "hypotheses_at", "hypotheses")
        }
        pace = {"lateness at": self.lateness_at, "lateness": self.lateness}
        blocks = {str(app.number): app.blocks for app in apps}
        write_log(Path(self._plan.log), about, {**told, **pace, **blocks})


async def _flood(app: App, until: float) -> None:
    while app.is_open and time.monotonic() < until:
        for _ in range(AT_ONCE):
            if not app.room.is_set():
                break
            app.speak()
        await asyncio.sleep(0)
        await app.room.wait()
    if app.is_open:
        app.ask()
    while app.is_open and not app.pong_ns:
        app.news.clear()
        await app.news.wait()


def _phase(app: App) -> float:
    return app.number * GOLDEN % 1 * BLOCK_SECONDS


def say(**values: object) -> None:
    """Tell whoever started this."""
    print(json.dumps(values), flush=True)


async def main(plan: Plan) -> None:
    """Do it."""
    allow_many_files()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    crowd = Crowd(plan)
    await (crowd.meet() if plan.is_paced else crowd.flood())


if __name__ == "__main__":
    asyncio.run(main(Plan(**json.loads(sys.argv[1]))))
