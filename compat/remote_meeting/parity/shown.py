"""What the text and the page say alike."""

from __future__ import annotations

from ..formats import clock
from ..wording import counted
from .comparing import Side


def facts(side: Side) -> str:
    """How much there is of a side."""
    sure = "" if side.confidence is None else f", confidence {side.confidence:.2f}"
    return (
        f"{counted(side.phrases, 'phrase')}, {counted(side.words, 'word')}, {counted(len(side.speakers), 'speaker')}, "
        f"to {clock(side.end_ticks, '.')}{sure}"
    )


def share(rate: float | None) -> str:
    """A rate in per cent."""
    return "no words in A" if rate is None else f"{rate:.1%}"
