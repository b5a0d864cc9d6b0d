"""The WAV header reader: right on every header we know of, calm on every one we do not."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends.audio.wav import SizeVerdict, WavHeader, read_wav_header
from support.sound import RATE, pcm16, tone, wav_bytes

SECOND = pcm16(tone(1.0))
LIST = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 13) + b"Lavf58.76.100\0"
PCM_SUBFORMAT = struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")


def read(content: bytes) -> WavHeader | None:
    """What is read from a file of that content."""
    return read_wav_header(io.BytesIO(content), len(content))


def header(content: bytes) -> WavHeader:
    """The same, where there must be something."""
    found = read(content)
    assert found is not None
    return found


def rf64(data: bytes, declared: int) -> bytes:
    """An RF64 file whose ds64 chunk declares the size of its samples."""
    plain = wav_bytes(data, declared=0xFFFFFFFF)
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, len(data) + 72, declared, len(data) // 2, 0)
    return b"RF64" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + ds64 + plain[12:]


def extensible(data: bytes) -> bytes:
    """A WAVE_FORMAT_EXTENSIBLE file: the real format is in its sub-format."""
    plain = wav_bytes(data, tag=0xFFFE)
    fmt = b"fmt " + struct.pack("<I", 40) + plain[20:36] + PCM_SUBFORMAT
    return plain[:12] + fmt + plain[36:]


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    """Arbitrary bytes are no WAV file, and no crash."""
    assert read(content) is None


@given(st.binary(max_size=300), st.sampled_from([b"RIFF", b"RF64", b"BW64"]))
def test_any_chunks(chunks: bytes, kind: bytes) -> None:
    """Arbitrary bytes where the chunks belong end in facts or in None."""
    found = read(kind + b"\0\0\0\0WAVE" + chunks)
    assert found is None or found.block_align > 0


@given(
    st.sampled_from([wav_bytes(SECOND[:200]), rf64(SECOND[:200], 200), extensible(SECOND[:200])]),
    st.lists(st.tuples(st.integers(0, 119), st.integers(0, 255)), max_size=8),
    st.integers(0, 400),
)
def test_mutated_headers(content: bytes, changes: list[tuple[int, int]], length: int) -> None:
    """A header with some bytes changed and its end cut off never leads outside the file."""
    mutated = bytearray(content)
    for place, value in changes:
        mutated[place] = value
    found = read(bytes(mutated[:length]))
    if found is not None:
        assert 0 <= found.available_bytes == min(length, len(mutated)) - found.data_offset
        assert found.seconds(found.available_bytes) >= 0


@given(
    st.integers(1, 64),
    st.integers(1, 400_000),
    st.sampled_from([(1, 8, "PCM_U8"), (1, 16, "PCM_16"), (1, 24, "PCM_24"), (1, 32, "PCM_32"), (3, 32, "FLOAT")]),
    st.integers(1, 50),
)
def test_round_trip(channels: int, rate: int, kind: tuple[int, int, str], frames: int) -> None:
    """What a right header says is what is read from it."""
    tag, bits, subtype = kind
    data = bytes(frames * channels * bits // 8)
    found = header(wav_bytes(data, channels=channels, rate=rate, bits=bits, tag=tag))
    assert (found.format_tag, found.channels, found.sample_rate, found.bits) == (tag, channels, rate, bits)
    assert (found.data_offset, found.declared_bytes, found.available_bytes) == (44, len(data), len(data))
    assert (found.subtype, found.verdict) == (subtype, SizeVerdict.RIGHT)
    assert found.seconds(len(data)) == pytest.approx(frames / rate)


@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFF000, 0x7FFFFFFF, 0x80000000])
def test_streams(declared: int) -> None:
    """A writer that could not seek back left one of these: the samples go on to the end of the file."""
    found = header(wav_bytes(SECOND, declared=declared, riff=declared))
    assert (found.verdict, found.available_bytes) == (SizeVerdict.STREAM, len(SECOND))


def test_size_too_small() -> None:
    """More samples behind the declared ones: the writer was stopped before it could correct the size."""
    assert header(wav_bytes(SECOND, declared=1600)).verdict is SizeVerdict.STREAM


@pytest.mark.parametrize("declared", [len(SECOND) + 65, 2 * len(SECOND), 0x60000000, 0xC0000000])
def test_cut(declared: int) -> None:
    """A size beyond the end is a cut file, above 2 GiB too: three hours of 8 channels are that long."""
    assert header(wav_bytes(SECOND, declared=declared)).verdict is SizeVerdict.CUT


def test_header_counted_in() -> None:
    """Some writers count the header as samples; that is no cut."""
    assert header(wav_bytes(SECOND, declared=len(SECOND) + 44)).verdict is SizeVerdict.RIGHT


@pytest.mark.parametrize("data", [SECOND, SECOND[:-1]], ids=["even", "odd and padded"])
def test_chunks_behind_the_samples(data: bytes) -> None:
    """Tags behind the samples are no samples."""
    padding = b"\0" * (len(data) % 2)
    found = header(wav_bytes(data, declared=len(data), bits=8, after=padding + LIST * 3))
    assert (found.verdict, found.declared_bytes) == (SizeVerdict.RIGHT, len(data))


def test_odd_chunk_before_the_samples() -> None:
    """A chunk of odd length is padded to an even one."""
    plain = wav_bytes(SECOND)
    odd = b"note" + struct.pack("<I", 5) + b"hello\0"
    assert header(plain[:12] + odd + plain[12:]).data_offset == 44 + len(odd)


def test_empty_with_tags() -> None:
    """No samples, and chunks behind them: the 0 is meant."""
    assert header(wav_bytes(b"", after=LIST)).verdict is SizeVerdict.RIGHT


@pytest.mark.parametrize(
    ("declared", "verdict"),
    [
        (len(SECOND), SizeVerdict.RIGHT),
        (5 << 30, SizeVerdict.CUT),
        (0, SizeVerdict.STREAM),
        (0xFFFFFFFFFFFFFFFF, SizeVerdict.STREAM),
    ],
)
def test_rf64(declared: int, verdict: SizeVerdict) -> None:
    """RF64 keeps its size in 64 bits."""
    found = header(rf64(SECOND, declared))
    assert (found.declared_bytes, found.verdict, found.available_bytes) == (declared, verdict, len(SECOND))


def test_extensible() -> None:
    """The format is read from the sub-format."""
    found = header(extensible(SECOND))
    assert (found.format_tag, found.subtype, found.data_offset, found.sample_rate) == (1, "PCM_16", 68, RATE)


def test_compressed() -> None:
    """A compressed format's length follows from its bytes a second, and it has no raw sample format."""
    found = header(wav_bytes(SECOND, bits=4, tag=17, channels=2))
    assert found.subtype is None
    assert found.seconds(16_000) == 1.0


def test_odd_alignment_is_not_raw() -> None:
    """Samples that are not packed as their bits say cannot be read without libsndfile's own reader."""
    content = bytearray(wav_bytes(SECOND))
    content[32:34] = struct.pack("<H", 7)
    assert header(bytes(content)).subtype is None


@pytest.mark.parametrize("size", [0, 11, 12, 20, 30, 43])
def test_header_cut_off(size: int) -> None:
    """A header that ends before the samples begin is none."""
    assert read(wav_bytes(SECOND)[:size]) is None


def test_samples_without_format() -> None:
    """Samples before any format chunk mean nothing."""
    content = wav_bytes(SECOND)
    assert read(content[:12] + content[36:]) is None
