"""The objects a source makes of the Speech SDK's classes, and what its variables hold, as far as the text says.

Decisions are per object, never per file: one class may hold both kinds of ConversationTranscriber.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .facts import CALLED
from .kinds import Kind
from .syntax import arguments, assigned_name

if TYPE_CHECKING:
    from .source import Source

SPEECH, AUDIO = "speech config", "audio config"
_SPEECH_VALUE = re.compile(r"\b(?:SPX)?Speech(?:Translation)?Config(?:uration)?\b")
_AUDIO_VALUE = re.compile(r"\b(?:SPX)?AudioConfig(?:uration)?\b")
_MAKES_OTHERS = re.compile(
    r"Transcriber|Recognizer|Synthesizer|Translator|create_?conversation|create_?meeting", re.IGNORECASE
)
_NAMED = re.compile(r"^(\w+)\s*[=:](?![=:])")
_LAST_NAME = re.compile(r"([\w$]+)\s*(?:\(\s*\)\s*)?!?$")
_PARTS = re.compile(r"\[\s*SPX(?P<type>\w+)\s+alloc\s*\]\s*(?P<init>init\w*)\s*(?P<rest>:)?")
_CONFIG_GIVEN = re.compile(
    r"(?<![\w$])(?P<name>[\w$]++)\s*+[!?]?(?:\s*+:\s*+[^=;{}()\n]{1,80}?)?\s*+(?::=|(?<![=!<>])=(?![=>]))\s*(?P<value>[^;{}]{0,160})"
)


@dataclass(frozen=True, slots=True)
class Made:
    """An object made of a class of the SDK.

    Args:
        type: The class's name in the SDK, without SPX.
        start: Where the class's name stands.
        end: The first offset behind the name.
        name: The variable or field that gets it; None when it goes elsewhere.
        given: The arguments' texts.
        labels: The arguments' names, as far as they have any.
        kinds: What each argument is: SPEECH, AUDIO or "".
    """

    type: str
    start: int
    end: int
    name: str | None
    given: tuple[str, ...]
    labels: tuple[str, ...]
    kinds: tuple[str, ...]


class Objects:
    """What a source makes.

    Args:
        source: It.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._code = source.code
        self._made_of: dict[str, tuple[Made, ...]] = {}

    def made(self, wanted: str) -> tuple[Made, ...]:
        """The objects made of a class, in order."""
        if wanted not in self._made_of:
            self._made_of[wanted] = self._find(wanted)
        return self._made_of[wanted]

    def _find(self, wanted: str) -> tuple[Made, ...]:
        if self._source.code_kind is Kind.OBJC:
            return tuple(self._messages(wanted))
        found = [made for name in self._source.facts.names_of(wanted) for made in self._calls(wanted, name)]
        return tuple(sorted(found, key=lambda made: made.start))

    def holders(self, wanted: str) -> dict[str, list[int]]:
        """The variables, fields and parameters declared with a class, by name: where each declaration stands."""
        found: dict[str, list[int]] = {}
        for name in self._source.facts.names_of(wanted):
            for pattern in _declarations(name):
                for match in pattern.finditer(self._code):
                    found.setdefault(match.group(1), []).append(match.start())
        return found

    def value_kind(self, text: str, at: int) -> str:
        """What an argument is: SPEECH, AUDIO, or "" when the text does not say. A variable's name is no evidence."""
        if _SPEECH_VALUE.search(text):
            return SPEECH
        if _AUDIO_VALUE.search(text):
            return AUDIO
        name = _LAST_NAME.search(text[-200:])
        if name is None or name.group(1) not in self._configs:
            return ""
        places, kinds = self._configs[name.group(1)]
        before = bisect_right(places, at)
        return kinds[max(0, before - 1)]

    @cached_property
    def _configs(self) -> dict[str, tuple[list[int], list[str]]]:
        """What variables get an AudioConfig or a SpeechConfig: by name, where and which."""
        found: dict[str, list[tuple[int, str]]] = {}
        for match in _CONFIG_GIVEN.finditer(self._code):
            value = match.group("value")
            kind = _kind_of_value(value)
            if kind:
                found.setdefault(match.group("name"), []).append((match.start(), kind))
        for kind, wanted in (
            (SPEECH, r"(?:SPX)?Speech(?:Translation)?Config(?:uration)?"),
            (AUDIO, r"(?:SPX)?AudioConfig(?:uration)?"),
        ):
            for pattern in _declarations(wanted):
                for match in pattern.finditer(self._code):
                    found.setdefault(match.group(1), []).append((match.start(), kind))
        return {
            name: ([place for place, _ in sorted(places)], [kind for _, kind in sorted(places)])
            for name, places in found.items()
        }

    def _calls(self, wanted: str, name: str) -> Iterator[Made]:
        """`new X(`, `X::FromConfig(`, `X(` where a class is called, and `X x = new(`."""
        code, word = self._code, re.escape(name)
        kind = self._source.code_kind
        before = r"(?<![\w$])" if kind in CALLED else r"\bnew\s++(?:[\w$]++\s*+(?:\.|::)\s*+)*"
        patterns = [rf"{before}(?P<type>(?:SPX)?{word})\s*(?P<open>\()"]
        patterns.append(rf"\b(?P<type>{word})\s*(?:::|\.)\s*(?:FromConfig|fromConfig|from_config)\s*(?P<open>\()")
        if kind is Kind.CSHARP:
            patterns.append(rf"\b(?P<type>{word})\??\s+\w+\s*=\s*new\s*(?P<open>\()")
        if kind is Kind.CPP:
            patterns.append(rf"\bmake_(?:shared|unique)\s*<\s*(?:\w+\s*::\s*)*(?P<type>{word})\s*>\s*(?P<open>\()")
        for pattern in patterns:
            for found in re.finditer(pattern, code):
                if kind in CALLED and re.search(
                    r"\b(?:class|def|fun|func|object|trait|struct)\s+$",
                    code[max(0, found.start() - 20) : found.start()],
                ):
                    continue
                if self._source.facts.is_in_reach(name, found.start("type")):
                    yield self._made(wanted, found.start("type"), found.end("type"), found.start(), found.start("open"))

    def _made(self, wanted: str, start: int, end: int, expression: int, opening: int) -> Made:
        code = self._code
        # `sdk.X(` and `ns::X::FromConfig(` begin before the class's name.
        qualified = re.search(r"(?:[\w$]+\s*(?:\.|::)\s*)+$", code[max(0, expression - 200) : expression])
        begin = expression - (len(qualified.group()) if qualified else 0)
        texts, labels, kinds = [], [], []
        for first, last in arguments(code, opening) or []:
            text = code[first:last]
            named = _NAMED.match(text)
            label = named.group(1) if named else ""
            value = text[named.end() :] if named else text
            texts.append(text)
            labels.append(label)
            kinds.append(_kind_of_label(label) or self.value_kind(value, first))
        name = assigned_name(code, begin)
        if name is None and self._source.code_kind is Kind.CSHARP:
            target = re.match(r"\??\s+(\w+)\s*=\s*new", code[end : end + 120])
            name = target.group(1) if target else None
        return Made(wanted, start, end, name, tuple(texts), tuple(labels), tuple(kinds))

    def _messages(self, wanted: str) -> Iterator[Made]:
        """`[[SPXX alloc] initWithAudioConfiguration:audio]`."""
        for found in _PARTS.finditer(self._code):
            if found.group("type") != wanted:
                continue
            opening = self._code.rfind("[", 0, found.start())
            init = found.group("init")
            rest = self._code[found.end() : found.end() + 400].split(";", 1)[0]
            kinds = []
            if re.search(r"SpeechConfiguration|speechConfiguration", init + rest):
                kinds.append(SPEECH)
            if re.search(r"[aA]udioConfiguration", init + rest):
                kinds.append(AUDIO)
            yield Made(
                wanted,
                found.start("type") - 3,
                found.end("type"),
                assigned_name(self._code, opening),
                (rest.strip(),) if found.group("rest") else (),
                (init,),
                tuple(kinds),
            )


def _declarations(name: str) -> tuple[re.Pattern[str], ...]:
    """How a variable is declared with a type: `T x`, `T* x`, `x: T`, `shared_ptr<T> x`, `Future<T> x`."""
    return (
        re.compile(rf"\b(?:SPX)?{name}\b\s*+[?!*&]*+\s*+\b([A-Za-z_$][\w$]*+)\s*+(?=[;=,)\[{{])"),
        re.compile(rf"(?<![\w$])([\w$]++)\s*+[?!]?\s*+:\s*+(?:[\w.]{{1,80}}\.)?(?:SPX)?{name}\b"),
        re.compile(rf"<\s*+(?:\w++\s*+(?:::|\.)\s*+)*{name}\s*+>\s*+[&*]?\s*+([A-Za-z_$][\w$]*)"),
    )


def _kind_of_value(value: str) -> str:
    """What an assigned value is, by the first of the two that it names; what it is made for says nothing."""
    speech, audio = _SPEECH_VALUE.search(value), _AUDIO_VALUE.search(value)
    first = min((found.start() for found in (speech, audio) if found), default=0)
    if _MAKES_OTHERS.search(value, 0, first):
        return ""
    if speech and speech.start() == first:
        return SPEECH
    return AUDIO if audio else ""


def _kind_of_label(label: str) -> str:
    folded = label.replace("_", "").lower()
    if folded in ("speechconfig", "speechconfiguration", "speechtranslationconfig"):
        return SPEECH
    return AUDIO if folded in ("audioconfig", "audioconfiguration") else ""
