"""Looking at a file before any work starts: what it is, how long, which channels, and what is wrong with it."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import AudioNotFound, EmptyAudio, TruncatedAudio
from ..extras import need
from .channels import ARRAY_CHANNELS, Layout, layout_of
from .info import AudioInfo
from .stream import open_sound, opened, raw_blocks
from .wav import SizeVerdict, WavHeader, read_wav_header

LOOK_SECONDS = 10
EDGE_BYTES = 1 << 20
# Formats whose header promises a length, which libsndfile believes.
PROMISING = frozenset({"FLAC", "MP3"})


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
        AudioNotFound: Nothing there, a directory, a pipe, or no permission.
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
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        raise AudioNotFound(f"{str(path)!a} has a name that is not UTF-8, which cannot be stored: rename it.") from None
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode):
            path.open("rb").close()
    except FileNotFoundError:
        raise AudioNotFound(f"There is no file {path}: check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AudioNotFound(f"{path} cannot be read: {reason}.") from error
    if stat.S_ISDIR(found.st_mode):
        raise AudioNotFound(f"{path} is a directory: name one audio file.")
    if not stat.S_ISREG(found.st_mode):
        raise AudioNotFound(f"{path} is a pipe or a device: save what comes from it to a file first.")
    if found.st_size == 0:
        raise EmptyAudio(f"{path} is empty (0 bytes).")
    return found.st_size


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
    with opened(info):
        pass
    return _noticing_padding(info)


def _decoded_info(path: Path, size: int, allow_truncated: bool, note: str | None) -> AudioInfo:
    with open_sound(path, path) as file:
        if file.frames <= 0 or file.samplerate <= 0:
            raise EmptyAudio(f"{path} holds no audio (0 s).")
        if file.format in PROMISING:
            note = _check_end(file, path, allow_truncated)
        is_cut = note is not None
        if file.format == "MP3" and not is_cut and not _has_mp3_index(path):
            note = f"{path} is an MP3 without an index: its length is an estimate, and its end may not have been heard."
        info = AudioInfo(
            path=path,
            container=file.format,
            encoding=file.subtype,
            sample_rate=file.samplerate,
            channels=file.channels,
            frames=file.frames,
            layout=layout_of(file.channels),
            size_bytes=size,
            is_cut=is_cut,
            note=note,
        )
    return _noticing_padding(info)


def _check_end(file: Any, path: Path, allow_truncated: bool) -> str | None:
    """Whether the promised end is there shows when one goes and looks."""
    soundfile = need("soundfile", extra="local", what="Reading audio")
    # One goes to a place in an MP3 by its table of contents, which is not exact.
    before_the_end = file.samplerate if file.format == "MP3" else 1
    try:
        file.seek(max(0, file.frames - before_the_end))
        if len(file.read(1)) == 1:
            return None
    except soundfile.LibsndfileError:
        pass
    return _cut(path, file.frames / file.samplerate, None, allow_truncated)


def _has_mp3_index(path: Path) -> bool:
    """Whether the first frame counts the others (Xing, Info, VBRI); without it libsndfile guesses from the bit rate."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3" and len(head) == 10:
            # The tag's size: four bytes of seven bits (ID3v2, 3.1).
            size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
            file.seek(10 + size)
        else:
            file.seek(0)
        first = file.read(4096)
    return any(mark in first for mark in (b"Xing", b"Info", b"VBRI"))


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
    left = LOOK_SECONDS
    for block in raw_blocks(info):
        loud.update((block != 0).any(axis=0).nonzero()[0].tolist())
        # Counted from the first sound: a meeting may begin with minutes of digital silence.
        left -= bool(loud)
        if left <= 0 or len(loud) > 1:
            break
    if len(loud) != 1:
        return info
    return replace(info, layout=Layout.PADDED, only_channel=loud.pop())
