"""From rows of the tables to records, and the condition that finds them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_

from ..backend import JobOptions
from ..transcript import MeetingStatus
from .records import ErrorRecord, MeetingKey, MeetingRecord, Runner
from .schema import meetings

# Transcripts and raw results can be large, and are fetched apart.
COLUMNS = [column for column in meetings.c if column.name not in ("transcript", "raw_result")]


def is_row(key: MeetingKey, table: Any = meetings) -> Any:
    """The condition that picks a meeting's row, or its rows in another table."""
    return and_(table.c.owner == key.owner, table.c.meeting_id == key.meeting_id)


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
