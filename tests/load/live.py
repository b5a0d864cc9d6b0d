"""How many live meetings a gateway carries on this machine, and how many frames it takes at most.

    python tests/load/live.py [--start 100] [--step 100] [--most 600] [--seconds 20] [--again 2] [--flood-seconds 4]
        [--json FILE]

Meetings of eight channels at real-time pace, more with each step, against a scripted speech service; the gateway, the
service and the apps are a process each on this machine. The ramp ends when p99 of the added latency passes 50 ms or a
frame is late. In the same run a bare `websockets` server, which only discards, and the gateway are sent frames as fast
as they take them.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from load.figures import Step
    from load.steps import Flooded

PACKAGES = ("remote-meeting-compat", "websockets", "uvicorn", "numpy", "sqlalchemy")
WANTED = 500
WANTED_SHARE = 0.5


@click.command(help=__doc__.splitlines()[0])
@click.option("--start", type=click.IntRange(1), default=100, show_default=True, help="Meetings of the first step.")
@click.option("--step", "more", type=click.IntRange(1), default=100, show_default=True, help="More with each step.")
@click.option("--most", type=click.IntRange(0), default=600, show_default=True, help="Meetings of the last step.")
@click.option(
    "--seconds", type=float, default=20.0, show_default=True, help="That all meetings of a step are measured."
)
@click.option("--again", type=click.IntRange(0), default=2, show_default=True, help="Tries more of a disturbed step.")
@click.option("--flood-seconds", type=float, default=4.0, show_default=True, help="As fast as it goes; 0 for not.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures there, too.")
def live(start: int, more: int, most: int, seconds: float, again: int, flood_seconds: float, file: Path | None) -> None:
    """Measure, and print."""
    from load import figures

    machine = about()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()))
    print(f"\n{figures.HOW}\n\n{figures.HEAD}", flush=True)
    steps = ramp(range(start, most + 1, more), seconds, again)
    floods = flood(flood_seconds) if flood_seconds else []
    print(f"\n{verdict(steps, floods)}")
    if file is not None:
        told = [flooded_facts(one) for one in floods]
        file.write_text(
            json.dumps({"machine": machine, "steps": [figures.facts(one) for one in steps], "floods": told}, indent=1)
        )


def ramp(numbers: range, seconds: float, again: int) -> list[Step]:
    """Step by step, until something does not hold; a step that others on the machine disturbed is taken again."""
    from load.figures import line
    from load.steps import step

    found: list[Step] = []
    for meetings in numbers:
        for _ in range(1 + again):
            found.append(step(meetings, seconds))
            print(line(found[-1]), flush=True)
            if not (found[-1].amiss and found[-1].is_disturbed):
                break
        if found[-1].amiss:
            break
    return found


def flood(seconds: float) -> list[Flooded]:
    """The bare server, and the gateway in both modes."""
    from load.steps import ASYNC, LIVE, flood_bare, flood_gateway

    print("\nas fast as it goes         frames/s   of bare   frames/s of CPU   of bare", flush=True)
    found: list[Flooded] = []
    for mode in (None, ASYNC, LIVE):
        found.append(flood_bare(seconds) if mode is None else flood_gateway(mode, seconds))
        last, bare = found[-1], found[0]
        share, core_share = last.rate / bare.rate, last.rate_a_core / bare.rate_a_core
        print(
            f"{last.name:25s} {last.rate:9,.0f} {share:9.0%} {last.rate_a_core:17,.0f} {core_share:9.0%}"
            f"  {'; '.join(last.failures[:1])}",
            flush=True,
        )
    return found


def verdict(steps: list[Step], floods: list[Flooded]) -> str:
    """What came of it, beside the goals."""
    said = []
    held = [one for one in steps if not one.amiss]
    if steps:
        said.append(f"held: {held[-1].meetings if held else 0} meetings (goal {WANTED})")
        if steps[-1].amiss:
            said.append(f"{steps[-1].meetings} did not: {steps[-1].amiss}")
    if held:
        said.append(f"memory each at {held[-1].meetings}: {held[-1].bytes_each / 1e6:.2f} MB (goal 1 MB)")
    if len(floods) > 1:
        share = min(one.rate for one in floods[1:]) / floods[0].rate
        core_share = min(one.rate_a_core for one in floods[1:]) / floods[0].rate_a_core
        said.append(
            f"frames a second beside the bare server: {share:.0%}, for the same CPU {core_share:.0%} "
            f"(goal {WANTED_SHARE:.0%})"
        )
    return "\n".join(said)


def flooded_facts(one: Flooded) -> dict[str, Any]:
    """For machines."""
    return {**asdict(one), "rate": one.rate, "rate_a_core": one.rate_a_core}


def about() -> dict[str, str]:
    """Where and when it was measured."""
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
    cores, before = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return {
        "command": f"python {' '.join(sys.argv)}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{cores} cores, {platform.machine()}, {platform.system()}; load before {before:.2f}",
        "versions": ", ".join(versions),
    }


def end(_number: int, _frame: object) -> None:
    """Ctrl-C, wherever it comes from: every process is ended, every folder removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    # Apps bring their own keys.
    for name in [name for name in os.environ if name.startswith("SPEECH_")]:
        del os.environ[name]
    live()
