"""RM901: Speaker Recognition, another retired feature of Azure Speech; off unless asked for."""

from __future__ import annotations

from ..dates import SPEAKER_RECOGNITION
from ..model import Way
from ..rule import Example, Rule
from .named_classes import naming

RULE = Rule(
    id="RM901",
    name="speaker-recognition",
    family="Other retired features",
    title="Speaker Recognition",
    message="{what} is Speaker Recognition, which {retired}.",
    why="No service of Azure recognizes a speaker any more, and Microsoft names no replacement for it.",
    find=naming(
        "SpeakerRecognizer",
        "SpeakerRecognitionModel",
        "SpeakerIdentificationModel",
        "SpeakerVerificationModel",
        "VoiceProfile",
        "VoiceProfileClient",
        "VoiceProfileType",
        "SpeakerRecognitionResult",
    ),
    triggers=(
        "speakerrecogni",
        "speakeridentification",
        "speakerverification",
        "voiceprofile",
    ),
    ways={Way.REWRITE: "Remove it, and delete the voice profiles: they are biometric data about people."},
    examples={
        "C#": Example(
            "var it = new SpeakerRecognizer(config);",
            {Way.REWRITE: "// Remove it, and delete the voice profiles: they are biometric data about people."},
        ),
    },
    links=(SPEAKER_RECOGNITION.source,),
    retirement=SPEAKER_RECOGNITION,
    hours=4.0,
    is_optional=True,
)
