"""Who speaks, told as the stretches of speech come in: what was told once stays, what is told next may be wiser."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from ..backend import SpeakerCount
from .speakers import MOST_SPEAKERS, VoiceStatistics, tell_apart

# Stretches that are looked at: the newest, and some of each speaker who was silent for long.
RECENT: Final = 60
OF_EACH: Final = 10
# A group without a number that holds so many stretches is no newcomer: a known speaker's group fell apart.
SPLIT: Final = 3


@dataclass(slots=True)
class _Told:
    voice: VoiceStatistics
    speaker: int


class SpeakerTracker:
    """The speakers of one meeting so far.

    With each stretch all are told apart anew; the groups that come out take the numbers that most of their speech was
    given before, and a group that finds none is somebody new.

    Args:
        wanted: How many there are; only its maximum can be honoured before the end is heard.
    """

    def __init__(self, wanted: SpeakerCount | None = None) -> None:
        self._most = min(wanted.maximum, MOST_SPEAKERS) if wanted is not None else MOST_SPEAKERS
        self._told: list[_Told] = []
        self._count = 0
        self._known: dict[str, int] = {}

    def assign(self, voice: VoiceStatistics | None) -> int | None:
        """The speaker of the next stretch, numbered from 0 by first appearance; None where there is no voice to tell.

        A stretch that comes again, because its audio was sent again, is the same speaker's and counts once.
        """
        if voice is None:
            return None
        name = voice.pack()
        if name not in self._known:
            self.remember(voice, self._speaker_of(voice))
        return self._known[name]

    def remember(self, voice: VoiceStatistics, speaker: int) -> None:
        """A stretch whose speaker was told before."""
        self._known[voice.pack()] = speaker
        self._count = max(self._count, speaker + 1)
        self._told.append(_Told(voice, speaker))
        if len(self._told) > 2 * RECENT:
            self._forget()

    def _speaker_of(self, voice: VoiceStatistics) -> int:
        voices = [told.voice for told in self._told] + [voice]
        groups = tell_apart(voices, SpeakerCount(minimum=1, maximum=self._most))
        shares: defaultdict[tuple[int | None, int], int] = defaultdict(int)
        for told, group in zip(self._told, groups, strict=False):
            shares[group, told.speaker] += told.voice.frames
        mine = groups[-1]
        names: dict[int | None, int] = {}
        for (group, speaker), _ in sorted(shares.items(), key=lambda share: -share[1]):
            if group not in names and speaker not in names.values():
                names[group] = speaker
        if mine in names:
            return names[mine]
        before = sum(group == mine for group in groups[:-1])
        if self._count < self._most and before < SPLIT:
            return self._count
        return max(range(self._count), key=lambda speaker: shares[mine, speaker])

    def _forget(self) -> None:
        """Of the older stretches, all but the newest of each speaker."""
        older, recent = self._told[:-RECENT], self._told[-RECENT:]
        left: Counter[int] = Counter(told.speaker for told in recent)
        kept = []
        for told in reversed(older):
            if left[told.speaker] < OF_EACH:
                left[told.speaker] += 1
                kept.append(told)
        self._told = [*reversed(kept), *recent]
