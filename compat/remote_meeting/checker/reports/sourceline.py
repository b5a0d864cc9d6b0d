"""A source line for a terminal, with its caret line: tabs, wide characters and what cannot be seen come out aligned."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Finding
from .shown import visible

TAB = 4
CUT = "…"


@dataclass(frozen=True, slots=True)
class Cell:
    """One character as it is shown.

    Args:
        text: It, its spaces, or its escape.
        width: In columns of the screen.
        is_marked: Whether the caret line marks it.
    """

    text: str
    width: int
    is_marked: bool


def source_and_caret(finding: Finding, caret: str, room: int = 0) -> tuple[str, str]:
    """The line without its indentation, and the line that marks the place in it.

    Args:
        finding: The finding.
        caret: The character that marks.
        room: In columns; a longer line is cut around the place. 0 cuts nothing.
    """
    start = max(0, min(finding.source_column - 1, len(finding.source)))
    on_one_line = finding.end_line == finding.line
    end = min(start + max(1, finding.end_column - finding.column), len(finding.source)) if on_one_line else None
    cells = _cells(finding.source, start, end)
    if room:
        cells = _cut(cells, room)
    line = "".join(cell.text for cell in cells)
    marks = "".join((caret if cell.is_marked else " ") * cell.width for cell in cells).rstrip()
    return line.rstrip(), marks or " " * _width_of(line) + caret


def _cells(source: str, start: int, end: int | None) -> list[Cell]:
    indentation = len(source) - len(source.lstrip(" \t"))
    begin = min(indentation, start)
    end = len(source.rstrip()) if end is None else end
    cells, at = [], 0
    for index in range(begin, len(source)):
        character = source[index]
        text = " " * (TAB - at % TAB) if character == "\t" else visible(character)
        width = len(text) if text.isascii() else _width_of(text)
        cells.append(Cell(text, width, start <= index < end))
        at += width
    return cells


def _cut(cells: list[Cell], room: int) -> list[Cell]:
    """As many cells as have room, with the marked place in sight: a third of the room stands before it."""
    if sum(cell.width for cell in cells) <= room:
        return cells
    place = next((at for at, cell in enumerate(cells) if cell.is_marked), len(cells))
    begin, before = place, 0
    while begin and before + cells[begin - 1].width <= room // 3:
        begin -= 1
        before += cells[begin].width
    end, width = begin, 2 * len(CUT)
    while end < len(cells) and width + cells[end].width <= room:
        width += cells[end].width
        end += 1
    mark = Cell(CUT, 1, is_marked=False)
    return [*([mark] if begin else []), *cells[begin:end], *([mark] if end < len(cells) else [])]


def _width_of(text: str) -> int:
    # Loaded when a character needs it: most source is ASCII, and help must not wait for rich.
    from rich.cells import cell_len

    return cell_len(text)
