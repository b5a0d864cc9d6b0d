"""A live meeting heard once more when it is over, by a backend that takes its time."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from remote_meeting_backends import (
    Backend,
    JobRequest,
    Journal,
    MeetingFailed,
    MeetingStatus,
    RemoteMeetingError,
    Runtime,
    Transcript,
)

from .upload import Upload

log = logging.getLogger("remote_meeting.gateway")

ASK_SECONDS: Final = 10.0


async def refined(live: Transcript, upload: Upload, name: str, journal: Journal, runtime: Runtime) -> Transcript:
    """The transcript of the second hearing; that of the first where the second fails, with the reason in its notes.

    Args:
        live: What was heard live.
        upload: The meeting.
        name: Who hears it once more.
        journal: Where a job is written down before it is submitted.
        runtime: Gives the waits between questions to a service.
    """
    account, record = upload.account, upload.record
    if account is None or record.options is None:
        return live
    try:
        path = await asyncio.to_thread(upload.audio.whole)
        backend = account.backend(name)
        options = record.options.model_copy(update={"phrases": (), "profanity": None, "model": None})
        second = await _heard(backend, JobRequest(record.meeting_id, path, options), journal, runtime)
    except RemoteMeetingError as error:
        log.warning(
            "meeting %r was not heard once more: %s", record.meeting_id, error, extra={"meeting_id": record.meeting_id}
        )
        note = f"The second hearing by {name} failed ({error.message.rstrip('.')}): this is what {live.backend} heard."
        return live.model_copy(update={"notes": (*live.notes, note)})
    note = f"Heard live by {live.backend}, and once more by {name} when it was over: this is what {name} heard."
    return second.model_copy(update={"notes": (*second.notes, *upload.notes, note)})


async def _heard(backend: Backend, request: JobRequest, journal: Journal, runtime: Runtime) -> Transcript:
    job = await backend.submit(request, journal)
    try:
        if backend.capabilities.runs_here:
            return await backend.result(job)
        while True:
            now = await backend.status(job)
            if now.status is MeetingStatus.COMPLETED:
                return now.transcript or await backend.result(job)
            if now.status.is_final:
                raise now.error or MeetingFailed(now.cause or "The service gave no reason.", backend=backend.name)
            await runtime.idle(now.retry_after_seconds or ASK_SECONDS)
    finally:
        if backend.capabilities.runs_here:
            await backend.delete(job)
