"""What is told of a meeting by `status` and `list`: the same keys for a script, words for a person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from remote_meeting_backends import MeetingInterrupted, NoBackend, backend_class

from ..standing import Standing, stands

if TYPE_CHECKING:
    from remote_meeting_backends.store import MeetingRecord


def facts(standing: Standing) -> dict[str, Any]:
    """A meeting for a script: every key is always there, None where nothing is known."""
    record = standing.record
    error = record.error if record is not None else None
    length = record.audio_seconds if record is not None else None
    interrupted = isinstance(standing.problem, MeetingInterrupted)
    return {
        "meeting_id": standing.meeting_id,
        "status": standing.status.value,
        "interrupted": interrupted,
        "progress": None if standing.progress is None else round(standing.progress, 4),
        "mode": record.mode if record else None,
        "backend": standing.backend,
        "routing": record.routing_reason if record else None,
        "audio": record.audio if record else None,
        "audio_seconds": None if length is None else round(length, 3),
        "created_at": _stamp(record.created_at if record else None),
        "updated_at": _stamp(record.updated_at if record else None),
        "finished_at": _stamp(record.finished_at if record else None),
        "error_code": error.code if error else None,
        "error": error.message if error and error.message else None,
        "request_id": error.request_id if error else None,
        "problem": standing.problem.message if standing.problem else None,
        "detail": standing.detail,
    }


def lines(standing: Standing) -> list[tuple[str, str]]:
    """A meeting for a person: what is known, named and with units."""
    known = {name: value for name, value in facts(standing).items() if value is not None and name != "interrupted"}
    known["status"] = state(standing)
    if "progress" in known:
        known["progress"] = f"{known['progress']:.0%}"
    if "audio_seconds" in known:
        known["audio_seconds"] = f"{known['audio_seconds']:g}"
    if "error" in known:
        # The problem is that error, in a sentence.
        known.pop("problem", None)
    return [(name.replace("_", " "), str(value)) for name, value in known.items()]


def state(standing: Standing) -> str:
    """The status, or that nothing will come of it until somebody resumes it."""
    return "Interrupted" if isinstance(standing.problem, MeetingInterrupted) else standing.status.value


def standing_of(record: MeetingRecord, now: datetime) -> Standing:
    """How a meeting of the store stands, by what is stored alone: no service is asked."""
    try:
        runs_here = backend_class(record.backend).capabilities.runs_here
    except NoBackend:
        runs_here = False
    return stands(record, now, runs_here=runs_here)


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None
