"""`remote-meeting serve` with options that cannot be: one sentence, before anything listens."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Invoke

from remote_meeting.cli.exits import CANNOT_LISTEN


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--region", "west us"], "is no region"),
        (["--backend", "nobody"], "There is no backend named 'nobody'"),
        (["--async-backend", "nobody"], "There is no backend named 'nobody'"),
        (["--backend", "fast"], "takes no audio as it is spoken: name another with --backend"),
        (["--tls-cert", "cert.pem"], "--tls-cert and --tls-key go together"),
        (["--tls-cert", "cert.pem", "--tls-key", "key.pem"], "cert.pem"),
        (["--api-keys", "keys.txt"], "keys.txt"),
        (["--upstream", "nonsense"], "is no URL"),
    ],
)
def test_what_cannot_be_is_told_at_once(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    """With what to do instead, and nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    result = invoke("serve", "--port", "0", *options)
    assert result.exit_code not in (0, CANNOT_LISTEN)
    assert result.stdout == ""
    (said,) = result.stderr.splitlines()
    assert said.startswith("Error: ")
    assert words in said


def test_a_spool_that_cannot_be_made(invoke: Invoke, tmp_path: Path) -> None:
    """Is no reason to listen."""
    (tmp_path / "file").write_text("")
    result = invoke("serve", "--port", "0", "--spool", str(tmp_path / "file" / "spool"))
    assert result.exit_code != 0
    assert "name another with --spool" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("place", [["--upstream", "ws://127.0.0.1:1"], ["--region", "westus2"]])
def test_a_key_of_the_environment_needs_no_other_place(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: list[str]
) -> None:
    """Where the options name one; it goes on to what else is wrong."""
    monkeypatch.setenv("SPEECH_KEY", "0" * 32)
    result = invoke("serve", *place, "--spool", str(tmp_path / "missing" / "\0"))
    assert "SPEECH_REGION" not in result.stderr
