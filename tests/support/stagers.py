"""Stagers for tests: closed when done, with a transport that remembers, and with credentials that need no cloud."""

from __future__ import annotations

import asyncio
import base64
import selectors
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from azure.core.pipeline.transport import AioHttpTransport

from remote_meeting_backends import SystemRuntime
from remote_meeting_backends.connection import Storage
from remote_meeting_backends.staging import Stager

NAME = "m-1/audio.wav"
KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
CLOSING_SECONDS = 30.0


@asynccontextmanager
async def stager(storage: Storage, runtime: Any = None, transport: Any = None) -> AsyncIterator[Stager]:
    """One that is closed again, each of its connections to the end."""
    before = _watched()
    made = Stager(storage, runtime or SystemRuntime(), transport=transport)
    try:
        yield made
    finally:
        await made.aclose()
        # aiohttp drops a connection on which a request broke off, and does not wait for it: what was written still
        # goes out, or the peer's reset comes in, first. A loop that ends before that complains of the transport.
        async with asyncio.timeout(CLOSING_SECONDS):
            while _watched() - before:
                await _one_turn()


async def _one_turn() -> None:
    """Let the loop look once at what it waits for."""
    loop = asyncio.get_running_loop()
    turned = loop.create_future()
    loop.call_soon(turned.set_result, None)
    await turned


def _watched() -> set[int]:
    """The files that the running loop waits for: nothing public tells of transports that are closing."""
    selector: selectors.BaseSelector = vars(asyncio.get_running_loop())["_selector"]
    return set(selector.get_map())


class Counting(AioHttpTransport):
    """The usual transport, that remembers what it sent: `HEAD`, `PUT block`, `PUT blocklist`… and the blocks' names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sent: list[str] = []
        self.blocks: set[str] = set()

    async def send(self, request: Any, **options: Any) -> Any:
        query = dict(parse_qsl(urlsplit(request.url).query))
        self.sent.append(f"{request.method} {query.get('comp', '')}".strip())
        if "blockid" in query:
            self.blocks.add(base64.b64decode(query["blockid"]).decode())
        return await super().send(request, **options)


@dataclass
class Credential:
    """Gives a token, and remembers what it was asked for."""

    token: str = "token"
    scopes: list[str] = field(default_factory=list)

    def get_token(self, *scopes: str, **_: Any) -> Any:
        self.scopes += scopes
        return _Token(self.token)


@dataclass
class AsyncCredential:
    """The same, of the asyncio kind."""

    token: str = "token"
    scopes: list[str] = field(default_factory=list)

    async def get_token(self, *scopes: str, **_: Any) -> Any:
        self.scopes += scopes
        return _Token(self.token)


@dataclass
class _Token:
    token: str
    expires_on: int = 4_000_000_000
