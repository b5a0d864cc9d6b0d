"""WebSockets with next to no cost, for the two ends of a gateway under load, and the logs that both ends write.

No extensions and no fragments: both peers here send none. The mask of a client's frame is zero, so that a frame is
prepared once and sent as often as it is needed; whoever receives it has the same work as with any other mask.
"""

from __future__ import annotations

import abc
import asyncio
import base64
import hashlib
import json
import resource
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
BLOCK_SECONDS = 0.1
# 100 ms of one channel: 1,600 samples of two bytes.
BLOCK_SAMPLES = 1600
BLOCK_BYTES = 2 * BLOCK_SAMPLES
# Before and behind the moment at which something was sent.
MARK = b"@"
MARK_DIGITS = 20
_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# How many bytes tell a length that the second byte does not.
_LENGTHS = {126: 2, 127: 8}


class Wire(asyncio.Protocol, abc.ABC):
    """One connection, whose frames are given to `frame` where they lie, still masked."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._rest = b""
        self._has_head = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    @abc.abstractmethod
    def head(self, lines: list[str]) -> None:
        """The request, or the answer to it."""

    @abc.abstractmethod
    def frame(self, kind: int, data: bytes, begin: int, end: int) -> None:
        """One frame, whose payload lies between `begin` and `end` of `data`; a mask lies before it."""

    def data_received(self, data: bytes) -> None:
        """Find the frames."""
        if self._rest:
            data = self._rest + data
        at, size = 0, len(data)
        if not self._has_head:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            self._has_head = True
            at = end + 4
            self.head(data[:end].decode("latin-1").split("\r\n"))
        while size - at >= 2:
            told = data[at + 1]
            length = told & 127
            extra = _LENGTHS.get(length, 0)
            begin = at + 2 + extra + (told >> 7) * 4
            if begin > size:
                break
            if extra:
                length = int.from_bytes(data[at + 2 : at + 2 + extra], "big")
            end = begin + length
            if end > size:
                break
            self.frame(data[at] & 15, data, begin, end)
            at = end
        self._rest = data[at:]


def framed(kind: int, payload: bytes, *, is_client: bool) -> bytes:
    """A whole frame; a client's is masked, with zero."""
    size, mask = len(payload), 128 if is_client else 0
    if size < 126:
        head = bytes((128 | kind, mask | size))
    elif size < 65536:
        head = bytes((128 | kind, mask | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((128 | kind, mask | 127)) + size.to_bytes(8, "big")
    return b"".join((head, bytes(4) if is_client else b"", payload))


def message(frame: str | bytes) -> bytes:
    """A message of the speech protocol as a client's frame."""
    if isinstance(frame, str):
        return framed(TEXT, frame.encode(), is_client=True)
    return framed(BINARY, frame, is_client=True)


def unmasked(data: bytes, begin: int, end: int) -> bytes:
    """The payload of a client's frame."""
    mask = data[begin - 4 : begin]
    return bytes(byte ^ mask[at & 3] for at, byte in enumerate(data[begin:end]))


def request(url: str, headers: Mapping[str, str]) -> bytes:
    """A client's handshake."""
    parts = urlsplit(url)
    told = {
        "Host": parts.netloc,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"GET {parts.path or '/'}?{parts.query} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")


def answer(lines: list[str]) -> bytes:
    """A server's."""
    told = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    digest = hashlib.sha1(told["sec-websocket-key"].encode() + _ACCEPT, usedforsecurity=False).digest()
    protocol = "Sec-WebSocket-Protocol: USP\r\n" if "USP" in told.get("sec-websocket-protocol", "") else ""
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n{protocol}\r\n"
    ).encode("latin-1")


def marked(moment_ns: int) -> bytes:
    """A moment, to be found again in whatever it is written into."""
    return b"%b%020d%b" % (MARK, moment_ns, MARK)


def mark_in(data: bytes, begin: int, end: int) -> int | None:
    """The moment that something was sent at."""
    at = data.find(MARK, begin, end)
    if at < 0 or data[at + 1 + MARK_DIGITS : at + 2 + MARK_DIGITS] != MARK:
        return None
    return int(data[at + 1 : at + 1 + MARK_DIGITS])


def write_log(path: Path, about: Mapping[str, Any], columns: Mapping[str, array[int]]) -> None:
    """What one end noted: a line of JSON, then the numbers, eight bytes each."""
    lengths = {name: len(column) for name, column in columns.items()}
    with path.open("wb") as file:
        file.write(json.dumps({"about": dict(about), "columns": lengths}).encode() + b"\n")
        for column in columns.values():
            column.tofile(file)


def read_log(path: Path) -> tuple[dict[str, Any], dict[str, array[int]]]:
    """The same, read."""
    with path.open("rb") as file:
        told = json.loads(file.readline())
        columns = {}
        for name, length in told["columns"].items():
            columns[name] = array("q")
            columns[name].fromfile(file, length)
    return told["about"], columns


class Lag:
    """How late this process is at its own work: it asks to be woken every ten milliseconds, and notes when it was."""

    EVERY_SECONDS = 0.01

    def __init__(self) -> None:
        self.at, self.late = array("q"), array("q")

    async def watch(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self.EVERY_SECONDS
            await asyncio.sleep(self.EVERY_SECONDS)
            now = loop.time()
            self.at.append(int(now * 1e9))
            self.late.append(int((now - due) * 1e9))


def allow_many_files() -> None:
    """As many connections as the system lets a process have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
