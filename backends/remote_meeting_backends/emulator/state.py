"""What the emulator knows, in memory; beside it a SQLite file that a restart reads it from."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from ..errors import StoreError
from .jobs import Job
from .subscriptions import Hook

_TABLE = "CREATE TABLE IF NOT EXISTS emulator (kind TEXT, id TEXT, body BLOB NOT NULL, PRIMARY KEY (kind, id))"
_Kind = Literal["job", "hook"]


class State:
    """Jobs and web hooks, in the order in which they came.

    Args:
        path: A SQLite file; None keeps nothing beyond this object.

    Raises:
        StoreError: The file cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self.jobs: dict[str, Job] = {}
        self.hooks: dict[str, Hook] = {}
        self._path = path
        self._file: sqlite3.Connection | None = None
        if path is not None:
            with self._guarded():
                # A job's URLs hold SAS: nobody else on this machine needs to read them.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
                self._file.execute(_TABLE)
                self._load(self._file)

    def keep_job(self, job: Job) -> None:
        """Remember a job as it is now."""
        self.jobs[job.id] = job
        self._write("job", job.id, job)

    def keep_hook(self, hook: Hook) -> None:
        """Remember a web hook as it is now."""
        self.hooks[hook.id] = hook
        self._write("hook", hook.id, hook)

    def drop_job(self, job_id: str) -> None:
        """Forget a job and its results."""
        self.jobs.pop(job_id, None)
        self._delete("job", job_id)

    def drop_hook(self, hook_id: str) -> None:
        """Forget a web hook."""
        self.hooks.pop(hook_id, None)
        self._delete("hook", hook_id)

    def clear(self) -> None:
        """Forget everything."""
        self.jobs.clear()
        self.hooks.clear()
        if self._file is not None:
            with self._guarded():
                self._file.execute("DELETE FROM emulator")

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _load(self, file: sqlite3.Connection) -> None:
        for kind, body in file.execute("SELECT kind, body FROM emulator ORDER BY rowid"):
            if kind == "job":
                job = Job.model_validate_json(body)
                self.jobs[job.id] = job
            else:
                hook = Hook.model_validate_json(body)
                self.hooks[hook.id] = hook

    def _write(self, kind: _Kind, entry: str, value: BaseModel) -> None:
        if self._file is not None:
            with self._guarded():
                # An update keeps the row's place, which is the order of coming.
                self._file.execute(
                    "INSERT INTO emulator VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                    (kind, entry, value.model_dump_json()),
                )

    def _delete(self, kind: _Kind, entry: str) -> None:
        if self._file is not None:
            with self._guarded():
                self._file.execute("DELETE FROM emulator WHERE kind = ? AND id = ?", (kind, entry))

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, ValidationError) as error:
            reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
            raise StoreError(
                f"The emulator's state {self._path} cannot be used: {reason}; name another file."
            ) from error
