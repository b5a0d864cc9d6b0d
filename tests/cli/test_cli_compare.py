"""`remote-meeting compare`: files and meetings, limits for a script, and wrong usage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Invoke, Keep

ONE = "[00:00:00.000] Katie: good morning steve\n[00:00:01.000] Steve: hello\n"
TWO = "[00:00:00.500] Guest-1: good evening steve\n[00:00:01.500] Guest-2: hello\n"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """Two files with one word of four that differs."""
    for name, text in (("one.txt", ONE), ("two.txt", TWO)):
        (tmp_path / name).write_text(text)
    return str(tmp_path / "one.txt"), str(tmp_path / "two.txt")


def test_two_files(invoke: Invoke, pair: tuple[str, str]) -> None:
    """For a person: rates, who is who, and the shift in time."""
    done = invoke("compare", *pair)
    assert done.exit_code == 0
    assert "Word error rate       25.0%: 1 substituted, 0 left out, 0 added, of 4 words of A" in done.stdout
    assert "Katie of A is Guest-1 of B" in done.stdout
    assert "B is 0.50 s later" in done.stdout


def test_json(invoke: Invoke, pair: tuple[str, str], tmp_path: Path) -> None:
    """For a script, to a file."""
    out = tmp_path / "out.json"
    done = invoke("compare", *pair, "--format", "json", "-o", str(out))
    assert (done.exit_code, done.stdout) == (0, "")
    found = json.loads(out.read_text())
    assert list(found) == [
        "measures",
        "reference",
        "other",
        "words",
        "speakers",
        "drift",
        "only_reference",
        "only_other",
    ]
    assert found["measures"] == {"wer": 0.25, "cpwer": 0.25, "drift": 0.5, "missing": 0.0}
    assert found["speakers"]["pairs"] == {"Katie": "Guest-1", "Steve": "Guest-2"}


def test_limits(invoke: Invoke, pair: tuple[str, str]) -> None:
    """A code of its own, the reason on the standard error, and the report all the same."""
    assert invoke("compare", *pair, "--fail-above", "wer=0.25").exit_code == 0
    done = invoke("compare", *pair, "--fail-above", "wer=0.2", "--fail-above", "drift=1")
    assert (done.exit_code, done.stderr) == (20, "wer is 0.25, above 0.2.\n")
    assert "Word error rate" in done.stdout


def test_a_meeting_against_a_file(invoke: Invoke, keep: Keep, tmp_path: Path) -> None:
    """What was transcribed, beside what was written by `result`."""
    meeting = keep("standup")
    kept = tmp_path / "kept.vtt"
    assert invoke("result", meeting, "--format", "vtt", "-o", str(kept)).exit_code == 0
    done = invoke("compare", meeting, str(kept), "--fail-above", "wer=0", "--fail-above", "cpwer=0")
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize("limit", ["wer", "wer=", "wer=nan", "wer=-1", "wer=inf", "words=1", "=1"])
def test_no_limit(invoke: Invoke, pair: tuple[str, str], limit: str) -> None:
    """Refused before anything is read."""
    done = invoke("compare", *pair, "--fail-above", limit)
    assert done.exit_code == 2
    assert "is no limit" in done.stderr


def test_neither_file_nor_meeting(invoke: Invoke, pair: tuple[str, str]) -> None:
    """Both are named, for either may be what was meant."""
    done = invoke("compare", pair[0], "nowhere.txt")
    assert done.exit_code == 4
    assert "There is no file and no meeting nowhere.txt" in done.stderr


def test_nothing_to_measure_by(invoke: Invoke, tmp_path: Path, pair: tuple[str, str]) -> None:
    """An empty reference passes no limit in silence."""
    empty = tmp_path / "empty.vtt"
    empty.write_text("WEBVTT\n")
    done = invoke("compare", str(empty), pair[0], "--fail-above", "wer=1")
    assert done.exit_code == 20
    assert "wer cannot be measured" in done.stderr
