"""The raw response that the C# client hands out: the service's own where a service answered, else one in its shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from remote_meeting_backends import MeetingStatus, Transcript
from remote_meeting_backends.legacy import write_offline_task

from .standing import Standing


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer in the retired service's wire format.

    Args:
        status: HTTP status.
        content: Body as bytes.
        headers: Only where a service answered.
    """

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status_code(self) -> int:
        """The same as `status`."""
        return self.status

    @property
    def text(self) -> str:
        """Body as text."""
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """Body as parsed JSON."""
        return json.loads(self.content)


def raw_response(standing: Standing, transcript: Transcript | None) -> RawResponse:
    """What OfflineTask answered, or would answer."""
    if standing.body is not None:
        return RawResponse(200, standing.body)
    done = transcript if standing.status is MeetingStatus.COMPLETED else None
    return RawResponse(200, write_offline_task(standing.meeting_id, standing.told_status, done))
