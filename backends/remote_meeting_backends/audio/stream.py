"""From a file to 16 kHz 16-bit PCM, block by block: what is held in memory does not grow with the length."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NotAudio, TruncatedAudio
from ..extras import need
from .channels import ChannelPlan
from .info import AudioInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
BLOCK_SECONDS = 1.0
# Encodings that can hold what is no number.
FLOATS = frozenset({"FLOAT", "DOUBLE"})


def pcm_blocks(info: AudioInfo, plan: ChannelPlan) -> Iterator[NDArray[np.int16]]:
    """Decode, choose channels, resample.

    Args:
        info: The file, as `probe` found it.
        plan: What is heard.

    Yields:
        Arrays of shape (samples, outputs of the plan), int16 at 16 kHz, about a second each.

    Raises:
        NotAudio: It cannot be opened (any more).
        TruncatedAudio: The decoder broke off in the middle.
    """
    numpy = need("numpy", extra="local", what="Reading audio")
    weights = numpy.array(plan.weights, dtype=numpy.float32).T
    outputs = weights.shape[1]
    if info.sample_rate == SAMPLE_RATE:
        for block in raw_blocks(info):
            yield _to_int16(numpy, block @ weights)
        return
    soxr = need("soxr", extra="local", what="Resampling audio")
    resampler = soxr.ResampleStream(info.sample_rate, SAMPLE_RATE, outputs, dtype="float32")
    for block in raw_blocks(info):
        resampled = resampler.resample_chunk(numpy.ascontiguousarray(block @ weights))
        if len(resampled):
            yield _to_int16(numpy, resampled.reshape(-1, outputs))
    rest = resampler.resample_chunk(numpy.zeros((0, outputs), dtype=numpy.float32), last=True)
    if len(rest):
        yield _to_int16(numpy, rest.reshape(-1, outputs))


def raw_blocks(info: AudioInfo) -> Iterator[NDArray[np.float32]]:
    """The file's own samples, from -1 to 1, in arrays of shape (samples, channels)."""
    numpy = need("numpy", extra="local", what="Reading audio")
    soundfile = need("soundfile", extra="local", what="Reading audio")
    frames = max(1, int(info.sample_rate * BLOCK_SECONDS))
    with opened(info) as file:
        while True:
            try:
                block = file.read(frames, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                if info.is_cut:
                    return
                at = file.tell() / info.sample_rate
                raise TruncatedAudio(f"{info.path} cannot be decoded after {at:.1f} s: {error}") from error
            if not len(block):
                return
            if info.encoding in FLOATS:
                numpy.nan_to_num(block, copy=False, posinf=1.0, neginf=-1.0)
            yield block


@contextlib.contextmanager
def opened(info: AudioInfo) -> Iterator[Any]:
    """A recording as libsndfile's open file.

    Raises:
        NotAudio: It cannot be opened.
    """
    if info.headerless_from is None:
        with open_sound(info.path, info.path) as file:
            yield file
        return
    raw = {"samplerate": info.sample_rate, "channels": info.channels, "subtype": info.encoding}
    with (
        _Tail(info.path, info.headerless_from) as tail,
        open_sound(info.path, tail, format="RAW", endian="LITTLE", **raw) as file,
    ):
        yield file


def open_sound(path: Path, source: Path | io.BufferedReader, **options: Any) -> Any:
    """Open with libsndfile; what it refuses is said in one sentence."""
    soundfile = need("soundfile", extra="local", what="Reading audio")
    try:
        return soundfile.SoundFile(source, **options)
    # Not libsndfile but its wrapper refuses a name that ends in .raw, and numbers beyond its integers.
    except (soundfile.LibsndfileError, TypeError, OverflowError) as error:
        reason = str(getattr(error, "error_string", None) or error).strip().rstrip(".")
        raise NotAudio(
            f"{path} is not audio that can be read here ({reason[:1].lower() + reason[1:]}): give WAV, FLAC, Ogg, MP3 "
            f"or AIFF, or convert it first, for instance with ffmpeg."
        ) from error


def _to_int16(numpy: Any, block: NDArray[np.float32]) -> NDArray[np.int16]:
    scaled: NDArray[np.int16] = numpy.clip(numpy.rint(block * 32768.0), -32768, 32767).astype(numpy.int16)
    return scaled


class _Tail(io.BufferedReader):
    """A file without its first bytes, for a WAV stream whose header has no right size."""

    def __init__(self, path: Path, start: int) -> None:
        super().__init__(io.FileIO(path, "rb"))
        self._start = start
        super().seek(start)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_SET:
            offset += self._start
        return super().seek(offset, whence) - self._start

    def tell(self) -> int:
        return super().tell() - self._start
