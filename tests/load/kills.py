"""Kill a gateway again and again under live meetings, and see what is lost.

    python tests/load/kills.py [--kills 100] [--meetings 20] [--native 4] [--seed 1]

The gateway is a process of its own, with a scripted service behind it (placed_service.py). It is killed (SIGKILL) at
random moments and started again at the same address, while so many meetings are spoken in real time: most by our own
client, with and without reliable reconnect, some by the official native SDK; one that ends is followed by another. In
the end each is fetched by its id, and held against what its app was told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from load.live_apps import Outcome
    from support.gateways import Gateway

KEY = "0c0ffee0" * 4
PATIENCE_SECONDS = 120.0
# Some kills come while the gateway takes its meetings up again, which is a second or two after it is back.
SOON_SECONDS, LATE_SECONDS = 0.5, 4.0
IDLE_SECONDS = "30"


@dataclass
class Figures:
    """What is counted."""

    kills: int = 0
    live_at_kill: list[int] = field(default_factory=list)
    seconds_away: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def amiss(self, what: str, example: str) -> None:
        """Something that must not be."""
        self.counts[what] += 1
        self.examples.setdefault(what, example)


class Siege:
    """A gateway, its meetings, and what kills it.

    Args:
        gateway: It.
        kills: How often.
        meetings: How many at a time.
        native: How many of these are the native SDK's.
        seed: Of the moments and lengths.
    """

    def __init__(self, gateway: Gateway, kills: int, meetings: int, native: int, seed: int) -> None:
        self.figures = Figures()
        self.outcomes: list[Outcome] = []
        self._gateway = gateway
        self._kills = kills
        self._random = random.Random(seed)
        self._slots = ["native"] * native + ["ours"] * (meetings - native)
        self._live: set[str] = set()
        self._all_live = asyncio.Event()
        self._is_over = False

    async def run(self) -> None:
        """All kills, then the end of every meeting."""
        slots = [asyncio.create_task(self._slot(kind, number)) for number, kind in enumerate(self._slots)]
        await self._all_live.wait()
        for _ in range(self._kills):
            await asyncio.sleep(self._random.uniform(0, self._random.choice((SOON_SECONDS, LATE_SECONDS))))
            self.figures.live_at_kill.append(len(self._live))
            began = time.monotonic()
            self._gateway.kill()
            await asyncio.to_thread(self._gateway.start)
            self.figures.seconds_away.append(time.monotonic() - began)
            self.figures.kills += 1
            show(f"\r{self.figures.kills} kills, {len(self.outcomes)} meetings begun ")
        self._is_over = True
        await asyncio.gather(*slots)
        show("\n")

    async def _slot(self, kind: str, slot: int) -> None:
        """One meeting after the other."""
        from load.live_apps import Outcome, hold, hold_native, length_of

        while not self._is_over:
            number = len(self.outcomes) + 1
            continues = number % 2 == 0
            name = kind if kind == "native" else f"ours, {'with' if continues else 'without'} reliable reconnect"
            outcome = Outcome(f"meeting {number}", number, length_of(self._random), name)
            self.outcomes.append(outcome)
            self._live.add(outcome.meeting_id)
            if len(self._live) == len(self._slots):
                self._all_live.set()
            if kind == "native":
                await hold_native(outcome, self._gateway.url, KEY)
            else:
                await hold(outcome, self._gateway.url, KEY, continues=continues, is_over=lambda: self._is_over)
            self._live.discard(outcome.meeting_id)

    async def check(self) -> None:
        """Hold every meeting against what the gateway has of it."""
        for outcome in self.outcomes:
            answer = await asyncio.to_thread(self._gateway.finished, outcome.meeting_id, KEY)
            self.figures.counts[f"meetings, {outcome.app}"] += 1
            self.figures.counts[f"end: {outcome.end}"] += 1
            if answer.status_code != 200:
                self.figures.amiss("meetings lost", f"{outcome.meeting_id}: {answer.status_code} {answer.text[:100]}")
            elif answer.json()["processingStatus"] != 2:
                cause = answer.headers.get("x-meeting-error", "")
                self.figures.amiss("meetings not completed", f"{outcome.meeting_id}: {answer.text[:80]} {cause}")
            else:
                compare(outcome, answer.json()["transcriptions"], self.figures)


def compare(outcome: Outcome, stored: list[dict[str, Any]], figures: Figures) -> None:
    """What an app was told, what is stored, and what was spoken."""
    from load.placed_audio import speaker, spoken, times

    counts, meeting = figures.counts, outcome.meeting_id
    kept = [(one["offsetInTicks"], one["durationInTicks"], one["text"], one["userId"]) for one in stored]
    counts["phrases told"] += len(outcome.told)
    counts["phrases stored"] += len(kept)
    for phrase in set(outcome.told) - set(kept):
        figures.amiss("phrases told and not stored", f"{meeting} ({outcome.app}): {phrase}")
    for offset, many in Counter(offset for offset, *_ in outcome.told).items():
        if many > 1:
            figures.amiss("phrases told twice", f"{meeting} ({outcome.app}): at {offset}")
    for offset, many in Counter(offset for offset, *_ in kept).items():
        if many > 1:
            figures.amiss("phrases stored twice", f"{meeting} ({outcome.app}): at {offset}")
    expected = {(*times(number), speaker(number)): number for number in range(spoken(outcome.blocks))}
    counts["phrases spoken"] += len(expected)
    found = {(offset, duration, who) for offset, duration, _, who in kept}
    for offset, _, who in expected.keys() - found:
        figures.amiss("phrases spoken and not stored as they were", f"{meeting} ({outcome.app}): {who} at {offset}")
    if any(f"Meeting {outcome.number}," not in text for _, _, text, _ in kept):
        figures.amiss("phrases of another meeting", meeting)
    untold = len(kept) - len({offset for offset, *_ in outcome.told})
    counts["phrases stored that the app was not told"] += max(0, untold)
    counts["connections of our apps"] += outcome.connections if outcome.app != "native" else 0
    counts["transcribers of native apps"] += outcome.connections if outcome.app == "native" else 0
    counts["times that the native SDK gave up"] += outcome.gave_up


def rows_of(store: str) -> tuple[int, int]:
    """Meetings in the store, and how many different ids they have."""
    from remote_meeting_backends import SystemRuntime
    from remote_meeting_backends.store import ANYONE, MeetingStore

    kept = MeetingStore(store, SystemRuntime())
    ids = [record.meeting_id for record in kept.newest(ANYONE)]
    kept.close()
    return len(ids), len(set(ids))


def report(siege: Siege, heard: dict[str, int], rows: tuple[int, int], command: str) -> str:
    """The table."""
    figures = siege.figures
    away, live = sorted(figures.seconds_away), figures.live_at_kill
    lines = [
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("machine", f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"),
        ("command", command),
        ("kills (SIGKILL)", f"{figures.kills}"),
        ("meetings live at a kill", f"{min(live)} to {max(live)}, {sum(live) / len(live):.1f} on average"),
        ("seconds until the gateway listened again", f"median {away[len(away) // 2]:.2f}, most {away[-1]:.2f}"),
        ("meetings begun / in the store / different ids", f"{len(siege.outcomes)} / {rows[0]} / {rows[1]}"),
        *((name, f"{many}") for name, many in sorted(figures.counts.items())),
        *((f"the service heard: {name}", f"{many}") for name, many in heard.items()),
        ("tracebacks of the gateway", f"{len(siege._gateway.tracebacks)}"),
    ]
    wide = max(len(name) for name, _ in lines)
    table = "\n".join(f"{name:<{wide}}  {value}" for name, value in lines)
    return "\n".join([table, *(f"first {what}: {one}" for what, one in figures.examples.items())])


def show(text: str) -> None:
    """How far it is, for a person."""
    sys.stderr.write(text)
    sys.stderr.flush()


async def main(kills: int, meetings: int, native: int, seed: int) -> int:
    """Run it, print the table; 1 where anything is amiss."""
    from load.placed_service import heard_by, listening
    from support.gateways import running_gateway

    command = " ".join(["python", *sys.argv])
    with tempfile.TemporaryDirectory() as folder, listening() as upstream:
        options = ("--backend", "realtime", "--upstream", upstream, "--idle-seconds", IDLE_SECONDS)
        with running_gateway(Path(folder), *options) as gateway:
            siege = Siege(gateway, kills, meetings, native, seed)
            await siege.run()
            await siege.check()
            gateway.terminate()
            rows = rows_of(str(gateway.store))
            print(report(siege, heard_by(upstream), rows, command))
            complaints = [line for line in gateway.lines if "Listening on" not in line]
    if complaints:
        print("the gateway said:", *Counter(complaints).most_common(10), sep="\n")
    return 1 if siege.figures.examples or len(siege.outcomes) != rows[0] else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--meetings", type=int, default=20)
    parser.add_argument("--native", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.kills, given.meetings, given.native, given.seed)))
