"""Old or new: which of its three generations each ConversationTranscriber is of.

One class name had three meanings. With SDK 1.5 to 1.7 (namespace `Speech.Conversation`) it took a config and audio, and
had the participants itself. With 1.8 to 1.30 it took audio and joined a Conversation: that was retired, and is what
1.31 renamed MeetingTranscriber. Since 1.31 it takes a SpeechConfig first, joins nothing, and is supported.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from .kinds import Kind
from .objects import AUDIO, SPEECH, Made, Objects

if TYPE_CHECKING:
    from .source import Source

NAME = "ConversationTranscriber"
_JOINS = re.compile(
    r"(?<![\w$])([\w$]++)\s*+(?:\(\s*+\)\s*+)?[!?]*+\s*+(?:\.|->)\s*+((?:join|leave)_?conversation(?:_?async)?)\b",
    re.IGNORECASE,
)
_MESSAGES = re.compile(r"\[\s*+(?:self\s*+\.\s*+)?([\w$]++)\s++((?:join|leave)Conversation\w*)")
_FIRST_CALLS = re.compile(
    r"(?<![\w$])([\w$]++)\s*+(?:\.|->)\s*+(?:SetConversationId|setConversationId|ConversationId\s*=|AddParticipant|addParticipant)\w*\b"
)
_FIRST_NAMESPACE = re.compile(
    r"CognitiveServices\s*(?:\.|::)\s*Speech\s*(?:\.|::)\s*Conversation\b|cognitiveservices\.speech\.conversation\b"
)
_OLD_MEMBERS = re.compile(r"[rR]esult\w*(?:\(\s*\))?\s*(?:\.|->|\?\.)\s*(?:UserId|getUserId|userId|user_id)\b")
_NEW_MEMBERS = re.compile(
    r"[rR]esult\w*(?:\(\s*\))?\s*(?:\.|->|\?\.)\s*(?:SpeakerId|getSpeakerId|speakerId|speaker_id)\b"
)


class Generation(StrEnum):
    """Of a ConversationTranscriber."""

    FIRST = "1.5 to 1.7"
    SECOND = "1.8 to 1.30"
    NEW = "1.31 and newer"
    UNKNOWN = "could not tell"


OLD = frozenset({Generation.FIRST, Generation.SECOND})


@dataclass(frozen=True, slots=True)
class Join:
    """A call of join or leave.

    Args:
        receiver: The variable it is called on.
        start: Where the method's name stands.
        end: The first offset behind it.
    """

    receiver: str
    start: int
    end: int


class Generations:
    """The generation of each ConversationTranscriber of a source.

    Args:
        source: It.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._objects = Objects(source)

    @cached_property
    def joins(self) -> tuple[Join, ...]:
        """Calls of join and leave, called or handed on as a method."""
        pattern = _MESSAGES if self._source.code_kind is Kind.OBJC else _JOINS
        return tuple(Join(found.group(1), *found.span(2)) for found in pattern.finditer(self._source.code))

    @cached_property
    def made(self) -> tuple[tuple[Made, Generation], ...]:
        """The objects made, each with its generation."""
        if not self._source.facts.may_be_speech:
            return ()
        return tuple((made, self._generation(made)) for made in self._objects.made(NAME))

    @cached_property
    def present(self) -> frozenset[Generation]:
        """The generations in this file, of objects made and of those that only come in."""
        found = {generation for _, generation in self.made}
        if not found and self._source.facts.may_be_speech and self._is_named:
            found.add(self._undecided())
        return frozenset(found)

    @cached_property
    def holds_old(self) -> bool:
        """True when an old ConversationTranscriber is in this file."""
        return bool(self.present & OLD)

    def of_variable(self, name: str, at: int) -> Generation | None:
        """What a variable holds at a place: what it got last before it, or anywhere; None when nothing was seen."""
        given = [(made.start, generation) for made, generation in self.made if made.name == name]
        if not given:
            return None
        index = bisect_right([start for start, _ in given], at) - 1
        return given[max(0, index)][1]

    @cached_property
    def translators(self) -> frozenset[str]:
        """Variables that hold a ConversationTranslator."""
        held = set(self._objects.holders("ConversationTranslator"))
        return frozenset(held | {made.name for made in self._objects.made("ConversationTranslator") if made.name})

    @cached_property
    def _is_named(self) -> bool:
        return any(
            re.search(rf"\b(?:SPX)?{re.escape(name)}\b", self._source.code)
            for name in self._source.facts.names_of(NAME)
        )

    def _generation(self, made: Made) -> Generation:
        """The evidence, the strongest first."""
        if self._is_joined(made):
            return Generation.SECOND
        by_arguments = self._by_arguments(made)
        if by_arguments is not None:
            return by_arguments
        return self._undecided(made.name)

    def _is_joined(self, made: Made) -> bool:
        """True when a conversation is joined by this object, not by another of the same name."""
        if made.name is None:
            return False
        starts = [other.start for other in self._objects.made(NAME) if other.name == made.name]
        for join in self.joins:
            if join.receiver == made.name:
                index = max(0, bisect_right(starts, join.start) - 1)
                if starts[index] == made.start:
                    return True
        return False

    def _by_arguments(self, made: Made) -> Generation | None:
        first = self._is_first(made.name)
        if SPEECH in made.kinds or len(made.given) > 1:
            return Generation.FIRST if first else Generation.NEW
        if AUDIO in made.kinds:
            return Generation.SECOND
        if not made.given:
            return Generation.FIRST if first else Generation.SECOND
        return None

    def _is_first(self, name: str | None) -> bool:
        code = self._source.code
        if _FIRST_NAMESPACE.search(self._source.content):
            return True
        return bool(name) and any(found.group(1) == name for found in _FIRST_CALLS.finditer(code))

    def _undecided(self, name: str | None = None) -> Generation:
        """What is left: the namespace, joins by nobody known, the results' members, the project's version."""
        source = self._source
        if self._is_first(name):
            return Generation.FIRST
        if any(join.receiver not in self.translators for join in self.joins):
            return Generation.SECOND
        has_conversation = _conversation_beside(source)
        if has_conversation and not self.translators:
            return Generation.SECOND
        old, new = bool(_OLD_MEMBERS.search(source.code)), bool(_NEW_MEMBERS.search(source.code))
        if old != new:
            return Generation.SECOND if old else Generation.NEW
        if source.project.is_before_rename is not None:
            return Generation.SECOND if source.project.is_before_rename else Generation.NEW
        return Generation.UNKNOWN


def _conversation_beside(source: Source) -> bool:
    """True when the SDK's Conversation is made or imported next to it: there is none beside a new transcriber."""
    facts = source.facts
    if facts.is_declared("Conversation"):
        return False
    if facts.imports("Conversation"):
        return True
    return bool(
        re.search(r"\bConversation\s*(?:\.|::)\s*create_?conversation_?async\b", source.code, re.IGNORECASE)
        or re.search(r"\btranscription\s*\.\s*Conversation\s*\(", source.code)
        or re.search(r"\bSPXConversation\b", source.code)
    )
