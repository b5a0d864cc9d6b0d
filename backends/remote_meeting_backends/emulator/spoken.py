"""What the emulator remembers of a meeting that is being spoken, over all connections of its audioSessionId.

A client that was cut off sends audio again, and does not say from where: its place is found by the samples themselves.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from ..local.voices import SpeakerTracker
from ..transcript import Phrase

WINDOW_SECONDS: Final = 300
MOST_SESSIONS: Final = 64
SAMPLE_TICKS: Final = 625
PROBE_BYTES: Final = 640


class Meeting:
    """One audioSessionId.

    Args:
        channels: Interleaved in its audio.
    """

    def __init__(self, channels: int) -> None:
        self.tracker = SpeakerTracker()
        self.phrases = 0
        # Where in the meeting the clock of its last turn begins: a turn that continues it has the same clock.
        self.clock_ticks = 0
        self._frame = 2 * channels
        self._window = bytearray()
        self._window_start = 0
        self._end_ticks = [0]
        self._sent: set[tuple[int, int]] = set()

    def place(self, pcm: bytes, expected_ticks: int | None = None) -> int:
        """Where in the meeting audio belongs that begins a turn, in bytes; behind all that was heard if it is new.

        Args:
            pcm: The audio.
            expected_ticks: Where it should be; settles it for silence, which is found everywhere.
        """
        probe = pcm[:PROBE_BYTES]
        heard_until = self._window_start + len(self._window)
        if expected_ticks is not None and not any(probe):
            return expected_ticks // SAMPLE_TICKS * self._frame
        for ticks in reversed(self._end_ticks):
            at = ticks // SAMPLE_TICKS * self._frame
            within = at - self._window_start
            if 0 <= within < len(self._window) and self._window[within : within + len(probe)] == probe:
                return at
        found = self._window.find(probe)
        while found >= 0 and found % self._frame:
            found = self._window.find(probe, found + 1)
        return self._window_start + found if found >= 0 else heard_until

    def hear(self, at: int, pcm: bytes) -> None:
        """Remember audio from a place on; what was heard before stays as it is."""
        fresh = pcm[max(0, self._window_start + len(self._window) - at) :]
        self._window += fresh
        most = WINDOW_SECONDS * 16_000 * self._frame
        if len(self._window) > most + most // 4:
            surplus = len(self._window) - most
            del self._window[:surplus]
            self._window_start += surplus

    def told(self, phrase: Phrase) -> None:
        """Remember that a phrase was sent; times are the meeting's."""
        self._sent.add((phrase.offset_ticks, phrase.duration_ticks))
        self._end_ticks.append(phrase.end_ticks)
        del self._end_ticks[:-50]

    def is_due(self, phrase: Phrase, base_ticks: int) -> bool:
        """Whether a turn that begins at base_ticks is to tell a phrase: its audio is there, or it was never told."""
        # Clients cut audio into pieces, and may go on a little before the end of what they were told.
        if phrase.offset_ticks + phrase.duration_ticks // 2 > base_ticks:
            return True
        return phrase.end_ticks > base_ticks and (phrase.offset_ticks, phrase.duration_ticks) not in self._sent


class SpokenMeetings:
    """The newest of them."""

    def __init__(self) -> None:
        self._meetings: OrderedDict[str, Meeting] = OrderedDict()

    def get(self, session_id: str, channels: int) -> Meeting:
        """The meeting of that audioSessionId, as it is known or as new."""
        meeting = self._meetings.pop(session_id, None) or Meeting(channels)
        self._meetings[session_id] = meeting
        while len(self._meetings) > MOST_SESSIONS:
            self._meetings.popitem(last=False)
        return meeting

    def clear(self) -> None:
        """Forget all."""
        self._meetings.clear()
