"""`remote-meeting serve` as a process of its own."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from remote_meeting.cli.exits import CANNOT_LISTEN
from remote_meeting_backends import MeetingStatus, SystemRuntime
from remote_meeting_backends.store import MeetingStore
from support.cassettes import KEY, TOKEN, keep

COMMAND = [sys.executable, "-m", "remote_meeting.cli", "serve"]
NAME = "Ocp-Apim-Subscription-Key"


@contextlib.contextmanager
def process(*options: str) -> Iterator[subprocess.Popen[str]]:
    """The gateway, on the store of $REMOTE_MEETING_STORE; gone when the test has ended."""
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def announced(gateway: subprocess.Popen[str]) -> str:
    """The URL that it says it listens on."""
    assert gateway.stderr is not None
    line = gateway.stderr.readline()
    found = re.fullmatch(r"Listening on (http://\S+:\d+/api/v1/OfflineTask) \(Ctrl-C ends it\)\n", line)
    assert found, line + gateway.stderr.read()
    return found[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("used", [True, False], ids=["used", "unused"])
def test_it_serves_until_it_is_told_to_end(number: signal.Signals, used: bool, tmp_path: Path) -> None:
    """One line says where; nothing else is ever printed, keys least of all; a signal ends it with 0, however early."""
    keep(MeetingStore(tmp_path / "default.db", SystemRuntime()), "m-1", MeetingStatus.COMPLETED)
    with process("--port", "0") as gateway:
        url = announced(gateway)
        if used:
            answer = httpx.get(f"{url}?id=m-1&{NAME}={KEY}")
            assert answer.json()["processingStatus"] == 2
            assert httpx.get(f"{url}?id=m-1", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404
        gateway.send_signal(number)
        assert gateway.communicate(timeout=60) == ("", "")
        assert gateway.returncode == 0


def test_a_client_that_stays_connected_does_not_keep_it(tmp_path: Path) -> None:
    """An idle connection is closed, not waited for."""
    with process("--port", "0") as gateway, httpx.Client() as client:
        assert client.get(announced(gateway)).status_code == 401
        gateway.send_signal(signal.SIGTERM)
        assert gateway.communicate(timeout=60) == ("", "")
        assert gateway.returncode == 0


def test_a_port_that_is_taken_is_a_sentence() -> None:
    """With the port and what to do, and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken, process("--port", str(taken.getsockname()[1])) as gateway:
        out, error = gateway.communicate(timeout=60)
        port = taken.getsockname()[1]
    assert (gateway.returncode, out) == (CANNOT_LISTEN, "")
    assert error == (
        f"Error: The gateway cannot listen on 127.0.0.1 port {port}: Address already in use; "
        f"choose another with --port.\n"
    )


def test_a_host_that_is_not_ours_is_a_sentence() -> None:
    """An address of a documentation network is nobody's."""
    with process("--host", "192.0.2.1", "--port", "0") as gateway:
        out, error = gateway.communicate(timeout=60)
    assert (gateway.returncode, out) == (CANNOT_LISTEN, "")
    assert error.startswith("Error: The gateway cannot listen on 192.0.2.1 port 0: ")
    assert error.count("\n") == 1
