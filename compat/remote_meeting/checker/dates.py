"""What was retired, and when: data, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Retirement:
    """One switch-off.

    Args:
        what: The feature, in its owner's words.
        day: The day of it.
        source: Where that is said.
        is_hidden: True when code that uses it still loads, and fails only as it runs.
    """

    what: str
    day: date
    source: str
    is_hidden: bool = True

    def say(self, as_of: date) -> str:
        """`was retired on 2025-03-28`, or how many days are left."""
        left = (self.day - as_of).days
        if left > 1:
            return f"retires in {left} days, on {self.day}"
        if left == 1:
            return f"retires tomorrow, on {self.day}"
        return f"was retired on {self.day}"


MULTICHANNEL = Retirement(
    "conversation transcription multichannel diarization (preview)",
    date(2025, 3, 28),
    "https://learn.microsoft.com/azure/ai-services/speech-service/meeting-transcription",
)
REST_V3 = Retirement(
    "speech to text REST API v3.0, v3.1, v3.2 and its previews",
    date(2026, 3, 31),
    "https://github.com/MicrosoftDocs/azure-ai-docs/pull/714",
)
REST_V2 = Retirement(
    "speech to text REST API v2.0",
    date(2024, 2, 29),
    "https://azure.microsoft.com/updates/"
    "azure-batch-transcription-and-customization-rest-api-v2-will-be-retired-by-29-february-2024/",
)
SPEAKER_RECOGNITION = Retirement(
    "speaker recognition",
    date(2025, 9, 30),
    "https://learn.microsoft.com/azure/ai-services/speech-service/speaker-recognition-overview",
)
INTENT_RECOGNITION = Retirement(
    "intent recognition",
    date(2025, 9, 30),
    "https://learn.microsoft.com/azure/ai-services/speech-service/migrate-intent-recognition",
)
CONVERSATION_TRANSLATOR = Retirement(
    "ConversationTranslator, in the Speech SDK for JavaScript (gone since 1.51)",
    date(2026, 6, 15),
    "https://github.com/microsoft/cognitive-services-speech-sdk-js/commit/42409c4",
    is_hidden=False,
)
