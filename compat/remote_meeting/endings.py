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

TAIL_SECONDS = 60
TAIL_SHARE = 0.2


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
            checked = with_doubts(transcript)
            await asyncio.to_thread(store.complete, key, None, checked.model_dump_json().encode(), answer.raw)
        elif answer.status is MeetingStatus.FAILED:
            told = answer.error
            code, request_id = (told.code, told.request_id) if told is not None else ("failed", None)
            cause = ErrorRecord(code, answer.cause or "the service gave no reason", request_id)
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


def with_doubts(transcript: Transcript) -> Transcript:
    """Say when the end of the audio holds no phrase: the old service gave seconds of an hour, and called it done."""
    if not transcript.audio_duration_ticks or not transcript.phrases:
        return transcript
    end = max(phrase.end_ticks for phrase in transcript.phrases)
    silent = (transcript.audio_duration_ticks - end) / 10_000_000
    if silent < TAIL_SECONDS or silent < TAIL_SHARE * transcript.audio_duration_ticks / 10_000_000:
        return transcript
    note = f"The last {silent:.0f} s of the audio hold no phrase: listen whether anybody speaks there."
    return transcript.model_copy(update={"notes": (*transcript.notes, note)})
