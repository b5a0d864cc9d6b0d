"""The one domain model: what a meeting's transcript is, whichever backend made it.

Times are integers of ticks (100 ns), the unit of the retired service's wire.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass

TICKS_PER_SECOND = 10_000_000
UNKNOWN_SPEAKER = "Unknown"


def ticks(seconds: float) -> int:
    """Seconds to the nearest tick."""
    return round(seconds * TICKS_PER_SECOND)


def seconds(ticks_: int) -> float:
    """Ticks to seconds."""
    return ticks_ / TICKS_PER_SECOND


class MeetingStatus(StrEnum):
    """Where a meeting stands; the names are the retired service's."""

    UPLOADING = "Uploading"
    PROCESSING = "Processing"
    COMPLETED = "Completed"
    FAILED = "Failed"
    DELETED = "Deleted"

    @property
    def is_final(self) -> bool:
        """True when nothing more will happen by itself."""
        return self in (MeetingStatus.COMPLETED, MeetingStatus.FAILED, MeetingStatus.DELETED)


# Words and phrases are dataclasses, not models: a 10-hour meeting holds 200,000 of them, and slots build
# in less than half the time.
@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", defer_build=True))
class Word:
    """One recognized word, in ticks from the start of the audio; confidence from 0 to 1 or None."""

    text: str
    offset_ticks: int
    duration_ticks: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", defer_build=True))
class Phrase:
    """What one speaker said in one go.

    Args:
        id: Unique within the meeting.
        text: The words as the backend displays them.
        speaker: Canonical speaker label (`Guest-1`), a user id, or `Unknown`.
        offset_ticks: Start, in ticks from the start of the audio.
        duration_ticks: Length in ticks.
        raw_speaker: The label as the backend gave it, when it differs from `speaker`.
        channel: Zero-based audio channel, when channels were kept apart.
        confidence: 0 to 1, or None when the backend gives none.
        locale: BCP-47 language of the phrase.
        words: Words with their times; empty when the backend gives none.
    """

    id: str
    text: str
    speaker: str
    offset_ticks: int
    duration_ticks: int
    raw_speaker: str | None = None
    channel: int | None = None
    confidence: float | None = None
    locale: str | None = None
    words: tuple[Word, ...] = ()

    @property
    def end_ticks(self) -> int:
        """Where it ends, in ticks from the start of the audio."""
        return self.offset_ticks + self.duration_ticks


class Transcript(BaseModel):
    """A finished meeting: its phrases in the order of their offsets.

    `notes` holds every choice made on the caller's behalf and every doubt about the result.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    meeting_id: str
    backend: str
    locale: str | None = None
    audio_duration_ticks: int | None = Field(default=None, ge=0)
    phrases: tuple[Phrase, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def speakers(self) -> tuple[str, ...]:
        """Speaker labels in order of first appearance."""
        return tuple(dict.fromkeys(phrase.speaker for phrase in self.phrases))
