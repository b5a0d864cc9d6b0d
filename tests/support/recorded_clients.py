"""A client of a frame cassette speaks again: its messages as they were recorded, its audio made anew by the hash."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect

from remote_meeting_backends.connection import websocket_log
from remote_meeting_backends.frame_cassettes import Bindings, Frame, FrameCassette, Talk
from remote_meeting_backends.frame_cassettes.scrub import MASK, TIME, read_frame
from remote_meeting_backends.speech_protocol.messages import Message, encode, wav_header
from support.upload_lines import STAMP

PATIENCE_SECONDS = 60.0
FRAME_BYTES = 25_600


class RecordedClient:
    """The client of a cassette.

    Args:
        cassette: What was recorded.
        pcm: The audio that was sent, all channels.
        places: Where in it, in bytes, a turn may begin.
        new_id: Gives 32 hexadecimal digits.
    """

    def __init__(self, cassette: FrameCassette, pcm: bytes, places: Iterable[int], new_id: Callable[[], str]) -> None:
        self.problems: list[str] = []
        self._talks = cassette.connections
        self._pcm = pcm
        self._places = sorted({*places, *range(0, len(pcm), FRAME_BYTES)})
        self._bindings = Bindings(new_id)
        self._at: dict[str, int] = {}

    async def speak(self, url: str, key: str) -> None:
        """Say it all to `ws://HOST:PORT`, and hold what is answered to what was.

        Raises:
            AssertionError: Something else was answered, or nothing.
        """
        for talk in self._talks:
            await asyncio.wait_for(self._speak(talk, url, key), PATIENCE_SECONDS)
        assert self.problems == []

    async def _speak(self, talk: Talk, url: str, key: str) -> None:
        request = talk.request
        headers = {name: self._filled(value, key) for name, value in request.headers.items()}
        offered = headers.pop("sec-websocket-protocol", None)
        query = {name: self._filled(value, key) for name, value in request.query.items()}
        async with connect(
            f"{url}{request.path}?{urlencode(query)}",
            additional_headers=headers,
            user_agent_header=None,
            subprotocols=None if offered is None else [offered],
            compression=None,
            ping_interval=None,
            logger=websocket_log(),
        ) as connection:
            assert connection.subprotocol == talk.answer.subprotocol
            for frame in talk.frames:
                if frame.sender == "client":
                    await connection.send(self._written(frame))
                elif not _may_differ(frame):
                    await self._hear(connection, frame)

    async def _hear(self, connection: ClientConnection, then: Frame) -> None:
        """The next message of the service is the recorded one."""
        now = read_frame("service", await connection.recv())
        while _may_differ(now):
            now = read_frame("service", await connection.recv())
        self.problems += self._bindings.frame(then, now)

    def _written(self, frame: Frame) -> str | bytes:
        headers = {name: self._filled(value) for name, value in frame.headers.items()}
        request_id = headers.pop(next((name for name in headers if name.lower() == "x-requestid"), ""), "")
        if frame.audio is not None:
            return encode(Message(frame.path, self._audio(frame), request_id, headers))
        text = json.dumps(frame.body, ensure_ascii=False) if frame.text is None else frame.text
        return encode(Message(frame.path, self._filled(text), request_id, headers))

    def _audio(self, frame: Frame) -> bytes:
        """The bytes whose hash was written down."""
        assert frame.audio is not None
        size, mark = frame.audio.size, frame.audio.sha256
        header = wav_header(channels=8)
        if not size or _hash(header) == mark:
            return header[:size]
        places = [self._at[frame.turn]] if frame.turn in self._at else self._places
        for place in places:
            found = self._pcm[place : place + size]
            if _hash(found) == mark:
                self._at[frame.turn] = place + size
                return found
        raise AssertionError(f"{size} bytes of audio are nowhere in what is said.")

    def _filled(self, value: str, key: str = "") -> str:
        filled: str = self._bindings.filled(value.replace(TIME, STAMP))
        return key if filled == MASK else filled


def _may_differ(frame: Frame) -> bool:
    """What is understood so far, and how often it is told, is a matter of the moment."""
    return frame.path.lower() == "speech.hypothesis"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
