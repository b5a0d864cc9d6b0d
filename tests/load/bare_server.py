"""What a gateway is held against: a `websockets` server that only discards, `python -m load.bare_server` (in tests/)"""

from __future__ import annotations

import asyncio
import contextlib
import signal

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def discard(socket: ServerConnection) -> None:
    """Read everything, and do nothing with it."""
    with contextlib.suppress(ConnectionClosed):
        async for _ in socket:
            pass


async def main() -> None:
    """Serve until terminated; print the address first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    async with serve(discard, "127.0.0.1", 0, compression=None, max_size=None, ping_interval=None) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
