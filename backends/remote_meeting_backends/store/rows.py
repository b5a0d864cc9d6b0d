"""From rows of the tables to records, and the condition that finds them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, func, tuple_

from ..backend import JobOptions
from ..transcript import MeetingStatus
from .records import ErrorRecord, MeetingKey, MeetingRecord, Runner
from .schema import meetings

# Transcripts and raw results can be large, and are fetched apart.
COLUMNS = [column for column in meetings.c if column.name not in ("transcript", "raw_result")]


def is_row(key: MeetingKey, table: Any = meetings) -> Any:
    """The condition that picks a meeting's row, or its rows in another table."""
    return and_(table.c.owner == key.owner, table.c.meeting_id == key.meeting_id)


def is_one_of(keys: Collection[MeetingKey], table: Any = meetings) -> Any:
    """The condition that picks the rows of several meetings."""
    return tuple_(table.c.owner, table.c.meeting_id).in_([(key.owner, key.meeting_id) for key in keys])


def begins(column: Any, prefix: str) -> Any:
    """The condition that a text begins so, its case included."""
    return func.substr(column, 1, len(prefix)) == prefix


def begins_in_index(column: Any, prefix: str, connection: Connection) -> Any:
    """The same as a condition for which a database uses its index of the column; the prefix is not empty."""
    if connection.dialect.name == "postgresql":
        return column.startswith(prefix, autoescape=True)
    # Texts are in the order of their code points here.
    return and_(column >= prefix, column < prefix[:-1] + chr(ord(prefix[-1]) + 1))


def record_of(row: Any) -> MeetingRecord:
    """A row of COLUMNS as what the store tells of a meeting."""
    error = ErrorRecord(row.error_code, row.error_message or "", row.error_request_id) if row.error_code else None
    return MeetingRecord(
        key=MeetingKey(row.owner, row.meeting_id),
        status=MeetingStatus(row.status),
        mode=row.mode,
        backend=row.backend,
        routing_reason=row.routing_reason,
        job=row.job,
        options=JobOptions.model_validate_json(row.options) if row.options else None,
        audio=row.audio,
        audio_fingerprint=row.audio_fingerprint,
        audio_seconds=row.audio_seconds,
        progress=row.progress,
        runner=Runner.parse(row.runner) if row.runner else None,
        lease_expires_at=row.lease_expires_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        finished_at=row.finished_at,
        error=error,
    )
