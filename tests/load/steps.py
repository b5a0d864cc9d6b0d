"""The processes of a load: each step has a gateway, a service and apps of its own, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks.memory import pss_bytes
from load.figures import OTHERS, Step, Usage, step_of
from load.paced_apps import Plan
from support.gateways import Gateway, running_gateway
from support.upload_lines import ASYNC, LIVE

TESTS = Path(__file__).parents[1]
# Of the meetings before the first, with which a gateway reads in what it needs.
WARM_FIRST, WARM_MEETINGS, WARM_SECONDS = 32_000, 2, 0.3
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
FLOODS = 8
Python = subprocess.Popen[str]


@dataclass(frozen=True, slots=True)
class Flooded:
    """As fast as it goes.

    Args:
        name: Of what was flooded.
        frames: How many frames of 100 ms it took.
        seconds: In which time.
        cpu_seconds: For how much CPU.
        failures: Of connections.
    """

    name: str
    frames: int
    seconds: float
    cpu_seconds: float
    failures: list[str]

    @property
    def rate(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds

    @property
    def rate_a_core(self) -> float:
        """Frames for a second of CPU, which others on the machine do not take away."""
        return self.frames / max(self.cpu_seconds, 1e-9)


@contextlib.contextmanager
def running(module: str, *arguments: str) -> Iterator[Python]:
    """A module of this folder in a process of its own; it is ended at the latest when this is left."""
    command = [sys.executable, "-m", f"load.{module}", *arguments]
    with subprocess.Popen(command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def gateway_before(service: str, folder: Path) -> Iterator[Gateway]:
    """The gateway, as an operator runs it."""
    options = ("--backend", "realtime", "--async-backend", "local", "--upstream", service)
    with running_gateway(folder, *options) as gateway:
        yield gateway


def step(meetings: int, seconds: float) -> Step:
    """So many meetings for so long."""
    with tempfile.TemporaryDirectory(prefix="remote-meeting-load-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        app_log, service_log = folder / "apps", folder / "service"
        service = stack.enter_context(running("lean_service", str(service_log)))
        gateway = stack.enter_context(gateway_before(_hear(service), folder))
        with _meeting(Plan(gateway.url, WARM_MEETINGS, WARM_SECONDS, str(app_log), first=WARM_FIRST)) as apps:
            _hear_json(apps)
        watched = {"gateway": gateway.process.pid, "service": service.pid}
        usage = Usage(idle_rss=gateway.rss_bytes(), idle_pss=pss_bytes(watched["gateway"]))
        with _meeting(Plan(gateway.url, meetings, seconds, str(app_log))) as apps:
            watched["apps"] = apps.pid
            before = _all_cpu(watched)
            _hear_json(apps)
            if not gateway.is_running:
                raise click.ClickException("The gateway ended before its time:\n" + "".join(gateway.lines[-20:]))
            usage.cpu = {name: max(0.0, taken - before[name]) / seconds for name, taken in _all_cpu(watched).items()}
            usage.rss, usage.pss = gateway.rss_bytes(), pss_bytes(watched["gateway"])
        service.terminate()
        service.wait()
        found = step_of(meetings, usage, app_log, service_log)
        found.log = [one.rstrip() for one in gateway.lines if "Listening on" not in one]
        return found


def flood_bare(seconds: float) -> Flooded:
    """The bare server."""
    with running("bare_server") as server:
        return _flood("websockets, bare", _hear(server), server.pid, seconds, ASYNC)


def flood_gateway(mode: str, seconds: float) -> Flooded:
    """The gateway."""
    with tempfile.TemporaryDirectory(prefix="remote-meeting-load-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        service = stack.enter_context(running("lean_service", str(folder / "service")))
        gateway = stack.enter_context(gateway_before(_hear(service), folder))
        with _meeting(Plan(gateway.url, WARM_MEETINGS, WARM_SECONDS, str(folder / "apps"), first=WARM_FIRST)) as apps:
            _hear_json(apps)
        return _flood(f"gateway, {mode}", gateway.url, gateway.process.pid, seconds, mode)


def cpu_seconds(pid: int) -> float:
    """What a process has taken so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def busy_seconds() -> float:
    """What all processes of the machine have taken so far (Linux)."""
    user, nice, system, _idle, _wait, irq, softirq = Path("/proc/stat").read_text(encoding="ascii").split()[1:8]
    return sum(map(int, (user, nice, system, irq, softirq))) / TICKS_A_SECOND


def _all_cpu(watched: Mapping[str, int]) -> dict[str, float]:
    """What each has taken, and everybody else."""
    taken = {name: cpu_seconds(pid) for name, pid in watched.items()}
    return {**taken, OTHERS: busy_seconds() - sum(taken.values())}


@contextlib.contextmanager
def _meeting(plan: Plan) -> Iterator[Python]:
    """Apps that all speak, until this is left; then their meetings end."""
    with running("paced_apps", json.dumps(asdict(plan))) as apps:
        _hear_json(apps)
        yield apps
        assert apps.stdin is not None
        apps.stdin.write("\n")
        apps.stdin.flush()
        if apps.wait() != 0:
            raise click.ClickException("The apps broke.")


def _flood(name: str, url: str, pid: int, seconds: float, mode: str) -> Flooded:
    plan = Plan(url, FLOODS, seconds, "", mode=mode, is_paced=False)
    with running("paced_apps", json.dumps(asdict(plan))) as apps:
        _hear_json(apps)
        before = cpu_seconds(pid)
        told = _hear_json(apps)
        return Flooded(name, told["frames"], told["seconds"], cpu_seconds(pid) - before, told["failures"])


def _hear(process: Python) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise click.ClickException(f"A process of the load ended before its time, with {process.wait()}.")
    return line


def _hear_json(process: Python) -> Any:
    return json.loads(_hear(process))


__all__ = ["ASYNC", "LIVE", "Flooded", "flood_bare", "flood_gateway", "step"]
