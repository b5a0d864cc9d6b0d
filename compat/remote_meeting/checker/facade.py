"""The swap of the import, for Python: certain when all that a file takes from the Speech SDK is in the facade, too."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from .kinds import Kind
from .model import Edit

if TYPE_CHECKING:
    from .source import Source

TITLE = "Take the same names from remote_meeting"
_WHOLE = re.compile(r"^([ \t]*)import[ \t]+(azure\.cognitiveservices\.speech)[ \t]+as[ \t]+(\w+)[ \t]*$", re.MULTILINE)
_FROM = re.compile(
    r"^[ \t]*from[ \t]+(azure\.cognitiveservices\.speech(?:\.transcription|\.audio)?)[ \t]+import\b", re.MULTILINE
)
_ANY = re.compile(r"\bazure\.cognitiveservices\b")
# There is no microphone behind the facade, and no other feature of the SDK than transcription.
_MISSING = re.compile(r"\buse_default_microphone\s*=\s*True|\bdevice_name\s*=")


def facade_edits(source: Source, start: int, end: int) -> dict[str, Any]:
    """`fix` and `edits` of a match in a Python file, empty where the swap is not certain.

    Args:
        source: The file.
        start: Where the match begins; every match of a file has the same edits, as half a swap is none.
        end: Behind it.
    """
    if source.kind is not Kind.PYTHON:
        return {}
    edits = _swap(source)
    return {"fix": TITLE, "edits": edits} if edits else {}


def _swap(source: Source) -> tuple[Edit, ...]:
    code = source.code
    if _MISSING.search(code):
        return ()
    edits, seen = [], 0
    for found in _WHOLE.finditer(code):
        alias = found.group(3)
        used = {match.group(1) for match in re.finditer(rf"(?<![\w.]){alias}\s*\.\s*([\w.]+)", code)}
        if not all(_is_offered(path) for path in used):
            return ()
        edits.append(Edit(*found.span(2), "remote_meeting"))
        seen += 1
    for found in _FROM.finditer(code):
        module = found.group(1).removeprefix("azure.cognitiveservices.speech")
        names = _names_behind(code, found.end())
        if not names or not all(_is_offered(f"{module}.{name}".lstrip(".")) for name in names):
            return ()
        edits.append(Edit(*found.span(1), f"remote_meeting{module}"))
        seen += 1
    return tuple(sorted(edits, key=lambda edit: edit.start)) if seen == len(_ANY.findall(code)) else ()


def _names_behind(code: str, at: int) -> list[str]:
    grouped = re.compile(r"[ \t]*\(([^)]*)\)").match(code, at)
    plain = re.compile(r"[^\n]*").match(code, at)
    listed = grouped.group(1) if grouped else plain.group() if plain else ""
    return [part.split(" as ")[0].strip() for part in listed.split(",") if part.strip()]


def _is_offered(path: str) -> bool:
    """Whether `remote_meeting` has what stands behind the SDK's name, as far as the path leads through modules."""
    module, _, rest = path.partition(".")
    if module in ("transcription", "audio"):
        return rest == "" or rest.split(".")[0] in _names(f"remote_meeting.{module}")
    return module in _names("remote_meeting")


@cache
def _names(module: str) -> frozenset[str]:
    from importlib import import_module

    from .. import _LATE

    offered = set(import_module(module).__all__)
    return frozenset(offered | set(_LATE)) if module == "remote_meeting" else frozenset(offered)
