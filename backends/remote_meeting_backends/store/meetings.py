"""The store itself: every change of a meeting's state is one transaction that checks the state it starts from.

The methods block; callers on an event loop run them on a thread.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..errors import MeetingBusy, MeetingExists, StoreError
from ..runtime import Runtime
from ..transcript import MeetingStatus
from .changes import LET_GO, RESUMABLE, change, lease
from .database import Database
from .records import ErrorRecord, MeetingKey, MeetingRecord, NewMeeting, Runner, Scope
from .rows import COLUMNS, is_row, record_of
from .schema import about, checkpoints, meetings
from .shared import SharedStore


class MeetingStore(SharedStore):
    """Meetings by owner and id.

    Args:
        where: Database URL, or the path of a SQLite file. Nothing is opened before the first call.
        runtime: Gives the time.
    """

    def __init__(self, where: str | os.PathLike[str], runtime: Runtime) -> None:
        super().__init__(Database(where), runtime)
        self._secret: bytes | None = None

    @property
    def name(self) -> str:
        """Where it is, without a password."""
        return self._database.name

    def close(self) -> None:
        """Let its connections go; the next call opens new ones."""
        self._database.close()

    def owner_of(self, secret: str) -> str:
        """Who a caller with this key is: a keyed hash, which says nothing of the key."""
        if self._secret is None:
            with self._database.read() as connection:
                self._secret = bytes.fromhex(connection.execute(select(about.c.secret)).scalar_one())
        return hmac.new(self._secret, secret.encode(), hashlib.sha256).hexdigest()

    def create(self, new: NewMeeting, runner: Runner | None) -> MeetingRecord:
        """Write a meeting down, Uploading, with its runner's lease when it has one.

        Raises:
            MeetingExists: The id is taken.
        """
        now = self._runtime.now()
        row = {
            "owner": new.key.owner,
            "meeting_id": new.key.meeting_id,
            "status": MeetingStatus.UPLOADING.value,
            "mode": new.mode,
            "backend": new.backend,
            "routing_reason": new.routing_reason,
            "options": new.options.model_dump_json(),
            "audio": new.audio,
            "audio_fingerprint": new.audio_fingerprint,
            "audio_seconds": new.audio_seconds,
            "progress": 0.0,
            "created_at": now,
            "updated_at": now,
            **lease(runner, now),
        }
        try:
            with self._database.write() as connection:
                connection.execute(insert(meetings).values(row))
        except StoreError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise MeetingExists(
                    f"Meeting {new.key.meeting_id} exists already.", meeting_id=new.key.meeting_id
                ) from error
            raise
        return self.get(new.key)

    def find(self, scope: Scope, meeting_id: str) -> MeetingRecord | None:
        """The meeting of that id that a caller may see; where several owners have one, the first owner's in order.

        Raises:
            MeetingExists: The holder of the store asks for an id that several callers have used.
        """
        wanted = select(*COLUMNS).where(meetings.c.meeting_id == meeting_id)
        if scope.owners is not None:
            wanted = wanted.where(meetings.c.owner.in_(scope.owners))
        with self._database.read() as connection:
            rows = [record_of(row) for row in connection.execute(wanted)]
        if scope.owners is not None:
            rows.sort(key=lambda row: scope.owners.index(row.key.owner) if scope.owners else 0)
        elif len(rows) > 1:
            raise MeetingExists(
                f"{len(rows)} callers have a meeting {meeting_id}: say whose it is by setting SPEECH_KEY.",
                meeting_id=meeting_id,
            )
        return rows[0] if rows else None

    def get(self, key: MeetingKey) -> MeetingRecord:
        """The meeting of that key.

        Raises:
            MeetingNotFound: There is none.
        """
        with self._database.read() as connection:
            return self._record(connection, key)

    def newest(self, scope: Scope, *, limit: int | None = None) -> list[MeetingRecord]:
        """Meetings that a caller may see, the newest first."""
        wanted = select(*COLUMNS).order_by(meetings.c.created_at.desc(), meetings.c.meeting_id).limit(limit)
        if scope.owners is not None:
            wanted = wanted.where(meetings.c.owner.in_(scope.owners))
        with self._database.read() as connection:
            return [record_of(row) for row in connection.execute(wanted)]

    def claim(self, seen: MeetingRecord, runner: Runner) -> MeetingRecord:
        """Take over a meeting that nobody works on any more; it is Uploading again, its checkpoints are kept.

        Another attempt is another job: the reference to the one before is forgotten.

        Args:
            seen: The record on which the decision rests; a change since then loses the race.
            runner: Who takes it.

        Raises:
            MeetingBusy: Somebody works on it, or was faster.
        """
        now = self._runtime.now()
        if not seen.has_live_runner(now):
            held_as_seen = meetings.c.runner.is_(None) if seen.runner is None else meetings.c.runner == str(seen.runner)
            unchanged = and_(is_row(seen.key), held_as_seen, meetings.c.status.in_(RESUMABLE))
            renewed_since = meetings.c.lease_expires_at != seen.lease_expires_at
            if seen.lease_expires_at is not None:
                unchanged = and_(unchanged, ~renewed_since)
            with self._database.write() as connection:
                taken = connection.execute(
                    update(meetings)
                    .where(unchanged)
                    .values(
                        status=MeetingStatus.UPLOADING.value,
                        job=None,
                        updated_at=now,
                        finished_at=None,
                        error_code=None,
                        error_message=None,
                        error_request_id=None,
                        **lease(runner, now),
                    )
                )
            if taken.rowcount == 1:
                return self.get(seen.key)
        raise MeetingBusy(
            f"Meeting {seen.meeting_id} is being transcribed by another process"
            f"{f' ({seen.runner.pid} on {seen.runner.host})' if seen.runner else ''}: wait for it, "
            f"or fetch it by its id when it is done.",
            meeting_id=seen.meeting_id,
        )

    def renew(self, key: MeetingKey, runner: Runner) -> None:
        """Say that the runner is alive. Raises MeetingBusy when the meeting is no longer its own."""
        self._change(key, runner, lease(runner, self._runtime.now()))

    def release(self, key: MeetingKey, runner: Runner) -> None:
        """Let an unfinished meeting go, so that anyone can resume it at once. Harmless when it is finished."""
        with self._database.write() as connection:
            connection.execute(
                update(meetings)
                .where(is_row(key), meetings.c.runner == str(runner))
                .values(runner=None, lease_expires_at=None)
            )

    def start(self, key: MeetingKey, runner: Runner, job: str, *, handed_over: bool = False) -> None:
        """The backend has taken the job: Processing. One that was handed over to a service has no runner any more."""
        values = {"status": MeetingStatus.PROCESSING.value, "job": job}
        self._change(key, runner, {**values, **LET_GO} if handed_over else values)

    def reroute(self, key: MeetingKey, runner: Runner, backend: str, reason: str) -> MeetingRecord:
        """Another backend works on it from now on, and why."""
        self._change(key, runner, {"backend": backend, "routing_reason": reason.replace("\0", " "), "job": None})
        return self.get(key)

    def progress(self, key: MeetingKey, runner: Runner | None, fraction: float) -> None:
        """Note how far it came, 0 to 1."""
        self._change(key, runner, {"progress": fraction})

    def checkpoint(self, key: MeetingKey, runner: Runner, entries: Sequence[str]) -> None:
        """Keep finished pieces, after those that are there."""
        with self._database.write() as connection:
            change(connection, key, runner, {}, self._runtime.now())
            last = connection.execute(select(func.max(checkpoints.c.position)).where(is_row(key, checkpoints))).scalar()
            first = 0 if last is None else last + 1
            rows = [
                {"owner": key.owner, "meeting_id": key.meeting_id, "position": first + index, "entry": entry}
                for index, entry in enumerate(entries)
            ]
            if rows:
                connection.execute(insert(checkpoints), rows)

    def checkpoints(self, key: MeetingKey) -> list[str]:
        """Every piece kept, in order."""
        wanted = select(checkpoints.c.entry).where(is_row(key, checkpoints)).order_by(checkpoints.c.position)
        with self._database.read() as connection:
            return list(connection.execute(wanted).scalars())

    def complete(self, key: MeetingKey, runner: Runner | None, transcript: bytes, raw: bytes | None = None) -> None:
        """Completed, with its transcript as JSON; the pieces it was made of are no longer needed."""
        values = {"status": MeetingStatus.COMPLETED.value, "progress": 1.0, "transcript": transcript, "raw_result": raw}
        with self._database.write() as connection:
            now = self._runtime.now()
            change(connection, key, runner, {**values, **LET_GO, "finished_at": now}, now)
            connection.execute(delete(checkpoints).where(is_row(key, checkpoints)))

    def fail(self, key: MeetingKey, runner: Runner | None, error: ErrorRecord, raw: bytes | None = None) -> None:
        """Failed, with its cause; the pieces are kept for another attempt."""
        values = {
            "status": MeetingStatus.FAILED.value,
            "error_code": error.code,
            # PostgreSQL takes no NUL in a text.
            "error_message": error.message.replace("\0", " "),
            "error_request_id": error.request_id,
            "raw_result": raw,
        }
        self._change(key, runner, {**values, **LET_GO, "finished_at": self._runtime.now()})

    def delete(self, key: MeetingKey, *, owed: str | None = None) -> None:
        """Forget what was said and where the audio is; that there was a meeting is remembered.

        A process that works on it notices at its next write and stops.

        Args:
            key: The meeting.
            owed: The reference of a job that the service has yet to delete; `owed()` finds it.
        """
        now = self._runtime.now()
        forgotten: dict[str, Any] = dict.fromkeys(
            ("options", "audio", "audio_fingerprint", "transcript", "raw_result", "error_message")
        )
        with self._database.write() as connection:
            connection.execute(
                update(meetings)
                .where(is_row(key), meetings.c.status != MeetingStatus.DELETED.value)
                .values(
                    **forgotten,
                    **LET_GO,
                    job=owed,
                    status=MeetingStatus.DELETED.value,
                    updated_at=now,
                    finished_at=now,
                )
            )
            # Only now: a piece that somebody was writing is there to be seen, and none can come any more.
            connection.execute(delete(checkpoints).where(is_row(key, checkpoints)))
        self._database.empty_log()

    def owe(self, key: MeetingKey, job: str | None) -> None:
        """Remember a job that a service has yet to delete, of a meeting that is deleted here; None when it is gone."""
        with self._database.write() as connection:
            connection.execute(
                update(meetings)
                .where(is_row(key), meetings.c.status == MeetingStatus.DELETED.value)
                .values(job=job, updated_at=self._runtime.now())
            )

    def owed(self, scope: Scope) -> list[MeetingRecord]:
        """Deleted meetings whose jobs a service has yet to delete."""
        wanted = select(*COLUMNS).where(meetings.c.status == MeetingStatus.DELETED.value, meetings.c.job.is_not(None))
        if scope.owners is not None:
            wanted = wanted.where(meetings.c.owner.in_(scope.owners))
        with self._database.read() as connection:
            return [record_of(row) for row in connection.execute(wanted)]

    def transcript(self, key: MeetingKey) -> bytes | None:
        """The stored transcript as JSON; None when there is none."""
        return self._blob(key, meetings.c.transcript)

    def raw_result(self, key: MeetingKey) -> bytes | None:
        """The service's own answer, where it was kept."""
        return self._blob(key, meetings.c.raw_result)

    def _blob(self, key: MeetingKey, column: Any) -> bytes | None:
        with self._database.read() as connection:
            value = connection.execute(select(column).where(is_row(key))).scalar_one_or_none()
        return None if value is None else bytes(value)

    def _change(self, key: MeetingKey, runner: Runner | None, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            change(connection, key, runner, values, self._runtime.now())
