"""The hosts of the retired service, in strings and settings, and their change to a gateway's address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .model import Edit
from .rule import Match
from .strings import spoken

if TYPE_CHECKING:
    from .source import Source

# A region stands for itself, or as a hole of a template: {region}, ${REGION}, <region>, %s.
_HOST = r"(?:[^/\n]{1,80}?\.)?cts\.speech\.(?:microsoft\.com|azure\.\w+)"
SIGNATURE = re.compile(
    rf"(?<![\w.])signature\.{_HOST}|signature\.speech\.microsoft\.com|(?<!\w)cts\.speech\.(?:microsoft\.com|azure\.\w+)(?=/api/v1/signature/)",
    re.IGNORECASE,
)
TRANSCRIBE = re.compile(
    rf"(?<![\w.])transcribe\.{_HOST}|(?<=/)speech/recognition/(?:multi|dynamic)audio\b", re.IGNORECASE
)
_PIECE = re.compile(r"(?:(?:https|wss)://)?(?:signature|transcribe)\.\Z", re.IGNORECASE)
_WHOLE = re.compile(
    r"(?:https|wss)://(?:signature|transcribe)\.[a-z0-9]+\.cts\.speech\.(?:microsoft\.com|azure\.\w+)(?::443)?(?![\w.:-])",
    re.IGNORECASE,
)


def hosts(source: Source, pattern: re.Pattern[str]) -> Iterator[Match]:
    """Where a host is written down; one that is put together of pieces is found by the piece that names it."""
    if source.facts.is_sdk:
        return
    which = "signature" if pattern is SIGNATURE else "transcribe"
    for literal in source.literals:
        if literal.is_quoted and (piece := _PIECE.fullmatch(literal.value)) and which in piece.group().lower():
            behind = source.content[literal.end : literal.end + 200].split("\n")[0]
            if "cts.speech." in behind and not spoken(source, literal):
                yield Match(literal.start, literal.end)
            continue
        for found in pattern.finditer(literal.value):
            if spoken(source, literal):
                break
            start = literal.start + found.start()
            edit = to_gateway(source.text, start, source.gateway) if source.gateway else None
            edits = (edit,) if edit else ()
            yield Match(start, literal.start + found.end(), fix=f"Name {source.gateway}" if edits else "", edits=edits)


def to_gateway(text: str, start: int, gateway: str) -> Edit | None:
    """The edit that puts a gateway's address in the place of scheme and host; None when the address is put together.

    Args:
        text: The file's text.
        start: Where the match begins: in the host, or in the path behind it.
        gateway: `https://HOST[:PORT][/PREFIX]`; a web socket's address gets `wss`.
    """
    for found in _WHOLE.finditer(text, max(0, start - 120), start + 200):
        if found.start() <= start <= found.end() + 1:
            split = urlsplit(gateway)
            secure = split.scheme in ("https", "wss")
            scheme = (
                ("wss" if secure else "ws")
                if found.group().lower().startswith("wss")
                else ("https" if secure else "http")
            )
            return Edit(*found.span(), f"{scheme}://{split.netloc}{split.path.rstrip('/')}")
    return None
