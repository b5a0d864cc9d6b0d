"""A meeting while it is spoken: its audio as it comes in, and what is told of it as it is recognized."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol, Self

from .errors import RemoteMeetingError
from .transcript import Phrase

SAMPLE_RATE = 16_000
BYTES_A_SECOND = 2 * SAMPLE_RATE
MOST_AT_ONCE = BYTES_A_SECOND


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


class LiveEvents:
    """A listener whose events are iterated: `async for event in events`, from the session's start to its stop.

    Made and iterated on the event loop of the meeting. An event waits until it is asked for, however many come before.
    `submit` sees to it that the last one is a stop, also of a meeting that fails before a session began; where `submit`
    itself raises, none comes.
    """

    def __init__(self) -> None:
        self._events: asyncio.Queue[LiveEvent] = asyncio.Queue()
        self._is_over = False

    def __call__(self, event: LiveEvent) -> None:
        """Told by the backend."""
        self._events.put_nowait(event)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveEvent:
        if self._is_over:
            raise StopAsyncIteration
        event = await self._events.get()
        self._is_over = isinstance(event, SessionStopped)
        return event


class KeptAudio(Protocol):
    """Audio that is still being spoken and stays where it is, so that it can be heard again from any place.

    Places are bytes from the meeting's start.
    """

    start: int
    end: int
    is_complete: bool

    def read(self, place: int, size: int) -> bytes:
        """At most so many bytes; none where there are none yet."""

    def release(self, place: int) -> None:
        """Whoever hears it now needs nothing before that place any more."""

    async def more(self, place: int) -> bool:
        """Wait until there is audio behind a place; False when it has ended there."""

    async def completed(self) -> None:
        """Wait until there will be no more."""

    def tell(self, came: Callable[[], None] | None) -> None:
        """Call somebody whenever there is more, and nobody else; None for nobody."""


@dataclass(frozen=True, slots=True)
class LiveAudio:
    """Audio as it is spoken.

    Args:
        blocks: Samples in pieces of any length: 16-bit little-endian PCM at 16 kHz, one channel (or `channels`
            interleaved); it ends when the meeting does.
        channels: 1, or 2 that are kept apart.
        kept: The same audio where it is kept; a meeting of it that broke off goes on where its journal ends. `blocks`
            is not read then.
    """

    blocks: AsyncIterator[bytes]
    channels: int = 1
    kept: KeptAudio | None = None

    @classmethod
    def from_queue(cls, queue: asyncio.Queue[bytes | None], channels: int = 1) -> Self:
        """Audio that somebody puts into a queue; None is its end."""
        return cls(_taken(queue), channels)

    @classmethod
    def from_kept(cls, kept: KeptAudio, channels: int = 1) -> Self:
        """Audio that is kept while it is spoken."""
        return cls(kept_blocks(kept), channels, kept)


async def kept_blocks(audio: KeptAudio, place: int = 0) -> AsyncGenerator[bytes, None]:
    """Kept audio from a place on, to its end."""
    while await audio.more(place):
        block = audio.read(place, MOST_AT_ONCE)
        place += len(block)
        yield block


async def _taken(queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (block := await queue.get()) is not None:
        yield block
