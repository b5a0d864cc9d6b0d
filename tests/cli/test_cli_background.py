"""`transcribe --no-wait`: the id at once, the work in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from command_line import Invoke, Keep, nothing_left_of, run

from remote_meeting.cli import background, main
from remote_meeting.cli.transcribe import transcribe
from remote_meeting_backends import SystemRuntime
from remote_meeting_backends.store import ANYONE, MeetingStore

WorkerOf = Callable[[str], int]


@pytest.fixture
def worker_of(store_path: Path) -> Iterator[WorkerOf]:
    """Tells which process works on a meeting; none of them outlives the test."""
    seen: list[int] = []

    def find(meeting_id: str) -> int:
        store = MeetingStore(store_path, SystemRuntime())
        record = store.find(ANYONE, meeting_id)
        store.close()
        assert record is not None
        assert record.runner is not None
        seen.append(record.runner.pid)
        return record.runner.pid

    yield find
    for pid in seen:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def test_the_id_comes_first_and_the_result_later(long_talk: Path, store_path: Path, worker_of: WorkerOf) -> None:
    """The meeting is being worked on when the command returns, in a session of its own; deleting it ends that."""
    store = ("--store", str(store_path))
    begun = run(*store, "transcribe", str(long_talk), "--no-wait", "--meeting-id=standup")
    assert (begun.code, begun.out, begun.err) == (0, "standup\n", "")
    worker = worker_of("standup")
    assert os.getsid(worker) == worker
    assert run(*store, "result", "standup").code == 10
    assert run(*store, "transcribe", "--meeting-id", "standup").code == 8
    assert run(*store, "delete", "standup").code == 0
    assert nothing_left_of(worker)


def test_the_work_goes_on_alone(invoke: Invoke, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From another program too, with a relative name and an id of its own making; `result --wait` gets the text."""
    monkeypatch.chdir(clip.parent)
    begun = invoke("transcribe", clip.name, "--no-wait", "--speakers", "1")
    assert (begun.exit_code, begun.stderr) == (0, "")
    fetched = invoke("result", begun.stdout.strip(), "--wait", "-q")
    assert fetched.stdout.startswith("[00:00:00.")
    assert fetched.stdout.count("\n") == 1


def test_a_bad_start_is_told(invoke: Invoke, keep: Keep, clip: Path) -> None:
    """The background process's words and exit code are the command's own, and no id is printed."""
    for words, code in ((("missing.wav",), 3), ((str(clip), "--meeting-id", keep("standup")), 7)):
        refused = invoke("transcribe", "--no-wait", *words)
        assert (refused.exit_code, refused.stdout) == (code, "")
        assert refused.stderr.startswith("Error: ")
        assert refused.stderr.count("\n") == 1


def test_the_command_is_made_again_from_what_was_understood() -> None:
    """However it was written: short or long, with = or without, names that begin with a dash."""
    words = ["--language=en-US", "--channels", "mix", "-q", "--allow-truncated", "--no-wait", "--", "--odd.wav"]
    with click.Context(main, obj="postgresql://host/db") as group:
        context = transcribe.make_context("transcribe", words, parent=group)
    assert background.same_command(context, ("no_wait",), "--meeting-id=-x") == [
        "--store=postgresql://host/db",
        "transcribe",
        "--language=en-US",
        "--channels=mix",
        "--allow-truncated",
        "--quiet",
        "--meeting-id=-x",
        "--",
        "--odd.wav",
    ]
