"""The statuses and responses of the Java client's poller."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remote_meeting_backends import MeetingStatus, RemoteMeetingError

from .standing import Standing


class LongRunningOperationStatus(StrEnum):
    """azure-core's names."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFULLY_COMPLETED = "SUCCESSFULLY_COMPLETED"
    FAILED = "FAILED"

    @property
    def is_complete(self) -> bool:
        """True when there will be no further response."""
        return self in (LongRunningOperationStatus.SUCCESSFULLY_COMPLETED, LongRunningOperationStatus.FAILED)


@dataclass(frozen=True, slots=True)
class PollValue:
    """What a poll response tells of the meeting.

    Args:
        id: Meeting id.
        service_status: The service's name of the status; None when it could not be asked.
        error: Why it failed or cannot be asked; None while all is well. New beside the old.
    """

    id: str
    service_status: str | None
    error: RemoteMeetingError | None = None


@dataclass(frozen=True, slots=True)
class PollResponse:
    """One poll: azure-core's status, and the meeting's own."""

    status: LongRunningOperationStatus
    value: PollValue


_STATUSES = {
    MeetingStatus.UPLOADING: LongRunningOperationStatus.NOT_STARTED,
    MeetingStatus.PROCESSING: LongRunningOperationStatus.IN_PROGRESS,
    MeetingStatus.COMPLETED: LongRunningOperationStatus.SUCCESSFULLY_COMPLETED,
    # The Java client counts a deleted meeting as a success; asking it for the result raises MeetingDeleted.
    MeetingStatus.DELETED: LongRunningOperationStatus.SUCCESSFULLY_COMPLETED,
    MeetingStatus.FAILED: LongRunningOperationStatus.FAILED,
}


def poll_response(standing: Standing) -> PollResponse:
    """A meeting's standing in the poller's words; one that was interrupted is FAILED, for it will not end by itself."""
    return PollResponse(
        _STATUSES[standing.told_status], PollValue(standing.meeting_id, standing.status.value, standing.problem)
    )


def poll_failure(meeting_id: str, error: RemoteMeetingError) -> PollResponse:
    """A poll that could not be made."""
    return PollResponse(LongRunningOperationStatus.FAILED, PollValue(meeting_id, None, error))
