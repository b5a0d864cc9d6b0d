"""A file as the blocks of a blob: names that say where each belongs and what is in it, one print of the whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import AudioNotFound, InvalidInput

BLOCK_BYTES = 4 * 1024 * 1024
_DIGEST_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a file.

    Args:
        name: Tells its place, the file's size and its content, so that a block that is there already can be trusted;
            all of a blob's have the same length, as the service demands.
        content: Up to BLOCK_BYTES.
    """

    name: str
    content: bytes


class FileBlocks:
    """A file that is read once, block by block, from any thread but one at a time.

    Raises:
        AudioNotFound: It is not there or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._print = sha256()
        self.names: list[str] = []
        try:
            self._file: BufferedReader = path.open("rb")
        except OSError as error:
            raise _unreadable(path, error) from error
        self._state = self._look()

    @property
    def size(self) -> int:
        """In bytes, when it was opened."""
        return self._state[0]

    @property
    def fingerprint(self) -> str:
        """Of what was read so far, from the blocks' own digests."""
        return self._print.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def next(self) -> Block | None:
        """The next block; None at the end.

        Raises:
            InvalidInput: Somebody writes to the file.
        """
        try:
            content = self._file.read(BLOCK_BYTES)
        except OSError as error:
            raise _unreadable(self._path, error) from error
        if not content:
            if self._file.tell() != self.size or self._look() != self._state:
                raise InvalidInput(f"{self._path} changed while it was read: wait until it is finished, then send it.")
            return None
        digest = sha256(content)
        self._print.update(digest.digest())
        name = f"{len(self.names):06d}-{self.size:014d}-{digest.hexdigest()[:_DIGEST_CHARACTERS]}"
        self.names.append(name)
        return Block(name, content)

    def _look(self) -> tuple[int, int]:
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns


def fingerprint_of(path: Path) -> str:
    """The print of a whole file, as FileBlocks has it at the end."""
    with FileBlocks(path) as blocks:
        while blocks.next() is not None:
            pass
        return blocks.fingerprint


def _unreadable(path: Path, error: OSError) -> AudioNotFound:
    return AudioNotFound(f"{path} cannot be read: {error.strerror or error}.")
