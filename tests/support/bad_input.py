"""What apps should not send to a gateway, row by row: what one does, and the closing code and words that it gets."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from remote_meeting_backends.speech_protocol.messages import MOST_HEADER_BYTES, wav_header
from support.upload_lines import LIVE, Lines, eightfold

MALFORMED = 1007
SECOND = eightfold(bytes(range(256)) * 125)
STRANGE_IDS = {
    "emoji": "👩‍💻🎧 standup".replace("\u200d", ""),
    "arabic": "اجتماع-الصباح",
    "chinese": "晨会",
    "path up": "../../etc/passwd",
    "path absolute": "/etc/passwd",
    "path of windows": "C:\\Windows\\win.ini",
    "device of windows": "CON",
    "dots": "..",
    "percent": "%2e%2e%2fetc%00",
    "quotes": "';DROP TABLE meetings;--\"",
    "markup": "<script>alert(1)</script>",
    "query": "a&b=c?d#e+f",
    "null": "null",
    "blanks": "   ",
    "dash": "--help",
    "as long as may be": "x" * 256,
    "as long as may be, four bytes each": "🎧" * 256,
    "half a character": "half \ud83d",
}
NO_IDS: dict[str, Any] = {
    "empty": "",
    "257 characters": "x" * 257,
    "10,000 characters": "x" * 10_000,
    "NUL": "a\0b",
    "newline": "a\nb",
    "CRLF and a header": "a\r\nPath: turn.end",
    "right-to-left mark": "a\u200fb",
    "right-to-left override": "invoice\u202efdp.exe",
    "zero-width joiner": "a\u200db",
    "number": 7,
    "list": ["a"],
    "object": {"id": "a"},
    "true": True,
}

Said = str | bytes
Says = Callable[[Lines], list[Said]]


@dataclass(frozen=True)
class Row:
    """What an app does, and how that ends.

    Args:
        does: In a few words.
        says: Its frames.
        words: Of the sentence.
        code: Of the close frame.
        mode: transcriptionMode; None for none.
        query: More for the query.
    """

    does: str
    says: Says
    words: str
    code: int = MALFORMED
    mode: str | None = LIVE
    query: dict[str, str] = field(default_factory=dict)


def opened(*more: Callable[[Lines], Said]) -> Says:
    """A good beginning, and then something else."""
    return lambda lines: [*lines.opening(), *(one(lines) for one in more)]


def only(*parts: Callable[[Lines], Said]) -> Says:
    """This and nothing before it."""
    return lambda lines: [part(lines) for part in parts]


def headed(wav: bytes) -> Says:
    """A good beginning but for the WAV header."""
    return lambda lines: [*lines.opening()[:3], lines.header(wav)]


def wav(at: int = 0, layout: str = "<H", value: int = 0) -> bytes:
    """A header with another value at one place."""
    raw = bytearray(wav_header(channels=8))
    struct.pack_into(layout, raw, at, value)
    return bytes(raw)


def meeting(value: Any, name: str = "start") -> Says:
    """A meeting that is named so."""

    def says(lines: Lines) -> list[Said]:
        body = {"id": "meeting", "name": name, "meeting": {"id": value, "attendees": []}}
        return [lines.config(), lines.context(), event(lines, body), lines.header()]

    return says


def event(lines: Lines, body: Any) -> str:
    """A speech.event, with half characters as JSON can have them."""
    head = f"Path: speech.event\r\nX-RequestId: {lines.request_id}\r\nContent-Type: application/json\r\n\r\n"
    return head + json.dumps(body)


def attended(attendees: Any, name: str = "start") -> Callable[[Lines], Said]:
    """A speech.event about those who take part."""

    def says(lines: Lines) -> Said:
        return event(
            lines, {"id": "meeting", "name": name, "meeting": {"id": lines.meeting_id, "attendees": attendees}}
        )

    return says


def text(path: str, body: str) -> Callable[[Lines], Said]:
    """A text message with any body."""
    return lambda lines: f"Path: {path}\r\nX-RequestId: {lines.request_id}\r\n\r\n{body}"


def raw(frame: Said) -> Callable[[Lines], Said]:
    """A frame as it is."""
    return lambda lines: frame


def coming_and_going() -> list[Callable[[Lines], Said]]:
    """The same people join and leave."""
    return [attended(people(40), name) for name in ("join", "leave") * 20]


def people(count: int, first: int = 0) -> list[dict[str, str]]:
    """Who takes part."""
    return [{"id": f"user-{number}@contoso.com", "voice": ""} for number in range(first, first + count)]


NOISE = random.Random(6).randbytes(2_000)
ORDER = (
    Row("sends audio and nothing else", only(lambda lines: lines.audio(SECOND[:25600])), "before"),
    Row("sends the WAV header first", only(Lines.header), "before"),
    Row("names no meeting", only(Lines.config, Lines.context, Lines.header), "before a speech.event"),
    Row("sends no speech.context", only(Lines.config, Lines.event, Lines.header), "before a speech.context"),
    Row("sends no speech.config", only(Lines.context, Lines.event, Lines.header), "before speech.config"),
    Row("ends before it begins", only(lambda lines: lines.audio(b"")), "before"),
    Row(
        "names another meeting later",
        opened(lambda lines: event(lines, {"id": "meeting", "name": "join", "meeting": {"id": "another"}})),
        "one meeting",
    ),
    Row(
        "names two meetings before the audio",
        only(Lines.config, Lines.context, Lines.event, lambda lines: meeting("another")(lines)[2]),
        "one meeting",
    ),
)
HEADERS = (
    Row("has no channel", headed(wav(22, "<H", 0)), "0 x 16000 Hz"),
    Row("has nine channels", headed(wav(22, "<H", 9)), "9 x 16000 Hz"),
    Row("has 65,535 channels", headed(wav(22, "<H", 65535)), "65535 x 16000 Hz"),
    Row("has 8 kHz", headed(wav(24, "<I", 8000)), "8 x 8000 Hz"),
    Row("has no rate", headed(wav(24, "<I", 0)), "8 x 0 Hz"),
    Row("has 24 bits", headed(wav(34, "<H", 24)), "24 bits"),
    Row("has no bits", headed(wav(34, "<H", 0)), "0 bits"),
    Row("has floats", headed(wav(20, "<H", 3)), "PCM"),
    Row("has A-law", headed(wav(20, "<H", 6)), "PCM"),
    Row("is cut within its header", headed(wav_header(channels=8)[:30]), "WAV"),
    Row("is RIFF and nothing else", headed(b"RIFF"), "WAV"),
    Row("is RIFF but no WAVE", headed(b"RIFF\0\0\0\0AVI " + bytes(40)), "WAV"),
    Row("has no fmt chunk", headed(b"RIFF\0\0\0\0WAVEdata" + bytes(40)), "PCM"),
)
FRAMES = (
    Row("sends one byte", only(raw(b"\0")), "binary message"),
    Row("sends nothing in a binary frame", only(raw(b"")), "binary message"),
    Row("sends noise in a binary frame", opened(raw(NOISE)), "message"),
    Row("promises more headers than there are", opened(raw(b"\xff\xff" + b"Path: audio\r\n")), "65535 bytes"),
    Row(
        "sends more headers than are taken",
        opened(raw(struct.pack(">H", MOST_HEADER_BYTES + 1) + b"a" * (MOST_HEADER_BYTES + 1))),
        "bytes of headers",
    ),
    Row("sends headers that are no UTF-8", opened(raw(b"\0\x0dPath: \xff\xfe\xfd\r\n\r\n")), "UTF-8"),
    Row("sends an empty text", only(raw("")), "empty line"),
    Row("sends any text", opened(raw("GET / HTTP/1.1")), "empty line"),
    Row("sends a header without a colon", opened(raw("Path\r\n\r\n{}")), "without a name"),
    Row("sends half a line break", opened(raw("Path: telemetry\nX: y\r\n\r\n{}")), "half a line break"),
    Row("sends a message without a path", opened(raw("X-RequestId: 1\r\n\r\n{}")), "no header Path"),
)
BODIES = (
    Row("sends text for JSON", only(text("speech.config", "not JSON")), "no JSON"),
    Row("sends a list for an object", only(text("speech.config", "[]")), "no JSON object"),
    Row("sends a number for an object", only(text("speech.context", "7")), "no JSON object"),
    Row("cuts its JSON", only(text("speech.event", '{"id":"meeting"')), "no JSON"),
    Row("nests 100,000 lists", only(text("speech.context", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}")), "no JSON"),
    Row("nests 100,000 objects", only(text("speech.event", '{"a":' * 100_000 + "1" + "}" * 100_000)), "no JSON"),
    Row("sends a number of 5,000 digits", only(text("speech.config", '{"a":' + "9" * 5_000 + "}")), "no JSON"),
    Row("sends telemetry that is no JSON", opened(text("telemetry", "{")), "no JSON"),
)
PEOPLE = (
    Row("has 10,000 participants", only(attended(people(10_000))), "10000 participants"),
    Row("has 1,001 participants", only(attended(people(1_001))), "1001 participants"),
    Row(
        "has 1,001 participants little by little",
        only(attended(people(600)), attended(people(401, 600), "join")),
        "1000 participants",
    ),
    Row("has a participant without an id", only(attended([{"voice": ""}])), "participant"),
    Row("has a participant with a number for an id", only(attended([{"id": 7}])), "participant"),
    Row("has a participant who is a text", only(attended(["user"])), "participant"),
    Row("has a participant with an id of 10,000 characters", only(attended([{"id": "x" * 10_000}])), "participant"),
)
ADDRESSES = (
    Row("asks for a mode that there is not", opened(), "transcriptionMode", mode="batch"),
    Row("asks for a mode of 1,000 characters", opened(), "transcriptionMode", mode="x" * 1_000),
)
IDS = tuple(Row(f"has an id that is none: {name}", meeting(value), "meeting id") for name, value in NO_IDS.items())
TABLE = (*ORDER, *HEADERS, *FRAMES, *BODIES, *PEOPLE, *ADDRESSES, *IDS)


BEGINNING = opened()


@dataclass(frozen=True)
class Odd:
    """What is no good manner, and clear all the same.

    Args:
        does: In a few words.
        says: The frames before the samples.
        step: Bytes in a frame of samples.
        mode: transcriptionMode.
        query: More for the query.
    """

    does: str
    says: Says = BEGINNING
    step: int = 25_600
    mode: str | None = LIVE
    query: dict[str, str] = field(default_factory=dict)


ODD = (
    Odd("says the beginning in another order", only(Lines.event, Lines.context, Lines.config, Lines.header)),
    Odd("says everything twice", only(*(Lines.config, Lines.context, Lines.event) * 2, Lines.header)),
    Odd("lets a meeting start again while it goes on", opened(Lines.event, Lines.event)),
    Odd("lets the same people join and leave, again and again", opened(*coming_and_going())),
    Odd("has 1,000 participants", only(Lines.config, Lines.context, attended(people(1_000)), Lines.header)),
    Odd("has no list of participants", only(Lines.config, Lines.context, attended(None), Lines.header)),
    Odd("says what nobody knows", opened(text("speech.sing", '{"a":[1]}'), text("ssml", ""))),
    Odd("sends telemetry early", only(text("telemetry", "{}"), Lines.config, Lines.context, Lines.event, Lines.header)),
    Odd("names no mode", mode=None),
    Odd("writes the mode in capitals", mode="REALTIMEANDASYNC"),
    Odd("asks for what nobody knows", query={"lidEnabled": "true", "x" * 500: "y" * 500, "format": "x"}),
    Odd("has a header that promises no data", headed(wav(40, "<I", 1))),
    Odd("has a header that promises four gigabytes", headed(wav(40, "<I", 0xFFFFFFFF))),
    Odd("has a header of a shorter file", headed(wav(4, "<I", 4))),
    Odd("has a header whose rates do not fit together", headed(wav(28, "<I", 1))),
    Odd("sends samples behind the header", headed(wav_header(channels=8) + bytes(16))),
    Odd("cuts samples in two", step=25_601),
    Odd("sends a second at once", step=len(SECOND)),
    Odd("sends 5 ms at a time", step=1_280),
)


@dataclass(frozen=True)
class Request:
    """HTTP that is no upload.

    Args:
        does: In a few words.
        sent: All of it.
        statuses: Of the answer, whichever of them; 0 for a connection that is closed without one.
    """

    does: str
    sent: bytes
    statuses: tuple[int, ...]


def http(line: str, *headers: str) -> bytes:
    """A request."""
    return "\r\n".join((f"{line} HTTP/1.1", "Host: gateway", "Connection: close", *headers, "", "")).encode()


def upgrade(path: str, *headers: str, version: int = 13, key: str = "dGhlIHNhbXBsZSBub25jZQ==") -> bytes:
    """A request for a WebSocket."""
    about = ("Upgrade: websocket", f"Sec-WebSocket-Version: {version}", f"Sec-WebSocket-Key: {key}")
    lines = (f"GET {path} HTTP/1.1", "Host: gateway", "Connection: Upgrade", *about, *headers, "", "")
    return "\r\n".join(lines).encode()


KEYED = f"Ocp-Apim-Subscription-Key: {'bad0' * 8}"
UPLOAD = "/speech/recognition/multiaudio"
REQUESTS = (
    Request("comes without a key", upgrade(UPLOAD), (401,)),
    Request("comes with an empty key", upgrade(UPLOAD, "Ocp-Apim-Subscription-Key: "), (401,)),
    Request("comes with an empty token", upgrade(UPLOAD, "Authorization: Bearer "), (401,)),
    Request("shows its key for another place", upgrade(f"/api/v1?{KEYED.replace(': ', '=')}"), (400, 403, 404)),
    Request("comes with a password", upgrade(UPLOAD, "Authorization: Basic YTpi"), (401,)),
    Request("uploads to the wrong place", upgrade("/api/v1/OfflineTask", KEYED), (400, 403, 404)),
    Request("speaks an old WebSocket", upgrade(UPLOAD, KEYED, version=8), (400, 426)),
    Request("has no good WebSocket key", upgrade(UPLOAD, KEYED, key="x"), (400,)),
    Request("gets an upload", http(f"GET {UPLOAD}", KEYED), (400, 404, 405, 426)),
    Request("posts an upload", http(f"POST {UPLOAD}", KEYED, "Content-Length: 0"), (400, 404, 405, 426)),
    Request("puts a task", http("PUT /api/v1/OfflineTask?id=a", KEYED, "Content-Length: 0"), (405,)),
    Request("asks for a task without a key", http("GET /api/v1/OfflineTask?id=a"), (401,)),
    Request("asks for no task", http("GET /api/v1/OfflineTask", KEYED), (400,)),
    Request("asks for a task with an id that is none", http("GET /api/v1/OfflineTask?id=%00", KEYED), (400,)),
    Request("sends a header of 1 MB", http("GET /healthz", "X: " + "x" * 1_000_000), (0, 400, 431)),
    Request("sends 100,000 headers", http("GET /healthz", *("X: y" for _ in range(100_000))), (0, 400, 431)),
    Request("sends an address of 1 MB", http("GET /" + "x" * 1_000_000), (0, 400, 414, 431)),
    Request("upgrades with a header of 1 MB", upgrade(UPLOAD, KEYED, "X: " + "x" * 1_000_000), (0, 400, 431)),
    Request("upgrades with an address of 10,000 characters", upgrade(UPLOAD + "?x=" + "y" * 10_000, KEYED), (400, 414)),
    Request("speaks TLS to a port without it", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + NOISE, (400,)),
    Request("speaks no HTTP", NOISE + b"\r\n\r\n", (0, 400)),
)
