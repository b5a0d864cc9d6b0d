"""Texts broken in the ways in which a message breaks: a bit, a piece, a line, a value."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

# What may stand where a number, a word or a whole value stood.
ODD = (
    *("null", "true", "-1", "0", "1.5", "NaN", "Infinity", "-Infinity", "1e999", "9" * 20, "9" * 400, "9" * 5000),
    *('""', "[]", "{}", "[{}]", "[null]", '"\\ud83d"', '"\\u0000"', '"😀"', "[" * 900 + "]" * 900),
    *("\r\n", "\r\n\r\n", ":"),
)


class TextBreaker:
    """Breaks texts of one character a byte.

    Args:
        chance: Decides.
        odd: What may stand for a value, beside ODD.
        other: Gives another text, of which a piece may be put into the one that is broken.
    """

    def __init__(self, chance: random.Random, odd: Sequence[str], other: Callable[[], str]) -> None:
        self._random = chance
        self._odd = (*ODD, *odd)
        self._other = other
        self._ways: tuple[Callable[[str], str], ...] = (
            self._flipped,
            self._cut,
            self._spliced,
            self._line_again,
            self._with_odd_value,
            self._with_odd_value,
        )

    def broken(self, text: str) -> str:
        """In one place."""
        return self._random.choice(self._ways)(text)

    def _place(self, text: str) -> int:
        return self._random.randrange(len(text) + 1)

    def _flipped(self, text: str) -> str:
        at = self._place(text)
        flipped = "".join(chr(ord(one) ^ 1 << self._random.randrange(8)) for one in text[at : at + 1])
        return text[:at] + flipped + text[at + 1 :]

    def _cut(self, text: str) -> str:
        begin = self._place(text)
        return text[:begin] + text[begin + self._random.choice((1, 2, 10, 1000)) :]

    def _spliced(self, text: str) -> str:
        other = self._other()
        return text[: self._place(text)] + other[self._place(other) :]

    def _line_again(self, text: str) -> str:
        lines = text.split("\r\n")
        lines.insert(self._random.randrange(len(lines)), self._random.choice(lines))
        return "\r\n".join(lines)

    def _with_odd_value(self, text: str) -> str:
        """After a colon, where there is one behind a place that was picked: a header's value, or one of the JSON."""
        begin = text.find(":", self._place(text)) + 1
        ends = [end for mark in ",}\r" if (end := text.find(mark, begin + 1)) > 0]
        return text[:begin] + self._random.choice(self._odd) + text[min(ends, default=begin) :]
