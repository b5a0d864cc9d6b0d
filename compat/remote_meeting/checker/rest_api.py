"""Paths of the speech to text REST API before its version went into the query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .dates import REST_V2, REST_V3, Retirement
from .kinds import Kind
from .strings import spoken

if TYPE_CHECKING:
    from .source import Literal, Source

# v2.0 to v3.2 and their previews; `v3.2_internal.1` was never offered to anybody.
VERSION = r"v(?P<major>2|3)\.(?P<minor>[0-2])(?P<preview>-preview\.\d+)?(?!\d|\.\d|\w)"
PATH = re.compile(rf"speechtotext(?:\\?/)+(?P<version>{VERSION})", re.IGNORECASE)
# Links to the specification, and what generates a client of it: the order is the reverse of a service's path.
SPECIFICATION = re.compile(rf"SpeechToText/(?:stable|preview)/(?P<version>{VERSION})/\w+\.json", re.IGNORECASE)
_BASE = re.compile(r"speechtotext(?:\\?/)*\Z", re.IGNORECASE)
_HOLE = re.compile(
    r"speechtotext(?:\\?/)+(?:[$#%]?[{(<]|%[sv@]|\$\w)",
    re.IGNORECASE,
)
# What one of the three needs at least: asked before the text is parsed.
_ANY = re.compile(r"speechtotext(?:(?:\\?/)+(?:v[23]\.|[$#%{(<])|(?:\\?/)*[\"'`])", re.IGNORECASE)
_BARE = re.compile(rf"/?(?P<version>{VERSION})(?P<rest>/[\w/{{}}$.:()-]*)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A version in a path.

    Args:
        start: Where `speechtotext` stands, or the version where that is a piece of its own.
        end: Behind the version.
        version: As `v3.1`.
        literal: The string it stands in.
    """

    start: int
    end: int
    version: str
    literal: Literal


def retirement_of(version: str) -> Retirement:
    """When an API version was switched off."""
    return REST_V2 if version.lower().startswith("v2") else REST_V3


def paths(source: Source) -> Iterator[Place]:
    """Versions in paths, whole or in pieces; not what is said to people, nor other services' versions."""
    if not _ANY.search(source.text):
        return
    in_pieces = False
    for literal in source.literals:
        in_pieces = in_pieces or bool(_BASE.search(literal.value) or _HOLE.search(literal.value))
        for found in PATH.finditer(literal.value):
            if not spoken(source, literal):
                start, end = found.start(), found.end("version")
                yield Place(literal.start + start, literal.start + end, found.group("version"), literal)
    if in_pieces:
        yield from _bare(source)


def _bare(source: Source) -> Iterator[Place]:
    """`"v3.1"` by itself, in a file that has a path which ends in `speechtotext/`."""
    for literal in source.literals:
        if literal.is_quoted:
            found = _BARE.fullmatch(literal.value)
            if found and not spoken(source, literal):
                start, end = literal.start + found.start("version"), literal.start + found.end("version")
                yield Place(start, end, found.group("version"), literal)
    if source.kind in (
        Kind.YAML,
        Kind.ENV,
        Kind.PROPERTIES,
        Kind.SHELL,
        Kind.POWERSHELL,
        Kind.MAKE,
        Kind.JSON,
        Kind.TOML,
    ):
        for match in re.finditer(rf"(?m)[=:]\s*[\"']?/?(?P<version>{VERSION})/?[\"']?\s*(?:,|$)", source.content):
            whole = source.literals[0]
            yield Place(match.start("version"), match.end("version"), match.group("version"), whole)
