"""A slow legacy service, for the benchmark: Processing to the first question about a meeting, Completed to the next."""

from __future__ import annotations

import asyncio

HOLD_SECONDS = 0.3
ITEM = (
    '{"userId":"Guest-1","resultId":"1","reason":"RecognizedSpeech","text":"hi","durationInTicks":1,"offsetInTicks":1}'
)


async def main() -> None:
    """Serve until terminated; print the address first."""
    asked: set[str] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                meeting = head.split("id=", 1)[1].split(" ", 1)[0]
                await asyncio.sleep(HOLD_SECONDS)
                status = 2 if meeting in asked else 1
                asked.add(meeting)
                body = (
                    f'{{"id":"{meeting}","processingStatus":{status},"transcriptions":[{ITEM if status == 2 else ""}]}}'
                )
                writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1/", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
