"""How a meeting is changed: by whoever holds it, while it is not over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, update

from ..errors import MeetingBusy
from ..transcript import MeetingStatus
from .records import LEASE_SECONDS, MeetingKey, Runner
from .rows import is_row
from .schema import meetings

ACTIVE: Final = (MeetingStatus.UPLOADING.value, MeetingStatus.PROCESSING.value)
RESUMABLE: Final = (*ACTIVE, MeetingStatus.FAILED.value)
LET_GO: Final[dict[str, Any]] = {"runner": None, "lease_expires_at": None}


def lease(runner: Runner | None, now: datetime) -> dict[str, Any]:
    """What a row says of its runner, from now on."""
    if runner is None:
        return LET_GO
    return {"runner": str(runner), "lease_expires_at": now + timedelta(seconds=LEASE_SECONDS)}


def change(
    connection: Connection, key: MeetingKey, runner: Runner | None, values: dict[str, Any], now: datetime
) -> None:
    """Change an unfinished meeting. Raises MeetingBusy when it is not this runner's."""
    held = meetings.c.runner.is_(None) if runner is None else meetings.c.runner == str(runner)
    changed = connection.execute(
        update(meetings).where(is_row(key), held, meetings.c.status.in_(ACTIVE)).values(updated_at=now, **values)
    )
    if changed.rowcount != 1:
        raise MeetingBusy(
            f"Meeting {key.meeting_id} is not this process's to write any more: deleted, finished or taken over.",
            meeting_id=key.meeting_id,
        )
