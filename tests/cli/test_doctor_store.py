"""`remote-meeting doctor` on the meeting store: opened, written, and left as it was."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import Invoke, Keep

from remote_meeting.cli import main


def told(store: Path | str, *words: str) -> tuple[str, str, int]:
    """Status, sentence, exit code."""
    done = CliRunner().invoke(main, ["--store", str(store), "doctor", "--json", *words])
    (check,) = [check for check in json.loads(done.stdout)["checks"] if check["check"] == "store"]
    return check["status"], check["message"], done.exit_code


def dump(path: Path) -> str:
    """Everything that a database holds."""
    with closing(sqlite3.connect(path)) as database:
        return "\n".join(database.iterdump())


def test_a_store_in_use(keep: Keep, store_path: Path, invoke: Invoke) -> None:
    """It can be written, and nothing in it is another than before."""
    keep("standup")
    before = dump(store_path)
    assert told(store_path) == ("ok", f"{store_path} can be read and written (schema 1).", 0)
    assert dump(store_path) == before
    assert invoke("result", "standup").exit_code == 0


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Neither it nor its folder."""
    status, sentence, code = told(tmp_path / "new" / "meetings.db")
    assert (status, code) == ("ok", 0)
    assert "can be made" in sentence
    assert list(tmp_path.iterdir()) == []


def test_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does for the other commands."""
    monkeypatch.setenv("REMOTE_MEETING_STORE", str(tmp_path / "mine.db"))
    done = CliRunner().invoke(main, ["doctor"])
    assert str(tmp_path / "mine.db") in done.stdout


def test_no_place_for_it(tmp_path: Path) -> None:
    """A folder that is a file."""
    (tmp_path / "file").write_text("")
    status, _, code = told(tmp_path / "file" / "meetings.db")
    assert (status, code) == ("problem", 1)


def test_what_is_no_database(tmp_path: Path) -> None:
    """And stays what it is."""
    path = tmp_path / "notes.txt"
    path.write_text("We met on Monday. " * 100)
    status, sentence, _ = told(path)
    assert status == "problem"
    assert "no SQLite database" in sentence
    assert path.read_text().startswith("We met on Monday.")


def test_somebody_elses_database(tmp_path: Path) -> None:
    """No tables are put into it."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE invoices (number)")
    before = dump(path)
    status, sentence, _ = told(path)
    assert status == "warning"
    assert "without a store in it" in sentence
    assert dump(path) == before


@pytest.mark.parametrize(("version", "age"), [(2, "a newer"), (0, "an older")])
def test_another_version(keep: Keep, store_path: Path, version: int, age: str) -> None:
    """Which is said, and which is read."""
    keep("standup")
    with closing(sqlite3.connect(store_path)) as database, database:
        database.execute("UPDATE remote_meeting_store SET version = ?", (version,))
    status, sentence, code = told(store_path)
    assert (status, code) == ("problem", 1)
    assert f"by {age} version" in sentence
    assert f"schema {version}, this one reads 1" in sentence


def test_a_store_that_is_locked(keep: Keep, store_path: Path) -> None:
    """Somebody writes, and does not stop."""
    keep("standup")
    with closing(sqlite3.connect(store_path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        status, sentence, _ = told(store_path, "--timeout", "0.3")
        database.execute("ROLLBACK")
    assert status == "problem"
    assert "no answer within 0.3 s" in sentence
    assert "locked" in sentence


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("sqlite://", "lost with its process"),
        ("mysql://me:hunter2@host/db", "use sqlite or postgresql"),
        ("postgresql://me:hunter2@127.0.0.1:1/db", "cannot be used"),
        ("://", "cannot be read"),
    ],
)
def test_a_url_that_leads_nowhere(where: str, words: str) -> None:
    """With why, and without the password."""
    status, sentence, _ = told(where)
    assert status == "problem"
    assert words in sentence
    assert "hunter2" not in sentence
