"""Strings by their place: what is said to people, what is a property's name in a call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .edits import statement_lines
from .model import Edit
from .syntax import arguments, closing

if TYPE_CHECKING:
    from .source import Literal, Source

# Functions whose argument somebody reads: a text, no address.
_SAYING = re.compile(
    r"(?:console|logger?|logging|trace|debug|print\w*|puts|echo|fmt|write(?:line)?|info(?:rmation)?|warn(?:ing)?|error|fatal|"
    r"verbose|nslog|os_log|alert|println|printf|fprintf|eprintln|log\w*|fail|panic|skip|describe|it|test|\w*Errorf?|fatalf|panicf|\w*Exception)\Z",
    re.IGNORECASE,
)
_STREAM = re.compile(r"\b(?:cout|cerr|clog|wcout|wcerr)\b[^;{}]*<<\s*\Z")
_SETTING = re.compile(
    r"(?:set|Set)_?(?:Service|service|Message|message)?_?(?:Property|property)\w*\Z|\AsetPropertyTo\Z|\Aset_property\w*\Z"
)


def spoken(source: Source, literal: Literal) -> bool:
    """True for a string that is said to a person: logged, printed, an exception's text, a menu."""
    if not literal.is_quoted:
        return False
    code = source.code
    if _STREAM.search(code[max(0, literal.start - 200) : max(0, literal.start - 1)]):
        return True
    call = source.brackets.call_around(literal.start)
    return call is not None and bool(_SAYING.match(call[0]))


def named(source: Source, names: Iterable[str]) -> Iterator[Literal]:
    """Strings that are exactly one of these names, as a property's is."""
    wanted = frozenset(names)
    for literal in source.literals:
        if literal.is_quoted:
            if literal.value in wanted and not spoken(source, literal):
                yield literal
            continue
        for name in wanted:
            for found in re.finditer(
                rf"(?<=[\"']){re.escape(name)}(?=[\"'])|(?<![\w\"'.-]){re.escape(name)}(?=\s*[:=])", literal.value
            ):
                yield type(literal)(found.start(), found.group(), is_quoted=True)


def setting_call(source: Source, literal: Literal) -> tuple[str, int] | None:
    """The call that sets a property by this name: its name, and where its bracket opens."""
    if not source.is_code:
        return None
    call = source.brackets.call_around(literal.start)
    if call is not None:
        return call if _SETTING.search(call[0]) else None
    message = re.search(
        r"\[\s*[\w.\s]+\s(setPropertyTo)\s*:[^;\]]*byName\s*:\s*@?\"?$",
        source.code[max(0, literal.start - 200) : literal.start],
    )
    return (message.group(1), literal.start) if message else None


def removed_call(source: Source, opening: int) -> tuple[Edit, ...]:
    """The edit that takes a whole call statement away; none when anything else hangs on it."""
    code = source.code
    end = closing(code, opening)
    if end is None or arguments(code, opening) is None:
        return ()
    begin = re.search(r"[\w.$>!?\-]+\s*\Z", code[max(0, opening - 300) : opening])
    if begin is None:
        return ()
    start = opening - len(begin.group())
    behind = end + 1
    while behind < len(code) and code[behind] in " \t":
        behind += 1
    if behind < len(code) and code[behind] == ";":
        behind += 1
    elif behind < len(code) and code[behind] not in "\r\n":
        return ()
    before = code[:start].rstrip()
    # Only behind a statement or a block: what stands behind `if (x)` or `=` is not by itself.
    if before and before[-1] not in ";{}" and not _ends_line_statement(source, before):
        return ()
    edit = statement_lines(code, start, behind)
    return (edit,) if edit else ()


def _ends_line_statement(source: Source, before: str) -> bool:
    """In languages whose statements end with the line, one that is complete stands before."""
    from .kinds import Kind

    if source.code_kind not in (
        Kind.PYTHON,
        Kind.KOTLIN,
        Kind.SCALA,
        Kind.SWIFT,
        Kind.JAVASCRIPT,
        Kind.TYPESCRIPT,
        Kind.TSX,
    ):
        return False
    if source.code_kind is Kind.PYTHON:
        # A block of its own, and the only statement in it, must not be left empty.
        return before[-1] != ":" and before[-1] not in "\\,([{=+-*/"
    return bool(re.search(r"[\w)\]\"'`]\Z", before)) and not re.search(
        r"\b(?:else|return|=>)\Z|\bif\s*\([^()]*\)\Z", before
    )
