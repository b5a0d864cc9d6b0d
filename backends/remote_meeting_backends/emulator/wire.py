"""One WebSocket of the emulator: messages are counted each way, and meet the bad days that were ordered for them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from ..serving import TRANSPORT
from ..speech_protocol.messages import Message, decode, encode
from .faults import Fault, TurnFault, WsDropFault, WsFault

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

NOISE: Final = b"\xff\xff\x00noise"


class HungUp(Exception):
    """The connection was ended, because that was ordered or because the client left."""


class Wire:
    """Frames of one connection.

    Args:
        websocket: The connection, accepted.
        faults: What was ordered for it.
    """

    def __init__(self, websocket: WebSocket, faults: list[Fault]) -> None:
        self.received = 0
        self.sent = 0
        self._websocket = websocket
        self._drops = [fault for fault in faults if isinstance(fault, WsDropFault)]
        self._faults: dict[str, WsFault] = {fault.kind: fault for fault in faults if isinstance(fault, WsFault)}
        turns = [fault.every_seconds for fault in faults if isinstance(fault, TurnFault)]
        self.turn_seconds: float | None = min(turns, default=None)
        self._held: str | bytes | None = None

    async def receive(self) -> str | bytes:
        """The client's next frame. Raises HungUp."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise HungUp
        self.received += 1
        await self._drop("client", "before", self.received)
        text: str | None = message.get("text")
        frame: str | bytes = text if text is not None else message.get("bytes", b"")
        return frame

    async def handled(self) -> None:
        """What was received is done with. Raises HungUp."""
        await self._drop("client", "after", self.received)

    async def send(self, frame: str | bytes, *, is_phrase: bool = False) -> None:
        """Send a frame. Raises HungUp."""
        number = self.sent + 1
        if self._is_due("ws_garbage", number, exactly=True):
            await self._put(NOISE)
        late = self._due("ws_delay", number)
        if late is not None:
            await asyncio.sleep(late.seconds)
        if is_phrase and self._is_due("ws_throttled", number):
            frame = _throttled(frame)
        if self._held is None and self._is_due("ws_swap", number, exactly=True):
            self.sent, self._held = number, frame
            return
        await self._one(frame)
        if self._held is not None:
            held, self._held = self._held, None
            await self._put(held)
        if is_phrase and self._is_due("ws_duplicate", number):
            await self._one(frame)

    async def flush(self) -> None:
        """What was held back goes out: there is nothing that could come before it."""
        if self._held is not None:
            held, self._held = self._held, None
            await self._put(held)

    async def close(self, code: int, reason: str = "") -> None:
        """End it with a close frame."""
        await self._websocket.close(code, reason[:120])

    async def _one(self, frame: str | bytes) -> None:
        self.sent += 1
        await self._drop("service", "before", self.sent)
        await self._put(frame)
        await self._drop("service", "after", self.sent)

    async def _put(self, frame: str | bytes) -> None:
        from starlette.websockets import WebSocketDisconnect

        try:
            if isinstance(frame, str):
                await self._websocket.send_text(frame)
            else:
                await self._websocket.send_bytes(frame)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise HungUp from error

    async def _drop(self, direction: str, when: str, number: int) -> None:
        for fault in self._drops:
            if (fault.direction, fault.when, fault.at) == (direction, when, number):
                self._drops.remove(fault)
                await self._hang_up(fault.close)

    async def _hang_up(self, code: int | None) -> None:
        if code is not None:
            await self.close(code, "The emulator was told to close the connection.")
            raise HungUp
        transport: Any = self._websocket.scope.get("extensions", {}).get(TRANSPORT)
        if transport is None:
            raise HungUp
        # What was written still goes out; no close frame does.
        transport.close()
        raise HungUp

    def _due(self, kind: str, number: int, *, exactly: bool = False) -> WsFault | None:
        fault = self._faults.get(kind)
        if fault is None or number < fault.at or (exactly and number != fault.at):
            return None
        return self._faults.pop(kind)

    def _is_due(self, kind: str, number: int, *, exactly: bool = False) -> bool:
        return self._due(kind, number, exactly=exactly) is not None


def _throttled(frame: str | bytes) -> str | bytes:
    """In the place of a phrase; without its headers, which acknowledge the audio of what is not told."""
    message = decode(frame)
    body = {"RecognitionStatus": "TooManyRequests", "Offset": 0, "Duration": 0}
    return encode(Message(message.path, json.dumps(body), message.request_id))
