"""The `filter` of lists: an OData-like language, parsed and applied without I/O.

Source: the `filter` parameters of the published contracts: eq and ne on every property, gt, ge, lt and le on dates,
combined by and, or, not and parentheses. Strings stand in single quotes, doubled inside; dates stand bare.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

DEEPEST = 40
_TOKEN = re.compile(r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<mark>[()])|(?P<word>[^\s()']+))")
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_ON_TEXT = frozenset({"eq", "ne"})

Values = Mapping[str, str | datetime | None]
Filter = Callable[[Values], bool]


class Kind(Enum):
    """What a property is compared as."""

    TEXT = "text"
    DATE = "date"


class FilterError(ValueError):
    """It is no filter, or names what cannot be filtered by."""


def parse_filter(text: str, properties: Mapping[str, Kind]) -> Filter:
    """Make a predicate.

    Args:
        text: Such as `displayName eq 'It''s' and createdDateTime gt 2026-01-01T00:00:00Z`.
        properties: What may be named.

    Raises:
        FilterError: With the place in words.
    """
    return _Parser(_tokens(text), properties).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    end = len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise FilterError(f"A quote is not closed after {text[:position]!r}.")
        tokens.append(_Token(found.lastgroup or "", found[found.lastgroup or 0]))
        position = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token], properties: Mapping[str, Kind]) -> None:
        self._tokens = tokens
        self._properties = properties
        self._at = 0
        self._depth = 0

    def whole(self) -> Filter:
        found = self._either()
        if self._at < len(self._tokens):
            raise FilterError(f"Nothing is expected at {self._tokens[self._at].text!r}.")
        return found

    def _either(self) -> Filter:
        parts = [self._both()]
        while self._take_word("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda values: any(part(values) for part in parts)

    def _both(self) -> Filter:
        parts = [self._one()]
        while self._take_word("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda values: all(part(values) for part in parts)

    def _one(self) -> Filter:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError(f"More than {DEEPEST} levels are nested.")
        try:
            if self._take_word("not"):
                negated = self._one()
                return lambda values: not negated(values)
            if self._take("mark", "("):
                inside = self._either()
                if not self._take("mark", ")"):
                    raise FilterError("A parenthesis is not closed.")
                return inside
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Filter:
        name = self._next("word", "a property").text
        kind = self._properties.get(name)
        if kind is None:
            raise FilterError(f"{name!r} cannot be filtered by: use {', '.join(self._properties)}.")
        sign = self._next("word", "an operator").text
        compare = _COMPARISONS.get(sign)
        if compare is None or (kind is Kind.TEXT and sign not in _ON_TEXT):
            allowed = ", ".join(_COMPARISONS if kind is Kind.DATE else sorted(_ON_TEXT))
            raise FilterError(f"{sign!r} is no operator for {name}: use {allowed}.")
        wanted: str | datetime
        if kind is Kind.TEXT:
            wanted = self._next("string", f"a text in single quotes for {name}").text[1:-1].replace("''", "'")
        else:
            wanted = _date(self._next("word", f"a date for {name}").text)

        def holds(values: Values) -> bool:
            value = values.get(name)
            # Nothing equals nothing, and has no order.
            return sign == "ne" if value is None else compare(value, wanted)

        return holds

    def _next(self, kind: str, what: str) -> _Token:
        if self._at == len(self._tokens):
            raise FilterError(f"It ends where {what} is expected.")
        token = self._tokens[self._at]
        if token.kind != kind:
            raise FilterError(f"{what} is expected at {token.text!r}.")
        self._at += 1
        return token

    def _take(self, kind: str, text: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == _Token(kind, text)
        self._at += found
        return found

    def _take_word(self, text: str) -> bool:
        return self._take("word", text)


def _date(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise FilterError(f"{text!r} is no date: write it as 2026-01-01T00:00:00Z, without quotes.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
