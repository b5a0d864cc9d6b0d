"""The speech service behind a gateway under load: `python -m load.lean_service LOG` (in tests/)

It takes in audio with as little work as can be, and notes when. The first sample of a meeting is the meeting's number.
After each second of audio it tells a hypothesis, or a phrase after each five; the moment at which it did so is in the
text. When it is terminated it writes what it noted.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from array import array
from pathlib import Path

from load.wire import (
    BINARY,
    BLOCK_BYTES,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Lag,
    Wire,
    allow_many_files,
    answer,
    framed,
    marked,
    unmasked,
    write_log,
)

HYPOTHESIS_BLOCKS, PHRASE_BLOCKS, WORDS = 10, 50, 12
BLOCK_TICKS = 1_000_000
WAV_BYTES = 44
_AT = "@moment@"


class Session:
    """One session of a client, as far as its first turn goes.

    Args:
        number: The meeting's; 0 until its first sample has come.
        blocks: When each 100 ms of its audio were here whole, in ns.
        turns: How often the client began; more than once when a connection broke.
    """

    def __init__(self) -> None:
        self.number = 0
        self.blocks = array("q")
        self.bytes = self.turns = 0


class Listener(Wire):
    """One connection.

    Args:
        sessions: All of the service.
    """

    def __init__(self, sessions: dict[str, Session]) -> None:
        super().__init__()
        self._sessions = sessions
        self._session = Session()
        self._request = ""
        self._awaits_header = False

    def head(self, lines: list[str]) -> None:
        """Take every client."""
        self.transport.write(answer(lines))

    def frame(self, kind: int, data: bytes, begin: int, end: int) -> None:
        """Mostly audio, of which no more is looked at than how long it is."""
        if kind == BINARY:
            header = (data[begin] ^ data[begin - 4]) << 8 | data[begin + 1] ^ data[begin - 3]
            self._audio(end - begin - 2 - header, data, begin, end)
        elif kind == TEXT:
            self._told(unmasked(data, begin, end).decode())
        elif kind == PING:
            self.transport.write(framed(PONG, unmasked(data, begin, end), is_client=False))
        elif kind == CLOSE:
            self.transport.write(framed(CLOSE, unmasked(data, begin, end), is_client=False))
            self.transport.close()

    def _told(self, text: str) -> None:
        head, _, body = text.partition("\r\n\r\n")
        lines = dict(line.partition(": ")[::2] for line in head.split("\r\n"))
        if lines["Path"] != "speech.context":
            return
        self._request = lines["X-RequestId"]
        session_id = json.loads(body)["phraseDetection"]["speakerDiarization"]["audioSessionId"]
        self._session = self._sessions.setdefault(session_id, Session())
        self._session.turns += 1
        self._awaits_header = True
        self._say("turn.start", {"context": {"serviceTag": self._request}})

    def _audio(self, size: int, data: bytes, begin: int, end: int) -> None:
        now = time.monotonic_ns()
        session = self._session
        if self._awaits_header:
            self._awaits_header = False
            if size == WAV_BYTES:
                return
        if size <= 0:
            self._say("speech.phrase", {"RecognitionStatus": "EndOfDictation", "Offset": 0, "Duration": 0})
            self._say("turn.end", {})
            return
        if session.turns > 1:
            return
        if not session.bytes:
            first = unmasked(data, begin, end)[-size:]
            session.number = int.from_bytes(first[:2], "little", signed=True)
            self._say("speech.startDetected", {"Offset": 0})
        session.bytes += size
        while (len(session.blocks) + 1) * BLOCK_BYTES <= session.bytes:
            session.blocks.append(now)
            self._speak(len(session.blocks))

    def _speak(self, blocks: int) -> None:
        """What is told after so much audio."""
        if blocks % PHRASE_BLOCKS == 0:
            begin = (blocks - PHRASE_BLOCKS) * BLOCK_TICKS
            self._say("speech.phrase", _phrase(begin, (PHRASE_BLOCKS - 5) * BLOCK_TICKS))
        elif blocks % HYPOTHESIS_BLOCKS == 0:
            begin = blocks // PHRASE_BLOCKS * PHRASE_BLOCKS
            place = {"Offset": begin * BLOCK_TICKS, "Duration": (blocks - begin) * BLOCK_TICKS}
            self._say("speech.hypothesis", {"Id": f"{begin}", "Text": f"so far {_AT}", **place, "SpeakerId": "Guest-1"})

    def _say(self, path: str, body: dict[str, object]) -> None:
        head = f"Path: {path}\r\nX-RequestId: {self._request}\r\nContent-Type: application/json; charset=utf-8"
        payload = f"{head}\r\n\r\n{json.dumps(body)}".encode()
        if _AT.encode() in payload:
            payload = payload.replace(_AT.encode(), marked(time.monotonic_ns()))
        self.transport.write(framed(TEXT, payload, is_client=False))


def _phrase(offset: int, duration: int) -> dict[str, object]:
    share = duration // WORDS
    words = [{"Word": f"word{at}", "Offset": offset + at * share, "Duration": share} for at in range(WORDS)]
    said = " ".join(f"word{at}" for at in range(WORDS))
    forms = {"Confidence": 0.9, "Lexical": said, "ITN": said, "MaskedITN": said, "Display": f"{said} {_AT}"}
    return {
        "Id": f"{offset}",
        "RecognitionStatus": "Success",
        "DisplayText": f"{said} {_AT}",
        "Offset": offset,
        "Duration": duration,
        "SpeakerId": f"Guest-{offset // BLOCK_TICKS // PHRASE_BLOCKS % 2 + 1}",
        "NBest": [{**forms, "Words": words, "DisplayWords": words}],
    }


async def main(log: Path) -> None:
    """Serve until terminated; print the address first."""
    allow_many_files()
    sessions: dict[str, Session] = {}
    lag, ended = Lag(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = await loop.create_server(lambda: Listener(sessions), "127.0.0.1", 0, backlog=4096)
    print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    watching = asyncio.create_task(lag.watch())
    await ended.wait()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    first = {str(one.number): one for one in sessions.values()}
    about = {
        "sessions": len(sessions),
        "anew": sum(one.turns > 1 for one in sessions.values()),
        "bytes": {number: one.bytes for number, one in first.items()},
    }
    blocks = {number: one.blocks for number, one in first.items()}
    write_log(log, about, {"lag at": lag.at, "lag": lag.late, **blocks})


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
