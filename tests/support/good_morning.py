"""A meeting that the gateway's tests upload: the emulator's script, what an app is told of it, audio of that length."""

from __future__ import annotations

import random

SECOND = 10_000_000
SCRIPT = (
    {"speaker": 1, "text": "Good morning, Steve.", "offset_seconds": 0.5, "duration_seconds": 1.0},
    {"speaker": 2, "text": "Good morning, Katie.", "offset_seconds": 2.0, "duration_seconds": 1.0},
    {"speaker": 1, "text": "Shall we begin?", "offset_seconds": 3.5, "duration_seconds": 0.5},
)
TOLD = [
    (5_000_000, SECOND, "Good morning, Steve.", "Guest-1"),
    (2 * SECOND, SECOND, "Good morning, Katie.", "Guest-2"),
    (35_000_000, 5_000_000, "Shall we begin?", "Guest-1"),
]


def noise(seconds: float, seed: int = 1) -> bytes:
    """Audio that is nowhere else, in one channel."""
    return random.Random(seed).randbytes(round(seconds * 16_000) * 2)


SOUND = noise(4.5)
