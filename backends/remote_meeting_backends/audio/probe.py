"""Looking at a file before any work starts: what it is, how long, which channels, and what is wrong with it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import AudioNotFound, EmptyAudio, NotAudio, TruncatedAudio
from ..extras import need
from .channels import ARRAY_CHANNELS, Layout, layout_of
from .info import AudioInfo
from .stream import raw_blocks
from .wav import SizeVerdict, WavHeader, read_wav_header

LOOK_SECONDS = 10
EDGE_BYTES = 1 << 20


def fingerprint(path: Path) -> str:
    """Tell one recording from another by its size and its first and last MiB; cheap on a file of any length."""
    size = path.stat().st_size
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        digest.update(file.read(EDGE_BYTES))
        file.seek(max(0, size - EDGE_BYTES))
        digest.update(file.read(EDGE_BYTES))
    return digest.hexdigest()


def probe(path: str | os.PathLike[str], *, allow_truncated: bool = False) -> AudioInfo:
    """Look at a file.

    Args:
        path: Any file that libsndfile reads: WAV in all its kinds, FLAC, Ogg, MP3, AIFF and more.
        allow_truncated: Accept a file that is shorter than its header promises; `note` then says so.

    Raises:
        AudioNotFound: Nothing there, a directory, or no permission.
        EmptyAudio: No bytes, or a header without samples.
        NotAudio: Nothing that libsndfile can decode.
        TruncatedAudio: Cut short, and not allowed to be.
        MissingExtra: soundfile is not installed.
    """
    path = Path(path)
    size = _readable_size(path)
    with path.open("rb") as file:
        wav = read_wav_header(file, size)
    note = None
    if wav is not None:
        if wav.available_bytes < wav.block_align or (wav.declared_bytes == 0 and wav.verdict is SizeVerdict.RIGHT):
            raise EmptyAudio(f"{path} holds a WAV header and no audio after it (0 s).")
        if wav.verdict is SizeVerdict.CUT:
            note = _cut(path, wav.seconds(wav.declared_bytes), wav.seconds(wav.available_bytes), allow_truncated)
        if wav.verdict is SizeVerdict.STREAM and wav.subtype is not None:
            return _stream_info(path, size, wav)
    return _decoded_info(path, size, allow_truncated, note)


def _readable_size(path: Path) -> int:
    try:
        if path.is_dir():
            raise AudioNotFound(f"{path} is a directory: name one audio file.")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise AudioNotFound(f"There is no file {path}: check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AudioNotFound(f"{path} cannot be read: {reason}.") from error
    if size == 0:
        raise EmptyAudio(f"{path} is empty (0 bytes).")
    return size


def _stream_info(path: Path, size: int, wav: WavHeader) -> AudioInfo:
    info = AudioInfo(
        path=path,
        container="WAV",
        encoding=wav.subtype or "",
        sample_rate=wav.sample_rate,
        channels=wav.channels,
        frames=wav.available_bytes // wav.block_align,
        layout=layout_of(wav.channels),
        size_bytes=size,
        headerless_from=wav.data_offset,
    )
    return _noticing_padding(info)


def _decoded_info(path: Path, size: int, allow_truncated: bool, note: str | None) -> AudioInfo:
    soundfile = need("soundfile", extra="local", what="Reading audio")
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames <= 0 or file.samplerate <= 0:
                raise EmptyAudio(f"{path} holds no audio (0 s).")
            if file.format == "FLAC":
                note = _check_flac_end(file, path, allow_truncated)
            info = AudioInfo(
                path=path,
                container=file.format,
                encoding=file.subtype,
                sample_rate=file.samplerate,
                channels=file.channels,
                frames=file.frames,
                layout=layout_of(file.channels),
                size_bytes=size,
                is_cut=note is not None,
                note=note,
            )
    except soundfile.LibsndfileError as error:
        raise NotAudio(
            f"{path} is not audio that can be read here ({_reason(error)}): give WAV, FLAC, Ogg, MP3 or AIFF, "
            f"or convert it first, for instance with ffmpeg."
        ) from error
    return _noticing_padding(info)


def _check_flac_end(file: Any, path: Path, allow_truncated: bool) -> str | None:
    """FLAC promises its length up front; whether the end is there shows when one goes and looks."""
    soundfile = need("soundfile", extra="local", what="Reading audio")
    try:
        file.seek(file.frames - 1)
        if len(file.read(1)) == 1:
            return None
    except soundfile.LibsndfileError:
        pass
    return _cut(path, file.frames / file.samplerate, None, allow_truncated)


def _cut(path: Path, promised: float, there: float | None, allowed: bool) -> str:
    found = f"only {there:.1f} s are there" if there is not None else "its end is missing"
    sentence = f"{path} is cut short: its header promises {promised:.1f} s and {found}"
    if not allowed:
        raise TruncatedAudio(
            f"{sentence}; fetch the whole file, or pass --allow-truncated to transcribe what there is."
        )
    return f"{sentence}."


def _noticing_padding(info: AudioInfo) -> AudioInfo:
    """Users padded mono to 8 channels to please the old service; mixing would bury the one voice."""
    if info.channels != ARRAY_CHANNELS:
        return info
    loud: set[int] = set()
    left = LOOK_SECONDS * info.sample_rate
    for block in raw_blocks(info):
        heard = (block[:left] != 0).any(axis=0).tolist()
        loud.update(channel for channel, sounds in enumerate(heard) if sounds)
        left -= len(block)
        if left <= 0 or len(loud) > 1:
            break
    if len(loud) != 1:
        return info
    return replace(info, layout=Layout.PADDED, only_channel=loud.pop())


def _reason(error: Exception) -> str:
    text = str(getattr(error, "error_string", None) or error).strip().rstrip(".")
    return text[:1].lower() + text[1:]
