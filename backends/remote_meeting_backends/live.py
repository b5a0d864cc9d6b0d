"""A meeting while it is spoken: its audio as it comes in, and what is told of it as it is recognized."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from .errors import RemoteMeetingError
from .transcript import Phrase

SAMPLE_RATE = 16_000
BYTES_A_SECOND = 2 * SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The service, or this machine, listens."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody begins to speak; ticks from the start of the meeting's audio."""

    offset_ticks: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Nobody speaks any more; ticks from the start of the meeting's audio."""

    offset_ticks: int


@dataclass(frozen=True, slots=True)
class Transcribing:
    """What is understood so far of a phrase that goes on; its speaker may be `Unknown`, its text may change."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A phrase, as it stays. It is in the meeting's journal before anybody is told."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Canceled:
    """The recognition ends: by the end of the audio (no error), or by an error."""

    error: RemoteMeetingError | None = None


@dataclass(frozen=True, slots=True)
class SessionStopped:
    """The last event of a session."""

    session_id: str


LiveEvent = SessionStarted | SpeechStarted | SpeechEnded | Transcribing | Transcribed | Canceled | SessionStopped
# Called on the event loop, in the order of the events; must not block.
Listener = Callable[[LiveEvent], None]


@dataclass(frozen=True, slots=True)
class LiveAudio:
    """Audio as it is spoken.

    Args:
        blocks: Samples in pieces of any length: 16-bit little-endian PCM at 16 kHz, one channel (or `channels`
            interleaved); it ends when the meeting does.
        channels: 1, or 2 that are kept apart.
    """

    blocks: AsyncIterator[bytes]
    channels: int = 1
