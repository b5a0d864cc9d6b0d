"""Reading code without a grammar of each language: arguments, the call around a place, what is assigned to.

All of it works on code whose comments and strings are blanked, so brackets and words mean what they seem to.
"""

from __future__ import annotations

import re
from bisect import bisect_left

OPENING, CLOSING = "([{", ")]}"
# No call that is read here has more between its brackets; a file without closing brackets costs no more than this.
REACH = 20_000

_BRACKET_OR_COMMA = re.compile(r"[()\[\]{},]")
_BRACKETS = re.compile(r"[()\[\]{}]")
_BRACKET = re.compile(r"[()\[\]{};]")
_CALLEE = re.compile(r"([\w$]+)!?\s*(?:<[^<>()]*>)?\s*$")
_ASSIGNED = re.compile(
    r"(?<![\w$])(?P<name>[\w$]++)\s*+[!?]?(?:\s*+:\s*+[^=;{}()]+?)?\s*+(?::=|(?<![=!<>+\-*/])=(?![=>]))\s*(?:await\s+|\(\s*)*$"
)


def arguments(code: str, opening: int) -> list[tuple[int, int]] | None:
    """The arguments of a call, as spans.

    Args:
        code: Blanked code.
        opening: Where its opening bracket stands.

    Returns:
        Spans without the blanks around them; None when the bracket is not closed.
    """
    spans: list[tuple[int, int]] = []
    depth, begin = 0, opening + 1
    for found in _BRACKET_OR_COMMA.finditer(code, opening, opening + REACH):
        sign = found.group()
        if sign == ",":
            if depth == 1:
                spans.append((begin, found.start()))
                begin = found.end()
        elif sign in OPENING:
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                spans.append((begin, found.start()))
                stripped = [_strip(code, *span) for span in spans]
                # A trailing comma, or nothing between the brackets.
                return [span for span in stripped if span[0] < span[1]]
    return None


def closing(code: str, opening: int) -> int | None:
    """Where the bracket at `opening` is closed."""
    depth = 0
    for found in _BRACKET.finditer(code, opening, opening + REACH):
        if found.group() in OPENING:
            depth += 1
        elif found.group() in CLOSING:
            depth -= 1
            if depth == 0:
                return found.start()
    return None


class Brackets:
    """Which bracket each place of a text stands in: read once, asked often.

    Args:
        code: Blanked code.
    """

    def __init__(self, code: str) -> None:
        self._code = code
        self._places: list[int] = []
        self._around: list[int] = []
        stack: list[int] = []
        for found in _BRACKETS.finditer(code):
            at = found.start()
            if code[at] in OPENING:
                stack.append(at)
            elif stack:
                stack.pop()
            self._places.append(at)
            self._around.append(stack[-1] if stack else -1)

    def call_around(self, offset: int) -> tuple[str, int] | None:
        """The call whose argument stands at a place: its name, and where its bracket opens.

        None when the innermost bracket is no call's: a block, a list, an object.
        """
        index = bisect_left(self._places, offset) - 1
        opening = self._around[index] if index >= 0 else -1
        if opening < 0 or self._code[opening] != "(":
            return None
        callee = _CALLEE.search(self._code, max(0, opening - 200), opening)
        return (callee.group(1), opening) if callee else None


def assigned_name(code: str, start: int) -> str | None:
    """The variable or field that gets the value of the expression that begins at `start`."""
    found = _ASSIGNED.search(code, max(0, start - 300), start)
    return found.group("name") if found else None


def statement_start(code: str, offset: int) -> int:
    """Where the statement around a place begins: behind the last `;`, `{` or `}`, or the line where those are rare."""
    return max(code.rfind(sign, 0, offset) for sign in ";{}") + 1


def _strip(code: str, start: int, end: int) -> tuple[int, int]:
    while start < end and code[start].isspace():
        start += 1
    while end > start and code[end - 1].isspace():
        end -= 1
    return start, end
