"""The meetings that are open in this process: begun, taken over from another, worked on, finished, let go.

The store and the spool hold all that must outlive the process; what is here is who is connected, and who works.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from remote_meeting_backends import (
    BackendFailed,
    MeetingBusy,
    MeetingStatus,
    NoBackend,
    RemoteMeetingError,
    Runtime,
    Transcript,
)
from remote_meeting_backends.store import MeetingKey, MeetingRecord, MeetingStore, NewMeeting, Runner

from ..recording import SPOOLED, is_spooled
from .accounts import Account, Accounts
from .deciding import Wish, decide_live, decide_whole
from .places import came_back
from .refusing import FINAL, LATER, Refused
from .spool import Spool
from .spooled import read_notes, write_about
from .upload import Upload
from .working import Work

if TYPE_CHECKING:
    from .books import Books
    from .metrics import Meters
    from .settings import Settings
    from .talk import Talk

log = logging.getLogger("remote_meeting.gateway")

MOST_RECENT: Final = 1_000

NOTHING_CAME: Final = "no_audio"


class House:
    """Where uploads are.

    Args:
        settings: How the gateway is run.
        runtime: Gives time and ids.
        store: Where meetings are written down.
        spool: Where their audio lies.
        accounts: With whom services are asked.
        books: Keeps leases and journals.
        meters: Counts.
    """

    def __init__(
        self,
        settings: Settings,
        runtime: Runtime,
        store: MeetingStore,
        spool: Spool,
        accounts: Accounts,
        books: Books,
        meters: Meters,
    ) -> None:
        self.settings = settings
        self.runtime = runtime
        self.store = store
        self.spool = spool
        self.accounts = accounts
        self.meters = meters
        self.uploads: dict[MeetingKey, Upload] = {}
        self.talks: set[Talk] = set()
        self.is_draining = False
        self._connections = 0
        # Who was told how much of meetings that ended lately: whoever was cut off before the end is known again.
        self._recent: OrderedDict[MeetingKey, tuple[str, int]] = OrderedDict()
        self._books = books
        self._work = Work(settings, runtime, store, books, meters)
        # Per meeting, while anybody opens it: the lock, and how many hold it or wait for it.
        self._locks: dict[MeetingKey, tuple[asyncio.Lock, int]] = {}

    def next_number(self) -> int:
        """Which connection came when."""
        self._connections += 1
        return self._connections

    async def open(self, talk: Talk) -> Upload:
        """The meeting that a connection names: begun, or gone on with.

        Raises:
            Refused: It cannot be.
            RemoteMeetingError: The store is away, or nobody can work on it.
        """
        if self.is_draining:
            raise Refused(LATER, "The gateway is about to end: come again.")
        owner = await asyncio.to_thread(self.store.owner_of, talk.caller.secret)
        key = MeetingKey(owner, talk.opening.need())
        self.accounts.remember(owner, talk.account)
        async with self._alone(key):
            upload = self.uploads.get(key)
            if upload is None:
                upload = await self._found(key, talk) or await self._begun(key, talk)
            elif upload.account is None:
                upload.account = talk.account
                self._work_on(upload)
            upload.attach(talk)
        return upload

    async def adopt(self, record: MeetingRecord, account: Account | None) -> None:
        """Go on with a meeting that was claimed for this process, unless its app has come for it meanwhile."""
        if record.runner is None:
            raise BackendFailed(f"Meeting {record.meeting_id} was not claimed.", meeting_id=record.meeting_id)
        async with self._alone(record.key):
            if record.key not in self.uploads:
                await self._entered(record, record.runner, account)

    def kick(self, key: MeetingKey, account: Account) -> None:
        """Somebody of an owner's is here: a meeting that waits for their key is worked on."""
        upload = self.uploads.get(key)
        if upload is not None and upload.account is None:
            upload.account = account
            self._work_on(upload)

    async def finish_with_what_came(self, upload: Upload) -> None:
        """The app does not come back: the meeting ends where its audio does."""
        if not upload.audio.is_complete:
            upload.note(
                f"The app's connection ended {upload.audio.seconds:.1f} s into the audio, before it said that this was "
                f"the end."
            )
        await upload.end()

    async def drop(self, key: MeetingKey, why: str) -> None:
        """A meeting is deleted: the work on it stops, its audio goes."""
        upload = self.uploads.get(key)
        if upload is not None:
            talk, upload.talk = upload.talk, None
            if talk is not None:
                talk.over(MeetingBusy(why, meeting_id=key.meeting_id))
            await self._stop(upload)
        await asyncio.to_thread(self.spool.remove, self.spool.address(key))

    async def drain(self, seconds: float) -> None:
        """Hand every app a reconnect, let what is whole be finished, and let the rest go."""
        self.is_draining = True
        for talk in list(self.talks):
            talk.restart()
        whole = [one.driver for one in self.uploads.values() if one.audio.is_complete and one.driver is not None]
        if whole and seconds > 0:
            await asyncio.wait(whole, timeout=seconds)
        await self.aclose()

    async def aclose(self) -> None:
        """Let every meeting go: whoever comes next goes on with it."""
        self.is_draining = True
        await asyncio.gather(*(self._stop(upload) for upload in list(self.uploads.values())))
        await self._books.aclose()
        await self.accounts.aclose()

    async def _found(self, key: MeetingKey, talk: Talk) -> Upload | None:
        """A meeting that the store knows; None for a new one."""
        record = await asyncio.to_thread(self._look, key)
        if record is None:
            return None
        if not is_spooled(record.audio) and not record.status.is_final:
            raise Refused(FINAL, "The meeting of this id was not uploaded through a gateway: choose another id.")
        # What a service works on is not begun again by an app that was cut off before it heard so.
        is_handed_over = record.job is not None and not self.accounts.runs_here(record.backend)
        if record.status.is_final or is_handed_over:
            return await self._come_back(record, talk)
        runner = Runner.here(self.runtime.new_id())
        taken = await asyncio.to_thread(self.store.take_over, key, runner)
        return await self._entered(taken, runner, talk.account)

    async def _come_back(self, record: MeetingRecord, talk: Talk) -> Upload:
        """A finished meeting: an app that was cut off before it was told so is told; any other is refused."""
        name = record.meeting_id[:40]
        if record.status is MeetingStatus.FAILED:
            cause = record.error.message if record.error is not None else "choose another id."
            raise Refused(FINAL, f"Meeting {name!r} has failed: {cause}")
        connection_id, told_ticks = self._recent.get(record.key, ("", 0))
        is_known = bool(connection_id) and connection_id == talk.connection_id
        if record.status is MeetingStatus.DELETED or not (is_known or came_back(talk.context)):
            how = "was deleted" if record.status is MeetingStatus.DELETED else "has had its end"
            raise Refused(FINAL, f"Meeting {name!r} {how}: choose another id.")
        raw = await asyncio.to_thread(self.store.transcript, record.key)
        audio = self.spool.open(self.spool.address(record.key))
        upload = Upload(record, Runner.here("none"), audio, talk.account, self.runtime.monotonic())
        if raw is not None and upload.is_live:
            upload.recall(Transcript.model_validate_json(raw).phrases)
        audio.complete()
        upload.is_over, upload.told_ticks = True, told_ticks
        return upload

    async def _begun(self, key: MeetingKey, talk: Talk) -> Upload:
        """A new meeting: in the store before the app is told anything."""
        if self.spool.is_full:
            raise Refused(LATER, "The gateway's spool is full: no meeting can begin now, come again later.")
        most = self.settings.limits.meetings
        if await asyncio.to_thread(self.store.unfinished, key.owner, audio_prefix=SPOOLED) >= most:
            raise Refused(LATER, f"This key has {most} meetings open, and no more are taken: come again later.")
        wish = Wish.of(talk.opening)
        decide = decide_live if talk.opening.mode != "async" else decide_whole
        try:
            decision, options, notes = decide(wish, talk.account, self.settings)
        except NoBackend as error:
            log.warning("meeting %r is refused: %s", key.meeting_id, error, extra={"meeting_id": key.meeting_id})
            raise Refused(
                FINAL,
                f"Nobody here can take a meeting in {wish.language[:20]} ({talk.opening.mode}): see the gateway's log.",
            ) from error
        runner = Runner.here(self.runtime.new_id())
        new = NewMeeting(
            key=key,
            mode=talk.opening.mode,
            backend=decision.backend,
            routing_reason=decision.reason,
            options=options,
            audio=self.spool.address(key),
            audio_fingerprint="",
            audio_seconds=None,
        )
        record = await asyncio.to_thread(self.store.create, new, runner)
        log.info("meeting %r goes to %s", key.meeting_id, decision.reason, extra={"meeting_id": key.meeting_id})
        upload = await self._entered(record, runner, talk.account, is_new=True)
        for note in notes:
            upload.note(note)
        if upload.notes:
            await self._keep_notes(upload)
        return upload

    async def _entered(
        self, record: MeetingRecord, runner: Runner, account: Account | None, *, is_new: bool = False
    ) -> Upload:
        audio = await asyncio.to_thread(self.spool.take, record.audio or "")
        upload = Upload(record, runner, audio, account, self.runtime.monotonic())
        audio.on_handed = self.meters.handed if upload.is_live else None
        if not is_new:
            for note in await asyncio.to_thread(read_notes, audio.folder):
                upload.note(note)
            upload.remember(await asyncio.to_thread(self.store.checkpoints, record.key))
        self.uploads[record.key] = upload
        if account is not None:
            self._work_on(upload)
        return upload

    @asynccontextmanager
    async def _alone(self, key: MeetingKey) -> AsyncIterator[None]:
        """One at a time opens a meeting."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = lock, users - 1

    def _work_on(self, upload: Upload) -> None:
        upload.driver = asyncio.create_task(self._worked(upload))

    async def _worked(self, upload: Upload) -> None:
        """From wherever it stands to its end; then whoever is connected is told, and the audio goes."""
        await self._work.done(upload)
        if self.uploads.get(upload.record.key) is upload:
            del self.uploads[upload.record.key]
        upload.audio.close()
        upload.finished()
        self._recent[upload.record.key] = (upload.connection_id, upload.told_ticks)
        while len(self._recent) > MOST_RECENT:
            self._recent.popitem(last=False)
        name, how = upload.record.meeting_id, upload.error.code if upload.error is not None else "whole"
        log.info("meeting %r: %.1f s heard, %s", name, upload.audio.seconds, how, extra={"meeting_id": name})
        await self._cleaned(upload)

    async def _stop(self, upload: Upload) -> None:
        key = upload.record.key
        if self.uploads.get(key) is upload:
            del self.uploads[key]
        if upload.driver is not None:
            upload.driver.cancel()
            await asyncio.gather(upload.driver, return_exceptions=True)
        await asyncio.to_thread(upload.audio.sync)
        upload.audio.close()
        await asyncio.to_thread(self.store.release, key, upload.runner)

    async def _cleaned(self, upload: Upload) -> None:
        """The audio of a meeting that is complete or deleted is needed no more."""
        try:
            record = await asyncio.to_thread(self.store.get, upload.record.key)
            if record.status in (MeetingStatus.COMPLETED, MeetingStatus.DELETED):
                await self.forget_audio(record)
        except RemoteMeetingError as error:
            log.warning(
                "meeting %r: its audio stays for now: %s",
                upload.record.meeting_id,
                error,
                extra={"meeting_id": upload.record.meeting_id},
            )

    async def forget_audio(self, record: MeetingRecord) -> None:
        """Remove a finished meeting's audio, and have the store know."""
        await asyncio.to_thread(self.spool.remove, self.spool.address(record.key))
        await asyncio.to_thread(self.store.forget_audio, record.key)

    async def _keep_notes(self, upload: Upload) -> None:
        await asyncio.to_thread(write_about, upload.audio.folder, {"notes": upload.notes})

    def _look(self, key: MeetingKey) -> MeetingRecord | None:
        from remote_meeting_backends.store import Scope

        return self.store.find(Scope((key.owner,)), key.meeting_id)
