"""The codec of the speech WebSocket protocol: one message, one frame; no I/O, no clock.

A text message is header lines (`Name: value`, ended by CRLF), an empty line and a body, most often JSON. A binary one
begins with the length of its headers in two bytes, big-endian. Names of headers are compared without case.
Source: protocol/realtime.md, "Messages", seen with the official Speech SDKs 1.53.0 (native) and 1.52.0 (JavaScript).
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from ..errors import UnexpectedReply

# Far above what either side is known to send: 100 ms of 8 channels are 25,600 bytes, a phrase with words some KiB.
MOST_HEADER_BYTES: Final = 16 * 1024
MOST_BODY_BYTES: Final = 8 * 1024 * 1024
MOST_FRAME_BYTES: Final = 2 + MOST_HEADER_BYTES + MOST_BODY_BYTES
JSON_TYPE: Final = "application/json; charset=utf-8"
WAV_TYPE: Final = "audio/x-wav"
_END: Final = "\r\n\r\n"
_LENGTH: Final = struct.Struct(">H")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
# Headers that a message keeps outside `headers`.
_STAMP: Final = re.compile(rb"(?i)\r\nx-timestamp:([^\r\n]*)")
_OWN: Final = frozenset({"path", "x-requestid"})
# JSON may hold half of a surrogate pair (a text that was cut within an emoji), which nothing else can write down.
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")


class MalformedMessage(UnexpectedReply):
    """A frame that is no message of this protocol."""

    default_code = "malformed_message"


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Args:
        path: What it is: `speech.config`, `audio`, `turn.start`, …; in lower case.
        body: Text of a text message, bytes of a binary one.
        request_id: The turn that it belongs to; empty where it says none.
        headers: The other headers, names in lower case.
    """

    path: str
    body: str | bytes = ""
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def is_binary(self) -> bool:
        """True for a message that travels in a binary frame."""
        return isinstance(self.body, bytes)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty where there is no body. Half a character in a text becomes U+FFFD.

        Raises:
            MalformedMessage: It is something else.
        """
        if not self.body:
            return {}
        try:
            text = self.body if isinstance(self.body, str) else self.body.decode()
            value = json.loads(text)
            if _HALF.search(text):
                value = json.loads(_whole(json.dumps(value, ensure_ascii=False)))
        except (ValueError, RecursionError) as error:
            raise MalformedMessage(f"The body of a {self.path[:40]!r} message is no JSON.") from error
        if not isinstance(value, dict):
            raise MalformedMessage(f"The body of a {self.path[:40]!r} message is no JSON object.")
        return value


def decode(frame: str | bytes) -> Message:
    """Read a frame.

    Args:
        frame: Text of a text frame, bytes of a binary one.

    Raises:
        MalformedMessage: It is no message: what is wrong with it, without its content.
    """
    if isinstance(frame, str):
        head, end, body = frame.partition(_END)
        if not end:
            raise MalformedMessage("A text message has no empty line between its headers and its body.")
        _check_sizes(_size(head), _size(body))
        return _message(head, body)
    if len(frame) < 2:
        raise MalformedMessage("A binary message is shorter than the length of its headers.")
    (length,) = _LENGTH.unpack_from(frame)
    if 2 + length > len(frame):
        raise MalformedMessage(f"A binary message promises {length} bytes of headers and holds {len(frame) - 2}.")
    _check_sizes(length, len(frame) - 2 - length)
    try:
        head = frame[2 : 2 + length].decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedMessage("The headers of a binary message are no UTF-8.") from error
    return _message(head, frame[2 + length :])


def encode(message: Message) -> str | bytes:
    """Write a frame.

    Raises:
        MalformedMessage: `decode` would not read it as the same message (but for the case of names and path).
    """
    _check_headers(message)
    lines = [f"Path: {message.path}"]
    if message.request_id:
        lines.append(f"X-RequestId: {message.request_id}")
    lines += [f"{name}: {value}" for name, value in message.headers.items()]
    head = "\r\n".join(lines)
    if isinstance(message.body, str):
        _check_sizes(_size(head), _size(message.body))
        return f"{head}{_END}{message.body}"
    length = _size(head) + 2
    _check_sizes(length, len(message.body))
    return b"".join((_LENGTH.pack(length), head.encode(), b"\r\n", message.body))


class AudioFrames:
    """Writes the audio messages of one turn: what is the same in all of them is written once.

    Args:
        request_id: The turn's.
    """

    __slots__ = ("_after", "_before")

    def __init__(self, request_id: str) -> None:
        self._before = f"Path: audio\r\nX-RequestId: {request_id}\r\nX-StreamId: 1\r\nX-Timestamp: ".encode()
        self._after = b"\r\n"

    def encode(self, pcm: bytes | memoryview, timestamp: str, *, content_type: str | None = None) -> bytes:
        """A binary frame with some audio; with none it is the end of the audio."""
        after = self._after if content_type is None else f"\r\nContent-Type: {content_type}\r\n".encode()
        stamp = timestamp.encode()
        length = _LENGTH.pack(len(self._before) + len(stamp) + len(after))
        return b"".join((length, self._before, stamp, after, pcm))


@dataclass(frozen=True, slots=True)
class AudioLike:
    """The headers of an audio frame, to know others like it without reading them.

    Args:
        before: Its bytes up to the value of X-Timestamp; all of them where it has none.
        after: Those behind that value.
        size: How many there are.
    """

    before: bytes
    after: bytes
    size: int

    @classmethod
    def of(cls, frame: bytes) -> AudioLike:
        """Of a frame that was read and found to be audio of the turn that goes on."""
        size = 2 + int.from_bytes(frame[:2], "big")
        head = frame[:size]
        stamp = _STAMP.search(head)
        if stamp is None:
            return cls(head, b"", size)
        return cls(head[: stamp.start(1)], head[stamp.end(1) :], size)

    def samples(self, frame: bytes) -> bytes:
        """The body of a frame whose headers are the same but for their time; none for any other frame."""
        size = self.size
        if not frame.startswith(self.before) or frame[size - len(self.after) : size] != self.after:
            return b""
        # Nothing but a time may stand between the two.
        if frame.find(b"\n", len(self.before), size - len(self.after)) >= 0:
            return b""
        return frame[size:]


def text_message(path: str, request_id: str, body: Any, timestamp: str) -> Message:
    """A text message with a JSON body, as the clients write them."""
    headers = {"X-Timestamp": timestamp, "Content-Type": JSON_TYPE}
    return Message(path, json.dumps(body, ensure_ascii=False, separators=(",", ":")), request_id, headers)


def wav_header(sample_rate: int = 16_000, channels: int = 1, bits: int = 16) -> bytes:
    """The 44 bytes of a WAV stream: PCM, sizes 0 because nobody knows them yet."""
    align = channels * bits // 8
    parts = (b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, channels, sample_rate, sample_rate * align, align, bits, b"data", 0)
    return struct.pack("<4sI4s4sIHHIIHH4sI", *parts)


def _message(head: str, body: str | bytes) -> Message:
    path = request_id = ""
    headers: dict[str, str] = {}
    lines = head.split("\r\n")
    if head.count("\r") >= len(lines) or head.count("\n") >= len(lines):
        raise MalformedMessage("A message holds half a line break in its headers.")
    for line in lines:
        if not line:
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if not colon or not name:
            raise MalformedMessage("A message holds a header line without a name and a colon.")
        value = value.strip()
        if name == "path":
            path = value.lower()
        elif name == "x-requestid":
            request_id = value
        else:
            headers[name] = value
    if not path:
        raise MalformedMessage("A message has no header Path.")
    return Message(path, body, request_id, headers)


def _check_headers(message: Message) -> None:
    """Raises MalformedMessage for what would be read as another header, or as none."""
    names = {name.lower() for name in message.headers}
    values = (message.path, message.request_id, *message.headers.values())
    is_told_once = len(names) == len(message.headers) and names.isdisjoint(_OWN)
    is_named = bool(message.path) and all(name and ":" not in name for name in names)
    if not (is_told_once and is_named and all(map(_is_plain, (*message.headers, *values)))):
        raise MalformedMessage(f"The headers of a {message.path[:40]!r} message cannot be written.")


def _is_plain(text: str) -> bool:
    return "\r" not in text and "\n" not in text and text == text.strip()


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _size(text: str) -> int:
    """Bytes of a text in a frame. Raises MalformedMessage for one that no frame can hold."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise MalformedMessage("A message holds half a character, which has no UTF-8.") from error


def _check_sizes(head: int, body: int) -> None:
    if head > MOST_HEADER_BYTES:
        raise MalformedMessage(f"A message has {head} bytes of headers: {MOST_HEADER_BYTES} are taken.")
    if body > MOST_BODY_BYTES:
        raise MalformedMessage(f"A message has a body of {body} bytes: {MOST_BODY_BYTES} are taken.")
