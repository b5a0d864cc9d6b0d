"""Where a source uses the meeting classes: types named, objects made, conversations of retired transcribers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from .facts import SCRIPTS
from .generations import OLD, Generation
from .kinds import Kind
from .objects import Objects
from .syntax import arguments, assigned_name

if TYPE_CHECKING:
    from .parsing import Span
    from .source import Source

# What stands before a name where it is declared, or is a method's and no type.
_DECLARING = re.compile(
    r"\b(?:class|interface|struct|enum|record|namespace|module|package|def|fun|func|function|object|trait|protocol|"
    r"void|Task|async|new|goto|case)\s+$"
)
_OWNER = re.compile(r"\b(?:this|self|base|super)\s*(?:\.|->|\?\.)\s*$")
_NAMESPACE = re.compile(r"^[ \t]*+(?:namespace|package)\s++([\w.]+)", re.MULTILINE)


class Usage:
    """The meeting classes in one source.

    Args:
        source: It.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._objects = Objects(source)

    @cached_property
    def has_meeting(self) -> bool:
        """True when MeetingTranscriber, or the SDK's Meeting, is in this file."""
        return bool(self.transcribers or self.created_meetings)

    @cached_property
    def transcribers(self) -> tuple[Span, ...]:
        """Where MeetingTranscriber is named."""
        return tuple(self.mentions("MeetingTranscriber"))

    @cached_property
    def created_meetings(self) -> tuple[Span, ...]:
        """Where a Meeting is made: `Meeting.CreateMeetingAsync`, or the class called."""
        return tuple(self._created("Meeting", r"create_?meeting\w*"))

    @cached_property
    def created_conversations(self) -> tuple[Span, ...]:
        """Where a Conversation of the SDK is made, for whomever."""
        return tuple(self._created("Conversation", r"create_?conversation\w*"))

    @cached_property
    def is_retired(self) -> bool:
        """True when something in this file was retired, so that its participants and results were, too."""
        return self.has_meeting or self._source.generations.holds_old

    def mentions(self, wanted: str) -> Iterator[Span]:
        """Where a class of the SDK is named as a type, imported, or made."""
        source = self._source
        if not source.facts.may_be_speech or self._is_own_namespace(wanted):
            return
        made = {made.start for made in self._objects.made(wanted)}
        for name in source.facts.names_of(wanted):
            for found in re.finditer(rf"(?<![\w$])(?:SPX)?{re.escape(name)}\b", source.code):
                if found.start() not in made and not self._is_type(found.start(), found.end()):
                    continue
                if source.facts.is_in_reach(name, found.start()):
                    yield found.span()

    def receivers(self, method: str) -> Iterator[tuple[str, Span]]:
        """Calls of a method, or the method handed on: what it is called on, and where its name stands."""
        code = self._source.code
        if self._source.code_kind is Kind.OBJC:
            pattern = rf"\[\s*+(?:self\s*+\.\s*+)?([\w$]++)\s++({method})\b"
        else:
            pattern = rf"(?<![\w$])([\w$]++)\s*+(?:\(\s*+\)\s*+)?[!?]*+\s*+(?:\.|->)\s*+({method})\b"
        for found in re.finditer(pattern, code, re.IGNORECASE):
            yield found.group(1), found.span(2)

    def conversation_is_retired(self, at: int) -> bool | None:
        """Whether the Conversation made at a place is a retired transcriber's; None when the file does not say."""
        source = self._source
        name = assigned_name(source.code, self._expression(at))
        if name is not None:
            for join in source.generations.joins:
                if join.receiver in source.generations.translators and name in self._joined(join.end):
                    return False
        if source.generations.holds_old:
            return True
        if self.names_translator or Generation.NEW in source.generations.present:
            return False
        return None

    @cached_property
    def names_translator(self) -> bool:
        """True when ConversationTranslator is named: it shares Conversation and Participant."""
        return bool(re.search(r"\b(?:SPX)?ConversationTranslat(?:or|ion)\w*", self._source.code))

    def join_is_retired(self, receiver: str, at: int) -> bool | None:
        """Whether a call of join or leave is a retired transcriber's; None when the file does not say."""
        generations = self._source.generations
        if receiver in generations.translators:
            return False
        held = generations.of_variable(receiver, at)
        if held is not None:
            return held in OLD or None
        # Somebody else's method of this name: the transcribers of this file are known, and none of them is old.
        others = self.names_translator or bool(generations.made)
        return generations.holds_old or not others

    def _created(self, wanted: str, method: str) -> Iterator[Span]:
        source = self._source
        if not source.facts.may_be_speech:
            return
        code = source.code
        for name in source.facts.names_of(wanted):
            word = re.escape(name)
            for found in re.finditer(rf"(?<![\w$])({word})\s*(?:\.|::)\s*{method}", code, re.IGNORECASE):
                if found.group(1) == name:
                    yield found.span(1)
            if source.code_kind is Kind.PYTHON:
                # The names of the layer below, which some call.
                for found in re.finditer(rf"\b{word}_{method}", code, re.IGNORECASE):
                    yield found.span()
                for found in re.finditer(rf"(?<![\w.])(?:[\w]+\.)*({word})\s*\(", code):
                    qualified = found.group().count(".") > 0
                    if (qualified and "transcription" in found.group()) or source.facts.imports(name):
                        yield found.span(1)
        if source.code_kind in (Kind.OBJC, Kind.SWIFT):
            for found in re.finditer(rf"\bSPX{wanted}\b(?=\s+alloc\b|\s*\()", code):
                yield found.span()

    def _expression(self, at: int) -> int:
        """Where the expression begins whose class's name stands at a place."""
        code = self._source.code
        before = re.search(r"(?:\[\s*\[\s*|(?:[\w$]+\s*(?:\.|::)\s*)+)$", code[max(0, at - 200) : at])
        return at - (len(before.group()) if before else 0)

    def _joined(self, end: int) -> str:
        """The first argument of a call whose name ends at a place."""
        code = self._source.code
        opening = code.find("(", end, end + 20)
        given = arguments(code, opening) if opening >= 0 else None
        return code[slice(*given[0])] if given else ""

    def _is_type(self, start: int, end: int) -> bool:
        code = self._source.code
        before, after = code[max(0, start - 80) : start], code[end : end + 40]
        if _DECLARING.search(before) or _OWNER.search(before):
            return False
        if re.match(r"\s*\(", after):
            return False
        if re.match(r"\s*=[^=>]", after) and not re.search(r"[:|<]\s*(?:[\w$]+\s*\.\s*)*$", before):
            # A variable or property of this name.
            return False
        is_key = self._source.code_kind in SCRIPTS and bool(re.match(r"\s*[:?]", after))
        return not is_key or before.rstrip().endswith((":", "|", "<"))

    def _is_own_namespace(self, wanted: str) -> bool:
        """True when the app itself has this name: a namespace `MeetingTranscriber` is no class."""
        return any(wanted in found.group(1).split(".") for found in _NAMESPACE.finditer(self._source.code)) and not (
            self._objects.made(wanted)
        )
