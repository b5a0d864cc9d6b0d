"""`remote-meeting api-key`: the key is shown once, the list of keys holds its hash."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from click.testing import Result
from command_line import Invoke

from remote_meeting.gateway.callers import Caller, KeyFile, caller_of, hash_of
from remote_meeting_backends import ManualRuntime


def key_of(result: Result) -> str:
    """The key that was printed."""
    assert result.exit_code == 0, result.output
    assert re.fullmatch(r"[0-9a-f]{64}\n", result.stdout)
    return result.stdout.strip()


def admitted(path: Path, key: str) -> Caller | None:
    """Who a gateway with that list would take it for."""
    caller = caller_of({"ocp-apim-subscription-key": key}, {})
    assert caller is not None
    return KeyFile(path, ManualRuntime()).admit(caller)


def test_a_key_is_made_and_listed(invoke: Invoke, tmp_path: Path) -> None:
    """The file is made for its owner alone; a gateway takes the key under its name, and the key is not in the file."""
    path = tmp_path / "keys"
    result = invoke("api-key", "phone-app", "--file", str(path))
    key = key_of(result)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == f"phone-app {hash_of(key)}\n"
    found = admitted(path, key)
    assert found is not None
    assert found.name == "phone-app"
    assert key not in result.stderr
    assert str(path) in result.stderr


def test_keys_are_added_one_after_the_other(invoke: Invoke, tmp_path: Path) -> None:
    """What stands in the file stays, a last line without an end included; each key is another."""
    path = tmp_path / "keys"
    path.write_text(f"# ours\nold {hash_of('old')}")
    made = [key_of(invoke("api-key", name, "--file", str(path))) for name in ("a", "b")]
    assert len(set(made)) == 2
    assert [found and found.name for found in (admitted(path, key) for key in ("old", *made))] == ["old", "a", "b"]
    assert path.read_text().startswith("# ours\nold ")


def test_without_a_file_the_line_is_shown(invoke: Invoke) -> None:
    """The key on the standard output, its line beside it."""
    result = invoke("api-key", "app")
    assert result.stderr.splitlines()[-1] == f"app {hash_of(key_of(result))}"


def test_a_name_is_used_once(invoke: Invoke, tmp_path: Path) -> None:
    """The file stays as it is, and no key is shown."""
    path = tmp_path / "keys"
    key_of(invoke("api-key", "app", "--file", str(path)))
    before = path.read_bytes()
    result = invoke("api-key", "app", "--file", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {path} has a key named app already")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("a b",), 2, "cannot be a key's name"),
        (("\x1b[31m",), 2, "cannot be a key's name"),
        (("app", "--file", "{folder}"), 2, "is no file"),
        (("app", "--file", "{folder}/broken"), 2, "broken line 1 is no key"),
        (("app", "--file", "{folder}/nowhere/keys"), 18, "nowhere/keys cannot be written"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    invoke: Invoke, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    """And no key is shown that nobody would take."""
    (tmp_path / "broken").write_text("app\n")
    result = invoke("api-key", *(word.format(folder=tmp_path) for word in words))
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr
