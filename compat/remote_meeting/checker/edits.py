"""Edits that take away whole statements, lines and elements: only what stands by itself goes."""

from __future__ import annotations

import re

from .model import Edit

_ENDING = re.compile(r"\r\n|\n|\r|\Z")
_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r|\Z)")


def whole_lines(text: str, start: int, end: int, shape: str) -> Edit | None:
    """Takes away the lines from `start` to `end`, when nothing but what is of `shape` stands in them.

    Args:
        text: The text, with comments blanked or not.
        start: A place in the first line.
        end: A place in the last.
        shape: A regular expression that the lines must match from the first character to the last.
    """
    first = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    ending = _ENDING.search(text, end)
    last, behind = ending.span() if ending else (len(text), len(text))
    return Edit(first, behind, "") if re.fullmatch(shape, text[first:last], re.DOTALL) else None


def statement_lines(code: str, start: int, end: int) -> Edit | None:
    """Takes away the statement from `start` to `end`, with its lines, when it has them to itself.

    Args:
        code: Blanked code: a comment beside the statement leaves blanks, and is seen by whoever applies the edit.
        start: Where the statement begins.
        end: Behind its last character, the `;` included where there is one.
    """
    first = max(code.rfind("\n", 0, start), code.rfind("\r", 0, start)) + 1
    ending = _LINE_END.match(code, end)
    if code[first:start].strip() or ending is None:
        return None
    return Edit(first, ending.end(), "")


def element_around(text: str, at: int, names: tuple[str, ...]) -> Edit | None:
    """Takes away the XML element of one of these names around a place, with its lines when it has them to itself."""
    for name in names:
        opening = text.rfind(f"<{name}", 0, at)
        if opening < 0 or not re.match(r"[\s/>]", text[opening + len(name) + 1 : opening + len(name) + 2]):
            continue
        tag_end = text.find(">", opening)
        if tag_end < 0:
            continue
        if text[tag_end - 1] == "/":
            end = tag_end + 1
        else:
            closing = f"</{name}>"
            found = text.find(closing, tag_end)
            if found < 0:
                continue
            end = found + len(closing)
        if opening <= at < end:
            return statement_lines(text, opening, end)
    return None
