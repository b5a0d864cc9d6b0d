"""A WebSocket client with nothing in it: it sends what no library would send, and reads how that ends."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

CONTINUATION, TEXT, BINARY, CLOSE = 0, 1, 2, 8
SWITCHED: Final = 101
GOODBYE_SECONDS: Final = 1.0
GONE_SECONDS: Final = 30.0
_MASK: Final = bytes(4)


@dataclass(frozen=True)
class Ended:
    """How a connection ended.

    Args:
        status: Of the answer to the upgrade; 0 for none.
        code: Of the close frame; 0 for none.
        reason: Its words.
        messages: How many came before.
        body: Of an answer that is no upgrade.
    """

    status: int
    code: int = 0
    reason: str = ""
    messages: int = 0
    body: bytes = b""


def upgrade_of(path: str, key: str) -> bytes:
    """The request of an app."""
    lines = (
        f"GET {path} HTTP/1.1",
        "Host: gateway",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: USP",
        f"Ocp-Apim-Subscription-Key: {key}",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def frame_of(
    code: int,
    body: bytes,
    *,
    is_last: bool = True,
    is_masked: bool = True,
    reserved: int = 0,
    length: int | None = None,
) -> bytes:
    """A frame, with a mask that changes nothing.

    Args:
        code: Its opcode.
        body: Its payload.
        is_last: It ends its message.
        is_masked: As clients must.
        reserved: Bits that nobody may set.
        length: Another length than the body's.
    """
    size = len(body) if length is None else length
    first, mask = (is_last << 7) | (reserved << 4) | code, is_masked << 7
    if size < 126:
        head = struct.pack(">BB", first, mask | size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", first, mask | 126, size)
    else:
        head = struct.pack(">BBQ", first, mask | 127, size)
    return head + (_MASK if is_masked else b"") + body


async def converse(port: int, request: bytes, stream: bytes, patience_seconds: float = 0.0) -> Ended:
    """A connection: a request, and once it is answered all the rest at once.

    Args:
        port: On loopback.
        request: The upgrade.
        stream: Frames.
        patience_seconds: How long the server may take to close it, or to say turn.end, before this end does.

    Raises:
        TimeoutError: This end has left, and the server does not let go.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = bytearray()
    try:
        async with asyncio.timeout(GONE_SECONDS):
            writer.write(request)
            # Of a broken head nobody knows whether it is at its end; what stands behind it may be taken for frames.
            is_whole = request.endswith(b"\r\n\r\n")
            if not is_whole:
                writer.write_eof()
            answer += await reader.readuntil(b"\r\n\r\n")
        status = int(answer.split(b" ", 2)[1])
        answer.clear()
        if status == SWITCHED and is_whole:
            writer.write(stream)
            if patience_seconds:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(_read(reader, answer, _is_over), patience_seconds)
            writer.write(frame_of(CLOSE, struct.pack(">H", 1000)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_read(reader, answer), GOODBYE_SECONDS)
            if _read_frames(bytes(answer)).code:
                return _read_frames(bytes(answer))
            if not reader.at_eof():
                # The frames are such that the server waits for more of the last one.
                writer.write_eof()
        await asyncio.wait_for(_read(reader, answer), GONE_SECONDS)
        return _read_frames(bytes(answer)) if status == SWITCHED else Ended(status, body=bytes(answer))
    except (asyncio.IncompleteReadError, ConnectionError, IndexError, ValueError):
        return Ended(0, body=bytes(answer))
    finally:
        writer.transport.abort()


async def _read(
    reader: asyncio.StreamReader, answer: bytearray, is_enough: Callable[[bytearray], bool] = lambda answer: False
) -> None:
    """All that comes, whether or not it ends in an orderly way; or until it is enough."""
    with contextlib.suppress(ConnectionError):
        while block := await reader.read(1 << 16):
            answer += block
            if is_enough(answer):
                return


def _is_over(answer: bytearray) -> bool:
    return b"turn.end" in answer or _read_frames(bytes(answer)).code > 0


def _read_frames(raw: bytes) -> Ended:
    messages, code, reason, at = 0, 0, "", 0
    while at + 2 <= len(raw):
        kind, size = raw[at] & 15, raw[at + 1] & 127
        at += 2
        if size == 126:
            (size,) = struct.unpack_from(">H", raw, at)
            at += 2
        elif size == 127:
            (size,) = struct.unpack_from(">Q", raw, at)
            at += 8
        body = raw[at : at + size]
        at += size
        messages += kind in (TEXT, BINARY)
        if kind == CLOSE:
            code = struct.unpack_from(">H", body)[0] if len(body) > 1 else 1005
            reason = body[2:].decode("utf-8", "replace")
    return Ended(SWITCHED, code, reason, messages)
