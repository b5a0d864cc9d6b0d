"""A meeting followed as its audio comes in: its phrases are written down, then told, then put together."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from ..audio import AudioInfo
from ..backend import JobRequest, Journal
from ..errors import BackendFailed, RemoteMeetingError
from ..live import BYTES_A_SECOND, Canceled, LiveEvent, SessionStarted, SessionStopped, Transcribed
from ..phrases_kept import dump_phrase
from ..running import Job
from ..transcript import Phrase, Transcript, ticks
from .live import LOCALE, LiveListener

log = logging.getLogger("remote_meeting_backends")

NAME = "local"


class Follower:
    """One meeting.

    Args:
        listener: Hears it.
        request: Whose listener is told.
        journal: Where phrases of audio that cannot be heard again are written down.
        kept: What an earlier process recognized.
        from_byte: Where in the meeting the audio goes on behind that.
    """

    def __init__(
        self,
        listener: LiveListener,
        request: JobRequest,
        journal: Journal,
        kept: Sequence[Phrase] = (),
        from_byte: int = 0,
    ) -> None:
        self.phrases: list[Phrase] = list(kept)
        self.seconds = from_byte / BYTES_A_SECOND
        self._listener = listener
        self._request = request
        self._journal = journal
        self._is_live = request.live is not None

    async def follow(self, blocks: AsyncIterator[bytes], entry: Job, info: AudioInfo | None) -> None:
        """To the end of the audio. Raises what ended it before."""
        entry.progress = None if info is None else 0.0
        self._say(SessionStarted(self._request.meeting_id))
        try:
            async for block in blocks:
                self.seconds += len(block) / BYTES_A_SECOND
                await self._tell(await self._listener.feed(block))
                if info is not None:
                    entry.progress = min(1.0, self.seconds / max(info.duration_seconds, 1e-3))
                    await self._journal.progress(entry.progress)
            await self._tell(await self._listener.finish())
        except BaseException as error:
            self._say(Canceled(_known(error)))
            raise
        else:
            self._say(Canceled())
        finally:
            if isinstance(blocks, AsyncGenerator):
                with contextlib.suppress(RuntimeError):
                    await blocks.aclose()
            self._say(SessionStopped(self._request.meeting_id))

    def transcript(self, info: AudioInfo | None) -> Transcript:
        """What was heard."""
        notes = [info.note] if info is not None and info.note else []
        if self._request.options.speakers is None:
            found = len({phrase.speaker for phrase in self.phrases})
            notes.append(f"The number of speakers ({found}) was estimated while they spoke.")
        return Transcript(
            meeting_id=self._request.meeting_id,
            backend=NAME,
            locale=LOCALE,
            audio_duration_ticks=ticks(self.seconds),
            phrases=tuple(self.phrases),
            notes=tuple(notes),
        )

    async def _tell(self, events: list[LiveEvent]) -> None:
        for event in events:
            if isinstance(event, Transcribed):
                self.phrases.append(event.phrase)
                if self._is_live:
                    await self._journal.checkpoint([dump_phrase(event.phrase)])
            self._say(event)

    def _say(self, event: LiveEvent) -> None:
        if self._request.listener is None:
            return
        try:
            self._request.listener(event)
        except Exception:
            log.exception("Whoever listens to a meeting has failed; the meeting goes on.")


def _known(error: BaseException) -> RemoteMeetingError:
    if isinstance(error, RemoteMeetingError):
        return error
    return BackendFailed(f"The recognition was stopped by {type(error).__name__}.", backend=NAME)
