"""What the emulator says where a test does not care: two people, in numbers out of order."""

from __future__ import annotations

PHRASES = [
    {"speaker": 3, "text": "Good morning.", "offset_seconds": 0.5, "duration_seconds": 1.0},
    {"speaker": 1, "text": "Good morning, Katie.", "offset_seconds": 2.0, "duration_seconds": 1.5},
]
SAID = [("Guest-1", "Good morning."), ("Guest-2", "Good morning, Katie.")]
# A signature that must not be found anywhere.
SIGNATURE = "c2VjcmV0c2VjcmV0"
SAS = f"sv=2026-01-01&sr=b&sp=r&se=2099-01-01T00:00:00Z&sig={SIGNATURE}"
