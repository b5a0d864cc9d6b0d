"""A live meeting whose audio is kept goes on in another process: where, and with which speakers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Final

from ..live import KeptAudio
from ..transcript import Phrase
from .speakers import VoiceStatistics
from .voices import SpeakerTracker

SAMPLE_TICKS: Final = 625
SAMPLE_BYTES: Final = 2
_GUEST: Final = re.compile(r"Guest-(\d{1,4})")


def place_of(at_ticks: int) -> int:
    """Where in the audio a moment is, in bytes."""
    return at_ticks // SAMPLE_TICKS * SAMPLE_BYTES


def ticks_at(place: int) -> int:
    """The moment of a place in the audio."""
    return place // SAMPLE_BYTES * SAMPLE_TICKS


async def remember(tracker: SpeakerTracker, audio: KeptAudio, phrases: Sequence[Phrase]) -> None:
    """Let a tracker hear again how the speakers of phrases sound, so that they keep their labels.

    Args:
        tracker: Of the process that goes on.
        audio: The meeting's.
        phrases: What an earlier process recognized, in order.
    """
    for phrase in phrases:
        named = _GUEST.fullmatch(phrase.speaker)
        if named is not None:
            begin = place_of(phrase.offset_ticks)
            pcm = audio.read(begin, place_of(phrase.end_ticks) - begin)
            voice = await asyncio.to_thread(VoiceStatistics.of, pcm)
            if voice is not None:
                tracker.remember(voice, int(named[1]) - 1)
