"""Comments and strings without a grammar: for files that a grammar would take too long over.

Coarser than a parser: it knows no code within strings, and a regular expression's quotes may mislead it for a line.
"""

from __future__ import annotations

import re

from .kinds import Kind

Span = tuple[int, int]

_QUOTED = r"\"(?:\\.|[^\"\\\n])*+(?:\"|(?=\n)|\Z)|'(?:\\.|[^'\\\n])*+(?:'|(?=\n)|\Z)"
_C_LIKE = re.compile(
    rf"(?P<comment>//[^\n]*+|/\*.*?(?:\*/|\Z))|(?P<string>\"\"\".*?(?:\"\"\"|\Z)|`(?:\\.|[^`\\])*+(?:`|\Z)|{_QUOTED})",
    re.DOTALL,
)
_PYTHON = re.compile(
    rf"(?P<comment>#[^\n]*+)|(?P<string>\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|{_QUOTED})",
    re.DOTALL,
)


def lex(text: str, kind: Kind) -> tuple[list[Span], list[Span]]:
    """The spans of a text's comments, and of its strings; each in order."""
    comments: list[Span] = []
    strings: list[Span] = []
    for found in (_PYTHON if kind is Kind.PYTHON else _C_LIKE).finditer(text):
        (comments if found.lastgroup == "comment" else strings).append(found.span())
    return comments, strings
