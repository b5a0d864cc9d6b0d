"""How numbers are said."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """`1 file`, `1,200 files`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
