"""What the rules of other retired features share: their classes, wherever they are named next to the Speech SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..rule import Match

if TYPE_CHECKING:
    from ..source import Source


def naming(*classes: str) -> Callable[[Source], Iterator[Match]]:
    """What finds some classes of the SDK."""

    def find(source: Source) -> Iterator[Match]:
        if source.is_code:
            for wanted in classes:
                for start, end in source.usage.mentions(wanted):
                    yield Match(start, end)

    return find
