"""What can be said of a meeting at one moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remote_meeting.standing import answered, check_resubmission, stands
from remote_meeting_backends import (
    JobOptions,
    JobStatus,
    MeetingDeleted,
    MeetingExists,
    MeetingFailed,
    MeetingInterrupted,
    MeetingStatus,
)
from remote_meeting_backends.store import ErrorRecord, MeetingKey, MeetingRecord
from support.stores import ELSEWHERE, ended_runner

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
SAME = "f" * 32
RECORD = MeetingRecord(
    key=MeetingKey("", "standup"),
    status=MeetingStatus.PROCESSING,
    mode="async",
    backend="here",
    routing_reason="here",
    job="job-1",
    options=JobOptions(),
    audio="/audio/standup.wav",
    audio_fingerprint=SAME,
    audio_seconds=60.0,
    progress=0.42,
    runner=ELSEWHERE,
    lease_expires_at=NOW + timedelta(seconds=1),
    created_at=NOW,
    updated_at=NOW,
    finished_at=None,
    error=None,
)
ENDED = replace(RECORD, runner=None, lease_expires_at=None, finished_at=NOW)
CAUSE = ErrorRecord("quota", "The quota is used up.", "r-1")


@pytest.mark.parametrize(
    ("record", "runs_here"),
    [
        (RECORD, True),
        (replace(RECORD, status=MeetingStatus.UPLOADING, job=None), False),
        (replace(RECORD, runner=None, lease_expires_at=None), False),
        (replace(ENDED, status=MeetingStatus.COMPLETED), True),
    ],
)
def test_all_is_well(record: MeetingRecord, runs_here: bool) -> None:
    """Somebody works on it, or it is done."""
    standing = stands(record, NOW, runs_here=runs_here)
    assert standing.problem is None
    assert standing.is_over is record.status.is_final
    assert (standing.status, standing.progress, standing.record) == (record.status, 0.42, record)


@pytest.mark.parametrize(
    ("record", "runs_here"),
    [
        (replace(RECORD, lease_expires_at=NOW), True),
        (replace(RECORD, runner=ended_runner()), True),
        (replace(RECORD, runner=None, lease_expires_at=None), True),
        (replace(RECORD, status=MeetingStatus.UPLOADING, runner=None, job=None), False),
    ],
)
def test_nobody_works_on_it(record: MeetingRecord, runs_here: bool) -> None:
    """A meeting whose process ended is over until somebody resumes it: waiting would bring nothing."""
    standing = stands(record, NOW, runs_here=runs_here)
    assert isinstance(standing.problem, MeetingInterrupted)
    assert "interrupted at 42%" in str(standing.problem)
    assert standing.is_over
    assert not standing.status.is_final


def test_it_failed() -> None:
    """The cause, its code and the service's request id come through."""
    problem = stands(replace(ENDED, status=MeetingStatus.FAILED, error=CAUSE), NOW, runs_here=True).problem
    assert isinstance(problem, MeetingFailed)
    assert str(problem) == "Meeting standup failed: The quota is used up. (backend here, request id r-1)"
    assert (problem.code, problem.request_id, problem.meeting_id) == ("quota", "r-1", "standup")


def test_it_failed_for_no_reason() -> None:
    """Where no cause was stored, that is said."""
    problem = stands(replace(ENDED, status=MeetingStatus.FAILED), NOW, runs_here=True).problem
    assert "no reason was stored" in str(problem)


def test_it_was_deleted() -> None:
    """The retired client's sentence, and the day."""
    problem = stands(replace(ENDED, status=MeetingStatus.DELETED), NOW, runs_here=True).problem
    assert isinstance(problem, MeetingDeleted)
    assert str(problem) == "Meeting standup was deleted on 2026-03-04 05:06 UTC, so no value is available."


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (JobStatus(MeetingStatus.UPLOADING), None, ""),
        (JobStatus(MeetingStatus.PROCESSING, progress=0.5, retry_after_seconds=3), None, ""),
        (JobStatus(MeetingStatus.COMPLETED, raw=b"{}"), None, ""),
        (JobStatus(MeetingStatus.FAILED, cause="no speech"), MeetingFailed, "failed: no speech"),
        (JobStatus(MeetingStatus.DELETED), MeetingDeleted, "was deleted, so no value"),
    ],
)
def test_what_a_service_answered(answer: JobStatus, kind: type[Exception] | None, sentence: str) -> None:
    """A service's word is passed on, its problem with the meeting and the backend in it."""
    standing = answered("standup", "far", answer)
    assert (standing.status, standing.progress, standing.body) == (answer.status, answer.progress, answer.raw)
    assert standing.retry_after_seconds == answer.retry_after_seconds
    assert (type(standing.problem) if standing.problem else None) is kind
    if standing.problem is not None:
        assert sentence in str(standing.problem)
        assert (standing.problem.meeting_id, standing.problem.backend) == ("standup", "far")


@pytest.mark.parametrize("status", [MeetingStatus.UPLOADING, MeetingStatus.PROCESSING, MeetingStatus.FAILED])
@pytest.mark.parametrize("backend", [None, "here"])
def test_a_second_submit_goes_on(status: MeetingStatus, backend: str | None) -> None:
    """The same audio with the same options is the same meeting, until it is completed or deleted."""
    check_resubmission(replace(RECORD, status=status), SAME, JobOptions(), backend)


@pytest.mark.parametrize(
    ("record", "fingerprint", "options", "backend", "kind", "sentence"),
    [
        (replace(ENDED, status=MeetingStatus.DELETED), SAME, JobOptions(), None, MeetingDeleted, "deleted on 2026"),
        (
            replace(ENDED, status=MeetingStatus.COMPLETED),
            "f" * 32,
            JobOptions(),
            None,
            MeetingExists,
            "completed on 2026",
        ),
        (RECORD, "0" * 32, JobOptions(), None, MeetingExists, "other audio (/audio/standup.wav)"),
        (RECORD, SAME, JobOptions(), "far", MeetingExists, "the backend here"),
        (RECORD, "f" * 32, JobOptions(channels="mix"), None, MeetingExists, "other options (channels was None)"),
    ],
)
def test_a_second_submit_is_refused(
    record: MeetingRecord,
    fingerprint: str,
    options: JobOptions,
    backend: str | None,
    kind: type[Exception],
    sentence: str,
) -> None:
    """What differs is named, with what it was."""
    with pytest.raises(kind) as caught:
        check_resubmission(record, fingerprint, options, backend)
    assert sentence in str(caught.value)
