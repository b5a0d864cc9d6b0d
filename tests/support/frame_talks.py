"""A small session for the tests of frame cassettes: a client of two turns' worth of frames, and a service to answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from remote_meeting_backends.connection import websocket_log
from remote_meeting_backends.frame_cassettes.loopback import end, served
from remote_meeting_backends.speech_protocol.messages import AudioFrames, Message, decode, encode, text_message

KEY = "5ca1ab1e" * 4
SESSION = "0a" * 16
TURN = "0b" * 16
STAMP = "2026-11-27T10:00:00.000Z"
PATH = "/stt/speech/universal/v2?language=en-US"
PIECES = (b"one.", b"two.", b"three.")
Frames = list[str | bytes]


def said(**changes: Any) -> Frames:
    """What the client says: config, context, three pieces of audio, the end."""
    context = {
        "phraseDetection": {"mode": "Conversation", "speakerDiarization": {"audioSessionId": SESSION}},
        **changes,
    }
    audio = AudioFrames(TURN)
    return [
        encode(text_message("speech.config", TURN, {"context": {"os": {"name": "Linux 6.1 #7"}}}, STAMP)),
        encode(text_message("speech.context", TURN, context, STAMP)),
        *(audio.encode(piece, STAMP) for piece in PIECES),
        audio.encode(b"", STAMP),
    ]


def answers(message: Message) -> Iterator[str]:
    """What the service says to it."""

    def reply(path: str, body: dict[str, Any]) -> str:
        text = encode(Message(path, json.dumps(body), TURN, {"X-Continuation-Token": f"{SESSION}-1"}))
        assert isinstance(text, str)
        return text

    if message.path == "speech.context":
        yield reply("turn.start", {"context": {"serviceTag": "0c" * 16}})
    elif message.path == "audio" and message.body == PIECES[1]:
        yield reply("speech.phrase", {"DisplayText": "Good morning.", "Offset": 0, "Duration": 10})
    elif message.path == "audio" and not message.body:
        yield reply("turn.end", {})


@contextlib.contextmanager
def service(
    *, closes: int | None = None, breaks: bool = False, status: int | None = None, says: Callable[..., Any] = answers
) -> Iterator[str]:
    """A service on loopback.

    Args:
        closes: It ends the connection after the phrase, with this code.
        breaks: The same, without a close frame.
        status: It refuses the upgrade.
        says: What it answers to a message.
    """

    async def talk(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = decode(await connection.recv())
                for answer in says(message):
                    await connection.send(answer)
                    if closes is not None and "speech.phrase" in str(answer):
                        await connection.close(closes, f"Bad key {KEY}.")
                    if breaks and "speech.phrase" in str(answer):
                        await end(connection, None, "")

    def refuse(connection: ServerConnection, _request: Any) -> Any:
        if status is None:
            return None
        response = connection.respond(status, f"Not with {KEY}.")
        response.headers["Retry-After"] = "3"
        return response

    with served(talk, refuse, lambda _connection, offered: next(iter(offered), None)) as url:
        yield url


def speak(url: str, frames: Frames, *, key: str = KEY, query: str = PATH, times: int = 1) -> list[Any]:
    """Be the client; gives what came, and how it ended.

    Args:
        url: `ws://HOST:PORT`.
        frames: What is said; a turn.end, or the end of the connection, is waited for.
        key: In the upgrade's header.
        query: Path and query.
        times: Connections, one after the other.
    """
    return [heard for _ in range(times) for heard in asyncio.run(_speak(url, frames, key, query))]


async def _speak(url: str, frames: Frames, key: str, target: str) -> list[Any]:
    heard: list[Any] = []
    headers = {"Ocp-Apim-Subscription-Key": key, "X-ConnectionId": SESSION}
    options: dict[str, Any] = {
        "subprotocols": ["USP"],
        "compression": None,
        "user_agent_header": "An-App/1.2 (Linux 6.1; x86_64)",
        # It would tell the key, and is not what is tested.
        "logger": websocket_log(),
    }
    try:
        async with connect(url + target, additional_headers=headers, **options) as socket:
            heard.append(socket.subprotocol)
            with contextlib.suppress(ConnectionClosed):
                for frame in frames:
                    await socket.send(frame)
            try:
                while heard[-1] != "turn.end":
                    heard.append(decode(await asyncio.wait_for(socket.recv(), 10)).path)
            except ConnectionClosed as closed:
                heard.append(None if closed.rcvd is None else closed.rcvd.code)
    except InvalidStatus as refused:
        heard += [refused.response.status_code, refused.response.headers.get("Retry-After")]
    return heard
