"""A file's audio for whoever is fed on an event loop: decoded on a thread, in pieces."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Generator, Iterator
from typing import Any

from .channels import ChannelPlan
from .info import AudioInfo
from .stream import pcm_blocks


async def file_audio(info: AudioInfo, plan: ChannelPlan, from_byte: int = 0) -> AsyncGenerator[bytes, None]:
    """16-bit PCM at 16 kHz, about a second a piece.

    Args:
        info: The file, as `probe` found it.
        plan: What is heard; its outputs are interleaved.
        from_byte: How much of the audio is passed over.
    """
    blocks = pcm_blocks(info, plan)
    place = 0
    try:
        while (block := await asyncio.to_thread(_next_bytes, blocks)) is not None:
            before, place = place, place + len(block)
            if place > from_byte:
                yield block[max(0, from_byte - before) :]
    finally:
        if isinstance(blocks, Generator):
            # A caller that was cancelled leaves the thread at its block: the file is closed when that is done.
            with contextlib.suppress(ValueError):
                blocks.close()


def _next_bytes(blocks: Iterator[Any]) -> bytes | None:
    block = next(blocks, None)
    return None if block is None else bytes(block.tobytes())
