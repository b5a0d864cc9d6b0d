"""The table of `list`: as much of it as a terminal has room for, all of it for a script."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import StringIO

from ..screen import plain
from ..standing import Standing
from .common import colour, is_terminal
from .facts import state

# In the order of their worth: where there is no room, the last ones are left out.
COLUMNS = ("Meeting", "Status", "Done", "Created (UTC)", "Length", "Backend")
FEWEST = 2
LONGEST_ID = 32  # as long as the ids that are made here
GAP = 2
WIDE = 1000


def table(standings: Sequence[Standing]) -> str:
    """One row a meeting; only ids that are too long for a terminal are folded."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    text = StringIO()
    # One meeting a line for a script; a terminal gets what fits.
    width = None if is_terminal(sys.stdout) else WIDE
    console = Console(file=text, force_terminal=colour(sys.stdout), highlight=False, width=width)
    rows = [_cells(standing) for standing in standings]
    shown = _that_fit(rows, console.width)
    drawn = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for at, name in enumerate(COLUMNS[:shown]):
        drawn.add_column(name, overflow="fold", no_wrap=at > 0)
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row[:shown]))
    console.print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def _cells(standing: Standing) -> tuple[str, ...]:
    record = standing.record
    cells = (
        standing.meeting_id,
        state(standing),
        "" if standing.progress is None else f"{standing.progress:.0%}",
        "" if record is None else f"{record.created_at:%Y-%m-%d %H:%M}",
        "" if record is None or record.audio_seconds is None else f"{record.audio_seconds:.1f} s",
        standing.backend,
    )
    return tuple(plain(cell) for cell in cells)


def _that_fit(rows: Sequence[tuple[str, ...]], width: int) -> int:
    """How many columns have room beside an id of the usual length."""
    widths = [max(len(cell) for cell in column) for column in zip(COLUMNS, *rows, strict=True)]
    widths[0] = min(widths[0], LONGEST_ID)
    count = len(COLUMNS)
    while count > FEWEST and sum(widths[:count]) + GAP * (count - 1) > width:
        count -= 1
    return count
