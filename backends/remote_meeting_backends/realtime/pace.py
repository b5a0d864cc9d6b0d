"""How fast audio goes out: five seconds at once, the rest at twice real time, and no faster than it is taken in.

Source: protocol/realtime.md, "Turns, resumption, pace".
"""

from __future__ import annotations

from typing import Final

AT_ONCE_SECONDS: Final = 5.0
FASTEST: Final = 2.0
# A service that is behind gets time to catch up.
LAGGING: Final = 1.0
# Waiting for less costs more than it is worth.
SHORTEST_SECONDS: Final = 0.05


class Pace:
    """Seconds of audio that may go now, as a credit that grows with time.

    Args:
        now: Seconds on a monotonic clock.
    """

    def __init__(self, now: float) -> None:
        self._credit = AT_ONCE_SECONDS
        self._at = now

    def wait_after(self, audio_seconds: float, now: float, *, is_lagging: bool) -> float:
        """Seconds to wait after so much audio went out; 0 while there is credit."""
        rate = LAGGING if is_lagging else FASTEST
        self._credit = min(AT_ONCE_SECONDS, self._credit + (now - self._at) * rate) - audio_seconds
        self._at = now
        wait = -self._credit / rate
        return wait if wait >= SHORTEST_SECONDS else 0.0
