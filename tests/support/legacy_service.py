"""The retired service, scripted: it takes uploads of audio that tells its own place, and answers OfflineTask."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from remote_meeting_backends import MeetingStatus, Phrase, Transcript
from remote_meeting_backends.legacy import CAUSE_HEADER, write_offline_task
from remote_meeting_backends.serving import TRANSPORT
from remote_meeting_backends.speech_protocol.messages import Message, decode
from support.servers import serving
from support.spoken import Peer, place_of

KEY = "5f" * 16
KEY_HEADER = "ocp-apim-subscription-key"
LIVE, ASYNC = "RealTimeAndAsync", "async"
ENDED = 4000


@dataclass(frozen=True)
class Upset:
    """What goes wrong with a connection.

    Args:
        status: The answer to its upgrade, instead of 101.
        after: It ends when so many frames of the client were heard.
        close: Code of the close frame; None for a network that breaks.
        reason: Its words.
        retry_after: Of an answer.
        is_deaf: The end comes in the place of the service's answer to the last of these frames.
    """

    status: int | None = None
    after: int = 0
    close: int | None = None
    reason: str = ""
    retry_after: str | None = None
    is_deaf: bool = False


@dataclass
class Held:
    """A meeting, as the service has it.

    Args:
        peer: Who hears it.
        mode: Of its first connection.
        pcm: Its audio so far; what is sent again must be the same.
        status: What OfflineTask says; None for what follows from the audio.
        cause: Why it failed.
    """

    peer: Peer
    mode: str
    pcm: bytearray = field(default_factory=bytearray)
    is_over: bool = False
    status: MeetingStatus | None = None
    cause: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, place: int, pcm: bytes) -> None:
        """Audio at a place."""
        assert place <= len(self.pcm), f"{place - len(self.pcm)} bytes were left out before {place}"
        known = self.pcm[place : place + len(pcm)]
        assert pcm.startswith(bytes(known)), f"other audio came for {place}"
        self.pcm += pcm[len(known) :]


@dataclass
class Connection:
    """One connection of a client.

    Args:
        query: Of its URL.
        headers: Of its upgrade.
        paths: Of its messages, in order; repeated ones once.
        first: Where in the meeting its audio began, in bytes.
        heard: How much audio came, in bytes.
    """

    query: dict[str, str]
    headers: dict[str, str]
    paths: list[str] = field(default_factory=list)
    first: int | None = None
    heard: int = 0


class LegacyService:
    """Both halves.

    Args:
        said: What is recognized in each meeting.
        acknowledges: It sends the headers of reliable reconnect.

    `script` holds what happens to the next connections, in order; None for nothing.
    """

    def __init__(self, said: Sequence[Phrase] = (), *, acknowledges: bool = False) -> None:
        self.said = list(said)
        self.script: list[Upset | None] = []
        self.meetings: dict[str, Held] = {}
        self.connections: list[Connection] = []
        self.url = ""
        self.problems: list[str] = []
        self._acknowledges = acknowledges
        upload = WebSocketRoute("/speech/recognition/{name}", self._upload)
        self._app = Starlette(routes=[upload, Route("/api/v1/OfflineTask", self._task, methods=["GET", "DELETE"])])

    @contextlib.contextmanager
    def running(self) -> Iterator[LegacyService]:
        """On loopback, for as long as it is needed; what it finds wrong with its client is raised at the end."""
        with serving(self._app) as self.url:
            yield self
        assert self.problems == []

    def finish(self, meeting_id: str, status: MeetingStatus, cause: str = "") -> None:
        """A meeting is over, whatever came of it."""
        held = self.meetings.setdefault(meeting_id, Held(Peer([]), ASYNC))
        held.is_over, held.status, held.cause = True, status, cause

    async def _upload(self, socket: WebSocket) -> None:
        query = {name: values[0] for name, values in parse_qs(socket.url.query).items()}
        connection = Connection(query, dict(socket.headers))
        self.connections.append(connection)
        upset = self.script.pop(0) if self.script else None
        if socket.headers.get(KEY_HEADER) != KEY:
            upset = Upset(status=401)
        if upset is not None and upset.status is not None:
            headers = {} if upset.retry_after is None else {"retry-after": upset.retry_after}
            await socket.send_denial_response(Response(f"No, {KEY}.", upset.status, headers))
            return
        await socket.accept(subprotocol="USP")
        try:
            await self._converse(socket, connection, upset)
        except WebSocketDisconnect:
            pass
        except AssertionError as error:
            self.problems.append(str(error))
            await socket.close(1011)

    async def _converse(self, socket: WebSocket, connection: Connection, upset: Upset | None) -> None:
        held: Held | None = None
        waiting: list[str | bytes] = []
        number = 0
        while True:
            told = await socket.receive()
            if told["type"] == "websocket.disconnect":
                return
            frame: str | bytes = told.get("text") or told["bytes"]
            number += 1
            message = decode(frame)
            if connection.paths[-1:] != [message.path]:
                connection.paths.append(message.path)
            if message.path == "speech.event":
                held = self._named(message, connection.query)
                if held is None:
                    await socket.close(ENDED, "The meeting has had its end: choose another id.")
                    return
            waiting.append(frame)
            answers = self._answers(held, waiting, connection) if held is not None else []
            is_last = upset is not None and number == upset.after
            if not (upset is not None and is_last and upset.is_deaf):
                for answer in answers:
                    await _send(socket, answer)
            if upset is not None and is_last:
                await _end(socket, upset)
                return

    def _named(self, message: Message, query: dict[str, str]) -> Held | None:
        """The meeting that an event names; None for one that is over."""
        body = message.json()
        meeting_id = body["meeting"]["id"]
        held = self.meetings.get(meeting_id)
        if held is None:
            mode = query["transcriptionMode"]
            peer = Peer(self.said if mode == LIVE else [], acknowledges=self._acknowledges)
            held = self.meetings[meeting_id] = Held(peer, mode)
        held.events.append(body)
        return None if held.is_over and body["name"] == "start" else held

    def _answers(self, held: Held, waiting: list[str | bytes], connection: Connection) -> list[str | bytes]:
        answers = []
        for frame in waiting:
            message = decode(frame)
            pcm = message.body if isinstance(message.body, bytes) else b""
            if message.path == "audio" and pcm and "content-type" not in message.headers:
                if connection.first is None:
                    connection.first = place_of(pcm)
                held.hear(connection.first + connection.heard, pcm)
                connection.heard += len(pcm)
            elif message.path == "audio" and not pcm:
                held.is_over = True
            answers += [one for one in held.peer.hear(frame) if held.mode == LIVE or decode(one).path in OWED]
        waiting.clear()
        return answers

    async def _task(self, request: Request) -> Response:
        held = self.meetings.get(request.query_params.get("id", ""))
        if request.headers.get(KEY_HEADER) != KEY:
            return Response(status_code=401)
        if held is None:
            return Response(json.dumps({"code": "404"}), 404)
        if request.method == "DELETE":
            held.is_over, held.status = True, MeetingStatus.DELETED
            return Response()
        meeting_id = request.query_params["id"]
        status = held.status or (MeetingStatus.COMPLETED if held.is_over else MeetingStatus.UPLOADING)
        transcript = Transcript(meeting_id=meeting_id, backend="legacy", phrases=tuple(self.said))
        body = write_offline_task(meeting_id, status, transcript if status is MeetingStatus.COMPLETED else None)
        return Response(body, headers={CAUSE_HEADER: held.cause} if held.cause else None)


# All that an app is owed of a meeting that is wanted afterwards.
OWED = ("turn.start", "turn.end")


async def _send(socket: WebSocket, frame: str | bytes) -> None:
    await (socket.send_text(frame) if isinstance(frame, str) else socket.send_bytes(frame))


async def _end(socket: WebSocket, upset: Upset) -> None:
    if upset.close is not None:
        await socket.close(upset.close, upset.reason)
        return
    socket.scope["extensions"][TRANSPORT].abort()
