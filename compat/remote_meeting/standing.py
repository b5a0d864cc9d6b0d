"""What can be said of a meeting at one moment, and whether a second submit may go on with it: pure decisions."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from remote_meeting_backends import (
    DeadlineExceeded,
    JobOptions,
    JobStatus,
    MeetingDeleted,
    MeetingExists,
    MeetingFailed,
    MeetingInterrupted,
    MeetingStatus,
    RemoteMeetingError,
    Transcript,
)

from .recording import is_spooled

if TYPE_CHECKING:
    from remote_meeting_backends.store import MeetingRecord


@dataclass(frozen=True, slots=True)
class Standing:
    """How a meeting stands.

    Args:
        meeting_id: Its id.
        status: Its status.
        backend: Who works on it.
        progress: Share done, 0 to 1, where it is known.
        problem: Why waiting longer would bring nothing; None while there is hope, or when it is Completed.
        retry_after_seconds: The service's word on when to ask again.
        record: What the store knows; None for a meeting that only a service knows.
        transcript: The transcript, when it came with the answer.
        body: The service's answer as it came.
        detail: What a person who waits wants to know, where the service tells more than a status.
    """

    meeting_id: str
    status: MeetingStatus
    backend: str
    progress: float | None = None
    problem: RemoteMeetingError | None = None
    retry_after_seconds: float | None = None
    record: MeetingRecord | None = None
    transcript: Transcript | None = None
    body: bytes | None = None
    detail: str | None = None

    @property
    def is_over(self) -> bool:
        """True when nothing will change by itself."""
        return self.status.is_final or self.problem is not None

    @property
    def words(self) -> str:
        """The status, how much is done, and what the service says of it."""
        done = f", {self.progress:.0%} done" if self.progress else ""
        return f"{self.status}{done}{f' ({self.detail})' if self.detail else ''}"

    @property
    def told_status(self) -> MeetingStatus:
        """The status as apps are told: what was interrupted is Failed to them, for they poll Processing for ever."""
        return MeetingStatus.FAILED if self.problem is not None and not self.status.is_final else self.status


def stands(record: MeetingRecord, now: datetime, *, runs_here: bool) -> Standing:
    """How a meeting of the store stands.

    Args:
        record: What the store knows.
        now: The time.
        runs_here: Its backend's job lives in a process, so that it can die with it.
    """
    return Standing(
        meeting_id=record.meeting_id,
        status=record.status,
        backend=record.backend,
        progress=record.progress,
        problem=_problem(record, now, runs_here=runs_here),
        record=record,
    )


def answered(meeting_id: str, backend: str, answer: JobStatus) -> Standing:
    """How a meeting stands that only a service knows."""
    problem: RemoteMeetingError | None = None
    if answer.status is MeetingStatus.DELETED:
        problem = MeetingDeleted(f"Meeting {meeting_id} was deleted, so no value is available.")
    elif answer.status is MeetingStatus.FAILED:
        problem = MeetingFailed(f"Meeting {meeting_id} failed: {answer.cause}")
    return Standing(
        meeting_id=meeting_id,
        status=answer.status,
        backend=backend,
        progress=answer.progress,
        problem=problem.about(meeting_id=meeting_id, backend=backend) if problem else None,
        retry_after_seconds=answer.retry_after_seconds,
        transcript=answer.transcript,
        body=answer.raw,
        detail=answer.detail,
    )


def _problem(record: MeetingRecord, now: datetime, *, runs_here: bool) -> RemoteMeetingError | None:
    name = record.meeting_id
    if record.status is MeetingStatus.DELETED:
        return MeetingDeleted(
            f"Meeting {name} was deleted on {_day(record.finished_at)}, so no value is available.", meeting_id=name
        )
    if record.status is MeetingStatus.FAILED:
        cause = record.error
        return MeetingFailed(
            f"Meeting {name} failed: {cause.message if cause else 'no reason was stored'}",
            meeting_id=name,
            code=cause.code if cause else None,
            request_id=cause.request_id if cause else None,
            backend=record.backend,
        )
    if record.status is MeetingStatus.COMPLETED or record.has_live_runner(now):
        return None
    if not runs_here and record.job is not None:
        return None
    if is_spooled(record.audio):
        return MeetingInterrupted(
            f"Meeting {name} waits at {record.progress:.0%}: it came in through a gateway, and goes on where "
            f"remote-meeting serve runs, when its app comes back or asks for it.",
            meeting_id=name,
        )
    return MeetingInterrupted(
        f"Meeting {name} was interrupted at {record.progress:.0%}: the process that worked on it has ended; "
        f"go on with: remote-meeting transcribe --meeting-id {shlex.quote(name)}",
        meeting_id=name,
    )


def too_late(meeting_id: str, last: str | None, backend: str | None, seconds: float, *, here: bool) -> DeadlineExceeded:
    """What is raised when a wait ends before its meeting does.

    Args:
        meeting_id: The meeting.
        last: How it stood when that was last told, as `words` has it; None when it never was.
        backend: Who works on it.
        seconds: How long was waited.
        here: It is worked on in this very process.
    """
    if last is None:
        how = f"Nobody could say within {seconds:g} s how meeting {meeting_id} stands"
    else:
        how = f"Meeting {meeting_id} was still {last} after {seconds:g} s"
    later = "it goes on while this process lives, and can be resumed after that; " if here else ""
    return DeadlineExceeded(f"{how}: {later}ask for it again by its id.", meeting_id=meeting_id, backend=backend)


def check_resubmission(record: MeetingRecord, fingerprint: str, options: JobOptions, backend: str | None) -> None:
    """Let a second submit go on with a meeting that broke off or failed; refuse every other.

    Args:
        record: The meeting as it stands.
        fingerprint: The audio's, as given now.
        options: What is asked for now.
        backend: The backend asked for by name, or None.

    Raises:
        MeetingDeleted, MeetingExists: Why not.
    """
    name = record.meeting_id
    if record.status is MeetingStatus.DELETED:
        raise MeetingDeleted(
            f"Meeting {name} was deleted on {_day(record.finished_at)}: its id cannot be used again; choose another.",
            meeting_id=name,
        )
    refusal = None
    if record.status is MeetingStatus.COMPLETED:
        refusal = f"was completed on {_day(record.finished_at)}: fetch it by its id, or choose another id"
    elif record.audio_fingerprint != fingerprint:
        refusal = f"was begun with other audio ({record.audio}): choose another id"
    elif backend is not None and backend != record.backend:
        refusal = f"was begun with the backend {record.backend}: leave the backend out, or choose another id"
    elif record.options != options:
        differences = _differences(record.options, options)
        refusal = f"was begun with other options ({differences}): repeat those, or choose another id"
    if refusal is not None:
        raise MeetingExists(f"Meeting {name} {refusal}.", meeting_id=name)


def _differences(old: JobOptions | None, new: JobOptions) -> str:
    before = old.model_dump() if old is not None else {}
    return ", ".join(
        f"{name} was {getattr(old, name)}" for name, value in new.model_dump().items() if before.get(name) != value
    )


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "an unknown day"
