"""Audio made on the spot: tones, silence, the bundled sample, and WAV files with any header one likes."""

from __future__ import annotations

import struct
from importlib.resources import files
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 16_000
SAMPLE = Path(str(files("remote_meeting") / "data" / "sample.flac"))


def tone(seconds: float, *, frequency: float = 440.0, rate: int = RATE, level: float = 0.3) -> NDArray[np.float32]:
    """A sine; shape (samples,)."""
    time = np.arange(int(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def silence(seconds: float, *, rate: int = RATE) -> NDArray[np.float32]:
    """Nothing to hear; shape (samples,)."""
    return np.zeros(int(seconds * rate), dtype=np.float32)


def speech(seconds: float | None = None) -> NDArray[np.float32]:
    """The bundled sample, three voices at 16 kHz, or its first seconds."""
    samples, rate = soundfile.read(SAMPLE, dtype="float32")
    assert rate == RATE
    return samples if seconds is None else samples[: int(seconds * rate)]


def save(path: Path, samples: NDArray[np.float32], *, rate: int = RATE, **options: str) -> Path:
    """Write with libsndfile; options as soundfile.write takes them."""
    soundfile.write(path, samples, rate, **options)
    return path


def pcm16(samples: NDArray[np.float32]) -> bytes:
    """As 16-bit little-endian PCM."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def wav_bytes(
    data: bytes,
    *,
    declared: int | None = None,
    riff: int | None = None,
    channels: int = 1,
    rate: int = RATE,
    bits: int = 16,
    tag: int = 1,
    after: bytes = b"",
) -> bytes:
    """A WAV file by hand.

    Args:
        data: The samples.
        declared: What the header says of their size; None for the truth.
        riff: What the header says of the whole; None for the truth.
        channels: Number of channels.
        rate: In Hz.
        bits: Bits of a sample.
        tag: Format tag: 1 PCM, 3 float.
        after: Chunks behind the samples.
    """
    align = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits)
    size = len(data) if declared is None else declared
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", size) + data + after
    return b"RIFF" + struct.pack("<I", len(body) if riff is None else riff) + body
