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


# What the patterns here may read otherwise than a grammar does: strings of other kinds, templates, other quotes.
_C_RISKS = r"\"\"\"|`|R\"|\d'\d|^[ \t]*+#|\\\n"
_RISKS: dict[Kind, re.Pattern[str]] = {
    Kind.CSHARP: re.compile(r"[@$]+\"|\"\"\"|\"u8|^[ \t]*+#", re.MULTILINE),
    Kind.JAVA: re.compile(r"\"\"\"|\\u"),
    Kind.C: re.compile(_C_RISKS, re.MULTILINE),
    Kind.CPP: re.compile(_C_RISKS, re.MULTILINE),
    Kind.GO: re.compile(r"`"),
    Kind.PYTHON: re.compile(r"\"\"\"|\'\'\'|\b[a-zA-Z]{1,2}[\"\']|\\\n|^[ \t]*+[\"\']", re.MULTILINE),
}


def is_plain(text: str, kind: Kind) -> bool:
    """True when the patterns here read a text as its grammar does, in a twentieth of the time."""
    risks = _RISKS.get(kind)
    return risks is not None and not risks.search(text)


def lex(text: str, kind: Kind) -> tuple[list[Span], list[Span]]:
    """The spans of a text's comments, and of its strings; each in order."""
    comments: list[Span] = []
    strings: list[Span] = []
    for found in (_PYTHON if kind is Kind.PYTHON else _C_LIKE).finditer(text):
        (comments if found.lastgroup == "comment" else strings).append(found.span())
    return comments, strings
