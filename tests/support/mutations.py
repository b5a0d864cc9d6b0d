"""Sessions of an app, broken in every place: messages, their order, their frames, the bytes on the wire."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from support.breaking import TextBreaker
from support.upload_lines import ASYNC, LIVE, STAMP, Lines, address
from support.wire import BINARY, TEXT, frame_of, upgrade_of

ODD = (
    "[" * 20_000,
    *('"../../etc/passwd"', '"' + "x" * 10_000 + '"', '"join"', '"leave"', '"end"', '"start"', '"conversation"'),
    *("Path: audio\r\n", "Path: speech.context\r\n", "X-RequestId: \r\n"),
)
CONTINUATIONS = (
    {"previousServiceTag": "t", "token": "rmc1.0", "audio": {"streams": {"1": {"offset": 0}}}},
    {"previousServiceTag": "t", "token": "rmc1.0", "audio": {"streams": {"1": {"offset": 10**18}}}},
    {"previousServiceTag": "t", "token": "rmc1.99999999999999999", "audio": {"streams": {"1": {"offset": "7"}}}},
    {"previousServiceTag": [], "token": {}, "audio": []},
)
OPCODES = (0, 1, 2, 3, 7, 8, 9, 10, 11, 15)
LENGTHS = (0, 1, 125, 126, 127, 65_535, 1 << 20, 1 << 31, (1 << 63) - 1, (1 << 64) - 1)
Frame = tuple[int, bytes]


@dataclass(frozen=True)
class Session:
    """What is sent: the request, and once it was answered the rest at once.

    Args:
        meeting_id: As it was before anything was broken.
        mode: transcriptionMode.
        request: The upgrade.
        stream: All frames.
        is_good: Nothing was broken.
    """

    meeting_id: str
    mode: str
    request: bytes
    stream: bytes
    is_good: bool = False


class Mutator:
    """Makes sessions, the same ones for the same seed.

    Args:
        seed: Any number.
        key: With which they come.
        name: Meeting ids begin so.
        samples: In a frame of audio.
    """

    def __init__(self, seed: int, key: str, name: str, samples: int = 160) -> None:
        self._random = random.Random(seed)
        self._key = key
        self._name = name
        self._samples = samples
        self._made = 0
        self._before: list[Frame] = []
        self._orders: tuple[Callable[[list[Frame]], list[Frame]], ...] = (
            self._without_some,
            self._some_again,
            self._shuffled,
            self._cut_short,
            self._mixed_with_another,
            self._with_noise,
        )
        self._texts = TextBreaker(self._random, ODD, self._another)

    def good(self) -> Session:
        """One that an app could hold."""
        self._made += 1
        # Now and then an id that was used before: its meeting goes on, or is over.
        number = self._made if self._random.random() < 0.95 else self._random.randrange(self._made)
        mode = self._random.choice((LIVE, LIVE, ASYNC))
        lines = Lines(f"{self._name}-{number}", self._random.choice((1, 8, 8)), new_id=self._new_id)
        lines.participants = [f"user-{at}" for at in range(self._random.choice((0, 2, 40)))]
        continuation = self._random.choice((None, None, None, *CONTINUATIONS))
        frames = lines.opening(continuation)
        size = self._samples * 2 * lines.channels
        frames += [lines.audio(self._random.randbytes(size)) for _ in range(self._random.randrange(1, 6))]
        frames += [lines.audio(b""), lines.text("telemetry", {"ReceivedMessages": [STAMP]})]
        url = address("ws://gateway", mode)
        request = upgrade_of(urlsplit(url).path + "?" + urlsplit(url).query, self._key)
        sent = [(TEXT, one.encode()) if isinstance(one, str) else (BINARY, one) for one in frames]
        session = Session(lines.meeting_id, mode, request, b"", is_good=True)
        self._sent, self._frames = session, sent
        return replace(session, stream=b"".join(frame_of(code, body) for code, body in sent))

    def broken(self) -> Session:
        """One that no app should: broken in one to four places."""
        session, frames = self.good(), self._frames
        for _ in range(self._random.choice((1, 1, 2, 4))):
            if self._random.random() < 0.5:
                frames = self._random.choice(self._orders)(frames)
            elif frames:
                at = self._random.randrange(len(frames))
                frames = [*frames[:at], self._changed(frames[at]), *frames[at + 1 :]]
        self._before = frames
        stream = b"".join(self._framed(code, body) for code, body in frames)
        if self._random.random() < 0.1:
            stream = self._spoiled(stream)
        request = self._spoiled(session.request) if self._random.random() < 0.02 else session.request
        return replace(session, request=request, stream=stream, is_good=False)

    def _new_id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def _framed(self, code: int, body: bytes) -> bytes:
        """Most as they should be, some as no WebSocket has them."""
        chance = self._random.random()
        if chance < 0.97:
            return frame_of(code, body)
        return self._random.choice(
            (
                lambda: frame_of(code, body, is_last=False),
                lambda: frame_of(code, body[:9], is_last=False) + frame_of(0, body[9:]),
                lambda: frame_of(code, body, is_masked=False),
                lambda: frame_of(code, body, reserved=self._random.randrange(1, 8)),
                lambda: frame_of(self._random.choice(OPCODES), body),
                lambda: frame_of(code, body, length=self._random.choice(LENGTHS)),
                lambda: frame_of(9, body[:125]) + frame_of(code, body),
            )
        )()

    def _spoiled(self, stream: bytes) -> bytes:
        """Bytes on the wire."""
        if not stream:
            return stream
        raw, at = bytearray(stream), self._random.randrange(len(stream))
        match self._random.randrange(3):
            case 0:
                raw[at] ^= 1 << self._random.randrange(8)
            case 1:
                del raw[at:]
            case _:
                raw[at:at] = self._random.randbytes(self._random.choice((1, 10, 1000)))
        return bytes(raw)

    def _without_some(self, frames: list[Frame]) -> list[Frame]:
        return [one for one in frames if self._random.random() < 0.7]

    def _some_again(self, frames: list[Frame]) -> list[Frame]:
        return [one for one in frames for _ in range(self._random.choice((1, 1, 1, 2, 5)))]

    def _shuffled(self, frames: list[Frame]) -> list[Frame]:
        if self._random.random() < 0.5:
            return self._random.sample(frames, len(frames))
        at = self._random.randrange(max(1, len(frames)))
        return [*frames[at : at + 2][::-1], *frames[:at], *frames[at + 2 :]]

    def _cut_short(self, frames: list[Frame]) -> list[Frame]:
        return frames[: self._random.randrange(len(frames) + 1)]

    def _mixed_with_another(self, frames: list[Frame]) -> list[Frame]:
        at = self._random.randrange(len(frames) + 1)
        return [*frames[:at], *self._before, *frames[at:]]

    def _with_noise(self, frames: list[Frame]) -> list[Frame]:
        at = self._random.randrange(len(frames) + 1)
        noise = self._random.randbytes(self._random.choice((0, 1, 2, 40, 4000)))
        return [*frames[:at], (self._random.choice((TEXT, BINARY)), noise), *frames[at:]]

    def _changed(self, frame: Frame) -> Frame:
        """A message: one character a byte, so that what is done to text can be done to bytes."""
        code, body = frame
        text = self._texts.broken(body.decode("latin-1"))
        raw = text.encode("latin-1", "replace")
        if self._random.random() < 0.03:
            return TEXT + BINARY - code, raw
        if code == BINARY and self._random.random() < 0.2:
            raw = struct.pack(">H", self._random.randrange(1 << 16)) + raw[2:]
        return code, raw

    def _another(self) -> str:
        return self._random.choice(self._before or self._frames)[1].decode("latin-1")
