"""The store's connections: opened when first needed, one transaction a call, let go of together."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from .location import READ, guarded, open_engine, shown, store_url


class Database:
    """Where the tables are.

    Args:
        where: Database URL, or the path of a SQLite file. Nothing is opened before the first call.
    """

    def __init__(self, where: str | os.PathLike[str]) -> None:
        self._url = store_url(where)
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._process = os.getpid()

    @property
    def name(self) -> str:
        """Where it is, without a password."""
        return shown(self._url)

    def close(self) -> None:
        """Let its connections go; the next call opens new ones."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that changes nothing. Raises StoreError when the database cannot be used."""
        with guarded(self._url), self._opened().connect().execution_options(**{READ: True}) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at its end. Raises StoreError when the database cannot be used."""
        with guarded(self._url), self._opened().begin() as connection:
            yield connection

    def empty_log(self) -> None:
        """SQLite's write-ahead log may still hold what was just overwritten."""
        if self._url.get_backend_name() == "sqlite":
            with self.read() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")

    def _opened(self) -> Engine:
        with self._lock:
            if self._process != os.getpid():
                # A forked child has its parent's connections, and must leave them alone.
                forked, self._engine, self._process = self._engine, None, os.getpid()
                if forked is not None:
                    forked.dispose(close=False)
            if self._engine is None:
                self._engine = open_engine(self._url)
            return self._engine
