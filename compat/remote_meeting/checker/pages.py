"""Code within pages: the scripts of HTML and Vue files, the cells of notebooks."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass

from .kinds import Kind
from .parsing import Span

_SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<body>.*?)(?:</script\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TYPED = re.compile(r"\blang\s*=\s*[\"']?tsx?\b", re.IGNORECASE)
_NO_CODE = re.compile(
    r"\btype\s*=\s*[\"']?(?!module|text/javascript|application/javascript|text/babel|text/typescript|text/jsx)[\w/+.-]+",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"")


def scripts_of(text: str) -> tuple[tuple[Span, ...], Kind]:
    """Where a page's scripts stand, and the language of them all."""
    spans, kind = [], Kind.JAVASCRIPT
    comments = [found.span() for found in _COMMENT.finditer(text)]
    for found in _SCRIPT.finditer(text):
        if _NO_CODE.search(found.group("attributes")) or any(start <= found.start() < end for start, end in comments):
            continue
        if _TYPED.search(found.group("attributes")):
            kind = Kind.TYPESCRIPT
        spans.append(found.span("body"))
    return tuple(spans), kind


@dataclass(frozen=True, slots=True)
class Notebook:
    """The code of a notebook as one text, and where its lines stand in the file.

    Args:
        code: The cells' code, a line of the file's for a line of code.
        starts: Offsets at which the code's lines begin.
        places: Where in the file each line's text begins.
    """

    code: str
    starts: tuple[int, ...]
    places: tuple[int, ...]

    def offset(self, at: int) -> int:
        """The file's offset for a place in the code; characters that JSON escapes shift it by as much."""
        line = bisect_right(self.starts, at) - 1
        return self.places[line] + at - self.starts[line]


def read_notebook(text: str) -> Notebook | None:
    """The code cells of a notebook in Python; None for what is none, or is in another language."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        return None
    metadata = content.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language", "python") if isinstance(kernel, dict) else "python"
    if language not in ("python", ""):
        return None
    wanted = [
        line
        for cell in content["cells"]
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
        for line in _lines(cell.get("source"))
    ]
    return _placed(text, wanted)


def _lines(source: object) -> list[str]:
    if isinstance(source, str):
        return [source]
    return [line for line in source if isinstance(line, str)] if isinstance(source, list) else []


def _placed(text: str, wanted: list[str]) -> Notebook:
    """Finds each line's string in the file, in order; one that is written otherwise is left out."""
    parts: list[str] = []
    starts: list[int] = []
    places: list[int] = []
    at = length = 0
    strings = list(_STRING.finditer(text))
    index = 0
    for line in wanted:
        for later in range(index, len(strings)):
            if _decoded(strings[later].group()) == line:
                index = later + 1
                at = strings[later].start() + 1
                break
        else:
            continue
        # Magics and shell lines are no Python.
        code = re.sub(r"(?m)^[ \t]*[%!].*$", lambda magic: " " * len(magic.group()), line)
        code = code if code.endswith("\n") else code + "\n"
        shown = at
        for row in code.splitlines(keepends=True):
            starts.append(length)
            places.append(shown)
            parts.append(row)
            length += len(row)
            shown += len(json.dumps(row, ensure_ascii=False)) - 2
    return Notebook("".join(parts), tuple(starts) or (0,), tuple(places) or (0,))


def _decoded(quoted: str) -> str | None:
    try:
        value = json.loads(quoted)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
