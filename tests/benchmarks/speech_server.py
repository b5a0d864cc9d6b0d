"""A speech service that costs its client nothing to talk to: `python tests/benchmarks/speech_server.py STATUS`

It throws uploads away and answers with one phrase; every batch job has the STATUS. `GET /arrivals` tells when each
question about a job came, in seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

PIECE_BYTES = 1 << 20
# What is longer is audio.
LONGEST_JSON = 1 << 16
FAST = {
    "durationMilliseconds": 1000,
    "combinedPhrases": [{"text": "Hi."}],
    "phrases": [
        {"speaker": 1, "offsetMilliseconds": 0, "durationMilliseconds": 1000, "text": "Hi.", "locale": "en-US"}
    ],
}
BATCH = {
    "recognizedPhrases": [
        {
            "recognitionStatus": "Success",
            "channel": 0,
            "speaker": 1,
            "offsetInTicks": 0,
            "durationInTicks": 10_000_000,
            "nBest": [{"confidence": 0.9, "display": "Hi."}],
        }
    ]
}


class Service:
    """What it remembers: where the last job's audio is, and when it was asked.

    Args:
        status: Of every job.
    """

    def __init__(self, status: str) -> None:
        self.url = ""
        self._status = status
        self._source = ""
        self._arrivals: list[float] = []

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                at = time.monotonic()
                target = head.split(" ", 2)[1].partition("?")[0]
                body = json.dumps(self._answer(target, await _read(reader, head), at)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, target: str, body: bytes, at: float) -> Any:
        if target == "/arrivals":
            return self._arrivals
        if target.endswith(":transcribe"):
            return FAST
        if target.endswith(":submit"):
            self._source = json.loads(body)["contentUrls"][0].partition("?")[0]
            return self._job("1")
        if target.endswith("/files"):
            kinds = {"Transcription": "result", "TranscriptionReport": "report"}
            links = {kind: {"contentUrl": f"{self.url}/{name}"} for kind, name in kinds.items()}
            return {"values": [{"name": f"{kind}.json", "kind": kind, "links": link} for kind, link in links.items()]}
        if target == "/result":
            return {"source": self._source, **BATCH}
        if target == "/report":
            return {"details": [{"sourceUrl": self._source, "status": "Succeeded"}]}
        self._arrivals.append(at)
        return self._job(target.rpartition("/")[2])

    def _job(self, name: str) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        own = f"{self.url}/speechtotext/transcriptions/{name}"
        return {"self": own, "status": self._status, "createdDateTime": now, "lastActionDateTime": now}


async def _read(reader: asyncio.StreamReader, head: str) -> bytes:
    """A request's body; audio is read and thrown away."""
    _, found, rest = head.lower().partition("\r\ncontent-length:")
    length = int(rest.partition("\r\n")[0]) if found else 0
    if length <= LONGEST_JSON:
        return await reader.readexactly(length)
    while length:
        piece = await reader.read(min(length, PIECE_BYTES))
        if not piece:
            raise ConnectionResetError("the upload broke off")
        length -= len(piece)
    return b""


async def main(status: str) -> None:
    """Serve until terminated; print the address first."""
    service = Service(status)
    server = await asyncio.start_server(service.converse, "127.0.0.1", 0, limit=PIECE_BYTES, backlog=2000)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(service.url, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
