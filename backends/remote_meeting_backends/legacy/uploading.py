"""The upload half: a meeting's audio to the retired service, or to a gateway that speaks for it.

The protocol is real-time transcription's, with a `speech.event` that names the meeting (protocol/legacy.md, part 1), so
the realtime backend's session carries it: what breaks is resumed, and its pace is kept. Audio goes out as one channel;
the old service itself wanted the 8 channels of a microphone array.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Any, Final

from ..audio import file_audio, plan_channels, probe
from ..backend import JobRequest, Journal
from ..credentials import Authorizer
from ..errors import BadRequest
from ..extras import need
from ..live import LiveAudio
from ..realtime.meeting import Kept, LiveMeeting, Setting
from ..realtime.run import Place
from ..running import Job
from ..runtime import Runtime
from ..speech_protocol.client import ClientSession
from ..speech_protocol.context import Profile
from ..speech_protocol.messages import encode, text_message
from ..transcript import ticks

ENDED: Final = "4000"
# There is no limit that we know of, but the gateway's own.
LONGEST_SECONDS: Final = 7 * 24 * 3600.0


class UploadSession(ClientSession):
    """A session that names its meeting before each turn's audio.

    Args:
        meeting_id: The meeting.
        given: As ClientSession takes it.
    """

    def __init__(self, meeting_id: str, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._meeting_id = meeting_id

    def _begin_turn(self, *given: Any) -> None:
        super()._begin_turn(*given)
        # Between the context and the header of the audio.
        meeting = {"id": self._meeting_id, "attendees": [], "DifferentiateGuestSpeakers": "true"}
        body = {"id": "meeting", "name": "start", "meeting": meeting}
        event = encode(text_message("speech.event", self._new_id(), body, self._stamp()))
        self._outbox.insert(len(self._outbox) - 1, event)


async def upload(
    request: JobRequest, url: str, authorizer: Authorizer, runtime: Runtime, version: str, *, was_begun: bool
) -> None:
    """Send a meeting's audio to its end.

    Args:
        request: The meeting; its listener is told what is heard, where the mode of the URL asks for it.
        url: Of the WebSocket.
        authorizer: Gives the credentials of each connection.
        runtime: Gives time, waits, ids and dice.
        version: Of this client.
        was_begun: A process before this one began it: what is complete there already is no error.

    Raises:
        AudioError: The file cannot be used.
        RemoteMeetingError: The service refuses, or no connection lasts.
    """
    need("websockets", extra="azure", what="Uploading to the legacy service")
    profile = Profile(request.options.language, version, interim_speakers=request.listener is not None)
    source: AsyncGenerator[bytes, None]
    total: int | None = None
    if request.live is not None:
        source = _spoken(request.live)
    else:
        path = request.audio
        if path is None:
            return
        options = request.options
        info = await asyncio.to_thread(probe, path, allow_truncated=options.allow_truncated)
        plan = plan_channels(
            info.layout, info.channels, options.channels, only_channel=info.only_channel, name=str(path)
        )
        source, total = file_audio(info, plan), ticks(info.duration_seconds)
    setting = Setting(
        profile,
        Place(url, authorizer),
        runtime,
        LONGEST_SECONDS,
        total,
        is_live=request.live is not None,
        session=partial(UploadSession, request.meeting_id),
    )
    meeting = LiveMeeting(setting, Kept(None, 0, 0, []), _NoJournal(), Job(), request.listener)
    try:
        await meeting.run(source)
    except BadRequest as error:
        if not (was_begun and error.code == ENDED):
            raise


class _NoJournal(Journal):
    """What is heard is kept by the service."""

    async def progress(self, fraction: float) -> None:
        """Nobody asks."""

    async def checkpoint(self, entries: Sequence[str]) -> None:
        """Not here."""

    async def checkpoints(self) -> list[str]:
        """None."""
        return []


async def _spoken(live: LiveAudio) -> AsyncGenerator[bytes, None]:
    async for block in live.blocks:
        yield block
