"""Calls of the old REST API rewritten for the present one, where all of it can be seen: verb, path, body."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .kinds import Kind
from .model import Edit
from .rest_api import PATH, Place
from .syntax import arguments

if TYPE_CHECKING:
    from .source import Source

API_VERSION = "2025-10-15"
# Between 6 hours and 31 days; the old default was for ever, which is not offered any more.
KEPT_HOURS = 48

_READING = re.compile(r"\A(?:get|delete|get(?:string|stream|bytearray|fromjson)?async|deleteasync)\Z", re.IGNORECASE)
_RESOURCE = re.compile(
    r"/transcriptions(?:/(?:\{[^{}]*\}|[\w$-]+)(?:/files(?:/(?:\{[^{}]*\}|[\w$-]+))?)?)?/?\Z", re.IGNORECASE
)
_DAYS_HOURS = re.compile(r"P(?:(\d+)D)?(?:T(\d+)H)?\Z")


def call_edits(source: Source, place: Place) -> tuple[Edit, ...]:
    """The edits that make a call speak the present API; none when its meaning is not certain.

    Reading and deleting need the path alone; creating needs the body, and is rewritten in Python only.
    """
    if not source.is_code or not place.literal.is_quoted or not place.version.lower().startswith("v3"):
        return ()
    path = _path_edits(place, "")
    if path and _is_whole_argument(source, place):
        call = source.brackets.call_around(place.literal.start)
        if call is not None and _READING.match(call[0]):
            return path
    return tuple(_created_in_python(source, place)) if source.kind is Kind.PYTHON else ()


def _path_edits(place: Place, verb: str) -> tuple[Edit, ...]:
    """Takes the version out of a literal's path and puts it into the query; none when anything else stands there."""
    value = place.literal.value
    found = PATH.search(value)
    if found is None or not _RESOURCE.match(value, found.end("version")):
        return ()
    end = place.literal.start + len(value.rstrip("/"))
    version_start, version_end = (place.literal.start + edge for edge in found.span("version"))
    return (
        Edit(version_start, version_end + 1, ""),
        Edit(end, place.literal.end, f"{verb}?api-version={API_VERSION}"),
    )


def _is_whole_argument(source: Source, place: Place) -> bool:
    """True when the literal is the call's whole first argument: nothing is added to it, no query given beside it."""
    code = source.code
    call = source.brackets.call_around(place.literal.start)
    given = arguments(code, call[1]) if call else None
    if call is None or not given or not given[0][0] <= place.literal.start <= given[0][1]:
        return False
    if re.search(r"\bparams\s*[=:]", code[call[1] : given[-1][1]]):
        return False
    first = re.sub(r"^[@$fFrRbB]*[\"'`]", "", code[slice(*given[0])])
    # What is left between the quotes: blanks, and holes of a template.
    return bool(re.fullmatch(r"(?:\s|\$?\{[^{}]*\})*[\"'`]", first))


def _created_in_python(source: Source, place: Place) -> Iterator[Edit]:
    """`requests.post(URL, json={…})`, with the body in the call or in a variable that is given once."""
    path = _path_edits(place, ":submit")
    if (
        not path
        or not source.text.isascii()
        or not re.search(r"/transcriptions/?\Z", place.literal.value, re.IGNORECASE)
    ):
        return
    try:
        module = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    where = _Offsets(source.text)
    for call in ast.walk(module):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "post"
            and call.args
        ):
            start, end = where.span(call.args[0])
            if start <= place.literal.start <= end and isinstance(call.args[0], ast.Constant | ast.JoinedStr):
                body = _body_of(module, call)
                edits = None if body is None else _body_edits(body, source.text, where)
                if edits is not None:
                    yield from sorted([*path, *edits], key=lambda edit: (edit.start, edit.end))
                return


def _body_of(module: ast.Module, call: ast.Call) -> ast.Dict | None:
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "json"), None)
    if isinstance(given, ast.Dict):
        return given
    if not isinstance(given, ast.Name):
        return None
    values = [
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == given.id for to in node.targets)
    ]
    uses = sum(isinstance(node, ast.Name) and node.id == given.id for node in ast.walk(module))
    only = values[0] if len(values) == 1 and uses == 2 else None
    return only if isinstance(only, ast.Dict) else None


def _body_edits(body: ast.Dict, text: str, where: _Offsets) -> list[Edit] | None:
    """The body's new shape; None when a part of it is not a literal."""
    pairs = _pairs(body)
    if pairs is None:
        return None
    if "properties" not in pairs:
        at = where.span(body)[1] - 1
        comma = "" if text[:at].rstrip().endswith((",", "{")) else ", "
        return [Edit(at, at, f'{comma}"properties": {{"timeToLiveHours": {KEPT_HOURS}}}')]
    properties = pairs["properties"][1]
    if not isinstance(properties, ast.Dict) or not properties.keys:
        return None
    inner = _pairs(properties)
    if inner is None:
        return None
    edits = []
    shape = _diarization(inner)
    if shape is None:
        return None
    if shape:
        kept = "diarizationEnabled" if "diarizationEnabled" in inner else "diarization"
        key, value = inner[kept]
        edits.append(Edit(where.span(key)[0], where.span(value)[1], f'"diarization": {shape}'))
        if kept == "diarizationEnabled" and "diarization" in inner:
            edits.append(_taken_away(inner["diarization"], text, where))
    lifetime = inner.get("timeToLive")
    if lifetime is None:
        if "timeToLiveHours" not in inner:
            first = where.span(next(key for key in properties.keys if key is not None))[0]
            edits.append(Edit(first, first, f'"timeToLiveHours": {KEPT_HOURS}, '))
        return _one_at_a_place(edits)
    hours = _hours(lifetime[1])
    if hours is None:
        return None
    edits.append(Edit(where.span(lifetime[0])[0], where.span(lifetime[1])[1], f'"timeToLiveHours": {hours}'))
    return _one_at_a_place(edits)


def _diarization(inner: dict[str, tuple[ast.expr, ast.expr]]) -> str | None:
    """The new value as Python; empty when there is nothing to change, None when it is not certain."""
    enabled = inner.get("diarizationEnabled")
    old = inner.get("diarization")
    if enabled is None and old is None:
        return ""
    if enabled is None or not (isinstance(enabled[1], ast.Constant) and isinstance(enabled[1].value, bool)):
        return None
    if old is None:
        return f'{{"enabled": {enabled[1].value}}}'
    found = re.fullmatch(
        r"\{'speakers': \{(?:'minCount': \d+, )?'maxCount': (\d+)(?:, 'minCount': \d+)?\}\}", ast.unparse(old[1])
    )
    return f'{{"enabled": {enabled[1].value}, "maxSpeakers": {max(2, int(found.group(1)))}}}' if found else None


def _hours(value: ast.expr) -> int | None:
    if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return None
    found = _DAYS_HOURS.match(value.value)
    hours = int(found.group(1) or 0) * 24 + int(found.group(2) or 0) if found else 0
    return hours if 6 <= hours <= 31 * 24 else None


def _pairs(node: ast.Dict) -> dict[str, tuple[ast.expr, ast.expr]] | None:
    pairs: dict[str, tuple[ast.expr, ast.expr]] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return None
        pairs[key.value] = (key, value)
    return pairs


def _taken_away(pair: tuple[ast.expr, ast.expr], text: str, where: _Offsets) -> Edit:
    """A pair without its comma; with its line when it has that to itself."""
    start, end = where.span(pair[0])[0], where.span(pair[1])[1]
    behind = re.compile(r"[ \t]*,[ \t]*").match(text, end)
    if behind is None:
        before = re.search(r",\s*\Z", text[:start])
        return Edit(before.start() if before else start, end, "")
    end = behind.end()
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    newline = re.compile(r"\r\n|\n|\r").match(text, end)
    return Edit(line, newline.end(), "") if newline and not text[line:start].strip() else Edit(start, end, "")


def _one_at_a_place(edits: list[Edit]) -> list[Edit]:
    """An insertion where something is replaced becomes part of that."""
    merged: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if merged and merged[-1].end == edit.start and merged[-1].start == merged[-1].end:
            merged[-1] = Edit(edit.start, edit.end, merged[-1].text + edit.text)
        else:
            merged.append(edit)
    return merged


class _Offsets:
    """From the lines and columns of Python's own parser to offsets; for ASCII, where a column is a character."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", text))]

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Where an expression begins and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[end_line - 1] + end_column
