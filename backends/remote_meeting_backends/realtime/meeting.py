"""One meeting of the realtime backend: its sessions one after the other, its phrases written down as they come."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Final

from ..backend import Journal
from ..errors import BackendFailed, RemoteMeetingError
from ..live import Canceled, KeptAudio, Listener, LiveEvent, SessionStopped, Transcribed
from ..phrases_kept import dump_phrase, load_phrase
from ..running import Job
from ..runtime import Runtime
from ..speech_protocol.client import TICKS_A_SAMPLE, Audio, ClientSession
from ..speech_protocol.context import SAMPLE_RATE, Profile
from ..speech_protocol.ledger import Ledger
from ..transcript import Phrase, ticks
from .backlog import Backlog
from .run import Place, SessionRun
from .stamps import Stamps

log = logging.getLogger("remote_meeting_backends")

# How far a file is read ahead of what was sent.
AHEAD_SECONDS: Final = 10
PROGRESS_STEP: Final = 0.01
SESSION: Final = "realtime session"


@dataclass(slots=True)
class Kept:
    """What the journal holds of a meeting.

    Args:
        session_id: Of its last session; None before the first.
        session_start_ticks: Where in the meeting that session began.
        sessions: How many there were.
        phrases: What was recognized.
    """

    session_id: str | None
    session_start_ticks: int
    sessions: int
    phrases: list[Phrase]

    @classmethod
    def read(cls, entries: list[str]) -> Kept:
        """Read a journal; entries of other backends are passed over."""
        kept = cls(None, 0, 0, [])
        for entry in entries:
            told = _read_session(entry)
            if told is not None:
                kept.session_id, kept.session_start_ticks = told
                kept.sessions += 1
            else:
                with contextlib.suppress(ValueError):
                    kept.phrases.append(load_phrase(entry))
        return kept


@dataclass(frozen=True, slots=True)
class Setting:
    """What a meeting is run with.

    Args:
        profile: What is wanted of the service.
        place: Where it goes.
        runtime: Gives time, waits, ids and dice.
        longest_seconds: Audio of one session at the most.
        total_ticks: Length of the audio, where it is known.
        is_live: Its audio comes as it is spoken.
        session: Makes the session that is spoken with the service.
        begun: Awaited when the service has begun with a session.
        is_told: Phrases are told while it is heard; else nothing is before its end.
        backend: Whose meeting it is.
    """

    profile: Profile
    place: Place
    runtime: Runtime
    longest_seconds: float
    total_ticks: int | None
    is_live: bool
    session: Callable[..., ClientSession] = ClientSession
    begun: Callable[[], Awaitable[None]] | None = None
    is_told: bool = True
    backend: str = "realtime"


class LiveMeeting:
    """Runs a meeting from its audio to its phrases.

    Args:
        setting: What it is run with.
        kept: What an earlier process recognized.
        journal: Where phrases are written down.
        job: Told how far it is.
        listener: Told of every event.
        audio: The meeting's audio, where somebody keeps it; None to keep here what may have to be sent again.
    """

    def __init__(
        self,
        setting: Setting,
        kept: Kept,
        journal: Journal,
        job: Job,
        listener: Listener | None,
        audio: KeptAudio | None = None,
    ) -> None:
        self.phrases = list(kept.phrases)
        self.sessions = kept.sessions
        self._setting = setting
        self._kept = kept
        self._journal = journal
        self._job = job
        self._listener = listener
        self._ledger = Ledger(setting.profile.channels)
        for phrase in kept.phrases:
            self._ledger.add(phrase)
        self.first_byte = self._ledger.covered_ticks() // TICKS_A_SAMPLE * 2 * setting.profile.channels
        self._backlog = Backlog(self.first_byte)
        self._audio: Audio = audio or self._backlog
        self._audio.release(self.first_byte)
        self._running: SessionRun | None = None
        self._session_id = ""
        self._is_read = False

    @property
    def heard_ticks(self) -> int:
        """How much audio there was."""
        return self._audio.end // (2 * self._setting.profile.channels) * TICKS_A_SAMPLE

    async def run(self, source: AsyncGenerator[bytes, None]) -> None:
        """To the end of the audio. Raises what ended it before."""
        await self._run(self._feed(source))

    async def follow(self, audio: KeptAudio) -> None:
        """The same for audio that is kept elsewhere."""
        await self._run(self._watch(audio))

    async def _run(self, coming: Coroutine[None, None, None]) -> None:
        feeding = asyncio.create_task(coming)
        try:
            if self._kept.session_id is not None:
                going_on = await self._session(self._kept.session_id, self._kept.session_start_ticks)
            else:
                going_on = True
            while going_on:
                going_on = await self._new_session()
            # What was read of a source that broke is recognized first.
            await feeding
        except BaseException as error:
            self._say(Canceled(known_error(error, self._setting.backend)))
            raise
        else:
            self._say(Canceled())
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            self._backlog.close()
            self._say(SessionStopped(self._session_id))
            # Each knows the other: neither would be freed before the collector comes.
            self._running = None

    async def _new_session(self) -> bool:
        session_id, start = self._setting.runtime.new_id(), self._ledger.covered_ticks()
        await self._journal.checkpoint([_dump_session(session_id, start)])
        self.sessions += 1
        return await self._session(session_id, start)

    async def _session(self, session_id: str, start_ticks: int) -> bool:
        """One session of the service; True when it was too short for the audio."""
        self._session_id = session_id
        session = self._setting.session(
            self._setting.profile,
            self._audio,
            new_id=self._setting.runtime.new_id,
            stamp=Stamps(self._setting.runtime),
            session_id=session_id,
            ledger=self._ledger,
            last_ticks=start_ticks + ticks(self._setting.longest_seconds),
        )
        session.is_complete = self._is_read
        setting = self._setting
        self._running = SessionRun(
            session, setting.place, setting.runtime, self._told, begun=setting.begun, is_told=setting.is_told
        )
        await self._running.run()
        return session.is_cut

    async def _feed(self, source: AsyncGenerator[bytes, None]) -> None:
        """Fill the backlog: a file no faster than it is sent, what is spoken as it comes."""
        try:
            async with contextlib.aclosing(source):
                async for block in source:
                    self._backlog.append(block)
                    await self._was_fed()
        finally:
            self._ended()

    async def _watch(self, audio: KeptAudio) -> None:
        """Say that there is more to send, whenever there is."""
        audio.tell(self._more_came)
        try:
            await audio.completed()
        finally:
            audio.tell(None)
            self._ended()

    def _more_came(self) -> None:
        if self._running is not None:
            self._running.more.set()

    def _ended(self) -> None:
        self._is_read = True
        if self._running is not None:
            self._running.session.is_complete = True
            self._running.more.set()

    async def _was_fed(self) -> None:
        """Let it be sent; a file waits until it was."""
        ahead = AHEAD_SECONDS * 2 * SAMPLE_RATE * self._setting.profile.channels
        while self._running is not None:
            self._running.more.set()
            if self._setting.is_live or self._running.session.unsent_bytes <= ahead:
                return
            self._running.sent.clear()
            await self._running.sent.wait()

    async def _told(self, event: LiveEvent) -> None:
        """An event of the session: a phrase is in the journal before anybody is told of it."""
        if isinstance(event, Transcribed):
            event = Transcribed(replace(event.phrase, id=f"{len(self.phrases) + 1:08x}"))
            await self._journal.checkpoint([dump_phrase(event.phrase)])
            self.phrases.append(event.phrase)
            await self._progress()
        self._say(event)

    async def _progress(self) -> None:
        total = self._setting.total_ticks
        if total:
            share = min(1.0, self._ledger.covered_ticks() / total)
            if share >= (self._job.progress or 0.0) + PROGRESS_STEP:
                self._job.progress = share
                await self._journal.progress(share)

    def _say(self, event: LiveEvent) -> None:
        if self._listener is None:
            return
        try:
            self._listener(event)
        except Exception:
            log.exception("Whoever listens to a meeting has failed; the meeting goes on.")


def known_error(error: BaseException, backend: str) -> RemoteMeetingError:
    """What is told of an error, whatever it is."""
    if isinstance(error, RemoteMeetingError):
        return error
    if isinstance(error, asyncio.CancelledError):
        return BackendFailed("The recognition was stopped.", backend=backend, code="stopped")
    return BackendFailed(f"An unexpected {type(error).__name__}: {error}", backend=backend)


def _dump_session(session_id: str, start_ticks: int) -> str:
    return json.dumps({"kind": SESSION, "id": session_id, "start_ticks": start_ticks}, separators=(",", ":"))


def _read_session(entry: str) -> tuple[str, int] | None:
    try:
        told = json.loads(entry)
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("kind") != SESSION:
        return None
    return str(told["id"]), int(told["start_ticks"])
