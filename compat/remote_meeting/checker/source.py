"""One file as the rules see it: its text, and views of it in which only code, or only strings, are left."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .kinds import Kind
from .parsing import GRAMMARS, Marks, Span, ascii_of, marks_of
from .plain import comments_of
from .syntax import Brackets

if TYPE_CHECKING:
    from .facts import Facts
    from .generations import Generations
    from .project import Project
    from .usage import Usage

_QUOTES = re.compile(r"\A(?:[@$a-zA-Z]*#*(?:\"\"\"|'''|[\"'`])|#+\")")
# What a person reads in a page is no address.
_ATTRIBUTES = re.compile(r"(?<!\btitle)(?<!\balt)(?<!\blabel)(?<!\bplaceholder)=\s*\"([^\"]*)\"", re.IGNORECASE)
_ENDS = re.compile(r"(?:\"\"\"|'''|[\"'`])#*\Z")


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that is no code: what stands within a pair of quotes, or a whole file of settings.

    Args:
        start: Offset of its first character, behind the quotes.
        value: The text as it is written, escapes and all.
        is_quoted: False for a whole file.
    """

    start: int
    value: str
    is_quoted: bool

    @property
    def end(self) -> int:
        """The first offset behind it."""
        return self.start + len(self.value)


class Source:
    """A file that may hold something.

    Args:
        shown: Its path as it is shown.
        kind: Its language.
        text: Its decoded text.
        project: What the project files around it say.
        script: Where its code stands when not all of it is code (a page), as spans; None when it is.
        script_kind: The language of that code.
        gateway: The address that takes the place of the retired service's; empty for none.
    """

    def __init__(
        self,
        shown: str,
        kind: Kind,
        text: str,
        project: Project,
        *,
        script: tuple[Span, ...] | None = None,
        script_kind: Kind | None = None,
        gateway: str = "",
    ) -> None:
        self.shown = shown
        self.kind = kind
        self.text = text
        self.project = project
        self.code_kind = script_kind or kind
        self.gateway = gateway
        self._script = script

    @property
    def is_code(self) -> bool:
        """True for a programming language, false for settings and scripts."""
        return self.code_kind in GRAMMARS

    @cached_property
    def marks(self) -> Marks:
        """Where comments and strings are."""
        if not self.is_code:
            return Marks(comments_of(self.text, self.kind), (), ())
        if self._script is None:
            return marks_of(self.text, self.code_kind)
        marks = marks_of(_only(self.text, self._script), self.code_kind)
        outside = comments_of(_without(self.text, self._script), Kind.HTML)
        return Marks(tuple(sorted([*marks.comments, *outside])), marks.strings, marks.holes)

    @property
    def comments(self) -> tuple[Span, ...]:
        """The comments' spans."""
        return self.marks.comments

    @cached_property
    def content(self) -> str:
        """The text with blanks for comments: as long as the text, line for line."""
        return _blank(self.text, self.marks.comments)

    @cached_property
    def code(self) -> str:
        """The text with blanks for comments and for what stands in strings; ASCII, as long as the text."""
        text = ascii_of(self.text)
        if not self.is_code:
            return _blank(text, self.marks.comments)
        if self._script is not None:
            text = _only(text, self._script)
        # Outer before inner: a string blanks, a hole in it brings its code back, a string in that blanks again.
        ordered = sorted(
            [
                *((start, -end, True) for start, end in self.marks.strings),
                *((start, -end, False) for start, end in self.marks.holes),
            ]
        )
        code = list(text)
        for start, minus_end, blanks in ordered:
            end = -minus_end
            code[start:end] = _hollow(text[start:end]) if blanks else text[start:end]
        return _blank("".join(code), self.marks.comments)

    @cached_property
    def brackets(self) -> Brackets:
        """Which call a place of the code stands in."""
        return Brackets(self.code)

    @cached_property
    def literals(self) -> tuple[Literal, ...]:
        """What is text: the strings of a program, the attributes of a page, all of a file of settings."""
        if not self.is_code:
            return (Literal(0, self.content, is_quoted=False),)
        comments = self.marks.comments
        literals = []
        for start, end in self.marks.strings:
            if not _is_within(start, comments):
                begin, stop = _unquoted(self.text, start, end)
                literals.append(Literal(begin, self.text[begin:stop], is_quoted=True))
        if self._script is not None:
            page = _blank(_without(self.text, self._script), self.marks.comments)
            literals += [
                Literal(found.start(1), found.group(1), is_quoted=True) for found in _ATTRIBUTES.finditer(page)
            ]
        return tuple(sorted(literals, key=lambda literal: literal.start))

    @cached_property
    def facts(self) -> Facts:
        """What the code says of the Speech SDK."""
        from .facts import Facts

        return Facts(self)

    @cached_property
    def generations(self) -> Generations:
        """Which ConversationTranscribers it holds."""
        from .generations import Generations

        return Generations(self)

    @cached_property
    def usage(self) -> Usage:
        """Which of the meeting classes it uses, and where."""
        from .usage import Usage

        return Usage(self)

    def literal_at(self, offset: int) -> Literal | None:
        """The literal that a place stands in."""
        index = bisect_right(self.literals, offset, key=lambda literal: literal.start) - 1
        if index >= 0 and offset <= self.literals[index].end:
            return self.literals[index]
        return None

    def where(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """A line's text, without its end."""
        start = self._line_starts[number - 1]
        stop = self._line_starts[number] if number < len(self._line_starts) else len(self.text)
        return self.text[start:stop].rstrip("\r\n")

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", self.text))]


def _blank(text: str, spans: tuple[Span, ...]) -> str:
    """Spaces in place of spans; ends of lines stay."""
    parts, done = [], 0
    for start, end in spans:
        if end <= done:
            continue
        start = max(start, done)
        parts += [text[done:start], re.sub(r"[^\r\n]", " ", text[start:end])]
        done = end
    return "".join([*parts, text[done:]])


def _hollow(text: str) -> str:
    """A string without what is in it: its quotes stay, for whoever reads arguments."""
    begin, stop = _unquoted(text, 0, len(text))
    return text[:begin] + re.sub(r"[^\r\n]", " ", text[begin:stop]) + text[stop:]


def _unquoted(text: str, start: int, end: int) -> Span:
    raw = text[start:end]
    opening = _QUOTES.match(raw)
    begin = opening.end() if opening else 0
    ending = _ENDS.search(raw, begin)
    return start + begin, start + (ending.start() if ending else len(raw))


def _only(text: str, spans: tuple[Span, ...]) -> str:
    return _blank(text, _gaps(len(text), spans))


def _without(text: str, spans: tuple[Span, ...]) -> str:
    return _blank(text, spans)


def _gaps(length: int, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    edges = [0, *(edge for span in spans for edge in span), length]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _is_within(offset: int, spans: tuple[Span, ...]) -> bool:
    index = bisect_right(spans, offset, key=lambda span: span[0]) - 1
    return index >= 0 and offset < spans[index][1]
