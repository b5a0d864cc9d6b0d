"""Where a report is going: what it may look like there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """What a format may take into account beside the report.

    Args:
        version: This tool's.
        where: What was looked at, as the person named it; empty says nothing of it.
        colour: Whether the text may be coloured.
        width: The columns of the screen; 0 where lines are not broken, as for a pipe.
        show_fixable: Say which findings `--fix` mends.
        folds: How many findings of one rule in one file are shown before they fold; 0 shows them all.
    """

    version: str
    where: str = ""
    colour: bool = False
    width: int = 0
    show_fixable: bool = True
    folds: int = 5
