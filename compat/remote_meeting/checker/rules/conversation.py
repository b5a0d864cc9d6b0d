"""RM302: the Conversation that an old ConversationTranscriber joined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..kinds import Kind
from ..model import Certainty
from ..rule import Match, Rule
from .samples import MEETING_DOCS, OLD_TRANSCRIBER, OLD_TRANSCRIBER_WAYS

if TYPE_CHECKING:
    from ..source import Source

_UNSURE = (
    "Could not tell whose Conversation this is: a ConversationTranslator's is another feature, an old "
    "ConversationTranscriber's "
    "{retired}."
)
_NATIVE = re.compile(r"\brecognizer_(?:join|leave)_conversation\b")


def find(source: Source) -> Iterator[Match]:
    """Conversations made and declared for an old transcriber, joined and left by it; not a translator's."""
    # The SDK for Go never had it.
    if not source.is_code or source.code_kind is Kind.GO or source.facts.is_sdk:
        return
    if source.code_kind in (Kind.RUST, Kind.C, Kind.CPP):
        yield from _native(source)
    usage = source.usage
    if not source.facts.may_be_speech:
        return
    is_retired = False
    for start, end in usage.created_conversations:
        answer = usage.conversation_is_retired(start)
        if answer is not False:
            is_retired = is_retired or answer is True
            yield Match(start, end, None if answer else _UNSURE, Certainty.FOUND if answer else Certainty.UNSURE)
    for join in source.generations.joins:
        answer = usage.join_is_retired(join.receiver, join.start)
        if answer is not False:
            is_retired = is_retired or answer is True
            yield Match(
                join.start, join.end, None if answer else _UNSURE, Certainty.FOUND if answer else Certainty.UNSURE
            )
    if (is_retired or source.generations.holds_old) and not usage.names_translator:
        for start, end in usage.mentions("Conversation"):
            yield Match(start, end)


def _native(source: Source) -> Iterator[Match]:
    for found in _NATIVE.finditer(source.code):
        yield Match(*found.span())


RULE = Rule(
    id="RM302",
    name="conversation",
    family="Old ConversationTranscriber",
    title="Conversation: made, joined, left",
    message="{what} belongs to conversations of a service that {retired}.",
    why="Until SDK 1.30 a ConversationTranscriber joined a Conversation. The new one joins nothing. "
    "ConversationTranslator has "
    "conversations of its own: it is another feature, and itself gone from the SDK for JavaScript since 1.51.",
    find=find,
    triggers=(
        "createconversation",
        "create_conversation",
        "joinconversation",
        "join_conversation",
        "leaveconversation",
        "leave_conversation",
        "spxconversation",
        "transcription.conversation",
        "conversationtranscri",
    ),
    ways=OLD_TRANSCRIBER_WAYS,
    examples=OLD_TRANSCRIBER,
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=0.5,
)
