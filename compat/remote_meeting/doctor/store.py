"""The meeting store: whether it can be opened and written, found out without leaving anything in it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from remote_meeting_backends import RemoteMeetingError
from remote_meeting_backends.extras import sentence

from .aside import TooLate, aside, within
from .finding import Finding, ok, problem, warning

if TYPE_CHECKING:
    from sqlalchemy import URL

CHECK = "store"
NO_FILE = ("", ":memory:")


async def store(where: str | os.PathLike[str] | None, seconds: float) -> Finding:
    """Look at the store.

    Args:
        where: Database URL or path; None for the default one.
        seconds: How long it may take.
    """
    try:
        return await within(seconds, aside(lambda: _looked_at(where)))
    except TooLate as late:
        return problem(CHECK, f"The store gave {late}: its server is silent, or another process keeps it locked.")
    except RemoteMeetingError as error:
        return problem(CHECK, error.message)


def _looked_at(where: str | os.PathLike[str] | None) -> Finding:
    from remote_meeting_backends.store import default_store_url
    from remote_meeting_backends.store.location import guarded, shown, store_url

    url = store_url(where or default_store_url())
    is_file = url.get_backend_name() == "sqlite"
    if is_file and (url.database or "") in NO_FILE:
        return problem(CHECK, "A store in memory is lost with its process: name a file.")
    with guarded(url):
        if is_file and not Path(url.database or "").exists():
            return _not_there_yet(Path(url.database or ""))
        version = _tried(url)
    if version is None:
        return warning(
            CHECK,
            f"{shown(url)} is a database without a store in it: the first meeting makes the tables. Name another "
            f"(REMOTE_MEETING_STORE) if it is not meant for meetings.",
        )
    return _judged(shown(url), version)


def _judged(name: str, version: int) -> Finding:
    from remote_meeting_backends.store.schema import VERSION

    if version == VERSION:
        return ok(CHECK, f"{name} can be read and written (schema {version}).")
    age = "a newer" if version > VERSION else "an older"
    return problem(
        CHECK,
        f"{name} was written by {age} version of remote-meeting-compat (schema {version}, this one reads {VERSION}): "
        f"use that version, or name another store with REMOTE_MEETING_STORE.",
    )


def _not_there_yet(path: Path) -> Finding:
    """A store that the first meeting will make; only an attempt tells whether the folder may be written."""
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return problem(
            CHECK,
            f"{path} is not there, and {folder} cannot be written ({error.strerror}): name a store where you may "
            f"write, with REMOTE_MEETING_STORE.",
        )
    return ok(CHECK, f"{path} is not there yet, and can be made: the first meeting makes it.")


def _tried(url: URL) -> int | None:
    """The version of the tables, written over with itself and taken back; None where there are no tables."""
    from sqlalchemy import NullPool, create_engine, inspect, select, update

    from remote_meeting_backends import MissingExtra
    from remote_meeting_backends.store.location import BUSY_SECONDS
    from remote_meeting_backends.store.schema import about

    is_file = url.get_backend_name() == "sqlite"
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS} if is_file else {})
    except ModuleNotFoundError as error:
        raise MissingExtra(sentence("postgres", f"A store on {url.get_backend_name()}")) from error
    with engine.connect() as connection:
        if not inspect(connection).has_table(about.name):
            return None
        version = connection.execute(select(about.c.version)).scalar_one()
        connection.execute(update(about).values(version=version))
        connection.rollback()
    return int(version)
