"""What a process needs that has hundreds of meetings under way, beside others that have as many in the same store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, literal, or_, select, update

from ..errors import MeetingBusy, MeetingNotFound
from ..runtime import Runtime
from ..transcript import MeetingStatus
from .changes import ACTIVE, change, lease
from .database import Database
from .records import Held, MeetingKey, MeetingRecord, Runner
from .rows import COLUMNS, begins, begins_in_index, is_one_of, is_row, record_of
from .schema import KEPT, UNFINISHED, checkpoints, meetings

# Keys in one statement: SQLite took 999 values at the most before 3.32.
MOST_KEYS: Final = 400
NOTHING_NEW: Final[Mapping[Held, float]] = MappingProxyType({})

# Statements for many rows: what is looked up by key is so for each, where a list of keys would make SQLite read all.
_THIS: Final = (meetings.c.owner == bindparam("its_owner"), meetings.c.meeting_id == bindparam("its_id"))
_TOUCH: Final = update(meetings).where(*_THIS).values(updated_at=bindparam("now"))
_HOLD: Final = _TOUCH.values(
    runner=bindparam("its_runner"),
    lease_expires_at=bindparam("until"),
    progress=func.coalesce(bindparam("share"), meetings.c.progress),
)
_APPEND: Final = insert(checkpoints).from_select(
    ["owner", "meeting_id", "position", "entry"],
    select(
        bindparam("its_owner", type_=checkpoints.c.owner.type),
        bindparam("its_id", type_=checkpoints.c.meeting_id.type),
        func.coalesce(func.max(checkpoints.c.position) + literal(1), literal(0)),
        bindparam("entry", type_=checkpoints.c.entry.type),
    ).where(checkpoints.c.owner == bindparam("its_owner"), checkpoints.c.meeting_id == bindparam("its_id")),
)


class SharedStore:
    """The part of `MeetingStore` that is for many meetings at a time, and for several processes.

    Args:
        database: Where the tables are.
        runtime: Gives the time.
    """

    def __init__(self, database: Database, runtime: Runtime) -> None:
        self._database = database
        self._runtime = runtime

    def renew_all(self, held: Sequence[Held], progress: Mapping[Held, float] = NOTHING_NEW) -> list[Held]:
        """Say that runners are alive, and how far some of their meetings came, 0 to 1.

        Returns:
            Those whose meeting is not the runner's any more: deleted, finished or taken over.
        """
        with self._database.write() as connection:
            own = _locked(connection, held)
            _hold(connection, own, self._runtime.now(), progress)
        return [one for one in held if one not in own]

    def checkpoint_all(self, pieces: Sequence[tuple[MeetingKey, Runner, Sequence[str]]]) -> list[Held]:
        """Keep finished pieces of many meetings in one commit, each after those that are there.

        Returns:
            Those whose meeting is not the runner's any more: their pieces were refused, those of the others are kept.
        """
        given = list(dict.fromkeys((key, runner) for key, runner, _ in pieces))
        with self._database.write() as connection:
            own = _locked(connection, given)
            now = self._runtime.now()
            _execute(connection, _TOUCH, [{**_named(key), "now": now} for key, _ in given if (key, _) in own])
            added = ((key, entry) for key, runner, entries in pieces if (key, runner) in own for entry in entries)
            _execute(connection, _APPEND, [{**_named(key), "entry": entry} for key, entry in added])
        return [one for one in given if one not in own]

    def take_over(self, key: MeetingKey, runner: Runner) -> MeetingRecord:
        """Take an unfinished meeting from whoever holds it, alive or not: where its app is, there it is worked on.

        Its status and its job stay. Who held it notices at its next write.

        Raises:
            MeetingBusy: It is over.
            MeetingNotFound: There is none.
        """
        with self._database.write() as connection:
            found = self._record(connection, key, lock=True)
            if found.status.is_final:
                raise MeetingBusy(
                    f"Meeting {key.meeting_id} is {found.status}: nothing is left to work on.",
                    meeting_id=key.meeting_id,
                )
            now = self._runtime.now()
            return _hold_for(connection, [(found, runner)], now)[0]

    def claim_abandoned(
        self, new_runner: Callable[[], Runner], *, audio_prefix: str, idle_since: datetime, limit: int
    ) -> list[MeetingRecord]:
        """Take over unfinished meetings that nobody works on, each for a runner of its own; their statuses stay.

        Of processes that do so at the same time each gets others.

        Args:
            new_runner: Makes the runners.
            audio_prefix: Only those whose audio begins so.
            idle_since: Only those that were not changed since then.
            limit: So many at the most, those that lie longest first.
        """
        with self._database.write() as connection:
            now = self._runtime.now()
            rows = connection.execute(
                select(*COLUMNS)
                .where(UNFINISHED, meetings.c.status.in_(ACTIVE), meetings.c.updated_at < idle_since)
                .where(begins(meetings.c.audio, audio_prefix), _is_free(connection, now))
                .order_by(meetings.c.updated_at)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            return _hold_for(connection, [(record_of(row), new_runner()) for row in rows], now)

    def move(
        self,
        key: MeetingKey,
        runner: Runner,
        *,
        audio: str,
        fingerprint: str,
        seconds: float | None,
        backend: str,
        reason: str,
    ) -> MeetingRecord:
        """Its audio came to an end and can be read as a whole now, by the backend that works on it from now on.

        Raises:
            MeetingBusy: It is no longer the runner's.
        """
        values = {
            "audio": audio,
            "audio_fingerprint": fingerprint,
            "audio_seconds": seconds,
            "backend": backend,
            "routing_reason": reason.replace("\0", " "),
            "job": None,
        }
        with self._database.write() as connection:
            change(connection, key, runner, values, self._runtime.now())
            return self._record(connection, key)

    def unfinished(self, owner: str, *, audio_prefix: str = "") -> int:
        """How many of an owner's meetings are not over, of those whose audio begins so."""
        wanted = select(func.count()).select_from(meetings).where(UNFINISHED, meetings.c.owner == owner)
        with self._database.read() as connection:
            return connection.execute(wanted.where(begins(meetings.c.audio, audio_prefix))).scalar_one()

    def by_status(self) -> dict[MeetingStatus, int]:
        """How many meetings there are of each status that occurs. Reads one index whole: not for every request."""
        wanted = select(meetings.c.status, func.count()).group_by(meetings.c.status)
        with self._database.read() as connection:
            return {MeetingStatus(status): count for status, count in connection.execute(wanted)}

    def finished_before(self, moment: datetime, *, audio_prefix: str, limit: int) -> list[MeetingRecord]:
        """Completed and failed meetings that ended before then, and whose audio begins so and is kept, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(*COLUMNS)
                .where(
                    KEPT, begins_in_index(meetings.c.audio, audio_prefix, connection), meetings.c.finished_at < moment
                )
                .order_by(meetings.c.finished_at)
                .limit(limit)
            )
            return [record_of(row) for row in rows]

    def forget_audio(self, key: MeetingKey) -> None:
        """The audio of a finished meeting is gone: its fingerprint goes, too. Nothing happens to one under way."""
        with self._database.write() as connection:
            connection.execute(update(meetings).where(is_row(key), ~UNFINISHED).values(audio_fingerprint=None))

    def _record(self, connection: Connection, key: MeetingKey, *, lock: bool = False) -> MeetingRecord:
        wanted = select(*COLUMNS).where(is_row(key))
        row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
        if row is None:
            raise MeetingNotFound(
                f"There is no meeting {key.meeting_id} in the store {self._database.name}.", meeting_id=key.meeting_id
            )
        return record_of(row)


def _locked(connection: Connection, held: Collection[Held]) -> set[Held]:
    """Those that are still their runner's, and stay so to the end of the transaction."""
    own: set[tuple[str, str, str]] = set()
    # Always in the same order: of two transactions one waits for the other, never each for the other.
    keys = iter(sorted({key for key, _ in held}, key=lambda key: (key.owner, key.meeting_id)))
    while some := list(islice(keys, MOST_KEYS)):
        rows = connection.execute(
            select(meetings.c.owner, meetings.c.meeting_id, meetings.c.runner)
            .where(UNFINISHED, meetings.c.status.in_(ACTIVE), is_one_of(some))
            .order_by(meetings.c.owner, meetings.c.meeting_id)
            .with_for_update()
        )
        own.update((row.owner, row.meeting_id, row.runner) for row in rows)
    return {(key, runner) for key, runner in held if (key.owner, key.meeting_id, str(runner)) in own}


def _hold_for(connection: Connection, taken: list[tuple[MeetingRecord, Runner]], now: datetime) -> list[MeetingRecord]:
    """Give rows that are locked to new runners."""
    _hold(connection, [(record.key, runner) for record, runner in taken], now, NOTHING_NEW)
    return [
        replace(record, runner=runner, lease_expires_at=lease(runner, now)["lease_expires_at"], updated_at=now)
        for record, runner in taken
    ]


def _hold(connection: Connection, held: Collection[Held], now: datetime, progress: Mapping[Held, float]) -> None:
    rows = []
    for key, runner in held:
        until = lease(runner, now)["lease_expires_at"]
        rows.append(
            {**_named(key), "now": now, "its_runner": str(runner), "until": until, "share": progress.get((key, runner))}
        )
    _execute(connection, _HOLD, rows)


def _is_free(connection: Connection, now: datetime) -> Any:
    """The condition that nobody works on a meeting, as far as can be told from here."""
    runner, expires = meetings.c.runner, meetings.c.lease_expires_at
    here = Runner.here("").host
    held = select(runner).where(UNFINISHED, expires > now, begins(runner, f"{here}/"))
    processes = {replace(Runner.parse(text), token="") for text in connection.execute(held).scalars()}
    gone = [begins(runner, str(process)) for process in processes if process.is_gone()]
    return or_(runner.is_(None), expires.is_(None), expires <= now, *gone)


def _named(key: MeetingKey) -> dict[str, Any]:
    return {"its_owner": key.owner, "its_id": key.meeting_id}


def _execute(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    # Without a row it would run once, with no values.
    if rows:
        connection.execute(statement, rows)
