"""How a text differs from another: edits made, put together, and shown as a patch that `git apply` takes."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import click

from .model import Edit

if TYPE_CHECKING:
    from .fixing import FilePlan

Span = tuple[int, int]
CONTEXT = 3
_QUOTED = re.compile(rb"[\"\\\x00-\x1f\x7f-\xff]")
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
_ENDING = re.compile(r"\r\n|\n|\r")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_NO_END = "\\ No newline at end of file"


def apply(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits made: in order, without overlap."""
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def then(length: int, first: Sequence[Edit], second: Sequence[Edit]) -> tuple[Edit, ...]:
    """Edits of a text, and edits of what they made of it, as edits of the first text alone.

    Args:
        length: The first text's.
        first: Its edits.
        second: Those of what it becomes.
    """
    if not second:
        return tuple(first)
    pieces = list(_pieces(length, first))
    made: list[tuple[int, int] | str] = []
    at = 0
    for edit in second:
        made += [*_cut(pieces, at, edit.start), edit.text]
        at = edit.end
    made += _cut(pieces, at, sum(map(_length, pieces)))
    edits, done, new = [], 0, ""
    for piece in [*made, (length, length)]:
        if isinstance(piece, str):
            new += piece
        elif piece[0] < piece[1] or piece[0] == length:
            if new or done < piece[0]:
                edits.append(Edit(done, piece[0], new))
            done, new = piece[1], ""
    return tuple(edits)


def with_ends_of(text: str, edit: Edit) -> Edit:
    """The edit with the line ends that the text has where it is made."""
    if not _ENDING.search(edit.text):
        return edit
    ending = _ENDING.search(text, edit.start) or next(iter(reversed(list(_ENDING.finditer(text, 0, edit.start)))), None)
    return replace(edit, text=_ENDING.sub(ending.group(), edit.text)) if ending else edit


def fits(edits: Sequence[Edit], length: int) -> bool:
    """Whether edits are in order, without overlap, and within a text."""
    edges = [0, *(edge for edit in edits for edge in (edit.start, edit.end)), length]
    return edges == sorted(edges)


def is_clash(one: Edit, other: Edit) -> bool:
    """Whether two edits of different fixes want the same place; an insertion beside an edit may lose its sense."""
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def drops_comment(comments: Sequence[Span], edits: Iterable[Edit], text: str | None = None) -> bool:
    """Whether an edit takes away a comment, or a part of one, that its replacement does not keep.

    Args:
        comments: Spans of the text.
        edits: What is to be done to it.
        text: The text; without it every comment that an edit covers counts as taken away.
    """
    for edit in edits:
        kept = 0
        for start, end in sorted(span for span in comments if span[0] < edit.end and edit.start < span[1]):
            if edit.start == edit.end:
                continue
            part = text[max(start, edit.start) : min(end, edit.end)] if text is not None else None
            at = edit.text.find(part, kept) if part is not None else -1
            # What is left of a cut comment has to go on where the replacement ends or begins.
            if part is None or at < 0 or (start < edit.start and at > 0):
                return True
            if end > edit.end and not edit.text.endswith(part, at):
                return True
            kept = at + len(part)
    return False


def patch(plans: Iterable[FilePlan]) -> bytes:
    """A patch of everything that changes, in each file's own bytes; empty when nothing does.

    A file in UTF-16 is no text to git: its change is a binary patch, with the lines before it for people.
    """
    return b"".join(_file_patch(plan) for plan in plans if plan.is_changed)


def for_screen(data: bytes, *, colour: bool) -> str:
    """A patch for people: what would steer the terminal is shown by its number, lines in colour if asked."""
    lines = data.decode("utf-8", "replace").split("\n")
    shown = [_CONTROL.sub(lambda sign: f"\\x{ord(sign.group()):02x}", line.removesuffix("\r")) for line in lines]
    return "\n".join(map(_coloured, shown) if colour else shown)


def quoted(path: str) -> str:
    """A path as git writes it: in quotes and with escapes when it has special characters."""
    raw = os.fsencode(path)
    if not _QUOTED.search(raw):
        return path
    return '"' + "".join(_escaped(byte) for byte in raw) + '"'


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def _coloured(line: str) -> str:
    if line.startswith(("diff --git ", "--- ", "+++ ")):
        return click.style(line, bold=True)
    name = _COLOURS.get(line.removeprefix("# ")[:1])
    return click.style(line, fg=name) if name else line


def _pieces(length: int, edits: Sequence[Edit]) -> Iterator[tuple[int, int] | str]:
    """What a text is made of after edits: spans of the old one, and what is new."""
    at = 0
    for edit in edits:
        yield at, edit.start
        yield edit.text
        at = edit.end
    yield at, length


def _length(piece: tuple[int, int] | str) -> int:
    return len(piece) if isinstance(piece, str) else piece[1] - piece[0]


def _cut(pieces: Iterable[tuple[int, int] | str], start: int, end: int) -> Iterator[tuple[int, int] | str]:
    """The pieces of a part of the text that they make."""
    at = 0
    for piece in pieces:
        size = _length(piece)
        begin, stop = max(0, start - at), min(size, end - at)
        if begin < stop:
            yield piece[begin:stop] if isinstance(piece, str) else (piece[0] + begin, piece[0] + stop)
        at += size


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines `first` to `last` (exclusive, from 0) that become others."""

    first: int
    last: int
    new: list[str]


def _file_patch(plan: FilePlan) -> bytes:
    # An absolute path would be one of git's own making: below the root, it means the same.
    path = plan.shown.lstrip("/")
    old, new = quoted(f"a/{path}"), quoted(f"b/{path}")
    # A name with a blank would end there without a tab behind it.
    tab = "\t" if " " in path and not old.startswith('"') else ""
    bom = plan.encode("")
    head = [f"diff --git {old} {new}", f"--- {old}{tab}", f"+++ {new}{tab}"]
    if plan.encode("\n") != bom + b"\n":
        said = f"# {path!r} is in an encoding that git takes for no text; its lines:"
        body = [f"# {line}" for line in _hunks(plan.text, plan.edits)]
        return "\n".join([said, *body, head[0], ""]).encode("utf-8", "backslashreplace") + _binary(plan)
    # To git, a byte order mark is the first line's.
    mark = "\ufeff" if bom else ""
    edits = [Edit(edit.start + len(mark), edit.end + len(mark), edit.text) for edit in plan.edits]
    body = [f"{line}\n" for line in _hunks(mark + plan.text, edits)]
    return "".join(f"{line}\n" for line in head).encode("utf-8", "surrogateescape") + b"".join(
        plan.encode(line)[len(bom) :] for line in body
    )


def _hunks(text: str, edits: Sequence[Edit]) -> Iterator[str]:
    """The lines of a unified diff: only lines that an edit changes, with those around them."""
    lines = _lines(text)
    shift = 0
    for blocks in _grouped(list(_blocks(text, lines, edits))):
        first = max(0, blocks[0].first - CONTEXT)
        last = min(len(lines), blocks[-1].last + CONTEXT)
        body, at = [], first
        for block in blocks:
            body += [f" {line}" for line in lines[at : block.first]]
            body += [f"-{line}" for line in lines[block.first : block.last]]
            body += [f"+{line}" for line in block.new]
            at = block.last
        body += [f" {line}" for line in lines[at:last]]
        grown = sum(len(block.new) - block.last + block.first for block in blocks)
        yield f"@@ -{_range(first, last - first)} +{_range(first + shift, last - first + grown)} @@"
        shift += grown
        for line in body:
            yield line.removesuffix("\n")
            if not line.endswith("\n"):
                yield _NO_END


def _range(first: int, count: int) -> str:
    # No lines stand behind the line before them.
    return f"{first + 1}" if count == 1 else f"{first + 1 if count else first},{count}"


def _blocks(text: str, lines: list[str], edits: Sequence[Edit]) -> Iterator[_Block]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    groups: list[tuple[int, int, list[Edit]]] = []
    for edit in edits:
        first = min(bisect_right(starts, edit.start) - 1, max(0, len(lines) - 1))
        last = min(bisect_right(starts, edit.end), len(lines))
        several = [edit]
        if groups and first <= groups[-1][1]:
            first, before, several = groups.pop()
            several.append(edit)
            last = max(last, before)
        groups.append((first, last, several))
    for first, last, several in groups:
        base, old = starts[first], lines[first:last]
        shifted = [Edit(edit.start - base, edit.end - base, edit.text) for edit in several]
        new = _lines(apply(text[base : starts[last]], shifted))
        for tag, start, stop, new_start, new_stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                yield _Block(first + start, first + stop, new[new_start:new_stop])


def _grouped(blocks: list[_Block]) -> Iterator[list[_Block]]:
    group: list[_Block] = []
    for block in blocks:
        if group and block.first - group[-1].last > 2 * CONTEXT:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _lines(text: str) -> list[str]:
    """Lines as git sees them: they end in a line feed and nothing else."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _binary(plan: FilePlan) -> bytes:
    """A whole file old and new, as git writes what it takes for no text."""
    old, new = plan.original, plan.encode(plan.new_text)
    names = [hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() for data in (old, new)]
    parts = [f"index {names[0]}..{names[1]}\nGIT binary patch\n".encode()]
    for data in (new, old):
        packed = zlib.compress(data)
        parts.append(b"literal %d\n" % len(data))
        for at in range(0, len(packed), 52):
            piece = packed[at : at + 52]
            size = len(piece) + (64 if len(piece) <= 26 else 70)
            padded = piece + bytes(-len(piece) % 4)
            parts.append(bytes([size]) + base64.b85encode(padded) + b"\n")
        parts.append(b"\n")
    return b"".join(parts)
