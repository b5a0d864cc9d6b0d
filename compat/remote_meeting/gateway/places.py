"""Where in a meeting the audio of a turn belongs, and where the turn's clock begins. Pure.

A client that was cut off sends audio again. One with reliable reconnect says from where (`continuation`), and goes on
with the clock of the turn before; another does not say it: its place is found by the samples themselves, and its clock
begins there. Source: protocol/realtime.md, "Turns, resumption, pace".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from remote_meeting_backends.live import BYTES_A_SECOND

SAMPLE_TICKS: Final = 625
PROBE_BYTES: Final = 1_280
# Clients keep what no phrase covers; looked for is what may be that.
WINDOW_BYTES: Final = 300 * BYTES_A_SECOND
# A client that is ahead of what arrived has lost the rest on the way; more than that is no such client.
MOST_AHEAD_BYTES: Final = 600 * BYTES_A_SECOND
_MARK: Final = "rmc1"


class Heard(Protocol):
    """The audio that is there."""

    end: int

    def read(self, place: int, size: int) -> bytes:
        """At most so many bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn begins.

    Args:
        at: In bytes of the meeting's audio.
        clock_ticks: Where in the meeting the turn's clock begins.
        is_known: Its audio was heard before.
    """

    at: int
    clock_ticks: int
    is_known: bool = False


def ticks_of(place: int) -> int:
    """The moment of a place."""
    return place // 2 * SAMPLE_TICKS


def bytes_of(at_ticks: int) -> int:
    """The place of a moment."""
    return at_ticks // SAMPLE_TICKS * 2


def token_of(clock_ticks: int) -> str:
    """What a client brings back in its `continuation`: with it any process knows the clock of its turn."""
    return f"{_MARK}.{clock_ticks}"


def continued(context: Mapping[str, Any], audio: Heard) -> Place | None:
    """Where a client says that it goes on; None where it does not say it, or cannot be right."""
    told = _mapping(context.get("continuation"))
    mark, _, clock = str(told.get("token", "")).partition(".")
    stream = _mapping(_mapping(_mapping(told.get("audio")).get("streams")).get("1"))
    offset = str(stream.get("offset", ""))
    if mark != _MARK or not all(text.isdecimal() and len(text) < 20 for text in (clock, offset)):
        return None
    at = bytes_of(int(clock) + int(offset))
    if at > audio.end + MOST_AHEAD_BYTES:
        return None
    return Place(at, int(clock), is_known=True)


def came_back(context: Mapping[str, Any]) -> bool:
    """Whether a client says that it was cut off from this service, in whichever meeting."""
    mark, _, _ = str(_mapping(context.get("continuation")).get("token", "")).partition(".")
    return mark == _MARK


def found(probe: bytes, audio: Heard, ends_ticks: Iterable[int]) -> Place:
    """Where audio belongs that does not say it.

    Args:
        probe: Its beginning.
        audio: What is there.
        ends_ticks: Ends of the phrases that were told, the newest first: where clients go on.
    """
    if not audio.end:
        return Place(0, 0)
    probe = probe[:PROBE_BYTES]
    ends = [bytes_of(ticks) for ticks in ends_ticks]
    for at in ends:
        if at < audio.end and _is_there(probe, audio, at):
            return _at(at)
    if probe.strip(probe[:1]) == b"":
        # Silence is found everywhere; who was told nothing has kept everything.
        at = min(ends[0], audio.end) if ends else 0 if _is_there(probe, audio, 0) else audio.end
        return _at(at, is_known=at < audio.end)
    begin = max(0, audio.end - WINDOW_BYTES)
    window = _read(audio, begin, audio.end)
    at = window.find(probe)
    while at >= 0 and at % 2:
        at = window.find(probe, at + 1)
    if at >= 0:
        return _at(begin + at)
    return Place(0, 0, is_known=True) if begin and _is_there(probe, audio, 0) else _at(audio.end, is_known=False)


def _at(place: int, *, is_known: bool = True) -> Place:
    return Place(place, ticks_of(place), is_known)


def _is_there(probe: bytes, audio: Heard, at: int) -> bool:
    there = _read(audio, at, min(audio.end, at + len(probe)))
    return bool(there) and probe.startswith(there)


def _read(audio: Heard, begin: int, end: int) -> bytes:
    parts = []
    while begin < end and (block := audio.read(begin, end - begin)):
        parts.append(block)
        begin += len(block)
    return b"".join(parts)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
