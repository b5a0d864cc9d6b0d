"""What tests of the batch backend ask for, and how they wait for it."""

from __future__ import annotations

from typing import Any

import httpx

from remote_meeting_backends import (
    JobOptions,
    JobRequest,
    JobStatus,
)
from remote_meeting_backends.batch import BatchBackend
from remote_meeting_backends.batch.reference import JobReference
from remote_meeting_backends.testing import SpeechEmulator


def asked(url: str, meeting_id: str = "stand-up", **options: Any) -> JobRequest:
    """A meeting by URL."""
    return JobRequest(meeting_id, None, JobOptions(**options), (url,))


async def over(backend: BatchBackend, job: str) -> JobStatus:
    """Ask until it is over."""
    while not (answer := await backend.status(job)).status.is_final:
        pass
    return answer


def body_of(cloud: SpeechEmulator, job: str) -> dict[str, Any]:
    """What the service has of a job, read as anybody with the key would."""
    where = f"{cloud.url}/speechtotext/transcriptions/{JobReference.parse(job).id}"
    reply = httpx.get(where, params={"api-version": "2025-10-15"}, headers={"Ocp-Apim-Subscription-Key": cloud.key})
    return dict(reply.json())
