"""Where the store is: from a URL, a path or the user's data directory to an engine that is ready to use."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ..errors import MissingExtra, StoreError
from ..extras import sentence
from . import schema

ENVIRONMENT = "REMOTE_MEETING_STORE"
BUSY_SECONDS = 15
LOG_ATTEMPTS = 5
READ = "remote_meeting_read"
CREATION_LOCK = 0x52_4D_43  # any number, the same in every process


def default_store_url() -> str:
    """What is used when nobody names a store: $REMOTE_MEETING_STORE, else a file in the user's data directory."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return named
    from platformdirs import user_data_path

    return str(user_data_path("remote-meeting", appauthor=False) / "meetings.db")


def store_url(where: str | os.PathLike[str]) -> URL:
    """A database URL, or the path of a SQLite file.

    Raises:
        StoreError: It is neither.
    """
    where = os.fspath(where)
    if "://" not in where:
        return URL.create("sqlite", database=str(Path(where).expanduser()))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        # The text may hold a password, so neither it nor the error that quotes it is shown.
        raise StoreError("The store's URL cannot be read: give a path, sqlite:///path or postgresql://…") from None
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"There is no store of the kind {url.drivername!r}: use sqlite or postgresql.")
    return url


def open_engine(url: URL) -> Engine:
    """Connect, and make the tables where there are none.

    Raises:
        StoreError: It cannot be opened, or a newer version of this package wrote it.
        MissingExtra: The database's driver is not installed.
    """
    with guarded(url):
        is_sqlite = url.get_backend_name() == "sqlite"
        try:
            # A server may have restarted since the last call: a connection is tried before it is used.
            engine = create_engine(
                url, connect_args={"timeout": BUSY_SECONDS} if is_sqlite else {}, pool_pre_ping=not is_sqlite
            )
        except ModuleNotFoundError as error:
            raise MissingExtra(sentence("postgres", f"A store on {url.get_backend_name()}")) from error
        if is_sqlite:
            _make_private_file(url)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        with engine.begin() as connection:
            _make_tables(connection, url)
    return engine


@contextlib.contextmanager
def guarded(url: URL) -> Iterator[None]:
    """Turn what the database says into one sentence that names the store, and never its password."""
    try:
        yield
    except NoSuchModuleError as error:
        raise StoreError(f"There is no store of the kind {url.drivername!r}: use sqlite or postgresql.") from error
    except SQLAlchemyError as error:
        raise StoreError(f"The store {shown(url)} cannot be used: {_reason(error)}.") from error
    except OSError as error:
        reason = f"{error.strerror} ({error.filename})" if error.filename else str(error)
        raise StoreError(f"The store {shown(url)} cannot be used: {reason}.") from error


def shown(url: URL) -> str:
    """The store's name, fit for messages."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    # The part after the question mark may hold a password, too.
    return url.set(query={}).render_as_string()


def _reason(error: SQLAlchemyError) -> str:
    said = (
        str(error.orig if isinstance(error, DBAPIError) and error.orig else error).strip().splitlines()[0].rstrip(".")
    )
    advice = {
        "database or disk is full": "the disk is full; free some space and try again, nothing that was stored is lost",
        "file is not a database": "the file is no SQLite database; name another one with REMOTE_MEETING_STORE",
        "unable to open database file": "the file cannot be opened; check that its folder exists and may be written",
        "attempt to write a readonly database": "it may not be written; check its permissions",
        "database is locked": f"another process kept it locked for {BUSY_SECONDS} s",
    }
    return advice.get(said, said)


def _make_private_file(url: URL) -> None:
    """Transcripts are private: a new folder and a new file are for this user alone."""
    if not url.database or url.database == ":memory:":
        raise StoreError("A store in memory is lost with its process: name a file.")
    path = Path(url.database)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    _log_ahead(cursor)
    # A commit is on the disk (FULL); what is deleted is overwritten.
    for pragma in ("synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _log_ahead(cursor: sqlite3.Cursor) -> None:
    """Let a reader and a writer get along (WAL).

    Of processes that turn this on in a new file at the same moment SQLite refuses some at once, whatever its timeout;
    for a transaction they do wait, and after it the log is on.
    """
    for _ in range(LOG_ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("COMMIT")
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once; one that read first would be refused when somebody else wrote in between.
    reads = connection.get_execution_options().get(READ, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _make_tables(connection: Connection, url: URL) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CREATION_LOCK})
    if not connection.dialect.has_table(connection, schema.about.name):
        schema.metadata.create_all(connection)
        connection.execute(insert(schema.about).values(id=1, version=schema.VERSION, secret=secrets.token_hex(32)))
        return
    version = connection.execute(select(schema.about.c.version)).scalar_one()
    if version != schema.VERSION:
        age = "newer" if version > schema.VERSION else "older"
        raise StoreError(
            f"The store {shown(url)} was written by a {age} version of remote-meeting-compat (schema {version}, "
            f"this one reads {schema.VERSION}): use that version, or name another store with {ENVIRONMENT}."
        )
    there = {index["name"] for index in inspect(connection).get_indexes(schema.meetings.name)}
    for index in schema.LATER_INDEXES:
        if index.name not in there:
            # They make it quick; whoever may not make them in somebody else's tables works without.
            with contextlib.suppress(DBAPIError), connection.begin_nested():
                index.create(connection)
