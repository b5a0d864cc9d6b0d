"""RM903: ConversationTranslator, another retired feature of Azure Speech; off unless asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import CONVERSATION_TRANSLATOR
from ..model import Way
from ..rule import Example, Match, Rule

if TYPE_CHECKING:
    from ..source import Source

_CLASSES = (
    "ConversationTranslator",
    "ConversationTranslationResult",
    "ConversationTranslationEventArgs",
    "ConversationExpirationEventArgs",
    "ConversationParticipantsChangedEventArgs",
)


def find(source: Source) -> Iterator[Match]:
    """Its classes, wherever they are named next to the Speech SDK."""
    if source.is_code:
        for wanted in _CLASSES:
            for start, end in source.usage.mentions(wanted):
                yield Match(start, end)


RULE = Rule(
    id="RM903",
    name="conversation-translator",
    family="Other retired features",
    title="ConversationTranslator",
    message="{what} is ConversationTranslator, which {retired}.",
    why="Conversations in several languages, joined by a code, are gone from the SDK for JavaScript since 1.51; "
    "the other SDKs still have the class.",
    find=find,
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
