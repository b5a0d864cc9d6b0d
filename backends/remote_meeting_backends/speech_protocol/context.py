"""What a client says of itself and of what it wants: the bodies of speech.config and speech.context.

Source: protocol/realtime.md, "Messages" (O) and "Turns, resumption, pace" (S). Profanity and phrase lists are as the
native Speech SDK 1.53.0 was seen to send them (`cassettes/realtime/native_options.yaml`).
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from typing import Any, Final

SAMPLE_RATE: Final = 16_000
# Words with their times, as they were said and as they are shown.
DETAILS: Final = ("WordTimings", "WordConfidence", "DisplayWordTimings", "ITN", "SNR")
NAME: Final = "remote-meeting-compat"


@dataclass(frozen=True, slots=True)
class Profile:
    """What is wanted of the service.

    Args:
        language: BCP-47.
        version: Of this client.
        channels: Of the audio: 1, or 2 that are kept apart.
        diarizes: Speakers are told apart (in one channel only).
        interim_speakers: Hypotheses should name speakers, too (`diarizeIntermediates`).
        profanity: `masked`, `removed` or `raw`; None for the service's own way.
        phrases: That are likely to be said.
    """

    language: str
    version: str
    channels: int = 1
    diarizes: bool = True
    interim_speakers: bool = False
    profanity: str | None = None
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a server with reliable reconnect said of the connection that broke.

    Args:
        service_tag: Of its last turn.
        token: Its last token.
        offset_ticks: Audio of that turn which it acknowledged; None where it said nothing of it.
    """

    service_tag: str
    token: str
    offset_ticks: int | None


def speech_config(profile: Profile) -> dict[str, Any]:
    """The body of `speech.config`."""
    return {
        "context": {
            "system": {"name": NAME, "version": profile.version, "build": f"Python {platform.python_version()}"},
            "os": {"platform": sys.platform, "name": platform.system(), "version": platform.release()},
            "audio": {
                "source": {
                    "type": "Stream",
                    "connectivity": "Unknown",
                    "manufacturer": "",
                    "model": "",
                    "samplerate": SAMPLE_RATE,
                    "bitspersample": 16,
                    "channelcount": profile.channels,
                }
            },
        }
    }


def speech_context(
    profile: Profile, audio_session_id: str, audio_offset_ms: int, continuation: Continuation | None
) -> dict[str, Any]:
    """The body of `speech.context`.

    Args:
        profile: What is wanted.
        audio_session_id: The same for a whole session, whatever becomes of its connections: speakers keep their labels.
        audio_offset_ms: Audio that was sent before, in milliseconds.
        continuation: Where a broken connection is to be taken up.
    """
    detection: dict[str, Any] = {"mode": "Conversation", "language": profile.language}
    if profile.diarizes:
        detection["speakerDiarization"] = {
            "mode": "Anonymous",
            "audioSessionId": audio_session_id,
            "audioOffsetMs": audio_offset_ms,
            "diarizeIntermediates": profile.interim_speakers,
        }
    if profile.profanity:
        detection["enrichment"] = {"profanity": profile.profanity}
    context: dict[str, Any] = {
        "phraseDetection": detection,
        "phraseOutput": {"format": "Detailed", "detailed": {"options": list(DETAILS)}},
        # Opts in to the headers of reliable reconnect.
        "audio": {"streams": {"1": None}},
    }
    if profile.phrases:
        items = [{"Text": phrase} for phrase in profile.phrases]
        context["dgi"] = {"Groups": [{"Type": "Generic", "Items": items}], "bias": 1.0}
    if continuation is not None:
        context["continuation"] = {"previousServiceTag": continuation.service_tag, "token": continuation.token}
        if continuation.offset_ticks is not None:
            streams = {"1": {"offset": continuation.offset_ticks}}
            context["continuation"]["audio"] = {"streams": streams}
    return context
