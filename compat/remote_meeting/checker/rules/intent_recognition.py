"""RM902: Intent Recognition, another retired feature of Azure Speech; off unless asked for."""

from __future__ import annotations

from ..dates import INTENT_RECOGNITION
from ..model import Way
from ..rule import Example, Rule
from .named_classes import naming

RULE = Rule(
    id="RM902",
    name="intent-recognition",
    family="Other retired features",
    title="Intent Recognition",
    message="{what} is Intent Recognition, which {retired}.",
    why="Intents are recognized from text now, by a service of their own; the SDK's classes for them are gone or fail.",
    find=naming(
        "IntentRecognizer",
        "LanguageUnderstandingModel",
        "PatternMatchingModel",
        "PatternMatchingIntent",
        "PatternMatchingEntity",
        "IntentRecognitionResult",
    ),
    triggers=(
        "intentrecogni",
        "languageunderstandingmodel",
        "patternmatching",
    ),
    ways={
        Way.REWRITE: "Transcribe with SpeechRecognizer, and give the text to conversational language understanding "
        "or a language model."
    },
    examples={
        "C#": Example(
            "var it = new IntentRecognizer(config);",
            {
                Way.REWRITE: "// Transcribe with SpeechRecognizer, and give the text to conversational language "
                "understanding or a language model."
            },
        ),
    },
    links=(INTENT_RECOGNITION.source,),
    retirement=INTENT_RECOGNITION,
    hours=4.0,
    is_optional=True,
)
