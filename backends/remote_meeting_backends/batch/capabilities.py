"""What the batch service can do, by its quotas and limits (2026-01-30) and its contracts."""

from __future__ import annotations

from typing import Final

from ..backend import Capabilities

NAME: Final = "batch"
# A file of at most 1 GB; at most 240 minutes where speakers are told apart; 2 to 35 speakers.
CAPABILITIES: Final = Capabilities(
    files=True,
    urls=True,
    needs_storage=True,
    speaker_count=True,
    words=True,
    separate_channels=True,
    max_bytes=1_000_000_000,
    max_diarized_seconds=240 * 60.0,
    max_speakers=35,
    options=frozenset({"profanity", "punctuation", "candidate_languages", "model", "time_to_live_hours", "container"}),
)
