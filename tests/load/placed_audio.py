"""Audio that says where it belongs, and what is spoken in it: a block of 100 ms names its meeting and its number."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from support.uploader import eightfold

BLOCK_BYTES: Final = 3_200
BLOCK_TICKS: Final = 1_000_000
BLOCK_SECONDS: Final = 0.1
# A phrase begins every so many blocks, and lasts so many.
PERIOD: Final = 10
LENGTH: Final = 8
_PLACE: Final = struct.Struct("<III")


def block(meeting: int, number: int) -> bytes:
    """100 ms of one channel."""
    check = zlib.crc32(struct.pack("<II", meeting, number))
    return _PLACE.pack(meeting, number, check) + bytes(BLOCK_BYTES - _PLACE.size)


def array_block(meeting: int, number: int) -> bytes:
    """The same from the array of eight; the reference channel carries something else."""
    spread = bytearray(eightfold(block(meeting, number)))
    spread[14:64:16] = b"\x55" * 4
    return bytes(spread)


def place_of(pcm: bytes) -> tuple[int, int] | None:
    """Meeting and number of a block; None for what is none."""
    if len(pcm) != BLOCK_BYTES:
        return None
    meeting, number, check = _PLACE.unpack_from(pcm)
    return (meeting, number) if check == zlib.crc32(pcm[:8]) else None


def times(phrase: int) -> tuple[int, int]:
    """Offset and duration of a phrase in ticks."""
    return phrase * PERIOD * BLOCK_TICKS, LENGTH * BLOCK_TICKS


def speaker(phrase: int) -> str:
    """Two take turns."""
    return f"Guest-{phrase % 2 + 1}"


def spoken(blocks: int) -> int:
    """How many phrases end within so much audio."""
    return 0 if blocks < LENGTH else (blocks - LENGTH) // PERIOD + 1
