"""What a gateway does beside its connections: it takes in meetings that nobody holds, asks services, cleans."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from remote_meeting_backends import RemoteMeetingError
from remote_meeting_backends.store import MeetingRecord, Runner

from ..endings import ask_service
from ..recording import SPOOLED
from .memory import give_back
from .polling import sweep_owed

if TYPE_CHECKING:
    from .accounts import Account
    from .house import House

log = logging.getLogger("remote_meeting.gateway")

WATCH_SECONDS: Final = 1.0
# How long what arrived may be in the machine's memory only; a process that dies loses none of it.
SYNC_SECONDS: Final = 5.0
# Also how often a service is asked about a job.
CLAIM_SECONDS: Final = 15.0
CLEAN_SECONDS: Final = 60.0
AT_A_TIME: Final = 100
SYNCS_AT_A_TIME: Final = 4
ENDS_AT_A_TIME: Final = 16


class Chores:
    """The tasks of a gateway that nobody asks for.

    Args:
        house: Whose.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """From now on; needs a running loop."""
        chores = (
            (WATCH_SECONDS, self.watch),
            (SYNC_SECONDS, self.sync),
            (CLAIM_SECONDS, self.claim),
            (CLEAN_SECONDS, self.clean),
        )
        self._tasks = [asyncio.create_task(self._again(seconds, chore)) for seconds, chore in chores]

    async def aclose(self) -> None:
        """No more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def watch(self) -> None:
        """Close what hangs, finish what nobody comes back for, write what waits for room on the disk."""
        house = self._house
        now = house.runtime.monotonic()
        for talk in list(house.talks):
            talk.watch(now)
        over = []
        for upload in list(house.uploads.values()):
            upload.audio.settle()
            is_away = upload.talk is None and now - upload.away_since > house.settings.limits.idle_seconds
            if is_away and not upload.audio.is_complete:
                over.append(upload)
        # A network that breaks ends many at once, and each is written down.
        for at in range(0, len(over), ENDS_AT_A_TIME):
            await asyncio.gather(*(house.finish_with_what_came(one) for one in over[at : at + ENDS_AT_A_TIME]))

    async def sync(self) -> None:
        """Have what arrived survive the machine."""
        gate = asyncio.Semaphore(SYNCS_AT_A_TIME)

        async def one(sync: Callable[[], None]) -> None:
            async with gate:
                await asyncio.to_thread(sync)

        await asyncio.gather(*(one(upload.audio.sync) for upload in list(self._house.uploads.values())))

    async def claim(self) -> None:
        """Take in what nobody holds: meetings of a process that died, and jobs at services that nobody asks about."""
        house = self._house
        if house.is_draining:
            return
        claimed = await asyncio.to_thread(
            house.store.claim_abandoned,
            lambda: Runner.here(house.runtime.new_id()),
            audio_prefix=SPOOLED,
            idle_since=house.runtime.now() - timedelta(seconds=CLAIM_SECONDS),
            limit=AT_A_TIME,
        )
        for record in claimed:
            try:
                await self._taken_in(record)
            except RemoteMeetingError as error:
                log.warning("meeting %r waits: %s", record.meeting_id, error, extra={"meeting_id": record.meeting_id})

    async def clean(self) -> None:
        """Remove audio that is needed no more, count what is left, and return free memory."""
        house = self._house
        before = house.runtime.now() - timedelta(seconds=house.settings.keep_seconds)
        finished = await asyncio.to_thread(house.store.finished_before, before, audio_prefix=SPOOLED, limit=AT_A_TIME)
        for record in finished:
            await house.forget_audio(record)
        await sweep_owed(house)
        await asyncio.to_thread(house.spool.remove_stale, 2 * house.settings.keep_seconds)
        await asyncio.to_thread(house.spool.measure)
        await asyncio.to_thread(give_back)

    async def _taken_in(self, record: MeetingRecord) -> None:
        house = self._house
        account = house.accounts.to_go_on(record.key.owner, record.backend)
        if record.job is not None and not house.accounts.runs_here(record.backend):
            await asyncio.to_thread(house.store.release, record.key, record.runner or Runner.here(""))
            if account is not None:
                await self._ask(record, account)
            return
        if account is None:
            log.info(
                "meeting %r waits for its caller's key", record.meeting_id, extra={"meeting_id": record.meeting_id}
            )
        await house.adopt(record, account)

    async def _ask(self, record: MeetingRecord, account: Account) -> None:
        """A job at a service: its end is written down without waiting for the app to ask."""
        house = self._house
        found = await asyncio.to_thread(house.store.get, record.key)
        if found.job is not None and not found.status.is_final:
            standing = await ask_service(house.store, account.backend(found.backend), found, house.runtime.now())
            if standing.status.is_final:
                await house.forget_audio(found)

    async def _again(self, seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._house.runtime.idle(seconds)
            try:
                await chore()
            except RemoteMeetingError as error:
                log.warning("%s", error)
            except Exception:
                log.exception("A chore of the gateway has failed.")
