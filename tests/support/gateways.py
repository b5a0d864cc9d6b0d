"""The gateway as a process of its own, that may be killed and comes back to the same address."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

COMMAND = (sys.executable, "-m", "remote_meeting.cli")
KEY_HEADER = "Ocp-Apim-Subscription-Key"
PATIENCE_SECONDS = 60.0
UPLOADING, PROCESSING, COMPLETED, FAILED, DELETED = range(5)
_UNDER_WAY = re.compile(r'_meetings\{state="(?:Uploading|Processing)"\} (\S+)')
_LISTENS = re.compile(r"Listening on (https?)://(\S+):(\d+)/api/v1/OfflineTask")


@dataclass
class Gateway:
    """`remote-meeting serve`, with a store and a spool in a folder.

    Args:
        folder: Where both are.
        options: Of the command.
        environment: Beside that of the tests.
        store: Path or URL of the store; None for a file in the folder.
        spool: None for one in the folder.
    """

    folder: Path
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    store: str | None = None
    spool: Path | None = None
    url: str = field(default="", init=False)
    # All that it has written to standard error, over all its lives.
    lines: list[str] = field(default_factory=list, init=False)
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.store or str(self.folder / "gateway.db")
        self.spool = self.spool or self.folder / "spool"
        self._reader: threading.Thread | None = None
        self._announced: queue.Queue[str | None] = queue.Queue()
        self._spoke = threading.Condition()

    @property
    def port(self) -> int:
        """Where it listens; 0 before it ever did."""
        return int(self.url.rpartition(":")[2]) if self.url else 0

    def start(self) -> None:
        """Start it, on the port that it had before; returns when it takes connections.

        Raises:
            RuntimeError: It ended instead, with what it said.
        """
        command = [*COMMAND, "--store", str(self.store), "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--spool", str(self.spool), *self.options],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        url = self._announced.get(timeout=PATIENCE_SECONDS)
        if url is None:
            self.process.wait(PATIENCE_SECONDS)
            raise RuntimeError("The gateway did not start:\n" + "".join(self.lines[-20:]))
        self.url = url

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM, and wait for its end; returns the exit code."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Kill it, and start it at the same address."""
        self.kill()
        self.start()

    @property
    def is_running(self) -> bool:
        """The process is there."""
        return self.process.poll() is None

    @property
    def tracebacks(self) -> list[str]:
        """The lines of standard error that begin a traceback."""
        return [line for line in self.lines if line.lstrip().startswith("Traceback (")]

    def said(self, words: str) -> str:
        """Wait for a line of standard error with these words in it. Raises TimeoutError."""

        def line() -> str | None:
            return next((one for one in self.lines if words in one), None)

        with self._spoke:
            found = self._spoke.wait_for(line, PATIENCE_SECONDS)
        if found is None:
            raise TimeoutError(f"The gateway did not say {words!r}.")
        return found

    def rss_bytes(self) -> int:
        """Its resident memory (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024

    def cpu_seconds(self) -> float:
        """What it has taken of the cores since it was started (Linux)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def call(self, method: str, path: str, key: str | None = None, **options: Any) -> httpx.Response:
        """Any HTTP request."""
        headers = {} if key is None else {KEY_HEADER: key}
        # Nothing here needs certificates, and loading them takes longer than the request.
        with httpx.Client(verify=False, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            return client.request(method, f"{self.url}{path}", headers=headers, **options)

    def offline_task(self, meeting_id: str, key: str) -> httpx.Response:
        """What the app of that key is told of a meeting."""
        return self.call("GET", "/api/v1/OfflineTask", key, params={"id": meeting_id})

    def finished(self, meeting_id: str, key: str) -> httpx.Response:
        """The same, once the meeting is over. Raises TimeoutError."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            answer = self.offline_task(meeting_id, key)
            if answer.status_code != 200 or answer.json()["processingStatus"] not in (UPLOADING, PROCESSING):
                return answer
        raise TimeoutError(f"Meeting {meeting_id!r} is not over.")

    def meetings_under_way(self) -> int:
        """How many meetings /metrics tells of that are not over."""
        told = self.call("GET", "/metrics").text
        return sum(int(float(number)) for number in _UNDER_WAY.findall(told))

    def is_healthy(self) -> bool:
        """/healthz says so."""
        return self.call("GET", "/healthz").status_code == 200

    def _end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_SECONDS)
        if self._reader is not None:
            self._reader.join()
        return code

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        is_announced = False
        with process.stderr:
            for line in process.stderr:
                with self._spoke:
                    self.lines.append(line)
                    self._spoke.notify_all()
                found = _LISTENS.search(line)
                if found and not is_announced:
                    is_announced = True
                    self._announced.put(f"{found[1]}://{found[2]}:{found[3]}")
        if not is_announced:
            self._announced.put(None)


@contextlib.contextmanager
def running_gateway(
    folder: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    store: str | None = None,
    spool: Path | None = None,
) -> Iterator[Gateway]:
    """A gateway for as long as it is needed.

    Args:
        folder: For its store and its spool.
        options: Of `remote-meeting serve`; without `--backend` it hears with the local one.
        environment: Beside that of the tests.
        store: Path or URL of the store; None for a file in the folder.
        spool: None for one in the folder.
    """
    chosen = options if "--backend" in options else ("--backend", "local", *options)
    gateway = Gateway(folder, chosen, environment or {}, store, spool)
    gateway.start()
    try:
        yield gateway
    finally:
        if gateway.is_running:
            gateway.kill()
