"""How a meeting's end comes in: from a service that keeps its job to the store, and from the store to the caller."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime

from pydantic import ValidationError

from remote_meeting_backends import Backend, MeetingBusy, MeetingStatus, StoreError, Transcript
from remote_meeting_backends.store import ErrorRecord, MeetingKey, MeetingRecord, MeetingStore

from .standing import Standing, answered, stands


async def ask_service(store: MeetingStore, backend: Backend, record: MeetingRecord, now: datetime) -> Standing:
    """Ask the service that keeps a meeting's job; its end is written down.

    Raises:
        RemoteMeetingError: The service or the store could not be asked.
    """
    key, job = record.key, record.job or ""
    answer = await backend.status(job)
    if not answer.status.is_final:
        return replace(answered(record.meeting_id, record.backend, answer), record=record)
    # Several may ask at the same moment: the first writes the end down, the others read it.
    with contextlib.suppress(MeetingBusy):
        if answer.status is MeetingStatus.COMPLETED:
            transcript = answer.transcript or await backend.result(job)
            await asyncio.to_thread(store.complete, key, None, transcript.model_dump_json().encode(), answer.raw)
        elif answer.status is MeetingStatus.FAILED:
            cause = ErrorRecord("failed", answer.cause or "the service gave no reason")
            await asyncio.to_thread(store.fail, key, None, cause, answer.raw)
        else:
            await asyncio.to_thread(store.delete, key)
    return stands(await asyncio.to_thread(store.get, key), now, runs_here=False)


async def load_transcript(store: MeetingStore, key: MeetingKey, now: datetime) -> Transcript:
    """The stored transcript of a meeting that was seen Completed.

    Raises:
        MeetingDeleted: It was deleted since.
        StoreError: What is stored is missing or damaged.
    """
    stored = await asyncio.to_thread(store.transcript, key)
    if stored is None:
        since = stands(await asyncio.to_thread(store.get, key), now, runs_here=True)
        raise since.problem or _damaged(key, store.name)
    try:
        return Transcript.model_validate_json(stored)
    except ValidationError:
        # What pydantic says quotes the text of the meeting.
        raise _damaged(key, store.name) from None


def _damaged(key: MeetingKey, store: str) -> StoreError:
    return StoreError(
        f"The transcript of meeting {key.meeting_id} in the store {store} is missing or damaged: restore the store, "
        f"or transcribe the audio again under another id.",
        meeting_id=key.meeting_id,
    )
