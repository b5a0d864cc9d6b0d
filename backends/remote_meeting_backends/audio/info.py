"""What a recording is, as found by looking at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .channels import Layout


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file holds.

    Args:
        path: Where it is.
        container: libsndfile's name of the format, such as WAV or FLAC.
        encoding: libsndfile's name of the sample format, such as PCM_16.
        sample_rate: In Hz.
        channels: Number of channels.
        frames: Samples of one channel.
        layout: What the channels are.
        size_bytes: Size of the file.
        only_channel: The one channel with sound, when the others are padding.
        headerless_from: Byte at which the samples of a WAV stream begin, when its header's size is no use.
        is_cut: Shorter than its header promises, and allowed to be: decoding ends where the data does.
        note: What is odd about it, for the result's notes.
    """

    path: Path
    container: str
    encoding: str
    sample_rate: int
    channels: int
    frames: int
    layout: Layout
    size_bytes: int
    only_channel: int | None = None
    headerless_from: int | None = None
    is_cut: bool = False
    note: str | None = None

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate
