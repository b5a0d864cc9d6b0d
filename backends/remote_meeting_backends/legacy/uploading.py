"""The upload half: a meeting's audio to the retired service, or to a gateway that speaks for it.

The realtime backend's session carries it: what breaks is resumed, and its pace is kept. Audio goes out as one channel;
the old service itself wanted the 8 channels of a microphone array.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..audio import AudioInfo, ChannelPlan, file_audio, plan_channels, probe
from ..backend import JobRequest, Journal
from ..errors import MeetingFailed, OptionNotSupported, RemoteMeetingError
from ..live import BYTES_A_SECOND, Canceled, Listener, LiveAudio, LiveEvent, SessionStopped
from ..realtime.meeting import PROGRESS_STEP, Kept, LiveMeeting, Setting, known_error
from ..realtime.run import Place
from ..running import Job
from ..runtime import Runtime
from ..speech_protocol.context import Profile
from .marks import Mark
from .session import UploadSession

log = logging.getLogger("remote_meeting_backends")

NAME: Final = "legacy"
ENDED: Final = "4000"
# There is no limit that we know of, but the gateway's own.
LONGEST_SECONDS: Final = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Way:
    """How audio gets there.

    Args:
        place: Where it goes.
        profile: What is wanted of the service.
        runtime: Gives time, waits, ids and dice.
        is_there: Whether the service has the meeting's audio whole, asked when it takes no more of it.
    """

    place: Place
    profile: Profile
    runtime: Runtime
    is_there: Callable[[], Awaitable[bool]]


async def heard_of(request: JobRequest) -> tuple[AudioInfo, ChannelPlan] | None:
    """What is sent of a recording; None where the audio is spoken, or there is none.

    Raises:
        AudioError: The file cannot be used.
        OptionNotSupported: Channels are to be kept apart.
    """
    path, options = request.audio, request.options
    if request.live is not None and request.live.channels > 1:
        raise OptionNotSupported("The legacy backend keeps no channels apart: mix them to one.", backend=NAME)
    if path is None:
        return None
    info = await asyncio.to_thread(probe, path, allow_truncated=options.allow_truncated)
    plan = plan_channels(info.layout, info.channels, options.channels, only_channel=info.only_channel, name=str(path))
    if len(plan.weights) > 1:
        raise OptionNotSupported(
            f"The legacy backend keeps no channels apart, and {path} has {info.channels}: choose --channels mix, or "
            f"another backend.",
            backend=NAME,
        )
    for note in filter(None, (info.note, plan.note)):
        # The transcript is the service's, and has no room for it.
        log.info("meeting %s: %s", request.meeting_id, note)
    return info, plan


class Upload:
    """One meeting on its way.

    Args:
        request: The meeting; its listener is told what is heard, where the mode of the URL asks for it.
        journal: Holds how far a process before this one came, and what it was told.
        way: How audio gets there.
    """

    def __init__(self, request: JobRequest, journal: Journal, way: Way) -> None:
        self._request = request
        self._journal = journal
        self._way = way
        self._told = _HeldEnd(request.listener)
        self._is_taken = False
        self._read_bytes = 0
        self._progress = 0.0

    async def run(self) -> None:
        """Send the audio to its end.

        Raises:
            AudioError: The file cannot be used.
            MeetingFailed: There is no audio (any more), and the service has none of it.
            OptionNotSupported: Channels are to be kept apart.
            RemoteMeetingError: The service refuses, or no connection lasts.
        """
        name, live = self._request.meeting_id, self._request.live
        heard = await heard_of(self._request)
        entries = await self._journal.checkpoints()
        mark = Mark.newest(entries, name)
        self._is_taken = mark is not None and mark.is_taken
        if heard is None and live is None:
            if not self._is_taken:
                raise MeetingFailed(
                    "The process that sent the audio ended before the service had taken any.", code="interrupted"
                )
            return
        if mark is None:
            # Whoever deletes a meeting whose submission broke off finds it by this.
            await self._journal.checkpoint([Mark(name).dump()])
        kept = live.kept if live is not None else None
        meeting = LiveMeeting(self._setting(), Kept.read(entries), self._journal, Job(), self._told, kept)
        try:
            await self._send(meeting, heard, live)
        except BaseException as error:
            if not await self._is_there(error):
                self._told.end(known_error(error, NAME))
                raise
        self._told.end(None)

    def _setting(self) -> Setting:
        way = self._way
        return Setting(
            way.profile,
            way.place,
            way.runtime,
            LONGEST_SECONDS,
            # Progress is what was sent, for in one of the two modes nothing is told.
            total_ticks=None,
            is_live=self._request.live is not None,
            session=partial(UploadSession, self._request.meeting_id),
            begun=self._taken,
            is_told=self._request.listener is not None,
            backend=NAME,
        )

    async def _taken(self) -> None:
        if not self._is_taken:
            await self._journal.checkpoint([Mark(self._request.meeting_id, is_taken=True).dump()])
            self._is_taken = True

    async def _is_there(self, error: BaseException) -> bool:
        """Whether a refusal only says that the meeting, which is ours, had its end already."""
        return self._is_taken and getattr(error, "code", None) == ENDED and await self._way.is_there()

    async def _send(
        self, meeting: LiveMeeting, heard: tuple[AudioInfo, ChannelPlan] | None, live: LiveAudio | None
    ) -> None:
        if live is not None and live.kept is not None:
            await meeting.follow(live.kept)
        elif live is not None:
            await self._feed(meeting, _spoken(live))
        elif heard is not None:
            self._read_bytes = meeting.first_byte
            total = heard[0].duration_seconds * BYTES_A_SECOND
            await self._feed(meeting, file_audio(*heard, meeting.first_byte), total)

    async def _feed(self, meeting: LiveMeeting, source: AsyncGenerator[bytes, None], total_bytes: float = 0) -> None:
        """From a source that may break: that is not the end of the meeting, and the service must not take it for it."""
        broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sending = asyncio.create_task(meeting.run(self._watched(source, broken, total_bytes)))
        try:
            await asyncio.wait({sending, broken}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                broken.result()
            await sending
        finally:
            broken.cancel()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _watched(
        self, source: AsyncGenerator[bytes, None], broken: asyncio.Future[None], total_bytes: float
    ) -> AsyncGenerator[bytes, None]:
        try:
            async with contextlib.aclosing(source):
                async for block in source:
                    yield block
                    await self._was_read(len(block), total_bytes)
        except Exception as error:
            broken.set_exception(error)
            await asyncio.get_running_loop().create_future()

    async def _was_read(self, size: int, total_bytes: float) -> None:
        self._read_bytes += size
        share = min(1.0, self._read_bytes / total_bytes) if total_bytes else 0.0
        if share >= self._progress + PROGRESS_STEP:
            self._progress = share
            await self._journal.progress(share)


class _HeldEnd:
    """A listener that hears of the end once it is known what it means.

    Args:
        listener: Whose it is; None for nobody's.
    """

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._stopped: SessionStopped | None = None

    def __call__(self, event: LiveEvent) -> None:
        """An event of the meeting."""
        match event:
            case Canceled():
                pass
            case SessionStopped():
                self._stopped = event
            case _:
                self._tell(event)

    def end(self, error: RemoteMeetingError | None) -> None:
        """It is over, and nothing more comes. One who fails at that is logged."""
        if self._stopped is None:
            return
        try:
            self._tell(Canceled(error))
            self._tell(self._stopped)
        except Exception:
            log.exception("Whoever listens to a meeting has failed.")

    def _tell(self, event: LiveEvent) -> None:
        if self._listener is not None:
            self._listener(event)


async def _spoken(live: LiveAudio) -> AsyncGenerator[bytes, None]:
    async for block in live.blocks:
        yield block
