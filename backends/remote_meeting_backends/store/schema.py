"""The tables, and their version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    and_,
)

VERSION = 1
metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC, kept as microseconds since 1970: the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value.timestamp() * 1_000_000)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1_000_000, UTC)


# One row: which version wrote the tables, and the secret that turns callers' keys into owners.
about = Table(
    "remote_meeting_store",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("secret", String(64), nullable=False),
)

meetings = Table(
    "meetings",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("meeting_id", String(256), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("mode", String(32), nullable=False),
    Column("backend", String(64), nullable=False),
    Column("routing_reason", Text, nullable=False),
    Column("job", Text),
    Column("options", Text),
    Column("audio", Text),
    Column("audio_fingerprint", String(64)),
    Column("audio_seconds", Float),
    Column("progress", Float, nullable=False),
    Column("runner", Text),
    Column("lease_expires_at", Moment),
    Column("created_at", Moment, nullable=False, index=True),
    Column("updated_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_request_id", Text),
    Column("transcript", LargeBinary),
    Column("raw_result", LargeBinary),
)

# Of a million meetings few are under way, and of the others few have audio that a gateway has yet to clean: these
# indexes hold those few. A condition must be written as it stands here, or SQLite does not use its index.
UNFINISHED = meetings.c.finished_at.is_(None)
KEPT = and_(meetings.c.finished_at.is_not(None), meetings.c.audio_fingerprint.is_not(None))

# Stores of before have none of them; they come with the next opening.
LATER_INDEXES = (
    Index("ix_meetings_status", meetings.c.status),
    Index("ix_meetings_unfinished", meetings.c.owner, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    Index(
        "ix_meetings_kept_audio",
        meetings.c.audio,
        sqlite_where=KEPT,
        postgresql_where=KEPT,
        # Finds by a prefix whichever order the database's language puts texts in.
        postgresql_ops={"audio": "text_pattern_ops"},
    ),
)

# Finished pieces of a job that runs in a process of ours, in order.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("meeting_id", String(256), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("entry", Text, nullable=False),
    ForeignKeyConstraint(["owner", "meeting_id"], ["meetings.owner", "meetings.meeting_id"], ondelete="CASCADE"),
)
