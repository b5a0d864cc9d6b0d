"""What a step of the ramp has shown: the logs of both ends joined, held against what is wanted, and in a table."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from load.wire import BLOCK_BYTES, BLOCK_SECONDS, read_log

MOST_ADDED_MS = 50.0
MOST_BYTES_EACH = 1_000_000
LATE_MS = BLOCK_SECONDS * 1000
# The apps themselves keep the pace when 99 of 100 frames leave no later than this after their time.
APP_LATE_MS = 10.0
OTHERS = "others"
# Cores. With more than that taken by others a machine of two says little of the gateway.
MOST_OTHERS = 0.2

HOW = f"""\
frame in        an app hands 100 ms of 8-channel audio to its socket -> the service has read that audio of the meeting
phrase out      the service hands a phrase to its socket -> the app has read it
added latency   the sum of both: judged is p99 + p99, at most {MOST_ADDED_MS:g} ms
late            a frame that took more than {LATE_MS:g} ms: the meeting's next one was sent before it was through
start           an app's connection is there -> it is told that its turn began, the meeting being in the store
others          everything else on the machine
memory each     what the gateway's resident set (or proportional set) grew by from idle, shared among the meetings"""


@dataclass(frozen=True, slots=True)
class Spread:
    """Times in ms."""

    count: int
    p50: float
    p99: float
    most: float

    @classmethod
    def of(cls, values_ns: Sequence[int]) -> Spread:
        """By nearest rank; zeros where there are none."""
        if not values_ns:
            return cls(0, 0.0, 0.0, 0.0)
        ordered = sorted(values_ns)

        def rank(share: float) -> float:
            return ordered[math.ceil(share * len(ordered)) - 1] / 1e6

        return cls(len(ordered), rank(0.5), rank(0.99), ordered[-1] / 1e6)

    def __str__(self) -> str:
        return f"{self.p50:6.1f} {self.p99:6.1f} {self.most:6.1f}"


@dataclass(slots=True)
class Usage:
    """What processes took while all meetings spoke.

    Args:
        cpu: Cores, by process.
        idle_rss: Bytes of the gateway before the first meeting.
        rss: The same when all had spoken.
        idle_pss: Proportional.
        pss: The same.
    """

    cpu: dict[str, float] = field(default_factory=dict)
    idle_rss: int = 0
    rss: int = 0
    idle_pss: int = 0
    pss: int = 0


@dataclass(slots=True)
class Step:
    """So many meetings.

    Args:
        meetings: How many.
        seconds: For how long all of them spoke.
        usage: What it took.
        counts: `started`, `ended`, `frames`, `lost`, `late`, `phrases`, `sessions`, `anew`.
        frame_in: 100 ms of audio.
        phrase_out: Phrases.
        hypothesis_out: Hypotheses.
        start: From the first words of an app to its turn.start.
        pace: How late frames left the apps.
        service_lag: How late the service was at its own work.
        failures: Why meetings ended before their time.
        log: What the gateway wrote to its standard error.
    """

    meetings: int
    seconds: float
    usage: Usage
    counts: dict[str, int]
    frame_in: Spread
    phrase_out: Spread
    hypothesis_out: Spread
    start: Spread
    pace: Spread
    service_lag: Spread
    failures: list[str]
    log: list[str] = field(default_factory=list)

    @property
    def added_ms(self) -> float:
        """p99 of what the gateway adds, to a frame and to a phrase."""
        return self.frame_in.p99 + self.phrase_out.p99

    @property
    def bytes_each(self) -> float:
        """Memory of a meeting."""
        return (self.usage.rss - self.usage.idle_rss) / self.meetings

    @property
    def apps_kept_pace(self) -> bool:
        """The apps sent what they should have sent when they should have."""
        return self.pace.p99 <= APP_LATE_MS

    @property
    def is_disturbed(self) -> bool:
        """What was measured was not the gateway alone."""
        return self.usage.cpu[OTHERS] > MOST_OTHERS or not self.apps_kept_pace

    @property
    def amiss(self) -> str:
        """What did not hold; empty where everything did."""
        counts, found = self.counts, []
        if counts["ended"] < self.meetings:
            found.append(f"{self.meetings - counts['ended']} meetings had no end")
        found += self.failures[:1]
        if counts["anew"] or counts["sessions"] != self.meetings:
            found.append(f"{counts['sessions']} sessions, {counts['anew']} begun anew")
        if counts["lost"]:
            found.append(f"{counts['lost']} frames lost")
        if counts["late"]:
            found.append(f"{counts['late']} frames late")
        if self.added_ms > MOST_ADDED_MS:
            found.append(f"p99 adds {self.added_ms:.0f} ms")
        if found and not self.apps_kept_pace:
            found.append(f"the apps did not keep the pace either: p99 {self.pace.p99:.0f} ms")
        if found and self.usage.cpu[OTHERS] > MOST_OTHERS:
            found.append("others were at work")
        return "; ".join(found)


def step_of(meetings: int, usage: Usage, app_log: Path, service_log: Path) -> Step:
    """Join what both ends noted."""
    about, told = read_log(app_log)
    heard_about, heard = read_log(service_log)
    begin, end = about["begun_ns"], about["spoken_ns"]

    def within(at: array[int], values: array[int]) -> list[int]:
        return [value for moment, value in zip(at, values, strict=True) if begin <= moment < end]

    numbers = [name for name in told if name.isdecimal()]
    took: list[int] = []
    for number in numbers:
        sent, arrived = told[number], heard.get(number, array("q"))
        took += [there - here for here, there in zip(sent, arrived, strict=False) if begin <= here < end]
    phrases = within(told["phrases_at"], told["phrases"])
    counts = {
        "started": about["started"],
        "ended": about["ended"],
        "frames": sum(len(told[one]) for one in numbers),
        "lost": sum(abs(len(told[one]) - heard_about["bytes"].get(one, 0) // BLOCK_BYTES) for one in numbers),
        "late": sum(one > LATE_MS * 1e6 for one in took),
        "phrases": len(told["phrases"]),
        "sessions": sum(one in heard for one in numbers),
        "anew": heard_about["anew"],
    }
    return Step(
        meetings=meetings,
        seconds=(end - begin) / 1e9,
        usage=usage,
        counts=counts,
        frame_in=Spread.of(took),
        phrase_out=Spread.of(phrases),
        hypothesis_out=Spread.of(within(told["hypotheses_at"], told["hypotheses"])),
        start=Spread.of(about["start_ns"]),
        pace=Spread.of(within(told["lateness at"], told["lateness"])),
        service_lag=Spread.of(within(heard["lag at"], heard["lag"])),
        failures=about["failures"],
    )


HEAD = f"""\
             cores of CPU                MB each         frame in, ms         phrase out, ms     added       start,
meetings  gateway apps service others   RSS   PSS    p50    p99    max     p50    p99    max   p99, ms  late p99, ms
{"-" * 118}"""


def line(step: Step) -> str:
    """A step's line of the table."""
    cpu, usage = step.usage.cpu, step.usage
    pss = (usage.pss - usage.idle_pss) / step.meetings
    return (
        f"{step.meetings:8d}  {cpu['gateway']:7.2f} {cpu['apps']:4.2f} {cpu['service']:7.2f} {cpu[OTHERS]:6.2f}"
        f"  {step.bytes_each / 1e6:4.2f}  {pss / 1e6:4.2f} {step.frame_in}  {step.phrase_out}  "
        f"{step.added_ms:8.1f} {step.counts['late']:5d} {step.start.p99:7.0f}  {step.amiss or 'held'}"
    )


def facts(step: Step) -> dict[str, Any]:
    """The same for machines."""
    return {**asdict(step), "added_ms": step.added_ms, "bytes_each": step.bytes_each, "amiss": step.amiss}
