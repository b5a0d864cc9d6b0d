"""What a store says when it cannot be used, and what nobody may find in it."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from remote_meeting_backends import ManualRuntime, MissingExtra, StoreError
from remote_meeting_backends.store import ANYONE, ErrorRecord, MeetingStore, Runner, default_store_url, location
from support.servers import free_port
from support.stores import ELSEWHERE, new_meeting

if TYPE_CHECKING:
    from support.postgres import Cluster

pytest_plugins = ("support.postgres",)

NEW = new_meeting()
KEY = NEW.key
Opener = Callable[[str], MeetingStore]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens stores, and closes them after the test."""
    stores: list[MeetingStore] = []

    def open_store(where: str) -> MeetingStore:
        stores.append(MeetingStore(where, ManualRuntime()))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


@contextmanager
def connecting(first: str) -> Iterator[None]:
    """Every connection that SQLAlchemy makes meanwhile begins with a statement of ours."""

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        connection = sqlite3.connect(*args, **options)
        connection.execute(first)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3.dbapi2, "connect", connect)
        yield


def traces(folder: Path, text: bytes) -> list[str]:
    """Names of the files in which a text can be found."""
    return [path.name for path in folder.iterdir() if text in path.read_bytes()]


def test_nothing_is_opened_before_the_first_call(opened: Opener, tmp_path: Path) -> None:
    """Making a store leaves no file behind; its first call does, with the folders it needs."""
    path = tmp_path / "new" / "folder" / "meetings.db"
    store = opened(str(path))
    assert not path.parent.exists()
    assert store.newest(ANYONE) == []
    assert path.exists()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_files_are_for_their_owner_alone(opened: Opener, store_path: Path) -> None:
    """Nobody else on the machine can read the meetings, the log beside them included."""
    before = os.umask(0)
    try:
        opened(str(store_path)).create(NEW, None)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store_path.parent.glob("meetings.db*")}
    assert modes == dict.fromkeys(("meetings.db", "meetings.db-wal", "meetings.db-shm"), 0o600)


def test_no_key_is_stored(opened: Opener, store_path: Path) -> None:
    """Asking whose a key is leaves no trace of it, and two stores disagree on the answer."""
    store = opened(str(store_path))
    owner = store.owner_of("k3y-0f-4nn")
    store.create(new_meeting(owner=owner), None)
    assert traces(store_path.parent, b"k3y-0f-4nn") == []
    assert traces(store_path.parent, owner.encode()) != []
    assert opened(str(store_path) + "2").owner_of("k3y-0f-4nn") != owner


@pytest.mark.parametrize("repeated", [1, 5000], ids=["short", "on pages of its own"])
def test_what_was_deleted_cannot_be_found(opened: Opener, store_path: Path, repeated: int) -> None:
    """Neither the file nor its log holds the text, the pieces, the audio's path or the reason any more."""
    store = opened(str(store_path))
    secret = b"we buy the company "
    store.create(new_meeting("done", audio="/secret/place.wav"), ELSEWHERE)
    store.checkpoint(new_meeting("done").key, ELSEWHERE, ["a piece: " + secret.decode() * repeated])
    store.complete(new_meeting("done").key, ELSEWHERE, secret * repeated, b"raw " + secret * repeated)
    store.create(new_meeting("failed", audio="/secret/place.wav"), ELSEWHERE)
    store.checkpoint(new_meeting("failed").key, ELSEWHERE, [secret.decode() * repeated] * 3)
    store.fail(new_meeting("failed").key, ELSEWHERE, ErrorRecord("x", "not heard: we buy the company"), secret)
    assert traces(store_path.parent, b"we buy the company") != []
    store.delete(new_meeting("done").key)
    store.delete(new_meeting("failed").key)
    for text in (b"we buy the company", b"/secret/place.wav", b"de-DE"):
        assert traces(store_path.parent, text) == []
    assert len(store.newest(ANYONE)) == 2


def test_a_directory_is_no_store(opened: Opener, tmp_path: Path) -> None:
    """A folder in the file's place is one sentence that names it."""
    with pytest.raises(StoreError, match=f"The store {tmp_path} cannot be used: the file cannot be opened; check"):
        opened(str(tmp_path)).newest(ANYONE)


def test_another_file_is_left_alone(opened: Opener, store_path: Path) -> None:
    """A text file is not overwritten."""
    store_path.write_text("Dear diary, " * 100)
    with pytest.raises(StoreError, match="the file is no SQLite database; name another one with REMOTE_MEETING_STORE"):
        opened(str(store_path)).create(NEW, None)
    assert store_path.read_text() == "Dear diary, " * 100


def test_a_folder_that_cannot_be_made(opened: Opener, store_path: Path) -> None:
    """What the operating system says is passed on."""
    store_path.write_text("")
    with pytest.raises(StoreError, match=rf"cannot be used: File exists \({store_path}\)"):
        opened(str(store_path / "meetings.db")).newest(ANYONE)
    with pytest.raises(StoreError, match=r"The store /proc/1/x/meetings.db cannot be used: .* \(/proc/1/x\)"):
        opened("/proc/1/x/meetings.db").newest(ANYONE)


def test_a_store_that_may_not_be_written(opened: Opener, store_path: Path) -> None:
    """A database that only allows reading says so."""
    opened(str(store_path)).newest(ANYONE)
    with (
        connecting("PRAGMA query_only=ON"),
        pytest.raises(StoreError, match="may not be written; check its perm"),
    ):
        opened(str(store_path)).create(NEW, None)


@pytest.mark.parametrize(("version", "age"), [(2, "a newer"), (0, "a older")])
def test_another_versions_store_is_left_alone(opened: Opener, store_path: Path, version: int, age: str) -> None:
    """A schema that this version does not know is not touched, and both versions are named."""
    opened(str(store_path)).create(NEW, None)
    with closing(sqlite3.connect(store_path)) as connection:
        connection.execute("UPDATE remote_meeting_store SET version = ?", (version,))
        connection.commit()
    with pytest.raises(StoreError, match=rf"written by an? {age[2:]} version .*\(schema {version}, this one reads 1\)"):
        opened(str(store_path)).newest(ANYONE)


@pytest.mark.parametrize(
    "where", ["mysql://u:hunter2@h/db", "oracle://h/db", "nonsense://h/db", "sqlite+nonsense:///x"]
)
def test_an_unknown_kind_of_database(opened: Opener, where: str) -> None:
    """Only what is tested is offered."""
    with pytest.raises(StoreError, match=r"no store of the kind '(mysql|oracle|.*nonsense)': use sqlite or postgresql"):
        opened(where).newest(ANYONE)


@pytest.mark.parametrize("where", ["postgresql://u:hunter2@h:port/db", "://hunter2", "postgresql://u:hunter2:@h:1:2/x"])
def test_a_url_that_cannot_be_read_is_not_repeated(opened: Opener, where: str) -> None:
    """The text may hold a password, so neither the message nor its cause shows it."""
    with pytest.raises(StoreError, match="URL cannot be read") as caught:
        opened(where)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_missing_driver_is_named_with_its_line(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, PostgreSQL ends in the line that installs it."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install 'remote-meeting-compat\[postgres\]'"):
        opened("postgresql://127.0.0.1/db").newest(ANYONE)


@pytest.mark.parametrize("where", [":memory:", "sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_is_refused(opened: Opener, where: str) -> None:
    """It would be lost with its process, and a meeting with it."""
    with pytest.raises(StoreError, match="A store in memory is lost"):
        opened(where).newest(ANYONE)


@pytest.mark.parametrize(
    "where", ["postgresql://ann:hunter2@{place}/db", "postgres://{place}/db?user=ann&password=hunter2"]
)
def test_a_server_that_is_not_there(opened: Opener, where: str) -> None:
    """Its address is named; its password is not, wherever it stands in the URL."""
    place = f"127.0.0.1:{free_port()}"
    store = opened(where.format(place=place))
    with pytest.raises(StoreError, match="connection failed") as caught:
        store.newest(ANYONE)
    assert place in str(caught.value)
    assert "hunter2" not in str(caught.value) + store.name


def test_a_database_that_is_not_there(opened: Opener, cluster: Cluster) -> None:
    """The server's own words are passed on."""
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        opened(f"postgresql://store@127.0.0.1:{cluster.port}/nowhere").newest(ANYONE)


def test_a_server_that_restarted_is_found_again(opened: Opener, cluster: Cluster) -> None:
    """A connection that the server dropped is replaced without a word."""
    store = opened(cluster.new_database())
    store.create(NEW, None)
    cluster.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'store'"
    )
    assert store.get(KEY).meeting_id == "standup"


def test_a_full_disk_loses_nothing(opened: Opener, store_path: Path) -> None:
    """What does not fit is refused in one sentence; what was stored before is whole, and can be deleted."""
    opened(str(store_path)).create(NEW, ELSEWHERE)
    store = opened(str(store_path))
    with (
        connecting("PRAGMA max_page_count=20"),
        pytest.raises(StoreError, match="the disk is full; free some space"),
    ):
        store.complete(KEY, ELSEWHERE, b"x" * 200_000)
    assert store.get(KEY) == opened(str(store_path)).get(KEY)
    assert store.get(KEY).runner == ELSEWHERE
    store.delete(KEY)
    assert store.transcript(KEY) is None


def test_a_store_that_somebody_keeps_locked(opened: Opener, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing waits, then says why it gave up; reading goes on."""
    opened(str(store_path)).create(NEW, None)
    monkeypatch.setattr(location, "BUSY_SECONDS", 0)
    store = opened(str(store_path))
    assert store.get(KEY).meeting_id == "standup"
    with closing(sqlite3.connect(store_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process kept it locked for 0 s"):
            store.release(KEY, ELSEWHERE)
        assert store.get(KEY).meeting_id == "standup"
    store.release(KEY, ELSEWHERE)


def test_two_who_open_a_new_file_at_once(opened: Opener, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite refuses one of them the write-ahead log without waiting: it is asked for once more."""
    refusals = [sqlite3.OperationalError("database is locked")]

    class Refused(sqlite3.Cursor):
        def execute(self, statement: str, *given: Any) -> sqlite3.Cursor:
            if "journal_mode" in statement and refusals:
                raise refusals.pop()
            return super().execute(statement, *given)

    class Connection(sqlite3.Connection):
        def cursor(self, *_given: Any) -> sqlite3.Cursor:  # type: ignore[override]
            return super().cursor(Refused)

    monkeypatch.setattr(sqlite3.dbapi2, "connect", partial(sqlite3.connect, factory=Connection))
    opened(str(store_path)).create(NEW, None)
    assert not refusals
    assert store_path.with_name("meetings.db-wal").exists()


def test_the_default_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the store; without it, it is in the user's data directory."""
    monkeypatch.setenv("REMOTE_MEETING_STORE", "postgresql://host/db")
    assert default_store_url() == "postgresql://host/db"
    monkeypatch.delenv("REMOTE_MEETING_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ann/data")
    assert Path(default_store_url()).parts[-2:] == ("remote-meeting", "meetings.db")


def test_a_runner_is_written_and_read() -> None:
    """Host, process and token survive the way through the database."""
    assert Runner.parse(str(ELSEWHERE)) == ELSEWHERE
    here = Runner.here("t" * 32)
    assert Runner.parse(str(here)) == here
    assert here.pid == os.getpid()
    assert not here.is_gone()
    assert not ELSEWHERE.is_gone()
