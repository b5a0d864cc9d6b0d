"""The front door: every request gets an id, is written down, and meets the fault that was ordered for it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Final

from ..serving import TRANSPORT
from .faults import DelayFault, DropFault, StatusFault, TruncateFault
from .problems import CODES, Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .core import Emulator

REQUEST_ID: Final = b"apim-request-id"
_API: Final = "/speechtotext/"
_OPERATIONS: Final = tuple(
    (method, re.compile(pattern), operation)
    for method, pattern, operation in (
        ("POST", r"/speechtotext/transcriptions:submit", "submit"),
        ("POST", r"/speechtotext/transcriptions:transcribe", "transcribe"),
        ("GET", r"/speechtotext/transcriptions/locales", "locales"),
        ("GET", r"/speechtotext/transcriptions", "list"),
        ("GET", r"/speechtotext/transcriptions/[^/]+", "get"),
        ("PATCH", r"/speechtotext/transcriptions/[^/]+", "patch"),
        ("DELETE", r"/speechtotext/transcriptions/[^/]+", "delete"),
        ("GET", r"/speechtotext/transcriptions/[^/]+/files", "files"),
        ("GET", r"/speechtotext/transcriptions/[^/]+/files/[^/]+", "file"),
        ("", r"/speechtotext/webhooks.*", "webhooks"),
        ("", r"/content/.*", "content"),
        ("", r"/sts/.*", "token"),
    )
)


def operation_of(method: str, path: str) -> str:
    """What a request is about, by the names of faults and log; `other` for what the API does not have."""
    for wanted, pattern, operation in _OPERATIONS:
        if wanted in ("", method) and pattern.fullmatch(path):
            return operation
    return "other"


class FrontDoor:
    """The outermost app.

    Args:
        app: What is behind it.
        emulator: Whose faults and record.
    """

    def __init__(self, app: ASGIApp, emulator: Emulator) -> None:
        self._app = app
        self._emulator = emulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"].startswith("/_emulator/"):
            await self._app(scope, receive, send)
            return
        # Portals show endpoints with a slash at their end, and clients put another behind it.
        scope["path"] = re.sub(r"^/{2,}", "/", scope["path"])
        method, path = scope["method"], scope["path"]
        operation = operation_of(method, path)
        entry: dict[str, Any] = {"operation": operation, "method": method, "path": path, "status": None}
        self._emulator.record.requests.append(entry)
        from starlette.requests import ClientDisconnect

        # Whoever leaves in the middle of a request wants no answer, and is no fault of the emulator.
        with contextlib.suppress(ClientDisconnect):
            await self._meet(operation, scope, receive, _Noting(send, entry, self._emulator.runtime.new_id()))

    async def _meet(self, operation: str, scope: Scope, receive: Receive, send: _Noting) -> None:
        match self._emulator.faults.of_request(operation):
            case StatusFault() as fault:
                await _read(receive)
                await _instead(fault).response()(scope, receive, send)
            case DropFault(kind="drop_before"):
                await _hang_up(scope, receive, send, b"")
            case DropFault():
                await self._app(scope, receive, _Swallowing())
                await _hang_up(scope, receive, send, b"")
            case TruncateFault() as fault:
                kept = _Swallowing()
                await self._app(scope, receive, kept)
                await send(kept.head)
                await _hang_up(scope, receive, send, bytes(kept.body[: fault.bytes]))
            case DelayFault() as fault:
                # Obeyed first: a late answer to what was done is the trouble that clients have.
                kept = _Swallowing()
                await self._app(scope, receive, kept)
                await asyncio.sleep(fault.seconds)
                await send(kept.head)
                await send({"type": "http.response.body", "body": bytes(kept.body)})
            case _:
                await self._app(scope, receive, send)


class _Noting:
    """Adds the request id to the answer, and notes its status."""

    def __init__(self, send: Send, entry: dict[str, Any], request_id: str) -> None:
        self._send = send
        self._entry = entry
        self._request_id = request_id

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._entry["status"] = message["status"]
            message = {**message, "headers": [*message["headers"], (REQUEST_ID, self._request_id.encode())]}
        await self._send(message)


class _Swallowing:
    """Keeps an answer instead of sending it."""

    def __init__(self) -> None:
        self.head: MutableMapping[str, Any] = {}
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.head = message
        else:
            self.body += message.get("body", b"")


def _instead(fault: StatusFault) -> Problem:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    code = fault.code or CODES.get(fault.status)
    message = fault.message or f"The emulator was told to answer {fault.status}."
    return Problem(fault.status, message, code=code, headers=headers, shape=fault.shape)


async def _hang_up(scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
    """End the connection in the middle of an answer.

    Raises:
        ConnectionAbortedError: There is no connection, because the app is called without a server.
    """
    transport = scope.get("extensions", {}).get(TRANSPORT)
    if transport is None:
        raise ConnectionAbortedError("The emulator was told to drop the connection.")
    if body:
        await send({"type": "http.response.body", "body": body, "more_body": True})
    # What was written still goes out. An abort would take it back, and could reset what the client has not read.
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(receive: Receive) -> None:
    """Take the request in to its end: an answer before it would break the connection of a client that still sends."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
