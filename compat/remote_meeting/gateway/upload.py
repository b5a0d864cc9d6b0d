"""One meeting whose audio comes to this process: where it lies, who hears it, and which connection is told."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

from remote_meeting_backends import RemoteMeetingError
from remote_meeting_backends.live import (
    BYTES_A_SECOND,
    Canceled,
    LiveEvent,
    Transcribed,
)
from remote_meeting_backends.phrases_kept import kept_phrases

from .accounts import Account
from .places import bytes_of
from .refusing import FINAL, Refused
from .spooled import SpooledAudio

if TYPE_CHECKING:
    from remote_meeting_backends import Phrase
    from remote_meeting_backends.store import MeetingRecord, Runner

log = logging.getLogger("remote_meeting.gateway")

# Phrases that a client who comes back may not have heard of.
REMEMBERED: Final = 256
SILENCE_BLOCK: Final = bytes(BYTES_A_SECOND)


class Listening(Protocol):
    """A connection, as its meeting sees it; `number` says which came later."""

    number: int
    connection_id: str

    def tell(self, event: LiveEvent) -> None:
        """Something was recognized; times are the meeting's."""

    def over(self, error: RemoteMeetingError | None) -> None:
        """Nothing more will be: the meeting's audio was heard to its end, or what ended it before."""

    def replaced(self) -> None:
        """Another connection is the meeting's now."""


class Upload:
    """A meeting that is open here.

    Args:
        record: As the store has it.
        runner: This process, as the store knows it.
        audio: What arrived so far.
        account: With whom services are asked; None where its key is not known here.
        now: Seconds on the monotonic clock.
    """

    def __init__(
        self, record: MeetingRecord, runner: Runner, audio: SpooledAudio, account: Account | None, now: float
    ) -> None:
        self.record = record
        self.runner = runner
        self.audio = audio
        self.account = account
        self.notes: list[str] = []
        self.talk: Listening | None = None
        self.away_since = now
        self.driver: asyncio.Task[None] | None = None
        self.error: RemoteMeetingError | None = None
        self.is_over = False
        # The end of the last phrase that an app was told, and who that was.
        self.told_ticks = 0
        self.connection_id = ""
        self._phrases: deque[Phrase] = deque(maxlen=REMEMBERED)

    @property
    def is_live(self) -> bool:
        """Its phrases are told while it is spoken."""
        return self.record.mode != "async"

    def note(self, text: str | None) -> None:
        """Something that the transcript says of how it was made, once."""
        if text and text not in self.notes:
            self.notes.append(text)

    def remember(self, entries: list[str]) -> None:
        """What an earlier process has recognized, and told as far as anybody knows: it did so at once."""
        self.recall(kept_phrases(entries))
        self.told_ticks = max((phrase.end_ticks for phrase in self._phrases), default=0)

    def recall(self, phrases: Iterable[Phrase]) -> None:
        """What was recognized before."""
        self._phrases.extend(phrases)

    def attach(self, talk: Listening) -> None:
        """A connection is the meeting's; one that came before it is told that it is no more."""
        other = self.talk
        if other is not None and other is not talk and other.number > talk.number:
            talk.replaced()
            return
        self.talk, self.connection_id = talk, talk.connection_id
        if other is not None and other is not talk:
            other.replaced()

    def detach(self, talk: Listening, now: float) -> None:
        """A connection has ended; the meeting waits for another."""
        if self.talk is talk:
            self.talk = None
            self.away_since = now

    def ends(self) -> list[int]:
        """Ends of the newest phrases in ticks, the newest first."""
        return [phrase.end_ticks for phrase in reversed(self._phrases)]

    def phrases_behind(self, at_ticks: int) -> list[Phrase]:
        """Phrases most of which lie behind a moment: a client that goes on there has not heard of them."""
        return [one for one in self._phrases if one.offset_ticks + one.duration_ticks // 2 > at_ticks]

    def hear(self, place: int, pcm: bytes) -> bool:
        """Audio at a place of the meeting; what is known is passed over.

        Returns:
            False when other audio is there already, so that it must belong elsewhere.

        Raises:
            SpoolFull: There is no room for it.
        """
        audio = self.audio
        if audio.is_complete:
            return True
        known = audio.end - place
        if known > 0:
            overlap = pcm[:known]
            if not _same(audio, place, overlap):
                return False
            pcm = pcm[known:]
        elif known < 0:
            self._bridge(-known)
        if pcm:
            audio.append(pcm)
        return True

    async def end(self) -> None:
        """The app has no more audio; that is written down before anybody is told."""
        if not self.audio.is_complete:
            try:
                # First: whoever works on it may be done with it, and remove it, at once.
                await asyncio.to_thread(self.audio.mark_end, self.notes)
            except OSError as error:
                log.warning(
                    "meeting %r: that its audio ended is not written down: %s",
                    self.record.meeting_id,
                    error,
                    extra={"meeting_id": self.record.meeting_id},
                )
            self.audio.complete()

    def listen(self, event: LiveEvent) -> None:
        """Told by the backend, on the event loop."""
        match event:
            case Transcribed(phrase):
                self._phrases.append(phrase)
                self._tell(event)
            case Canceled(error):
                self.error = error
            case _:
                self._tell(event)

    def finished(self) -> None:
        """Nobody works on it here any more: its connection is told."""
        self.is_over = True
        if self.talk is not None:
            self.talk.over(self.error)

    def _tell(self, event: LiveEvent) -> None:
        if self.talk is not None:
            self.talk.tell(event)

    def _bridge(self, size: int) -> None:
        """Audio that was lost on the way is silence here: what comes after it keeps its time."""
        self.note(f"{size / BYTES_A_SECOND:.1f} s of the audio did not arrive, and are silence in the record.")
        while size > 0:
            block = SILENCE_BLOCK[: min(size, len(SILENCE_BLOCK))]
            self.audio.append(block)
            size -= len(block)


def check_length(audio: SpooledAudio, most_seconds: float) -> None:
    """Raises Refused when a meeting is longer than it may be."""
    if audio.end > bytes_of(round(most_seconds * 10_000_000)):
        raise Refused(FINAL, f"The meeting is longer than the {most_seconds / 3600:g} hours that are taken.")


def _same(audio: SpooledAudio, place: int, pcm: bytes) -> bool:
    while pcm:
        there = audio.read(place, len(pcm))
        if not there or pcm[: len(there)] != there:
            return False
        place += len(there)
        pcm = pcm[len(there) :]
    return True
