"""The audio of one meeting, on disk as it arrives: 16-bit PCM at 16 kHz, one channel, in segments that are WAV files.

Whoever takes a meeting begins a segment of its own where the audio ended when it came: what another process writes
after that, because it does not know yet that it is no longer asked, is never read.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from remote_meeting_backends.live import BYTES_A_SECOND
from remote_meeting_backends.speech_protocol.messages import wav_header

HEADER_BYTES: Final = 44
ABOUT: Final = "about.json"
ENDED: Final = "ended"
WHOLE: Final = "whole.wav"
# Blocks that nobody has read yet: a minute of them.
REMEMBERED: Final = 600
# Of a meeting that the disk has no room for: eight and a half minutes in memory, then it is refused.
MOST_HELD_BYTES: Final = 16 * 1024 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class SpoolFull(Exception):
    """Neither disk nor memory has room for more audio."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """A file; `length` bytes of its audio count, from `start` in the meeting on."""

    path: Path
    start: int
    length: int


class SpooledAudio:
    """A meeting's audio, for one who writes and any who read (`KeptAudio` of the backends).

    Made by `open`; places are bytes from the meeting's start.

    Args:
        folder: Its own.
        segments: What others have written.
        room: Asked whether there is room for so many bytes more; told what was written.
    """

    def __init__(self, folder: Path, segments: list[_Segment], room: Callable[[int], bool]) -> None:
        self.folder = folder
        self.start = 0
        self.end = segments[-1].start + segments[-1].length if segments else 0
        self.is_complete = False
        self._before = segments
        self._own_start = self.end
        self._own: int | None = None
        self._own_path: Path | None = None
        self._number = len(segments)
        self._held = bytearray()
        self._last = b""
        self._room = room
        self._came: Callable[[], None] | None = None
        self._is_awaited = False
        self._news = asyncio.Event()
        self._done = asyncio.Event()
        self._is_synced = True
        # Told, in seconds, how long each block waited until it was read.
        self.on_handed: Callable[[float], None] | None = None
        self._arrivals: deque[tuple[int, float]] = deque(maxlen=REMEMBERED)

    @classmethod
    def open(cls, folder: Path, room: Callable[[int], bool]) -> SpooledAudio:
        """What is there of a meeting's audio. Blocks."""
        audio = cls(folder, _segments(folder), room)
        audio._number = _next_number(folder)
        if has_ended(folder):
            audio.complete()
        return audio

    @property
    def seconds(self) -> float:
        """How much there is."""
        return self.end / BYTES_A_SECOND

    @property
    def held_bytes(self) -> int:
        """How much of it waits in memory for room on the disk."""
        return len(self._held)

    def take(self) -> None:
        """From now on what the holder before writes does not count any more. Blocks."""
        try:
            self._own = self._begin()
        except OSError as error:
            if error.errno not in _FULL:
                raise

    def append(self, pcm: bytes) -> None:
        """The next audio. Raises SpoolFull when there is no room for it anywhere."""
        if self._held or not self._write(pcm):
            if len(self._held) + len(pcm) > MOST_HELD_BYTES:
                raise SpoolFull
            self._held += pcm
        self._last = pcm
        self.end += len(pcm)
        self._arrivals.append((self.end, time.monotonic()))
        if self._came is not None:
            self._came()
        if self._is_awaited:
            self._news.set()

    def settle(self) -> bool:
        """Write what waits in memory; False while there is no room."""
        if self._held:
            waiting, self._held = bytes(self._held), bytearray()
            if not self._write(waiting):
                self._held[:0] = waiting
        return not self._held

    def read(self, place: int, size: int) -> bytes:
        """At most so many bytes."""
        if self.on_handed is not None:
            self._note_handed(place + size)
        if place + len(self._last) == self.end and size >= len(self._last):
            return self._last
        size = min(size, self.end - place)
        if size <= 0:
            return b""
        written = self.end - len(self._held)
        if place >= written:
            return bytes(self._held[place - written : place - written + size])
        if place >= self._own_start and self._own is not None:
            at = HEADER_BYTES + place - self._own_start
            return os.pread(self._own, min(size, written - place), at)
        return self._read_before(place, size)

    def _note_handed(self, place: int) -> None:
        """Tell how long the audio before a place has waited to be heard."""
        arrivals, on_handed = self._arrivals, self.on_handed
        while on_handed is not None and arrivals and arrivals[0][0] <= place:
            on_handed(time.monotonic() - arrivals.popleft()[1])

    def release(self, place: int) -> None:
        """Whoever hears it now begins there; the file keeps what is before."""
        self.start = max(self.start, min(place, self.end))

    async def more(self, place: int) -> bool:
        """Wait until there is audio behind a place; False when it has ended there."""
        while self.end <= place:
            if self.is_complete:
                return False
            self._is_awaited = True
            self._news.clear()
            await self._news.wait()
        return True

    def tell(self, came: Callable[[], None] | None) -> None:
        """Call somebody whenever there is more, and nobody else; None for nobody."""
        self._came = came

    def complete(self) -> None:
        """There will be no more."""
        self.is_complete = True
        self._news.set()
        self._done.set()

    async def completed(self) -> None:
        """Wait until there will be no more."""
        await self._done.wait()

    def sync(self) -> None:
        """Have what was written survive the machine, not only the process. Blocks."""
        if not self._is_synced and self._own is not None:
            self._is_synced = True
            os.fsync(self._own)

    def mark_end(self, notes: Sequence[str] = ()) -> None:
        """Write down that the audio is whole, so that nobody waits for more, and what is to be said of it. Blocks."""
        self.sync()
        if self.end:
            about = {"bytes": self.end, "notes": list(notes)}
            _write_whole(self.folder / ENDED, json.dumps(about, ensure_ascii=False).encode())

    def whole(self) -> Path:
        """The audio as one WAV file, for backends that take files; of audio that is complete. Blocks."""
        segments = _segments(self.folder)
        if len(segments) == 1 and segments[0].start == 0:
            _finish_header(segments[0].path)
            return segments[0].path
        whole = self.folder / WHOLE
        with whole.open("wb") as target:
            target.write(wav_header())
            for segment in segments:
                with segment.path.open("rb") as source:
                    source.seek(HEADER_BYTES)
                    _copy(source, target, segment.length)
            target.flush()
            os.fsync(target.fileno())
        _finish_header(whole)
        return whole

    def close(self) -> None:
        """Let the file go; it can still be read."""
        own, self._own = self._own, None
        if own is not None:
            os.close(own)
        if self._own_path is not None:
            self._before = _segments(self.folder)
            self._own_path, self._own_start = None, self.end

    def _write(self, pcm: bytes) -> bool:
        """Write all of it, or nothing."""
        if not self._room(len(pcm)):
            return False
        at: int | None = None
        try:
            if self._own is None:
                self._own = self._begin()
            at = os.lseek(self._own, 0, os.SEEK_CUR)
            if os.write(self._own, pcm) == len(pcm):
                self._is_synced = False
                return True
        except OSError as error:
            if error.errno not in _FULL:
                raise
        if at is not None and self._own is not None:
            os.ftruncate(self._own, at)
            os.lseek(self._own, at, os.SEEK_SET)
        self._room(-len(pcm))
        return False

    def _begin(self) -> int:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._own_start = self.end - len(self._held)
        while True:
            self._own_path = self.folder / f"{self._number:06d}-{self._own_start}.wav"
            self._number += 1
            # Another process may have come at the same moment.
            with contextlib.suppress(FileExistsError):
                own = os.open(self._own_path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
                break
        try:
            os.write(own, wav_header())
        except OSError:
            os.close(own)
            self._own_path.unlink(missing_ok=True)
            raise
        return own

    def _read_before(self, place: int, size: int) -> bytes:
        for segment in reversed(self._before):
            if segment.start <= place < segment.start + segment.length:
                # Another process may have finished the meeting, and removed it.
                with contextlib.suppress(FileNotFoundError), segment.path.open("rb") as file:
                    file.seek(HEADER_BYTES + place - segment.start)
                    return file.read(min(size, segment.start + segment.length - place))
        return b""


def write_about(folder: Path, about: dict[str, Any]) -> None:
    """Keep what was said of a meeting beside its audio. Blocks."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_whole(folder / ABOUT, json.dumps(about, ensure_ascii=False).encode())


def read_notes(folder: Path) -> list[str]:
    """What is to be said of a meeting, as it was last written down. Blocks."""
    for name in (ENDED, ABOUT):
        with contextlib.suppress(OSError, ValueError):
            told = json.loads((folder / name).read_bytes())
            if isinstance(told, dict):
                return [str(note) for note in told.get("notes", [])]
    return []


def has_ended(folder: Path) -> bool:
    """Whether a meeting's audio is whole. Blocks."""
    return (folder / ENDED).exists()


def remove(folder: Path) -> None:
    """Delete a meeting's audio. Blocks."""
    shutil.rmtree(folder, ignore_errors=True)


def _segments(folder: Path) -> list[_Segment]:
    """The segments in order; what lies behind the start of the next one does not count."""
    found: list[_Segment] = []
    for path in _numbered(folder):
        start = int(path.stem.partition("-")[2])
        length = max(0, path.stat().st_size - HEADER_BYTES) // 2 * 2
        found = [replace(one, length=min(one.length, start - one.start)) for one in found if one.start < start]
        found.append(_Segment(path, start, length))
    return [one for one in found if one.length]


def _next_number(folder: Path) -> int:
    return max((int(path.stem.partition("-")[0]) + 1 for path in _numbered(folder)), default=0)


def _numbered(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*-[0-9]*.wav"))


def _finish_header(path: Path) -> None:
    """The sizes that nobody knew while it was written."""
    with path.open("r+b") as file:
        length = (os.fstat(file.fileno()).st_size - HEADER_BYTES) // 2 * 2
        if length + 36 < 1 << 32:
            file.seek(4)
            file.write((length + 36).to_bytes(4, "little"))
            file.seek(40)
            file.write(length.to_bytes(4, "little"))
        file.flush()
        os.fsync(file.fileno())


def _copy(source: Any, target: Any, length: int) -> None:
    while length > 0 and (block := source.read(min(length, 1 << 20))):
        target.write(block)
        length -= len(block)


def _write_whole(path: Path, content: bytes) -> None:
    """All of it or nothing, whatever happens meanwhile."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
