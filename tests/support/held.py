"""Every emulator of the suite is held to the published contract, whoever talks to it: backends, facade, commands."""

from __future__ import annotations

import json
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from support.contract_files import BASE, check_exchange

LARGEST_BYTES = 1 << 20


class Held:
    """An app, and what its exchanges did against the contract.

    Args:
        app: The emulator.
        breaches: Where they are told.
    """

    def __init__(self, app: Any, breaches: list[str]) -> None:
        self.app: ASGIApp = app
        self.state = app.state
        self._breaches = breaches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(BASE):
            await self.app(scope, receive, send)
            return
        asked, told = bytearray(), bytearray()
        heads: list[Message] = []
        is_whole = False

        async def hear() -> Message:
            message = await receive()
            if len(asked) < LARGEST_BYTES:
                asked.extend(message.get("body", b""))
            return message

        async def tell(message: Message) -> None:
            nonlocal is_whole
            if message["type"] == "http.response.start":
                heads.append(message)
            else:
                told.extend(message.get("body", b""))
                is_whole = not message.get("more_body", False)
            await send(message)

        await self.app(scope, hear, tell)
        if is_whole:
            self._check(_exchange(scope, bytes(asked), heads[0], bytes(told)))

    def _check(self, response: httpx.Response) -> None:
        if response.status_code >= 400 and _is_of_a_gateway(response.content):
            return
        try:
            check_exchange(response)
        except AssertionError as error:
            self._breaches.append(f"{response.request.method} {response.request.url.path}: {error}")


def _exchange(scope: Scope, asked: bytes, head: Message, told: bytes) -> httpx.Response:
    url = f"http://emulator.test{scope['path']}?{scope['query_string'].decode()}"
    request = httpx.Request(scope["method"], url, content=asked)
    headers = [(name.decode(), value.decode()) for name, value in head["headers"]]
    return httpx.Response(head["status"], headers=headers, content=told, request=request)


def _is_of_a_gateway(body: bytes) -> bool:
    """Errors in the other shape come, by order, from what stands before the service, and are none of its contract."""
    try:
        return "error" in json.loads(body)
    except (ValueError, TypeError):
        return True
