"""Recognition while audio comes in: stretches of speech, what is understood of them so far, and who speaks."""

from __future__ import annotations

import asyncio
from typing import Final

from ..live import LiveEvent, SpeechEnded, SpeechStarted, Transcribed, Transcribing
from ..transcript import UNKNOWN_SPEAKER, Phrase, Word, ticks
from .recognizer import Heard, RecognizerPool
from .segments import Finder, Segment
from .speakers import VoiceStatistics
from .voices import SpeakerTracker

LOCALE: Final = "en-US"
INTERIM_SECONDS: Final = 1.5


class LiveListener:
    """Hears one stretch of audio as it comes in: 16-bit PCM at 16 kHz, one channel.

    Args:
        pool: Recognizes.
        tracker: Tells speakers apart; one for a meeting, so that labels outlive a break.
        base_ticks: Where in the meeting the audio begins.
        first_id: Number of the first phrase.
        interim_seconds: How often what is understood so far is told, in seconds of speech; 0 for never. It is
            recognized beside the rest, and only while a recognizer has nothing better to do.
    """

    def __init__(
        self,
        pool: RecognizerPool,
        tracker: SpeakerTracker,
        *,
        base_ticks: int = 0,
        first_id: int = 1,
        interim_seconds: float = INTERIM_SECONDS,
    ) -> None:
        self._pool = pool
        self._tracker = tracker
        self._base = base_ticks
        self._number = first_id
        self._interim = ticks(interim_seconds)
        self._finder = Finder(0)
        self._is_open = False
        self._told_ticks = 0
        self._interim_of: tuple[Segment, asyncio.Task[Heard]] | None = None

    async def feed(self, pcm: bytes) -> list[LiveEvent]:
        """What there is to tell once this audio was heard. Raises BackendFailed when the recognizer broke."""
        segments = await asyncio.to_thread(lambda: list(self._finder.feed(pcm)))
        events = await self._ended(segments)
        events += await self._going_on()
        return events

    async def finish(self) -> list[LiveEvent]:
        """The same at the end of the audio."""
        return await self._ended(await asyncio.to_thread(lambda: list(self._finder.finish())))

    async def _ended(self, segments: list[Segment]) -> list[LiveEvent]:
        events: list[LiveEvent] = []
        for segment in segments:
            if not self._is_open:
                events.append(SpeechStarted(self._base + segment.offset_ticks))
            if self._interim_of is not None:
                # The recognizer is at it already: another would have to be started, which takes longer.
                await asyncio.wait({self._interim_of[1]})
                events += self._understood(segment)
            heard = await self._pool.recognize(segment.pcm)
            if heard.words:
                events.append(Transcribed(await self._phrase(segment, heard)))
            events.append(SpeechEnded(self._base + segment.offset_ticks + segment.duration_ticks))
            self._is_open, self._told_ticks = False, 0
        return events

    async def _going_on(self) -> list[LiveEvent]:
        """A stretch that goes on: that it began, and now and then what is understood of it."""
        segment = self._finder.open_speech
        if segment is None:
            return []
        events: list[LiveEvent] = []
        if not self._is_open:
            self._is_open = True
            events.append(SpeechStarted(self._base + segment.offset_ticks))
        events += self._understood(segment)
        # Each time it is recognized from its start: ever rarer, or a monologue would take longer than it lasts.
        is_due = segment.duration_ticks >= self._told_ticks + max(self._interim, self._told_ticks // 2)
        if self._interim and is_due and self._interim_of is None and self._pool.has_time:
            self._told_ticks = segment.duration_ticks
            asked = asyncio.create_task(self._pool.recognize(segment.pcm))
            # Whoever listens may be gone before there is an answer.
            asked.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._interim_of = segment, asked
        return events

    def _understood(self, now: Segment) -> list[LiveEvent]:
        """What was understood so far of the stretch that goes on, if that is known by now."""
        if self._interim_of is None or not self._interim_of[1].done():
            return []
        (segment, asked), self._interim_of = self._interim_of, None
        # A recognizer that broke is told of by the stretch itself.
        if segment.offset_ticks != now.offset_ticks or asked.cancelled() or asked.exception() is not None:
            return []
        heard = asked.result()
        if not heard.words:
            return []
        return [Transcribing(phrase_of(f"{self._number:08x}", segment, heard, None, self._base))]

    async def _phrase(self, segment: Segment, heard: Heard) -> Phrase:
        voice = VoiceStatistics.unpack(heard.voice) if heard.voice else None
        speaker = await asyncio.to_thread(self._tracker.assign, voice)
        self._number += 1
        return phrase_of(f"{self._number - 1:08x}", segment, heard, speaker, self._base)


def phrase_of(phrase_id: str, segment: Segment, heard: Heard, speaker: int | None, base_ticks: int = 0) -> Phrase:
    """A recognized stretch as a phrase, `base_ticks` after the start of the meeting."""
    start = base_ticks + segment.offset_ticks
    words = tuple(
        Word(text, start + ticks(begin), ticks(end) - ticks(begin), confidence)
        for text, begin, end, confidence in heard.words
    )
    confidences = [word.confidence for word in words if word.confidence is not None]
    return Phrase(
        id=phrase_id,
        text=" ".join(word.text for word in words),
        speaker=UNKNOWN_SPEAKER if speaker is None else f"Guest-{speaker + 1}",
        offset_ticks=start,
        duration_ticks=segment.duration_ticks,
        confidence=round(sum(confidences) / len(confidences), 4) if confidences else None,
        locale=LOCALE,
        words=words,
    )
