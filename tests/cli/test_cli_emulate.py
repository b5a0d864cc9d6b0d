"""`remote-meeting emulate` as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from remote_meeting.cli.exits import CANNOT_LISTEN
from remote_meeting_backends.emulator import EMULATOR_KEY
from support.emulated import KEY, SAID

COMMAND = [sys.executable, "-m", "remote_meeting.cli", "emulate", "--port", "0"]
MIB = 1 << 20


@contextlib.contextmanager
def process(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """An emulator, where it says it listens, and its next line; gone when the test has ended."""
    with (
        # Whoever is killed does not clear its folder away.
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [*COMMAND, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": folder},
        ) as started,
    ):
        try:
            assert started.stderr is not None
            line = started.stderr.readline()
            found = re.fullmatch(r"Listening on (http://\S+:\d+) \(Ctrl-C ends it\)\n", line)
            assert found, line + started.stderr.read()
            yield started, found[1], started.stderr.readline()
        finally:
            started.kill()


def ask(url: str, path: str, key: str = EMULATOR_KEY) -> httpx.Response:
    """GET of the API."""
    with httpx.Client(verify=False, headers={KEY: key}) as client:
        return client.get(f"{url}/speechtotext/{path}?api-version=2025-10-15")


def transcribe(url: str) -> httpx.Response:
    """A fast transcription of nothing in particular."""
    with httpx.Client(verify=False, headers={KEY: EMULATOR_KEY}, timeout=60) as client:
        where = f"{url}/speechtotext/transcriptions:transcribe?api-version=2025-10-15"
        return client.post(where, files={"audio": ("a.wav", b"scripted")})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_it_answers_until_it_is_told_to_end(number: signal.Signals) -> None:
    """It says where, and how it is used with the well-known key; a signal ends it with 0 and no more words."""
    with process() as (emulator, url, hint):
        assert hint == (
            f"Try it: SPEECH_KEY={EMULATOR_KEY} SPEECH_ENDPOINT={url} remote-meeting transcribe FILE --backend fast\n"
        )
        assert ask(url, "transcriptions").status_code == 200
        assert ask(url, "transcriptions", "wrong").status_code == 401
        emulator.send_signal(number)
        assert emulator.communicate(timeout=60) == ("", "")
        assert emulator.returncode == 0


def test_keys_of_one_s_own() -> None:
    """Each of them opens it, the well-known one does not, and none is shown."""
    with process("--key", "alpha-key", "--key", "beta-key") as (_, url, hint):
        assert "SPEECH_KEY=…" in hint
        statuses = [ask(url, "transcriptions", key).status_code for key in ("alpha-key", "beta-key", EMULATOR_KEY)]
        assert statuses == [200, 200, 401]


def test_script_progression_and_state(tmp_path: Path) -> None:
    """As options; what is kept in a file is there again."""
    script, state = tmp_path / "script.json", tmp_path / "state.db"
    script.write_text(json.dumps({"phrases": list(SAID)}))
    options = ("--script", str(script), "--progression", "polls:2", "--state", str(state))
    with process(*options) as (emulator, url, _), httpx.Client(verify=False, headers={KEY: EMULATOR_KEY}) as client:
        assert transcribe(url).json()["combinedPhrases"][0]["text"] == "Good morning, Steve. Good morning, Katie."
        audio = client.put(f"{url}/_emulator/audio/a.wav", content=b"scripted").json()["url"]
        body = {"displayName": "m", "locale": "en-US", "contentUrls": [audio], "properties": {"timeToLiveHours": 48}}
        job = client.post(f"{url}/speechtotext/transcriptions:submit?api-version=2025-10-15", json=body).json()
        assert [client.get(job["self"]).json()["status"] for _ in range(2)] == ["NotStarted", "Succeeded"]
        emulator.send_signal(signal.SIGTERM)
        emulator.wait(60)
    with process("--state", str(state)) as (_, url, _):
        assert [job["displayName"] for job in ask(url, "transcriptions").json()["values"]] == ["m"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_connection_is_really_dropped(kind: str) -> None:
    """Here as in the fixture; it goes on afterwards, and complains of nothing."""
    with process() as (emulator, url, _):
        order = {"on": "list", "kind": kind}
        assert httpx.post(f"{url}/_emulator/faults", json=order, verify=False).status_code == 204
        with pytest.raises(httpx.RemoteProtocolError):
            ask(url, "transcriptions")
        assert ask(url, "transcriptions").status_code == 200
        emulator.send_signal(signal.SIGTERM)
        out, error = emulator.communicate(timeout=60)
        assert (out, error, emulator.returncode) == ("", "", 0)


def test_a_large_upload_takes_no_memory(tmp_path: Path) -> None:
    """96 MiB go through a process that grows by a few: they are written to disk as they come."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"phrases": list(SAID)}))
    with process("--script", str(script)) as (emulator, url, _):
        status = Path(f"/proc/{emulator.pid}/status")
        if not status.exists():
            pytest.skip("memory is read from /proc, which is not there")
        assert transcribe(url).status_code == 200
        before = peak_mib(status)
        head = b'--b0\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n'
        with httpx.Client(verify=False, timeout=60, headers={KEY: EMULATOR_KEY}) as client:
            answer = client.post(
                f"{url}/speechtotext/transcriptions:transcribe?api-version=2025-10-15",
                content=iter([head, *([bytes(MIB)] * 96), b"\r\n--b0--\r\n"]),
                headers={"content-type": "multipart/form-data; boundary=b0"},
            )
        assert answer.status_code == 200, answer.text
        grown = peak_mib(status) - before
    assert grown < 32, f"it grew by {grown:.0f} MiB"


def peak_mib(status: Path) -> float:
    """The most memory that a process has had."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--progression", "later"], 2, "'later' is no progression: give immediate, polls:N or seconds:N."),
        (["--script", "missing.json"], 2, "The script missing.json cannot be read: No such file or directory."),
        (["--script", __file__], 2, "This is no script, for it is no JSON"),
        (["--state", "missing/state.db"], 14, "The emulator's state missing/state.db cannot be used"),
        (["--host", "192.0.2.1"], CANNOT_LISTEN, "The emulator cannot listen on 192.0.2.1 port 0"),
    ],
)
def test_what_is_wrong_is_a_sentence(options: list[str], code: int, words: str, tmp_path: Path) -> None:
    """With its exit code, and nothing is started."""
    ended = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith(f"Error: {words}")
    assert ended.stderr.count("\n") == 1


def test_a_port_that_is_taken() -> None:
    """Says which, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=60)
    assert ended.returncode == CANNOT_LISTEN
    assert ended.stderr == (
        f"Error: The emulator cannot listen on 127.0.0.1 port {port}: Address already in use; "
        f"choose another with --port.\n"
    )
