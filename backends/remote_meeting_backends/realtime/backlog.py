"""The audio that may have to be sent again: the newest in memory, what is more than that on disk."""

from __future__ import annotations

import contextlib
import tempfile
from collections import deque
from typing import IO, Final

from ..live import BYTES_A_SECOND

# What a service leaves without an answer for so long is either silence or lost; it need not stay in memory.
MEMORY_SECONDS: Final = 240
PIECE_BYTES: Final = 1 << 16


class Backlog:
    """A meeting's audio from `start` to `end`, in bytes from the meeting's beginning.

    Args:
        start: Where it begins.
        memory_bytes: How much stays in memory; older audio goes to a temporary file that ends with the process.
    """

    def __init__(self, start: int = 0, *, memory_bytes: int = MEMORY_SECONDS * BYTES_A_SECOND) -> None:
        self.start = start
        self.end = start
        self._memory_bytes = memory_bytes
        # Whole pieces, but for the last; the first begins at _kept.
        self._pieces: deque[bytearray] = deque()
        self._kept = start
        self._file: IO[bytes] | None = None
        self._open = contextlib.ExitStack()
        # Where in the meeting the file's first byte belongs.
        self._file_start = start

    @property
    def spooled_bytes(self) -> int:
        """How much is on disk."""
        return self._kept - self._file_start if self._file is not None else 0

    def append(self, pcm: bytes) -> None:
        """The next audio."""
        rest = memoryview(pcm)
        while rest:
            if not self._pieces or len(self._pieces[-1]) == PIECE_BYTES:
                self._pieces.append(bytearray())
            room = PIECE_BYTES - len(self._pieces[-1])
            self._pieces[-1] += rest[:room]
            rest = rest[room:]
        self.end += len(pcm)
        while self.end - self._kept > self._memory_bytes and len(self._pieces) > 1:
            self._spool(self._pieces.popleft())

    def read(self, place: int, size: int) -> bytes:
        """At most so many bytes from a place on; none at the end, or before what was released."""
        if not self.start <= place < self.end:
            return b""
        size = min(size, self.end - place)
        parts: list[bytes | memoryview] = []
        if place < self._kept and self._file is not None:
            self._file.seek(place - self._file_start)
            parts.append(self._file.read(min(size, self._kept - place)))
            place += len(parts[0])
            size -= len(parts[0])
        index, within = divmod(place - self._kept, PIECE_BYTES)
        while size > 0:
            piece = memoryview(self._pieces[index])[within : within + size]
            parts.append(piece)
            size -= len(piece)
            index, within = index + 1, 0
        return b"".join(parts)

    def release(self, place: int) -> None:
        """Audio before a place is not asked for any more."""
        self.start = max(self.start, min(place, self.end))
        while self._pieces and self._kept + PIECE_BYTES <= self.start:
            self._kept += len(self._pieces.popleft())
        if self.start >= self._kept:
            self._drop_file()

    def close(self) -> None:
        """Let it all go."""
        self._pieces.clear()
        self.start = self._kept = self.end
        self._drop_file()

    def _drop_file(self) -> None:
        self._file = None
        self._open.close()

    def _spool(self, piece: bytearray) -> None:
        if self._file is None:
            with contextlib.ExitStack() as opening:
                self._file = opening.enter_context(tempfile.TemporaryFile(prefix="remote-meeting-audio-"))
                self._open = opening.pop_all()
            self._file_start = self._kept
        self._file.seek(self._kept - self._file_start)
        self._file.write(piece)
        self._kept += len(piece)
