"""RM903: ConversationTranslator, another retired feature of Azure Speech; off unless asked for."""

from __future__ import annotations

from ..dates import CONVERSATION_TRANSLATOR
from ..model import Way
from ..rule import Example, Rule
from .named_classes import naming

RULE = Rule(
    id="RM903",
    name="conversation-translator",
    family="Other retired features",
    title="ConversationTranslator",
    message="{what} is ConversationTranslator, which {retired}.",
    why="Conversations in several languages, joined by a code, are gone from the SDK for JavaScript since 1.51; "
    "the other SDKs still have the class.",
    find=naming(
        "ConversationTranslator",
        "ConversationTranslationResult",
        "ConversationTranslationEventArgs",
        "ConversationExpirationEventArgs",
        "ConversationParticipantsChangedEventArgs",
    ),
    triggers=(
        "conversationtranslat",
        "conversationexpiration",
        "conversationparticipants",
    ),
    ways={
        Way.REWRITE: "Stay on the last SDK that has it while its service answers; for one speaker, "
        "TranslationRecognizer remains."
    },
    examples={
        "C#": Example(
            "var it = new ConversationTranslator(config);",
            {
                Way.REWRITE: "// Stay on the last SDK that has it while its service answers; for one speaker, "
                "TranslationRecognizer remains."
            },
        ),
    },
    links=(CONVERSATION_TRANSLATOR.source,),
    retirement=CONVERSATION_TRANSLATOR,
    hours=4.0,
    is_optional=True,
)
