"""Comments of settings and scripts, where no grammar is needed to see them."""

from __future__ import annotations

import re

from .kinds import Kind

Span = tuple[int, int]

# A quoted text is stepped over whole, so that what looks like a comment in it is none.
_HASH = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:''|[^'\n])*'|(?P<comment>(?:(?<=\s)|^)#[^\n]*)", re.MULTILINE)
_SLASHES = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))", re.DOTALL)
_EITHER = re.compile(
    r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|(?P<comment>(?:(?<=\s)|^)#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))",
    re.DOTALL | re.MULTILINE,
)
_MARKUP = re.compile(r"(?P<comment><!--.*?(?:-->|\Z))", re.DOTALL)
_POWERSHELL = re.compile(
    r"\"(?:`.|[^\"`\n])*\"|'[^'\n]*'|(?P<comment><#.*?(?:#>|\Z)|(?:(?<=\s)|^)#[^\n]*)", re.DOTALL | re.MULTILINE
)
_LINES = re.compile(r"(?P<comment>^[ \t]*[#!][^\n]*)", re.MULTILINE)
_SEMICOLONS = re.compile(r"(?P<comment>^[ \t]*[#!;][^\n]*)", re.MULTILINE)
_REMARKS = re.compile(r"(?P<comment>^[ \t]*(?:rem\b|::)[^\n]*)", re.MULTILINE | re.IGNORECASE)

_BY_KIND: dict[Kind, re.Pattern[str]] = {
    Kind.YAML: _HASH,
    Kind.TOML: _HASH,
    Kind.SHELL: _HASH,
    Kind.MAKE: _LINES,
    Kind.DOCKER: _LINES,
    Kind.CMAKE: _HASH,
    Kind.PIP: _HASH,
    Kind.ENV: _LINES,
    Kind.PROPERTIES: _SEMICOLONS,
    Kind.COCOAPODS: _HASH,
    Kind.POWERSHELL: _POWERSHELL,
    Kind.BATCH: _REMARKS,
    Kind.JSON: _SLASHES,
    Kind.GRADLE: _SLASHES,
    Kind.BICEP: _SLASHES,
    Kind.TERRAFORM: _EITHER,
    Kind.MSBUILD: _MARKUP,
    Kind.MAVEN: _MARKUP,
    Kind.XML: _MARKUP,
    Kind.HTML: _MARKUP,
    Kind.VUE: _MARKUP,
}


def comments_of(text: str, kind: Kind) -> tuple[Span, ...]:
    """The spans of a text's comments, in order; none for a language whose comments are not known."""
    pattern = _BY_KIND.get(kind)
    if pattern is None:
        return ()
    return tuple(found.span("comment") for found in pattern.finditer(text) if found.group("comment") is not None)
