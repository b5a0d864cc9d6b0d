"""Which of a meeting's audio phrases have covered: what comes twice is known, and where to go on after a break."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Final

from ..transcript import TICKS_PER_SECOND, Phrase

# Duplicates come from audio that was sent again, which begins where the last phrases ended.
REMEMBERED: Final = 256
# Channels are recognized side by side; one on which nobody speaks holds nobody up for longer.
LONGEST_BEHIND_TICKS: Final = 60 * TICKS_PER_SECOND


class Ledger:
    """The phrases of a meeting, by channel, as intervals of its audio.

    Args:
        channels: How many channels are recognized side by side.
        start_ticks: Where in the meeting the audio begins.
    """

    def __init__(self, channels: int = 1, start_ticks: int = 0) -> None:
        self._channels = channels
        self._start = start_ticks
        self._ends: dict[int, int] = {}
        self._known: defaultdict[int, deque[tuple[int, int]]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def covered_ticks(self) -> int:
        """Up to where the audio needs no hearing any more: the end of the last phrase."""
        if not self._ends:
            return self._start
        latest = max(self._ends.values())
        if self._channels > 1:
            latest = max(
                min(self._ends.get(at, self._start) for at in range(self._channels)), latest - LONGEST_BEHIND_TICKS
            )
        return max(self._start, latest)

    def is_known(self, phrase: Phrase) -> bool:
        """Whether the same audio was told before: more than half of one of the two lies in the other."""
        begin, end = phrase.offset_ticks, phrase.end_ticks
        if begin > self._ends.get(phrase.channel or 0, self._start):
            return False
        for known_begin, known_end in reversed(self._known[phrase.channel or 0]):
            shorter = min(end - begin, known_end - known_begin)
            if begin == known_begin and end == known_end:
                return True
            if shorter > 0 and 2 * (min(end, known_end) - max(begin, known_begin)) > shorter:
                return True
        return end < self._forgotten(phrase.channel or 0)

    def add(self, phrase: Phrase) -> None:
        """Remember a phrase."""
        channel = phrase.channel or 0
        self._known[channel].append((phrase.offset_ticks, phrase.end_ticks))
        self.cover(phrase.end_ticks, channel)

    def cover(self, until_ticks: int, channel: int = 0) -> None:
        """Audio up to there holds nothing more that will be told."""
        self._ends[channel] = max(self._ends.get(channel, self._start), until_ticks)

    def _forgotten(self, channel: int) -> int:
        """What ends before was told long ago, if at all."""
        known = self._known[channel]
        return known[0][0] if len(known) == REMEMBERED else self._start
