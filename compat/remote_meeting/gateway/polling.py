"""OfflineTask: how a meeting stands, what was said in it, and its deletion, for the caller whose it is."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from remote_meeting_backends import (
    MeetingDeleted,
    MeetingInterrupted,
    MeetingNotFound,
    MeetingStatus,
    RemoteMeetingError,
    Transcript,
)
from remote_meeting_backends.legacy import write_offline_task
from remote_meeting_backends.store import MeetingKey, MeetingRecord, Scope

from ..endings import ask_service, load_transcript
from ..forgetting import forget
from ..meetings import Meetings
from ..recording import is_spooled
from ..standing import Standing, stands
from .spooled import has_ended

if TYPE_CHECKING:
    from .accounts import Account
    from .house import House

log = logging.getLogger("remote_meeting.gateway")


class Polls:
    """The poll half.

    Args:
        meetings: Those that were not uploaded here, but submitted through the same store.
        house: Those that were.
    """

    def __init__(self, meetings: Meetings, house: House) -> None:
        self._meetings = meetings
        self._house = house

    async def get(self, owner: str, meeting_id: str, account: Account) -> tuple[bytes, Standing]:
        """The body of an answer, and how the meeting stands.

        Raises:
            MeetingNotFound: The caller has no meeting of that id.
            RemoteMeetingError: It cannot be looked up now.
        """
        record = await self._record(owner, meeting_id)
        if not is_spooled(record.audio):
            standing = await self._meetings.look(meeting_id, Scope((owner,)))
        else:
            standing = await self._look(record, account)
        transcript = None
        if standing.status is MeetingStatus.COMPLETED:
            try:
                transcript = await self._transcript(standing)
            except MeetingDeleted:
                # Deleted while it was looked at.
                standing = stands(await self._record(owner, meeting_id), self._house.runtime.now(), runs_here=True)
        return await asyncio.to_thread(write_offline_task, meeting_id, standing.told_status, transcript), standing

    async def delete(self, owner: str, meeting_id: str, account: Account) -> None:
        """Forget a meeting.

        Raises:
            MeetingNotFound: The caller has no meeting of that id.
            RemoteMeetingError: Its service or the store could not be asked; nothing was forgotten.
        """
        key = MeetingKey(owner, meeting_id)
        record = await self._record(owner, meeting_id)
        if key in self._house.uploads or is_spooled(record.audio):
            # Audio first: a process that dies in between leaves none of a meeting that is deleted.
            await self._house.drop(key, f"Meeting {meeting_id} was deleted.")
            await forget(self._house.store, account.shelf, record)
        else:
            await self._meetings.delete(meeting_id, Scope((owner,)))

    async def _look(self, record: MeetingRecord, account: Account) -> Standing:
        """An uploaded meeting; a poll brings the key that it may have waited for."""
        house = self._house
        house.accounts.remember(record.key.owner, account)
        house.kick(record.key, account)
        now = house.runtime.now()
        runs_here = account.shelf.capabilities(record.backend).runs_here
        if record.job is not None and not runs_here and not record.status.is_final:
            return await ask_service(house.store, account.backend(record.backend), record, now)
        standing = stands(record, now, runs_here=True)
        if isinstance(standing.problem, MeetingInterrupted):
            # It goes on when its app comes back, or ends with what arrived: nobody has to do anything.
            standing = replace(standing, problem=None)
        if standing.status.is_final:
            return standing
        return replace(standing, status=await self._stage(record))

    async def _stage(self, record: MeetingRecord) -> MeetingStatus:
        """Uploading until the audio has ended, wherever it comes in."""
        upload = self._house.uploads.get(record.key)
        if upload is not None:
            is_whole = upload.audio.is_complete
        else:
            is_whole = await asyncio.to_thread(has_ended, self._house.spool.folder(record.audio or ""))
        return MeetingStatus.PROCESSING if is_whole else MeetingStatus.UPLOADING

    async def _transcript(self, standing: Standing) -> Transcript | None:
        if standing.record is None:
            return standing.transcript
        return await load_transcript(self._house.store, standing.record.key, self._house.runtime.now())

    async def _record(self, owner: str, meeting_id: str) -> MeetingRecord:
        found = await asyncio.to_thread(self._house.store.find, Scope((owner,)), meeting_id)
        if found is None:
            raise MeetingNotFound(f"There is no meeting {meeting_id} under this key.", meeting_id=meeting_id)
        return found


async def sweep_owed(house: House) -> None:
    """Ask services again to delete what they did not delete when they were asked."""
    from remote_meeting_backends.store import ANYONE

    for record in await asyncio.to_thread(house.store.owed, ANYONE):
        account = house.accounts.of_owner(record.key.owner)
        if account is not None:
            try:
                await forget(house.store, account.shelf, record)
            except RemoteMeetingError as error:
                log.info(
                    "meeting %r: its job stays for now: %s",
                    record.meeting_id,
                    error,
                    extra={"meeting_id": record.meeting_id},
                )
