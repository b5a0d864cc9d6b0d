"""The codec of the speech protocol: what is written is read back, and what cannot be read is told by name."""

from __future__ import annotations

import io
import json
import string
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends.audio.wav import SizeVerdict, read_wav_header
from remote_meeting_backends.speech_protocol.messages import (
    MOST_BODY_BYTES,
    MOST_HEADER_BYTES,
    WAV_TYPE,
    AudioFrames,
    AudioLike,
    MalformedMessage,
    Message,
    decode,
    encode,
    text_message,
    wav_header,
)

REQUEST = "0123456789abcdef0123456789abcdef"
STAMP = "2026-01-01T00:00:00.000Z"
SECRET = "whispered"

WRITABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")
VALUES = st.text(WRITABLE, max_size=40).map(str.strip)
PATHS = st.text(WRITABLE, min_size=1, max_size=30).map(lambda text: text.strip().lower()).filter(bool)
NAMES = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n:"), min_size=1, max_size=20)
    .map(lambda text: text.strip().lower())
    .filter(lambda name: name and name not in ("path", "x-requestid"))
)
BODIES = st.text(st.characters(exclude_categories=["Cs"])) | st.binary()
MESSAGES = st.builds(Message, PATHS, BODIES, VALUES, st.dictionaries(NAMES, VALUES, max_size=6))


@given(MESSAGES)
def test_what_is_written_is_read_back(message: Message) -> None:
    """Any path, request id, headers and body, as text and as bytes; bytes travel in a binary frame."""
    frame = encode(message)
    assert isinstance(frame, bytes) is message.is_binary
    assert decode(frame) == message


@given(
    path=st.text(),
    request_id=st.text(),
    body=st.text() | st.binary(),
    headers=st.dictionaries(st.text(), st.text(), max_size=4),
)
def test_what_would_be_read_otherwise_is_not_written(
    path: str, request_id: str, body: str | bytes, headers: dict[str, str]
) -> None:
    """Whatever a message is made of: it is refused, or read back but for the case of its path and names."""
    try:
        frame = encode(Message(path, body, request_id, headers))
    except MalformedMessage:
        return
    lower = {name.lower(): value for name, value in headers.items()}
    assert decode(frame) == Message(path.lower(), body, request_id, lower)


@pytest.mark.parametrize(
    "message",
    [
        Message(""),
        Message(" "),
        Message("a\r\nb"),
        Message("a", headers={"": "x"}),
        Message("a", headers={"b:c": "x"}),
        Message("a", headers={"b": "x\r\nPath: c"}),
        Message("a", headers={"b": " x"}),
        Message("a", headers={"Path": "b"}),
        Message("a", headers={"x-requestid": REQUEST}),
        Message("a", headers={"b": "x", "B": "y"}),
        Message("a", request_id="1\n2"),
        Message("a", "\ud83d"),
        Message("a", b"", headers={"b": "\ud83d"}),
    ],
)
def test_what_cannot_be_written(message: Message) -> None:
    """Each would be another message, or none, to whoever reads it."""
    with pytest.raises(MalformedMessage):
        encode(message)


@given(frame=st.text() | st.binary())
def test_no_frame_breaks_the_reader(frame: str | bytes) -> None:
    """It is a message, or a MalformedMessage; so is its body."""
    try:
        told = decode(frame).json()
    except MalformedMessage:
        told = {}
    assert isinstance(told, dict)


@given(
    names=st.tuples(
        *(st.sampled_from([name, name.lower(), name.upper()]) for name in ("Path", "X-RequestId", "X-Mine"))
    )
)
def test_names_have_no_case(names: tuple[str, str, str]) -> None:
    """However they are written, they are read in lower case; so is the path."""
    path, request_id, mine = names
    message = decode(f"{path}: Turn.START\r\n{request_id}: {REQUEST}\r\n{mine}: As It Is\r\n\r\n{{}}")
    assert message == Message("turn.start", "{}", REQUEST, {"x-mine": "As It Is"})


@pytest.mark.parametrize(
    "head",
    ["Path:turn.end", "Path :turn.end ", " Path:  turn.end", "Path: x\r\nPath: turn.end", "Path: turn.end\r\nA:"],
)
def test_what_is_read_with_patience(head: str) -> None:
    """Blanks around names and values, no blank after the colon, an empty value; of two headers the last counts."""
    assert decode(f"{head}\r\n\r\n").path == "turn.end"


@pytest.mark.parametrize("binary", [False, True])
def test_the_limit_of_headers(binary: bool) -> None:
    """The largest are read and written; one byte more is neither. Bytes are counted, not characters."""
    end = 2 if binary else 0
    room = MOST_HEADER_BYTES - end - len("Path: a\r\nb: ")
    body: str | bytes = b"" if binary else ""
    for value in ("x" * room, "é" * (room // 2) + "x" * (room % 2)):
        fits = Message("a", body, headers={"b": value})
        assert decode(encode(fits)) == fits
        with pytest.raises(MalformedMessage, match=f"{MOST_HEADER_BYTES + 1} bytes of headers"):
            encode(Message("a", body, headers={"b": f"{value}x"}))
    head = f"Path: a\r\nb: {'x' * (room + 1)}"
    frame = struct.pack(">H", len(head) + 2) + f"{head}\r\n".encode() if binary else f"{head}\r\n\r\n"
    with pytest.raises(MalformedMessage, match=f"{MOST_HEADER_BYTES + 1} bytes of headers"):
        decode(frame)


@pytest.mark.parametrize("body", ["x" * MOST_BODY_BYTES, "é" * (MOST_BODY_BYTES // 2), bytes(MOST_BODY_BYTES)])
def test_the_limit_of_the_body(body: str | bytes) -> None:
    """The largest is read and written; one byte more is neither."""
    frame = encode(Message("a", body))
    assert decode(frame).body == body
    more = body + "x" if isinstance(body, str) else body + b"x"
    with pytest.raises(MalformedMessage, match=f"a body of {MOST_BODY_BYTES + 1} bytes"):
        encode(Message("a", more))
    longer = frame + "x" if isinstance(frame, str) else frame + b"x"
    with pytest.raises(MalformedMessage, match=f"a body of {MOST_BODY_BYTES + 1} bytes"):
        decode(longer)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (f"Path: a\r\nX: {SECRET}", "no empty line"),
        (f"{SECRET}\r\n\r\n", "without a name and a colon"),
        (f"Path: a\r\n: {SECRET}\r\n\r\n", "without a name and a colon"),
        (f"X-RequestId: {SECRET}\r\n\r\n{SECRET}", "no header Path"),
        (f"Path: \r\n\r\n{SECRET}", "no header Path"),
        (f"Path: a\nX: {SECRET}\r\n\r\n", "half a line break"),
        (f"Path: a\rX: {SECRET}\r\n\r\n", "half a line break"),
        (f"Path: a\r\n\r\n{SECRET}\ud83d", "no UTF-8"),
        (b"", "shorter"),
        (b"\x00", "shorter"),
        (b"\x00\x20" + SECRET.encode(), "promises 32 bytes of headers and holds 9"),
        (b"\x00\x0b\xff\r" + SECRET.encode(), "headers of a binary message are no UTF-8"),
        (b"\x00\x00" + SECRET.encode(), "no header Path"),
        (b"\x00\x09" + SECRET.encode(), "without a name and a colon"),
    ],
)
def test_what_is_wrong_is_told_without_the_content(frame: str | bytes, said: str) -> None:
    """The sentence names the fault; what somebody said in a meeting, or a token, is not in it."""
    with pytest.raises(MalformedMessage, match=said) as caught:
        decode(frame)
    assert caught.value.code == "malformed_message"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        SECRET,
        f'["{SECRET}"]',
        f'"{SECRET}"',
        f'{{"{SECRET}": }}',
        f'{{"{SECRET}": {"9" * 5000}}}',
        f'{{"{SECRET}": {"[" * 100_000}',
        f'{{"{SECRET}": 1'.encode(),
        SECRET.encode() + b"\xff",
    ],
)
def test_a_body_that_is_no_object(body: str | bytes) -> None:
    """It is told which message it was, and nothing of what it holds."""
    with pytest.raises(MalformedMessage, match=r"^The body of a 'speech\.phrase' message is no JSON") as caught:
        Message("speech.phrase", body).json()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("body", ["", b""])
def test_no_body_is_an_empty_object(body: str | bytes) -> None:
    """turn.end has none."""
    assert Message("turn.end", body).json() == {}


@pytest.mark.parametrize(
    ("text", "read"),
    [(r"a\ud83d", "a\ufffd"), (r"\uDE00b\uD83D!", "\ufffdb\ufffd!"), (r"\ud83d\ude00", "😀"), (r"\\ud83d", r"\ud83d")],
)
def test_half_a_character_is_replaced(text: str, read: str) -> None:
    """A text that was cut within an emoji can be stored and printed; whole ones are left alone."""
    told = Message("speech.hypothesis", f'{{"Text":"{text}","Offset":1}}').json()
    assert told == {"Text": read, "Offset": 1}
    assert told["Text"].encode()


@given(
    pcm=st.binary(max_size=6400),
    request_id=st.text(string.hexdigits, min_size=1, max_size=32),
    content_type=st.none() | st.just(WAV_TYPE),
)
def test_audio_frames_are_messages_like_others(pcm: bytes, request_id: str, content_type: str | None) -> None:
    """The quick way to write audio gives what the codec reads, and what it would have written."""
    headers = {"X-StreamId": "1", "X-Timestamp": STAMP} | ({"Content-Type": content_type} if content_type else {})
    frames = AudioFrames(request_id)
    frame = frames.encode(pcm, STAMP, content_type=content_type)
    assert frame == encode(Message("audio", pcm, request_id, headers))
    assert frame == frames.encode(memoryview(pcm), STAMP, content_type=content_type)
    lower = {name.lower(): value for name, value in headers.items()}
    assert decode(frame) == Message("audio", pcm, request_id, lower)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
            lambda children: st.lists(children, max_size=3) | st.dictionaries(st.just("a"), children),
            max_leaves=8,
        ),
    )
)
def test_a_json_body_is_read_back(body: dict[str, Any]) -> None:
    """As the clients write it: compact, not escaped, with its time and its type."""
    frame = encode(text_message("speech.context", REQUEST, body, STAMP))
    message = decode(frame)
    assert message.json() == json.loads(message.body) == body
    assert message.headers == {"x-timestamp": STAMP, "content-type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    ("rate", "channels", "bits"), [(16_000, 1, 16), (16_000, 2, 16), (48_000, 8, 24), (8_000, 1, 8)]
)
def test_the_wav_header_is_one(rate: int, channels: int, bits: int) -> None:
    """Read by the reader of files: the format is right, and its size is known for one that nobody knew."""
    start = wav_header(rate, channels, bits)
    samples = bytes(range(1, 241)) * 10
    header = read_wav_header(io.BytesIO(start + samples), len(start + samples))
    assert header is not None
    align = channels * bits // 8
    assert (header.format_tag, header.channels, header.sample_rate, header.bits) == (1, channels, rate, bits)
    assert (header.block_align, header.bytes_a_second) == (align, align * rate)
    assert (header.data_offset, header.declared_bytes, header.available_bytes) == (44, 0, len(samples))
    assert header.verdict is SizeVerdict.STREAM


@given(st.binary(max_size=60), st.integers(0, 200), st.binary(max_size=4), st.text("0123456789", max_size=24))
def test_frames_that_are_alike_are_read_as_any_other(pcm: bytes, at: int, other: bytes, stamp: str) -> None:
    """What is known without reading is what reading gives; a frame with anything changed is not known."""
    first = AudioFrames("a" * 32).encode(b"\x01\x02", "2026-11-27T09:00:00.000Z")
    like = AudioLike.of(first)
    frame = AudioFrames("a" * 32).encode(pcm, stamp)
    assert like.samples(frame) in (b"", pcm)
    changed = frame[:at] + other + frame[at + len(other) :]
    found = like.samples(changed)
    if found:
        message = decode(changed)
        assert (message.path, message.request_id, message.body) == ("audio", "a" * 32, found)
