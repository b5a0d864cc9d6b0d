"""Reading a file that nobody vouches for: bounded, never waiting, never failing."""

from __future__ import annotations

import codecs
import errno
import os
import stat
from dataclasses import dataclass

LIMIT = 4 * 1024 * 1024
BINARY, NOT_REGULAR, NO_NAME = "binary", "not a regular file", "not a name that a file can have"
HEAD = 8192

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE_BOMS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
# A pipe must not be waited for, a terminal not become ours, and a link that took a file's place not be followed.
_FLAGS = os.O_RDONLY
for _name in ("O_NONBLOCK", "O_NOFOLLOW", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)
# In text there is a letter of ASCII, or a space, in one character of ten at the least.
_SHARE = 10
_CONTROLS = frozenset(chr(code) for code in range(32)) - frozenset("\t\n\r\f\v\x1a\x1b\b")


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded file, that can be encoded as it was.

    Args:
        text: Its text, without a byte order mark. It holds no surrogates.
        encoding: What it was decoded by, in Python's words.
        newline: How most of its lines end; empty where it has one line only.
        bom: Whether it began with a byte order mark.
    """

    text: str
    encoding: str
    newline: str = "\n"
    bom: bool = False

    def encode(self, text: str) -> bytes:
        """Another text in the same encoding, with the same mark.

        Raises:
            UnicodeEncodeError: A character is new that the file's encoding does not have.
        """
        mark = _WIDE_BOMS.get(self.encoding, codecs.BOM_UTF8) if self.bom else b""
        return mark + text.encode(self.encoding)


def read(path: str, *, limit: int = LIMIT) -> bytes | str:
    """A file's bytes, or the reason why they were not read. A link is not followed.

    Args:
        path: Where.
        limit: How many bytes are read at most; of a larger file none are.
    """
    try:
        file = os.open(path, _FLAGS)
    except OSError as error:
        # A socket cannot be opened at all.
        return NOT_REGULAR if error.errno == errno.ENXIO else reason_of(error)
    except ValueError:
        return NO_NAME
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            return NOT_REGULAR
        size = found.st_size
        if size > limit:
            return too_large(limit)
        data = os.read(file, size + 1)
        return data if len(data) == size else _rest(file, data, limit)
    except OSError as error:
        return reason_of(error)
    finally:
        os.close(file)


def _rest(file: int, data: bytes, limit: int) -> bytes | str:
    """What a file has that grew since it was looked at, or whose size is not told; or that came in pieces."""
    parts, length = [data], len(data)
    while data and length <= limit:
        data = os.read(file, limit + 1 - length)
        parts.append(data)
        length += len(data)
    return b"".join(parts) if length <= limit else too_large(limit)


def decode(data: bytes) -> Text | str:
    """A file's text, or the reason why it is none. What is not valid UTF-8 is read byte for byte."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding, bom=True)
    if b"\0" not in data:
        return _decoded(data, "utf-8", bom=False)
    return _unmarked(data)


def reason_of(error: OSError) -> str:
    """The system's own words."""
    return error.strerror or type(error).__name__


def too_large(limit: int) -> str:
    """The reason why a large file was not read: "larger than 4 MiB"."""
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if limit >= size:
            return f"larger than {limit / size:.4g} {unit}"
    return f"larger than {limit} bytes"


def _decoded(data: bytes, encoding: str, *, bom: bool) -> Text | str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            return "not valid UTF-16"
        # Every byte is one character there: what is not touched is written back as it was.
        try:
            encoding = "cp1252"
            text = data.decode(encoding)
        except UnicodeDecodeError:
            encoding = "latin-1"
            text = data.decode(encoding)
    return BINARY if "\0" in text else Text(text, encoding, _newline(text), bom)


def _unmarked(data: bytes) -> Text | str:
    """UTF-16 without a mark, by where its zeros are: mostly on one side, as few characters end in one (but 一 does)."""
    low, high = data[:HEAD:2], data[1:HEAD:2]
    for encoding, zeros, others in (
        ("utf-16-le", high.count(0), low.count(0)),
        ("utf-16-be", low.count(0), high.count(0)),
    ):
        if zeros > 2 * others and zeros * _SHARE >= len(high):
            text = _decoded(data, encoding, bom=False)
            if isinstance(text, Text) and _CONTROLS.isdisjoint(text.text[:HEAD]):
                return text
    return BINARY


def _newline(text: str) -> str:
    pairs = text.count("\r\n")
    ends = {"\n": text.count("\n") - pairs, "\r\n": pairs, "\r": text.count("\r") - pairs}
    best = max(ends, key=lambda end: ends[end])
    return best if ends[best] else ""
