"""Send a gateway sessions that are broken in every way, and watch that it stays up, quiet and small.

    python tests/load/fuzz.py [--sessions 100000] [--at-once 48] [--seed 6]

The gateway is a process of its own, with an emulator of the services behind it. One session in ten is a good one. Its
memory is read while it rests, when every meeting is over and one more good one was held: after a warm-up, every few
thousand sessions, and at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.gateways import Gateway
    from support.mutations import Session

KEY, BROKEN_KEY = "600d" * 8, "bad0" * 8
SAID = ({"speaker": 1, "text": "All is well.", "offset_seconds": 0.02, "duration_seconds": 0.03},)
GOOD_SHARE = 0.1
PATIENT_SHARE = 0.4
PATIENCE_SECONDS = 0.5
# Meetings whose app has gone are over after so long.
IDLE_SECONDS = 2.0
# How long meetings that were begun may take to come to their end, and how often they are counted.
REST_SECONDS = 120.0
COUNT_SECONDS = 0.5
WARM_UP_SHARE = 0.1
PART_SESSIONS = 4_000
MIB = 1 << 20
# What a process may grow by and still be called flat.
FLAT_BYTES = 24 * MIB


class Fuzz:
    """A gateway and its visitors.

    Args:
        gateway: It.
        sessions: How many.
        at_once: Of them.
        seed: Of what they say.
    """

    def __init__(self, gateway: Gateway, sessions: int, at_once: int, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.memory: list[tuple[int, int]] = []
        self.seconds = 0.0
        self.done = 0
        self._gateway = gateway
        self._sessions = sessions
        self._at_once = at_once
        self._seed = seed

    async def run(self) -> None:
        """Everything, in parts; the memory is read between them."""
        from support.mutations import Mutator

        warm_up = int(self._sessions * WARM_UP_SHARE)
        rest = self._sessions - warm_up
        mutator = Mutator(self._seed, BROKEN_KEY, f"fuzz {self._seed}")
        chance = random.Random(self._seed)
        parts = -(-rest // PART_SESSIONS)
        for count in (warm_up, *(rest // parts + (part < rest % parts) for part in range(parts))):
            made = ((mutator.good() if chance.random() < GOOD_SHARE else mutator.broken()) for _ in range(count))
            given = ((one, PATIENCE_SECONDS if chance.random() < PATIENT_SHARE else 0.0) for one in made)
            began = time.monotonic()
            await asyncio.gather(*(self._visit(given) for _ in range(self._at_once)))
            self.seconds += time.monotonic() - began
            await self._rest()

    async def _visit(self, given: Iterator[tuple[Session, float]]) -> None:
        from support.wire import converse

        for session, patience in given:
            try:
                patience = 20.0 if session.is_good else patience
                ended = await converse(self._gateway.port, session.request, session.stream, patience)
            except TimeoutError:
                self.counts["connections that the gateway did not let go"] += 1
            except OSError as error:
                self.counts[f"connections refused: {type(error).__name__}"] += 1
            else:
                kind = "good" if session.is_good else "broken"
                if ended.status == 101:
                    self.counts[f"{kind} sessions, closed with {ended.code or 'nothing'}"] += 1
                else:
                    self.counts[f"{kind} sessions, answered {ended.status or 'nothing'}"] += 1
            self.done += 1
            if self.done % 500 == 0:
                sys.stderr.write(f"\r{self.done} sessions, {self._gateway.rss_bytes() / MIB:.0f} MiB ")

    async def _rest(self) -> None:
        """Let what is open come to its end, hold a good meeting, and read the memory."""
        from support.uploader import Uploader

        await self._all_over()
        async with Uploader(self._gateway.url, KEY, f"good {len(self.memory)}", channels=1) as app:
            await app.upload(bytes(range(256)) * 25)
            assert [one.text for one in app.phrases] == [SAID[0]["text"]], "a good meeting is not served"
        assert await asyncio.to_thread(self._gateway.is_healthy), "the gateway is not healthy"
        await self._all_over()
        self.memory.append((self.done, self._gateway.rss_bytes()))

    async def _all_over(self) -> None:
        """No meeting is under way. One that does not come to its end is counted, once."""
        until = time.monotonic() + REST_SECONDS
        while under_way := await asyncio.to_thread(self._gateway.meetings_under_way):
            if time.monotonic() > until:
                self.counts["connections or meetings that did not end"] = under_way
                return
            await asyncio.sleep(COUNT_SECONDS)


def report(fuzz: Fuzz, gateway: Gateway, command: str) -> tuple[str, bool]:
    """The table, and whether all is well."""
    first, last = fuzz.memory[0][1], fuzz.memory[-1][1]
    hung = sum(many for name, many in fuzz.counts.items() if name.startswith("connections"))
    is_well = gateway.is_running and not gateway.tracebacks and last - first < FLAT_BYTES and not hung
    lines = [
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("machine", f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"),
        ("command", command),
        ("sessions", f"{fuzz.done}, {fuzz.done / fuzz.seconds:.0f} a second"),
        *((name, f"{many}") for name, many in sorted(fuzz.counts.items())),
        *((f"resident memory after {done} sessions", f"{rss / MIB:.1f} MiB") for done, rss in fuzz.memory),
        ("CPU of the gateway", f"{gateway.cpu_seconds() / fuzz.done * 1000:.1f} ms a session"),
        ("grown since the warm-up", f"{(last - first) / MIB:+.1f} MiB"),
        ("the process", "up" if gateway.is_running else "gone"),
        ("tracebacks", f"{len(gateway.tracebacks)}"),
    ]
    wide = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{wide}}  {value}" for name, value in lines), is_well


async def main(sessions: int, at_once: int, seed: int) -> int:
    """Run it, print the table; 1 where anything is amiss."""
    from remote_meeting_backends.testing import running_emulator
    from support.gateways import running_gateway

    command = " ".join(["python", *sys.argv])
    with tempfile.TemporaryDirectory() as folder, running_emulator(keys=(KEY, BROKEN_KEY)) as emulator:
        emulator.script(SAID)
        places = ("--upstream", emulator.realtime_url, "--backend", "realtime", "--async-backend", "fast")
        limits = ("--idle-seconds", str(IDLE_SECONDS), "--max-meetings-per-key", "100000")
        with running_gateway(Path(folder), *places, *limits) as gateway:
            fuzz = Fuzz(gateway, sessions, at_once, seed)
            await fuzz.run()
            table, is_well = report(fuzz, gateway, command)
            gateway.terminate()
    print(table)
    said = [line for line in gateway.lines if "Listening on" not in line]
    for line, many in itertools.islice(Counter(said).most_common(), 20):
        print(f"{many} x {line}", end="")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--at-once", type=int, default=48)
    parser.add_argument("--seed", type=int, default=6)
    asked = parser.parse_args()
    sys.exit(asyncio.run(main(asked.sessions, asked.at_once, asked.seed)))
