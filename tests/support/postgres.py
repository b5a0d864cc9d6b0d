"""A real PostgreSQL on loopback: one cluster for a run, one database for each test.

A test module brings the fixtures in with `pytest_plugins = ("support.postgres",)`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from .parts import need
from .servers import free_port

SUPERUSER = "store"


@dataclass
class Cluster:
    """A running server that trusts whoever reaches it."""

    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_database(self) -> str:
        """Make an empty database; returns its URL."""
        name = f"meetings_{next(self._numbers)}"
        self.run(f'CREATE DATABASE "{name}"')
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement as the superuser, outside a transaction."""
        where = f"host=127.0.0.1 port={self.port} user={SUPERUSER} dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a server with Debian's binaries, and take it away again."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    need(binaries, "PostgreSQL", "apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    user = _unprivileged(home)
    data, port = home / "data", free_port()

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries[-1] / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, cwd=home, user=user, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-A", "trust", "-U", SUPERUSER, "--no-sync", "-E", "UTF8", "--locale=C")
        settings = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=50"
        run("pg_ctl", "start", "-w", "-l", str(home / "log"), "-o", settings)
        try:
            yield Cluster(port)
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged(home: Path) -> str | None:
    """Who runs the server: it refuses root; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    names = {account.pw_name for account in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    os.chown(home, pwd.getpwnam(name).pw_uid, -1)
    return name


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The server of this run."""
    with running_cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store may be: a test that takes this runs on both kinds."""
    if request.param == "sqlite":
        return str(tmp_path / "meetings.db")
    running: Cluster = request.getfixturevalue("cluster")
    return running.new_database()
