"""A speech service that understands one kind of audio: `python -m benchmarks.scripted_service SCRIPT` (in tests/)

The audio says where it belongs: each block of 100 ms begins with its number in the meeting (see `block`). Phrases are
spoken at fixed places of the meeting, and what a client loses, repeats or shifts shows in what it is told. It ends
turns and breaks connections where the script has it. /echo sends every frame back, /done tells what was done so far.
"""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.sync.client import connect

from remote_meeting_backends.speech_protocol.messages import Message, decode, encode, text_message

BLOCK_BYTES = 3200
BLOCK_TICKS = 1_000_000
STAMP = "2026-01-01T00:00:00.000Z"
# Where the time goes that a phrase is sent at.
SENT_AT = "@@@@@@@@@@@@@@@@@@@@"
GAP = 4000
TESTS = Path(__file__).parents[1]
_NUMBER = struct.Struct("<II")
_REST = bytes(BLOCK_BYTES - _NUMBER.size)


@dataclass(frozen=True, slots=True)
class Script:
    """When what happens, in blocks of 100 ms.

    Args:
        period: From one phrase to the next.
        length: Of a phrase.
        hypotheses: A phrase is told as far as it goes every so often.
        words: Of a phrase.
        turn: A turn ends every so often, where there is but one meeting; 0 for never.
        cut: The connection breaks every so often, where there is but one meeting; 0 for never.
    """

    period: int = 53
    length: int = 42
    hypotheses: int = 10
    words: int = 9
    turn: int = 0
    cut: int = 0

    def phrases(self, blocks: int) -> list[tuple[int, int]]:
        """Every phrase that ends within so much audio: offset and duration in ticks."""
        found = range((blocks - self.length) // self.period + 1)
        return [(number * self.period * BLOCK_TICKS, self.length * BLOCK_TICKS) for number in found]


def block(number: int) -> bytes:
    """100 ms of audio that say where in the meeting they belong."""
    return _NUMBER.pack(number, ~number & 0xFFFFFFFF) + _REST


@dataclass(slots=True)
class Done:
    """What the service has done, over all connections.

    Args:
        furthest: The last block that was ever heard: each turn ends, and each cut is made, once.
        turns: Ended by the script.
        cuts: Made by the script.
    """

    furthest: int = 0
    turns: int = 0
    cuts: int = 0


class Listener:
    """One connection.

    Args:
        script: When what happens.
        done: What has happened.
        socket: It.
    """

    def __init__(self, script: Script, done: Done, socket: ServerConnection) -> None:
        self._script = script
        self._done = done
        self._socket = socket
        self._request = ""
        self._first = self._next = -1

    async def listen(self) -> None:
        """Hear the client to its end."""
        async for frame in self._socket:
            message = decode(frame)
            if message.path == "speech.context":
                self._request = message.request_id
                self._first = self._next = -1
                await self._say("turn.start", {"context": {"serviceTag": self._request}})
            elif message.path == "audio" and message.request_id == self._request and not await self._heard(message):
                return

    async def _heard(self, message: Message) -> bool:
        """A piece of the turn's audio; False when the connection is over."""
        pcm = message.body
        if not isinstance(pcm, bytes) or "content-type" in message.headers:
            return True
        if not pcm:
            await self._end_turn()
            return True
        number, check = _NUMBER.unpack_from(pcm)
        if self._first < 0:
            self._first = self._next = number
        if number != self._next or check != ~number & 0xFFFFFFFF or len(pcm) != BLOCK_BYTES:
            await self._socket.close(GAP, f"block {self._next} is not where it should be")
            return False
        self._next += 1
        await self._tell(number)
        return await self._go_on(number)

    async def _tell(self, number: int) -> None:
        """What is to be told after a block."""
        spoken, within = divmod(number, self._script.period)
        begin = max(spoken * self._script.period, self._first)
        place = {"Offset": (begin - self._first) * BLOCK_TICKS, "Duration": (number + 1 - begin) * BLOCK_TICKS}
        speaker = {"SpeakerId": f"Guest-{spoken % 2 + 1}"}
        if within == self._script.length - 1:
            frame = encode(text_message("speech.phrase", self._request, self._phrase(spoken, place | speaker), STAMP))
            assert isinstance(frame, str)
            await self._socket.send(frame.replace(SENT_AT, f"{time.perf_counter():20.9f}"))
        elif within < self._script.length and (within + 1) % self._script.hypotheses == 0:
            await self._say("speech.hypothesis", {"Id": f"{spoken}", "Text": "so far", **place, **speaker})

    def _phrase(self, spoken: int, place: dict[str, Any]) -> dict[str, Any]:
        share = place["Duration"] // max(1, self._script.words)
        words = [
            {"Word": f"word{at}", "Offset": place["Offset"] + at * share, "Duration": share, "Confidence": 0.9}
            for at in range(self._script.words)
        ]
        best = {"Confidence": 0.9, "Lexical": "so far", "Display": "So far.", "Words": words}
        status = {"RecognitionStatus": "Success", "DisplayText": f"{spoken} {SENT_AT}"}
        return {"Id": f"{spoken}", **status, **place, "NBest": [best]}

    async def _go_on(self, number: int) -> bool:
        """End the turn or the connection where the script has it; False for the connection."""
        before = self._done.furthest
        self._done.furthest = max(number, before)
        if _passes(before, number, self._script.turn):
            self._done.turns += 1
            await self._end_turn()
        if _passes(before, number, self._script.cut):
            self._done.cuts += 1
            self._socket.transport.abort()
            return False
        return True

    async def _end_turn(self) -> None:
        await self._say("turn.end", {})
        # What is still under way belongs to no turn any more.
        self._request = ""

    async def _say(self, path: str, body: dict[str, Any]) -> None:
        await self._socket.send(encode(text_message(path, self._request, body, STAMP)))


def _passes(before: int, now: int, every: int) -> bool:
    return every > 0 and now > before and now // every > before // every


async def echo(socket: ServerConnection) -> None:
    """Send everything back."""
    async for frame in socket:
        await socket.send(frame)


async def main(script: Script) -> None:
    """Serve until terminated; print the address first."""
    done = Done()

    async def converse(socket: ServerConnection) -> None:
        path = socket.request.path if socket.request else ""
        if path == "/echo":
            await echo(socket)
        elif path == "/done":
            await socket.send(json.dumps({"turns": done.turns, "cuts": done.cuts}))
        else:
            await Listener(script, done, socket).listen()

    async with serve(converse, "127.0.0.1", 0, compression=None, backlog=1000) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


def done_by(url: str) -> dict[str, int]:
    """How many turns the service ended, and how many connections it broke, by its script."""
    with connect(f"{url}/done") as socket:
        told: dict[str, int] = json.loads(socket.recv())
    return told


@contextmanager
def speaking(script: Script) -> Iterator[str]:
    """The service in a process of its own; yields its address."""
    command = [sys.executable, "-m", "benchmarks.scripted_service", json.dumps(asdict(script))]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(main(Script(**json.loads(sys.argv[1]))))
