"""Deleting a meeting here and at its service; what a service does not delete yet is owed, and asked for again."""

from __future__ import annotations

import asyncio
import logging

from remote_meeting_backends import MeetingBusy, MeetingNotFound, MeetingStatus, RemoteMeetingError
from remote_meeting_backends.store import MeetingRecord, MeetingStore, Scope

from .shelf import Shelf

log = logging.getLogger("remote_meeting")


async def forget(store: MeetingStore, shelf: Shelf, record: MeetingRecord) -> bool:
    """Forget a meeting; False when its service deletes nothing that it still works on, and has to be asked again.

    Raises:
        RemoteMeetingError: The service or the store could not be asked; nothing was forgotten.
    """
    owed = await _owed(store, shelf, record)
    if record.status is MeetingStatus.DELETED:
        await asyncio.to_thread(store.owe, record.key, owed)
    else:
        await asyncio.to_thread(store.delete, record.key, owed=owed)
    return owed is None


async def sweep(store: MeetingStore, shelf: Shelf, scope: Scope) -> int:
    """Ask services again to delete what they did not delete when they were asked.

    Returns:
        How many jobs are left.

    Raises:
        StoreError: The store cannot be asked.
    """
    left = 0
    for record in await asyncio.to_thread(store.owed, scope):
        try:
            left += not await forget(store, shelf, record)
        except RemoteMeetingError as error:
            log.info("meeting %s: its job stays for now: %s", record.meeting_id, error)
            left += 1
    return left


async def _owed(store: MeetingStore, shelf: Shelf, record: MeetingRecord) -> str | None:
    """Have the service delete a meeting's job, and what a broken submission may have begun; returns what it keeps."""
    if shelf.capabilities(record.backend).runs_here:
        return None
    jobs = [record.job] if record.job is not None else await asyncio.to_thread(store.checkpoints, record.key)
    owed = None
    for job in jobs:
        try:
            await shelf.get(record.backend).delete(job)
        except MeetingBusy:
            owed = job
        except MeetingNotFound:
            # In a journal stands also what the backend before this one wrote.
            if job == record.job:
                raise
    return owed
