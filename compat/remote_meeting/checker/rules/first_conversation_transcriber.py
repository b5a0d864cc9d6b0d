"""RM303: ConversationTranscriber as it was first, in SDK 1.5 to 1.7 (2019)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..generations import NAME, Generation
from ..rule import Match, Rule
from .samples import MEETING_DOCS, OLD_TRANSCRIBER, OLD_TRANSCRIBER_WAYS

if TYPE_CHECKING:
    from ..source import Source

_NAMESPACE = re.compile(
    r"CognitiveServices\s*(?:\.|::)\s*Speech\s*(?:\.|::)\s*Conversation\b(?!\w)|cognitiveservices\.speech\.conversation\b"
)
_CALLS = re.compile(r"(?<=[.>])\s*(?:[sS]etConversationId|[eE]ndConversationAsync|ConversationId(?=\s*=[^=]))\b")


def find(source: Source) -> Iterator[Match]:
    """The namespace of 2019, the objects, and the conversation's id set on them."""
    if not source.is_code or source.facts.is_sdk:
        return
    for found in _NAMESPACE.finditer(source.code):
        yield Match(*found.span())
    generations = source.generations
    if Generation.FIRST not in generations.present:
        return
    made_at = {made.start for made, _ in generations.made}
    for made, generation in generations.made:
        if generation is Generation.FIRST:
            yield Match(made.start, made.end)
    for start, end in source.usage.mentions(NAME):
        if start not in made_at:
            yield Match(start, end)
    for found in _CALLS.finditer(source.code):
        yield Match(*found.span())


RULE = Rule(
    id="RM303",
    name="first-conversation-transcriber",
    family="Old ConversationTranscriber",
    title="ConversationTranscriber of SDK 1.5 to 1.7",
    message="{what} of SDK 1.5 to 1.7 streams to a service that {retired}; its constructor only looks like the new "
    "one's.",
    why="The first ConversationTranscriber, in the namespace Speech.Conversation, took a config and audio as the "
    "new one does, "
    "but had the conversation's id and participants itself. Its service is the one that was retired.",
    find=find,
    triggers=(
        "speech.conversation",
        "speech::conversation",
        "conversationtranscri",
    ),
    ways=OLD_TRANSCRIBER_WAYS,
    examples=OLD_TRANSCRIBER,
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=2.0,
    once=8.0,
)
