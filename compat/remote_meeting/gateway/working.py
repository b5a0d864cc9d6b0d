"""The work on one upload: heard while it comes or transcribed when it is whole, and heard once more where wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from remote_meeting_backends import BackendFailed, JobRequest, RemoteMeetingError, Runtime, Transcript
from remote_meeting_backends.live import LiveAudio
from remote_meeting_backends.store import ErrorRecord, MeetingStore

from ..driving import Ways, drive
from .deciding import Wish, decide_whole
from .keeping import BooksKeeper
from .refining import refined
from .upload import Upload

if TYPE_CHECKING:
    from .books import Books
    from .metrics import Meters
    from .settings import Settings

log = logging.getLogger("remote_meeting.gateway")

NOTHING_CAME: Final = "no_audio"


class Work:
    """What is done with uploads.

    Args:
        settings: How the gateway is run.
        runtime: Gives the waits.
        store: Where ends are written down.
        books: Keeps leases and journals.
        meters: Counts what broke.
    """

    def __init__(self, settings: Settings, runtime: Runtime, store: MeetingStore, books: Books, meters: Meters) -> None:
        self._settings = settings
        self._runtime = runtime
        self._store = store
        self._books = books
        self._meters = meters
        self._keeper = BooksKeeper(books)

    async def done(self, upload: Upload) -> None:
        """To the upload's end; what ended it before stands in `upload.error`."""
        key = upload.record.key
        try:
            if upload.is_live:
                await self._hear(upload)
            else:
                await self._transcribe(upload)
        except RemoteMeetingError as error:
            log.error("meeting %r: %s", key.meeting_id, error, extra={"meeting_id": key.meeting_id})
            upload.error = upload.error or error
        except Exception as error:
            log.exception(
                "meeting %r: a defect of remote-meeting-compat", key.meeting_id, extra={"meeting_id": key.meeting_id}
            )
            upload.error = BackendFailed(f"An unexpected {type(error).__name__}.", meeting_id=key.meeting_id)
        if upload.error is not None:
            self._meters.upstream_error(upload.record.backend, upload.error.code)

    async def _hear(self, upload: Upload) -> None:
        """A live meeting, while its audio comes."""
        record = upload.record
        if record.options is None:
            return
        live = LiveAudio.from_kept(upload.audio)
        request = JobRequest(record.meeting_id, None, record.options, live=live)
        await self._drive(upload, request)

    async def _transcribe(self, upload: Upload) -> None:
        """A meeting that is wanted afterwards: its lease is kept until its audio is whole."""
        record, account = upload.record, upload.account
        if record.options is None or account is None:
            return
        async with self._keeper.kept(record.key, upload.runner):
            await upload.audio.completed()
            path = await asyncio.to_thread(upload.audio.whole) if upload.audio.end else None
            if path is None:
                cause = ErrorRecord(NOTHING_CAME, "The app sent no audio.")
                await asyncio.to_thread(self._store.fail, record.key, upload.runner, cause)
                return
            decision, options, _ = decide_whole(
                Wish.stored(record), account, self._settings, upload.audio.seconds, upload.audio.end
            )
            upload.record = await asyncio.to_thread(
                self._store.move,
                record.key,
                upload.runner,
                audio=record.audio or "",
                fingerprint="",
                seconds=upload.audio.seconds,
                backend=decision.backend,
                reason=decision.reason,
            )
        await self._drive(upload, JobRequest(record.meeting_id, path, options))

    async def _drive(self, upload: Upload, request: JobRequest) -> None:
        account = upload.account
        if account is None:
            return
        cause = await drive(
            self._store,
            Ways(account.backend, lambda _record, _error: None),
            upload.record,
            upload.runner,
            self._runtime,
            listener=upload.listen,
            keeper=self._keeper,
            request=request,
            polish=self._polish(upload),
        )
        # It knows better why the work ended than the backend that was stopped.
        upload.error = cause or upload.error

    def _polish(self, upload: Upload) -> Callable[[Transcript], Awaitable[Transcript]]:
        async def polish(transcript: Transcript) -> Transcript:
            told = transcript.model_copy(update={"notes": (*transcript.notes, *upload.notes)})
            if self._settings.refine is None or not upload.is_live or upload.account is None:
                return told
            # The app has been told everything: it need not wait for a second hearing.
            if upload.talk is not None:
                upload.talk.over(None)
            journal = self._books.journal(upload.record.key, upload.runner)
            return await refined(told, upload, self._settings.refine, journal, self._runtime)

        return polish
