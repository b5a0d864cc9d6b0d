"""`demo`: the main job end to end, on this machine alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Invoke, run

NO_NETWORK = """
import os, socket

os.cpu_count = lambda: 1

def refuse(*args, **kwargs):
    raise AssertionError("the network was used")

socket.getaddrinfo = socket.gethostbyname = socket.socket.connect = socket.socket.connect_ex = refuse
"""


@pytest.fixture
def cut_off(tmp_path: Path) -> dict[str, str]:
    """An environment in which every connection fails, with a key that has no region."""
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    env = {"PYTHONPATH": path, "SPEECH_KEY": "hunter2"}
    probe = [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"]
    tried = subprocess.run(probe, capture_output=True, text=True, env={**os.environ, **env})
    assert "the network was used" in tried.stderr
    return env


def test_the_demo_needs_neither_network_nor_account(cut_off: dict[str, str], store_path: Path) -> None:
    """Three voices and their words; afterwards the command that it names fetches the meeting again."""
    done = run("--store", str(store_path), "demo", env=cut_off)
    assert done.code == 0
    assert {line.split()[1] for line in done.out.splitlines()} == {"Guest-1:", "Guest-2:", "Guest-3:"}
    assert "] Guest-2: good morning the first question is about the money for next year\n" in done.out
    again = done.err.splitlines()[-1].partition("Again: remote-meeting ")[2].split()
    assert run(*again).out == done.out
    assert "hunter2" not in done.out + done.err


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("region", [None, "westus2"])
def test_the_demo_is_everybodys(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, region: str | None) -> None:
    """With an account in the environment or without one; each time under a new id."""
    if region is not None:
        monkeypatch.setenv("SPEECH_KEY", "hunter2")
        monkeypatch.setenv("SPEECH_REGION", region)
    ids = [invoke("demo").stderr.splitlines()[0].split()[-1].rstrip(".") for _ in range(2)]
    assert len(set(ids)) == 2
    assert all(invoke("result", meeting_id).exit_code == 0 for meeting_id in ids)
