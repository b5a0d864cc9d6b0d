"""Where a meeting's audio comes from, as 16 kHz PCM: a file that is read as it is needed, or what is being spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from ..audio import AudioInfo, ChannelPlan, pcm_blocks
from ..live import LiveAudio


async def file_audio(info: AudioInfo, plan: ChannelPlan, from_byte: int) -> AsyncGenerator[bytes, None]:
    """A file's audio, decoded on a thread.

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
        close = getattr(blocks, "close", None)
        if close is not None:
            await asyncio.to_thread(close)


async def live_audio(live: LiveAudio) -> AsyncGenerator[bytes, None]:
    """What is being spoken."""
    async for block in live.blocks:
        yield block


def _next_bytes(blocks: Iterator[Any]) -> bytes | None:
    block = next(blocks, None)
    return None if block is None else bytes(block.tobytes())
