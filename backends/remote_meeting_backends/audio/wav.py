"""The header of a WAV file, read by ourselves: streams leave wrong sizes in it, and a cut file must be noticed.

RIFF, RF64 and BW64 (64-bit sizes in a `ds64` chunk); WAVE_FORMAT_EXTENSIBLE's real format is in its sub-format.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

# A writer that cannot seek back leaves 0, or a size near 2 or 4 GiB: sox 0x7ffff000, ffmpeg 0xffffffff. Other sizes
# above 2 GiB are real ones: three hours of 8 channels.
PLACEHOLDERS = (0x7FFF, 0x8000, 0xFFFF)
PLACEHOLDER_BITS = 16
LONGEST_REAL = 1 << 60
# Some writers count the header into the data; that is no sign of a cut.
SLACK_BYTES = 64
EXTENSIBLE = 0xFFFE
MAX_CHUNKS = 1000


class SizeVerdict(Enum):
    """What the data chunk's size says about the file."""

    RIGHT = "right"
    STREAM = "stream"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class WavHeader:
    """The facts of a WAV header.

    Args:
        format_tag: 1 integer PCM, 3 float, 6 A-law, 7 mu-law, others compressed.
        channels: Number of channels.
        sample_rate: In Hz.
        bytes_a_second: As the header has it; right for compressed formats too.
        block_align: Bytes of one sample in all channels.
        bits: Bits of one sample in one channel.
        data_offset: Where the samples begin, in bytes from the start of the file.
        declared_bytes: What the header says of the samples' size.
        available_bytes: What the file holds from data_offset on.
        verdict: Whether the declared size can be believed.
    """

    format_tag: int
    channels: int
    sample_rate: int
    bytes_a_second: int
    block_align: int
    bits: int
    data_offset: int
    declared_bytes: int
    available_bytes: int
    verdict: SizeVerdict

    @property
    def subtype(self) -> str | None:
        """libsndfile's name of the sample format; None when it is none that can be read without a right header."""
        if self.block_align * 8 != self.channels * self.bits:
            return None
        return {
            (1, 8): "PCM_U8",
            (1, 16): "PCM_16",
            (1, 24): "PCM_24",
            (1, 32): "PCM_32",
            (3, 32): "FLOAT",
            (3, 64): "DOUBLE",
            (6, 8): "ALAW",
            (7, 8): "ULAW",
        }.get((self.format_tag, self.bits))

    def seconds(self, size_bytes: int) -> float:
        """How long that many bytes of samples last."""
        a_second = self.bytes_a_second if self.subtype is None else self.block_align * self.sample_rate
        return size_bytes / max(1, a_second)


def read_wav_header(file: BinaryIO, size: int) -> WavHeader | None:
    """Read the chunks up to the samples.

    Args:
        file: Positioned anywhere; left anywhere.
        size: The file's size in bytes.

    Returns:
        The facts, or None when it is not a WAV file or its header ends before the samples begin.
    """
    file.seek(0)
    start = file.read(12)
    if len(start) < 12 or start[:4] not in (b"RIFF", b"RF64", b"BW64") or start[8:] != b"WAVE":
        return None
    fmt: tuple[int, int, int, int, int, int] | None = None
    long_data_size: int | None = None
    position = 12
    for _ in range(MAX_CHUNKS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return None
        name, length = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"ds64":
            sizes = file.read(16)
            long_data_size = struct.unpack("<Q", sizes[8:16])[0] if len(sizes) == 16 else None
        elif name == b"fmt ":
            fmt = _read_format(file.read(min(length, 40)))
        elif name == b"data":
            if fmt is None:
                return None
            declared = long_data_size if long_data_size is not None and length == 0xFFFFFFFF else length
            offset = position + 8
            available = size - offset
            verdict = _judge(file, offset, declared, available)
            return WavHeader(*fmt, offset, declared, available, verdict)
        position += 8 + length + (length & 1)
    return None


def _read_format(body: bytes) -> tuple[int, int, int, int, int, int] | None:
    if len(body) < 16:
        return None
    tag, channels, rate, bytes_a_second, align, bits = struct.unpack("<HHIIHH", body[:16])
    if tag == EXTENSIBLE and len(body) >= 26:
        tag = struct.unpack("<H", body[24:26])[0]
    if not channels or not rate or not align:
        return None
    return tag, channels, rate, bytes_a_second, align, bits


def _judge(file: BinaryIO, offset: int, declared: int, available: int) -> SizeVerdict:
    if declared > available:
        if declared >> PLACEHOLDER_BITS in PLACEHOLDERS or declared >= LONGEST_REAL:
            return SizeVerdict.STREAM
        return SizeVerdict.CUT if declared > available + SLACK_BYTES else SizeVerdict.RIGHT
    rest = available - declared
    if rest <= (SLACK_BYTES if declared else 0) or _is_chunk_chain(file, offset + declared, offset + available):
        return SizeVerdict.RIGHT
    return SizeVerdict.STREAM


def _is_chunk_chain(file: BinaryIO, position: int, end: int) -> bool:
    """Whether what follows the samples is chunks (tags, cue points) rather than more samples."""
    position += position & 1
    for _ in range(MAX_CHUNKS):
        if end - position < 8:
            return True
        file.seek(position)
        head = file.read(8)
        name, length = head[:4], struct.unpack("<I", head[4:])[0]
        if not all(0x20 <= byte < 0x7F for byte in name) or position + 8 + length > end:
            return False
        position += 8 + length + (length & 1)
    return False
