"""A meeting whose process ends early is not lost, whatever ended it."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import click
import pytest
from command_line import Ended, Keep, nothing_left_of, run, working

from remote_meeting.cli import main
from remote_meeting.cli.running import again, how_to_go_on
from remote_meeting_backends import MeetingStatus, SystemRuntime
from remote_meeting_backends.store import ANYONE, MeetingStore

PROGRESS = r"Processing, \d+%"


@pytest.fixture(scope="module")
def undisturbed(talk: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A run that nobody interrupts."""
    store = tmp_path_factory.mktemp("undisturbed") / "meetings.db"
    return run("--store", str(store), "transcribe", str(talk), "--meeting-id", "standup", "--format", "json")


def test_a_log_gets_whole_lines(undisturbed: Ended) -> None:
    """Where there is no terminal, progress is a few lines without escapes."""
    first, *progress = undisturbed.err.splitlines()
    assert first.startswith("Meeting standup (25.0 s), local: ")
    assert progress
    assert all(re.fullmatch(r"standup: Processing, \d+%", line) for line in progress)


def test_ctrl_c_loses_nothing(talk: Path, undisturbed: Ended, tmp_path: Path) -> None:
    """It says how to go on, leaves nothing behind, and the command it names ends as if nothing had happened."""
    out = tmp_path / "out.json"
    with working("transcribe", str(talk), "--meeting-id", "standup", "-o", str(out)) as command:
        command.wait_for(PROGRESS)
        command.press_ctrl_c()
        ended = command.end()
        assert nothing_left_of(command.process.pid)
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.splitlines()[-1] == "Interrupted. Go on with: remote-meeting transcribe --meeting-id standup"
    assert "Traceback" not in ended.err
    assert not out.exists()
    resumed = run("transcribe", "--meeting-id", "standup", "--format", "json")
    assert "% done before)" in resumed.err
    assert json.loads(resumed.out) == json.loads(undisturbed.out)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["SIGTERM", "SIGHUP"])
def test_other_signals_let_the_meeting_go_too(
    long_talk: Path, store_path: Path, number: signal.Signals, code: int
) -> None:
    """A service manager or a closed terminal ends it as Ctrl-C does: another host could take it over at once."""
    with working("--store", str(store_path), "transcribe", str(long_talk), "--meeting-id", "standup") as command:
        command.wait_for(PROGRESS)
        command.process.send_signal(number)
        ended = command.end()
        assert nothing_left_of(command.process.pid)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.splitlines()[-1].startswith("Interrupted. Go on with: remote-meeting --store ")
    store = MeetingStore(store_path, SystemRuntime())
    record = store.find(ANYONE, "standup")
    store.close()
    assert record is not None
    assert (record.status, record.runner) == (MeetingStatus.PROCESSING, None)


def test_a_killed_meeting_is_resumed(talk: Path, undisturbed: Ended) -> None:
    """No process can say goodbye to SIGKILL: the next one to ask is told, and goes on."""
    with working("transcribe", str(talk), "--meeting-id", "standup") as command:
        command.wait_for(PROGRESS)
        command.process.kill()
        assert command.end().code == -signal.SIGKILL
        assert nothing_left_of(command.process.pid)
    status, result = run("status", "standup"), run("result", "standup")
    assert (status.code, result.code, result.out) == (0, 9, "")
    for said in (status.out, result.err):
        assert "remote-meeting transcribe --meeting-id standup" in said
    resumed = run("transcribe", "--meeting-id", "standup", "--format", "json")
    assert json.loads(resumed.out) == json.loads(undisturbed.out)


def test_one_process_works_on_a_meeting(long_talk: Path) -> None:
    """A second one says who is at work and leaves; impatience with Ctrl-C leaves no traceback."""
    with working("transcribe", str(long_talk), "--meeting-id", "standup") as first:
        first.wait_for("Meeting standup")
        for words in (
            ("transcribe", str(long_talk), "--meeting-id", "standup"),
            ("transcribe", "--meeting-id", "standup"),
        ):
            second = run(*words)
            assert (second.code, second.out) == (8, "")
            assert str(first.process.pid) in second.err
        first.press_ctrl_c()
        first.press_ctrl_c()
        ended = first.end()
        assert nothing_left_of(first.process.pid)
    assert ended.code == 130
    assert "Traceback" not in ended.err


def test_ctrl_c_while_waiting_leaves_the_meeting_alone(long_talk: Path) -> None:
    """Whoever only waits for a meeting of another process does not stop it, and is told how to wait again."""
    with working("transcribe", str(long_talk), "--meeting-id", "standup") as worker:
        worker.wait_for(PROGRESS)
        with working("result", "standup", "--wait") as waiter:
            waiter.wait_for(PROGRESS)
            waiter.press_ctrl_c()
            ended = waiter.end()
        assert ended.code == 130
        assert "remote-meeting result --wait standup" in ended.err
        assert worker.process.poll() is None


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("unknown", "nothing was kept: give the same command again"),
        ("completed", "finished already: remote-meeting --store {store} result standup"),
        ("interrupted", "Go on with: remote-meeting --store {store} transcribe --meeting-id standup"),
        ("failed", "Go on with: remote-meeting --store {store} transcribe --meeting-id standup"),
        ("working", "goes on without this process: remote-meeting --store {store} result --wait standup"),
        ("deleted", "was deleted"),
    ],
)
def test_the_advice_fits_the_meeting(keep: Keep, store_path: Path, state: str, advice: str) -> None:
    """Whoever pressed Ctrl-C learns what to do in each state, or why nothing can be done."""
    if state != "unknown":
        keep("standup", state)
    said = how_to_go_on(click.Context(main, obj=str(store_path)), "standup")
    assert advice.format(store=store_path) in said


def test_a_command_to_paste_is_quoted_and_keeps_secrets() -> None:
    """Spaces, dashes, and a store whose URL holds a password."""
    context = click.Context(main)
    assert again(context, "result", "jour fixe") == "remote-meeting result 'jour fixe'"
    assert again(context, "result", "-x") == "remote-meeting result -- -x"
    assert again(context, "transcribe", "--meeting-id", "-x") == "remote-meeting transcribe --meeting-id -x"
    context.obj = "postgresql://me:hunter2@host/db"
    assert again(context, "result", "m") == "remote-meeting --store URL result m"
