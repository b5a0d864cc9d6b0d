"""`status`, `result`, `list` and `delete`, on meetings that are in the store."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import ESCAPE, Ended, Invoke, Keep, on_terminal, run

from support.parts import need

KEYS = """
    meeting_id status interrupted progress mode backend routing audio audio_seconds created_at updated_at finished_at
    error_code error request_id problem detail
""".split()  # noqa: SIM905  (a column of seventeen quoted words reads no better)


@pytest.mark.parametrize("state", ["completed", "failed", "deleted", "working", "interrupted"])
def test_status_and_list_tell_a_script_the_same(invoke: Invoke, keep: Keep, state: str) -> None:
    """Both are valid JSON with the same keys in every state of a meeting."""
    keep("standup", state)
    status = json.loads(invoke("status", "standup", "--json").stdout)
    assert list(status) == KEYS
    assert json.loads(invoke("list", "--json").stdout) == [status]
    assert status["interrupted"] is (state == "interrupted")


def test_status_names_what_is_known(invoke: Invoke, keep: Keep) -> None:
    """For a person: a line a fact, none for what is not known."""
    lines = [line.strip() for line in invoke("status", keep("standup")).stdout.splitlines()]
    assert "status  Completed" in lines
    assert "progress  100%" in lines
    assert "routing  here: asked for by name" in lines
    assert not any(line.startswith(("error", "problem")) for line in lines)


def test_status_says_why_a_meeting_failed(invoke: Invoke, keep: Keep) -> None:
    """Cause, code and request id, and the cause once."""
    said = invoke("status", keep("standup", "failed")).stdout
    assert said.count("No speech was found.") == 1
    assert "no_speech" in said
    assert "request-7" in said


def test_status_says_how_to_resume(invoke: Invoke, keep: Keep) -> None:
    """An interrupted meeting will not end by itself."""
    said = invoke("status", keep("standup", "interrupted")).stdout
    assert "Interrupted" in said
    assert "25%" in said
    assert "remote-meeting transcribe --meeting-id standup" in said


def test_delete_forgets(invoke: Invoke, keep: Keep) -> None:
    """What was said is gone; deleting twice is no error."""
    keep("standup")
    for _ in range(2):
        done = invoke("delete", "standup")
        assert (done.exit_code, done.stdout, done.stderr) == (0, "", "Deleted meeting standup.\n")
    assert invoke("result", "standup").exit_code == 5
    assert "Deleted" in invoke("status", "standup").stdout


def test_an_empty_store_is_no_error(invoke: Invoke, store_path: Path) -> None:
    """An empty list for a script, a notice for a person."""
    assert invoke("list", "--json").stdout == "[]\n"
    done = invoke("list")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"No meetings in {store_path}.\n")


def test_list_is_one_line_a_meeting_for_a_script(invoke: Invoke, keep: Keep) -> None:
    """Where there is no terminal nothing is folded or left out; the newest comes first."""
    keep("first"), keep("x" * 256, "interrupted")
    header, newest, oldest = invoke("list").stdout.splitlines()
    assert header.split("  ")[0] == "Meeting"
    assert newest.split()[:3] == ["x" * 256, "Interrupted", "25%"]
    assert oldest.split()[-3:] == ["12.5", "s", "local"]


def test_list_can_be_limited(invoke: Invoke, keep: Keep) -> None:
    """The newest ones stay."""
    keep("first"), keep("second")
    assert [meeting["meeting_id"] for meeting in json.loads(invoke("list", "--json", "--limit", "1").stdout)] == [
        "second"
    ]


@pytest.mark.parametrize(("columns", "last"), [(120, "Backend"), (80, "Length"), (50, "Status")])
def test_list_shows_what_a_terminal_has_room_for(keep: Keep, store_path: Path, columns: int, last: str) -> None:
    """Columns are left out before a word is folded."""
    keep("0123456789abcdef" * 2, "interrupted")
    _, screen = on_terminal("--store", str(store_path), "list", columns=columns, stdout_too=True, env={"NO_COLOR": "1"})
    header, row = screen.splitlines()
    assert header.endswith(last)
    assert row.startswith("0123456789abcdef" * 2 + "  Interrupted")
    assert len(row) <= columns


@pytest.mark.parametrize("command", ["list", "result standup", "status standup --json"])
def test_whoever_reads_may_leave(keep: Keep, store_path: Path, command: str) -> None:
    """A closed pipe (`| head -1`) ends the program without a word."""
    keep("standup", "completed", "hello", "good morning " * 20_000)
    reader, writer = os.pipe()
    os.close(reader)
    done = run("--store", str(store_path), *command.split(), stdout=writer)
    os.close(writer)
    assert done == Ended(141, "", "")


def test_whoever_reads_the_notices_may_leave_too(store_path: Path) -> None:
    """As in `2>&1 | head -1`: what is left in a buffer makes no trouble either."""
    reader, writer = os.pipe()
    os.close(reader)
    done = run("--store", str(store_path), "list", stdout=writer, stderr=writer)
    os.close(writer)
    assert done.code == 141


def test_a_full_disk_is_told(keep: Keep, store_path: Path) -> None:
    """What cannot be printed is an error, not a traceback."""
    full = Path("/dev/full")
    need(full.exists(), "/dev/full", "run on Linux")
    keep("standup")
    with full.open("w") as file:
        done = run("--store", str(store_path), "result", "standup", stdout=file)
    assert done == Ended(18, "", "Error: The standard output cannot be written: No space left on device.\n")


def test_a_terminal_of_another_encoding_is_no_obstacle(keep: Keep, store_path: Path) -> None:
    """A character that it lacks is shown by its number; JSON stays UTF-8."""
    keep("standup", "completed", "grüß dich")
    words, env = ("--store", str(store_path), "result", "standup"), {"PYTHONIOENCODING": "ascii"}
    assert "gr\\xfc\\xdf dich" in run(*words, env=env).out
    assert "grüß dich" in run(*words, "--format", "json", env=env).out


def test_colours_are_for_terminals(keep: Keep, store_path: Path) -> None:
    """A terminal gets colours, unless NO_COLOR is set; nobody else does."""
    words = ("--store", str(store_path), "result", keep("standup"))
    assert ESCAPE in on_terminal(*words, stdout_too=True)[1]
    assert ESCAPE not in on_terminal(*words, stdout_too=True, env={"NO_COLOR": "1"})[1]
    assert ESCAPE not in on_terminal(*words)[0].out


def test_callers_with_a_key_see_their_own(
    invoke: Invoke, clip: Path, monkeypatch: pytest.MonkeyPatch, scripted: None
) -> None:
    """A key's meetings are its own; whoever holds the store sees all."""
    monkeypatch.setenv("SPEECH_REGION", "westus2")
    monkeypatch.setenv("SPEECH_KEY", "mine")
    assert invoke("transcribe", str(clip), "--meeting-id", "standup").exit_code == 0
    monkeypatch.setenv("SPEECH_KEY", "yours")
    assert invoke("result", "standup").exit_code == 4
    monkeypatch.delenv("SPEECH_KEY")
    assert invoke("result", "standup").exit_code == 0
