"""One turn of real-time transcription in the emulator: audio in, what is told of it out; by script, or by listening."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..live import LiveEvent, SpeechEnded, SpeechStarted, Transcribed, Transcribing
from ..local.live import LiveListener
from ..local.recognizer import RecognizerPool
from ..transcript import UNKNOWN_SPEAKER, Transcript
from .spoken import SAMPLE_TICKS, Meeting


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asked for in its speech.context.

    Args:
        language: BCP-47, or empty.
        session_id: Its audioSessionId; None where speakers are not told apart.
        interim_speakers: Hypotheses name speakers.
        details: Phrases come with their words.
        continued_at: Offset of the acknowledged audio at which a turn goes on with another; None for one of its own.
    """

    language: str
    session_id: str | None
    interim_speakers: bool
    details: bool
    continued_at: int | None = None

    @classmethod
    def read(cls, context: dict[str, Any]) -> Wanted:
        """Read a speech.context; what is not there is not wanted."""
        detection = _object(context.get("phraseDetection"))
        diarization = detection.get("speakerDiarization")
        output = _object(context.get("phraseOutput"))
        options = _object(output.get("detailed")).get("options")
        speakers = _object(diarization)
        session = speakers.get("audioSessionId")
        return cls(
            language=str(detection.get("language") or ""),
            session_id=str(session) if isinstance(diarization, dict) and session else None,
            interim_speakers=speakers.get("diarizeIntermediates") is True,
            continued_at=_continued_at(context),
            details=str(output.get("format", "")).lower() == "detailed" or bool(options),
        )


class Turn(Protocol):
    """What hears a turn; events are on the meeting's clock."""

    def feed(self, pcm: bytes) -> AsyncIterator[LiveEvent]:
        """What there is to tell once this audio was heard."""

    def finish(self) -> AsyncIterator[LiveEvent]:
        """The same at the end of the audio."""


class ScriptedTurn:
    """Tells what a script says, when its audio has been heard.

    Args:
        script: What is said.
        meeting: What was told before.
        base_ticks: Where in the meeting the turn begins.
        channels: Of its audio.
        interim_speakers: Hypotheses name speakers.
        needs_audio: A phrase is told only where its audio was heard.
    """

    def __init__(
        self,
        script: Transcript,
        meeting: Meeting,
        base_ticks: int,
        channels: int,
        *,
        interim_speakers: bool,
        needs_audio: bool,
    ) -> None:
        due = (phrase for phrase in script.phrases if meeting.is_due(phrase, base_ticks))
        self._phrases = sorted(due, key=lambda phrase: phrase.end_ticks)
        self._heard = base_ticks
        self._frame = 2 * channels
        self._interim_speakers = interim_speakers
        self._needs_audio = needs_audio
        self._begun = 0
        self._told = 0

    async def feed(self, pcm: bytes) -> AsyncIterator[LiveEvent]:
        """What there is to tell once this audio was heard."""
        self._heard += len(pcm) // self._frame * SAMPLE_TICKS
        for event in self._events(self._heard):
            yield event

    async def finish(self) -> AsyncIterator[LiveEvent]:
        """The rest of the script, whether or not its audio came, unless it is needed."""
        for event in self._events(self._heard if self._needs_audio else None):
            yield event

    def _events(self, until_ticks: int | None) -> list[LiveEvent]:
        events: list[LiveEvent] = []
        for number, phrase in enumerate(self._phrases[self._told :], start=self._told):
            middle = phrase.offset_ticks + phrase.duration_ticks // 2
            if self._begun <= number and (until_ticks is None or until_ticks >= middle):
                self._begun = number + 1
                speaker = phrase.speaker if self._interim_speakers else UNKNOWN_SPEAKER
                half = " ".join(phrase.text.split()[: max(1, len(phrase.text.split()) // 2)])
                shorter = replace(
                    phrase, text=half, speaker=speaker, words=(), duration_ticks=phrase.duration_ticks // 2
                )
                events += [SpeechStarted(phrase.offset_ticks), Transcribing(shorter)]
            if until_ticks is not None and until_ticks < phrase.end_ticks:
                break
            self._told = number + 1
            events += [Transcribed(phrase), SpeechEnded(phrase.end_ticks)]
        return events


class HeardTurn:
    """Tells what the local recognizer hears.

    Args:
        pool: Recognizes.
        meeting: Whose speakers are told apart.
        base_ticks: Where in the meeting the turn begins.
    """

    def __init__(self, pool: RecognizerPool, meeting: Meeting, base_ticks: int) -> None:
        self._listener = LiveListener(pool, meeting.tracker, base_ticks=base_ticks, first_id=meeting.phrases + 1)

    async def feed(self, pcm: bytes) -> AsyncIterator[LiveEvent]:
        """What there is to tell once this audio was heard."""
        for event in await self._listener.feed(pcm):
            yield event

    async def finish(self) -> AsyncIterator[LiveEvent]:
        """The same at the end of the audio."""
        for event in await self._listener.finish():
            yield event


def _continued_at(context: dict[str, Any]) -> int | None:
    streams = _object(_object(_object(context.get("continuation")).get("audio")).get("streams"))
    # The native SDK writes the number as text.
    offset = str(_object(streams.get("1")).get("offset", ""))
    return int(offset) if offset.isdecimal() and len(offset) < 20 else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
