"""The speech service behind a gateway under load: `python -m load.placed_service [PORT]` (in tests/).

It knows each meeting by the audio (placed_audio.py). Each telling of a phrase has a number of its own in its text, so
that a phrase that an app was told cannot be made up for by recognizing it once more. /heard tells what was amiss in the
audio of all meetings: blocks that did not follow on the one before, and blocks that are none.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from load.placed_audio import BLOCK_TICKS, LENGTH, PERIOD, place_of, speaker
from remote_meeting_backends.speech_protocol.messages import Message, decode, encode, text_message

STAMP = "2026-11-27T09:00:00.000Z"
TESTS = Path(__file__).parents[1]


class Heard:
    """What came of all meetings."""

    def __init__(self) -> None:
        self.furthest: dict[int, int] = {}
        self.counts = {"connections": 0, "turns": 0, "blocks": 0, "again": 0, "gaps": 0, "no blocks": 0, "mixed up": 0}
        self.tellings = itertools.count(1)


class Listener:
    """One connection.

    Args:
        heard: Over all connections.
        socket: It.
    """

    def __init__(self, heard: Heard, socket: ServerConnection) -> None:
        self._heard = heard
        self._socket = socket
        self._request = ""
        self._meeting: int | None = None
        self._first = self._next = -1

    async def listen(self) -> None:
        """Hear the client to its end."""
        counts = self._heard.counts
        counts["connections"] += 1
        async for frame in self._socket:
            message = decode(frame)
            if message.path == "speech.context":
                counts["turns"] += 1
                self._request, self._first = message.request_id, -1
                await self._say("turn.start", {"context": {"serviceTag": self._request}})
            elif message.path == "audio" and message.request_id == self._request:
                await self._take(message)

    async def _take(self, message: Message) -> None:
        pcm = message.body
        if not isinstance(pcm, bytes) or "content-type" in message.headers:
            return
        if not pcm:
            await self._say("speech.phrase", {"RecognitionStatus": "EndOfDictation", "Offset": 0, "Duration": 0})
            await self._say("turn.end", {})
            self._request = ""
            return
        place = place_of(pcm)
        if place is None:
            self._heard.counts["no blocks"] += 1
            return
        await self._hear(*place)

    async def _hear(self, meeting: int, number: int) -> None:
        counts = self._heard.counts
        furthest = self._heard.furthest.get(meeting, -1)
        is_first = self._first < 0
        if is_first:
            self._first = number
        self._meeting = meeting if self._meeting is None else self._meeting
        counts["blocks"] += 1
        counts["again"] += number <= furthest
        counts["mixed up"] += meeting != self._meeting
        counts["gaps"] += number > furthest + 1 if is_first else number != self._next
        self._next = number + 1
        self._heard.furthest[meeting] = max(number, furthest)
        phrase, within = divmod(number, PERIOD)
        begin = max(phrase * PERIOD, self._first)
        if within == LENGTH - 1 and number + 1 - begin > LENGTH // 2:
            await self._tell(meeting, phrase, begin, number + 1)
        elif within == LENGTH // 2:
            await self._say(
                "speech.hypothesis", {"Id": "h", "Text": "so far", **self._about(phrase, begin, number + 1)}
            )

    async def _tell(self, meeting: int, phrase: int, begin: int, end: int) -> None:
        text = f"Meeting {meeting}, phrase {phrase}, telling {next(self._heard.tellings)}."
        status = {"Id": f"{phrase}", "RecognitionStatus": "Success", "DisplayText": text}
        await self._say("speech.phrase", {**status, **self._about(phrase, begin, end)})

    def _about(self, phrase: int, begin: int, end: int) -> dict[str, Any]:
        offset = (begin - self._first) * BLOCK_TICKS
        return {"Offset": offset, "Duration": (end - begin) * BLOCK_TICKS, "SpeakerId": speaker(phrase)}

    async def _say(self, path: str, body: dict[str, Any]) -> None:
        await self._socket.send(encode(text_message(path, self._request, body, STAMP)))


async def main(port: int) -> None:
    """Serve until terminated; print the address first."""
    heard = Heard()

    async def converse(socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            if socket.request is not None and socket.request.path == "/heard":
                await socket.send(json.dumps(heard.counts))
            else:
                await Listener(heard, socket).listen()

    async with serve(converse, "127.0.0.1", port, compression=None, backlog=1000, ping_interval=None) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


def heard_by(url: str) -> dict[str, int]:
    """What a service has counted."""
    with connect(f"{url}/heard") as socket:
        told: dict[str, int] = json.loads(socket.recv())
    return told


@contextlib.contextmanager
def listening() -> Iterator[str]:
    """The service in a process of its own; yields its address."""
    command = [sys.executable, "-m", "load.placed_service"]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
