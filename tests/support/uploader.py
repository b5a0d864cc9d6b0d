"""An app of the retired service that uploads a meeting and notes what it is told, over connections that may break.

Source: part 1 of protocol/legacy.md, and "Turns, resumption, pace" of protocol/realtime.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from remote_meeting_backends import Phrase, UnexpectedReply
from remote_meeting_backends.speech_protocol.client import rebased
from remote_meeting_backends.speech_protocol.messages import Message, decode
from remote_meeting_backends.speech_protocol.replies import (
    ACKNOWLEDGED_HEADER,
    CONTINUATION_HEADER,
    Reply,
    Said,
    SpeechDetected,
    TurnEnded,
    TurnStarted,
    read_reply,
)
from support.upload_lines import ASYNC, LIVE, Lines, address, eightfold

__all__ = ["ASYNC", "LIVE", "Broken", "Lines", "Uploader", "address", "eightfold"]

SAMPLE_TICKS = 625
PATIENCE_SECONDS = 60.0


class Broken(Exception):
    """The connection ended before what was waited for.

    Args:
        code: Of the close frame; 1006 where there was none.
        reason: Its words.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"closed with {code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class _Turn:
    """Where in the app's audio its clock begins, and what the server said for the case that it breaks."""

    clock_ticks: int = 0
    is_started: bool = False
    tag: str = ""
    token: str = ""
    acknowledged: int | None = None


@dataclass
class Uploader:
    """An app with a meeting: `async with Uploader(…) as app`, or `connect` and `aclose`.

    Args:
        url: `http://host:port` or `ws://host:port` of the gateway; with a path where it is another than multiaudio.
        key: The subscription key; a token where it begins with `Bearer `.
        meeting_id: The meeting's.
        mode: `RealTimeAndAsync` or `async`.
        channels: Of the audio.
        language: BCP-47.
        participants: Their ids.
        continues: Opts in to reliable reconnect, and goes on at the acknowledged offset after a break; otherwise at the
            end of the last phrase, on a clock that begins there.
        query: More for the query.
        connection_id: The same for all its connections; another for each where it is empty.
    """

    url: str
    key: str
    meeting_id: str
    mode: str | None = LIVE
    channels: int = 8
    language: str = "en-US"
    participants: Sequence[str] = ()
    continues: bool = True
    query: Mapping[str, str] = field(default_factory=dict)
    connection_id: str = ""

    # What it was told: times are those of the app's own audio. `hypotheses` holds no more than the newest thousand.
    phrases: list[Phrase] = field(default_factory=list, init=False)
    hypotheses: list[Phrase] = field(default_factory=list, init=False)
    statuses: list[str] = field(default_factory=list, init=False)
    detected: list[SpeechDetected] = field(default_factory=list, init=False)
    turns_started: int = field(default=0, init=False)
    turns_ended: int = field(default=0, init=False)
    is_finished: bool = field(default=False, init=False)
    closed: Broken | None = field(default=None, init=False)
    connections: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.lines = Lines(self.meeting_id, self.channels, self.language, self.participants, self.continues)
        self.on_frame: Callable[[Message], None] = lambda message: None
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._turn = _Turn()
        # The audio that may have to be sent again: from `_kept_from` on; sent as far as `_place`. Bytes of the meeting.
        self._kept = bytearray()
        self._kept_from = self._place = 0
        self._has_ended = False
        self._said_end = False

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def socket(self) -> ClientConnection:
        """The connection, for whoever has something of his own to say."""
        assert self._socket is not None, "connect first"
        return self._socket

    @property
    def sent_ticks(self) -> int:
        """How much audio was given to `send`, in ticks."""
        return self._ticks(self._kept_from + len(self._kept))

    @property
    def told(self) -> list[tuple[int, int, str, str]]:
        """The phrases: offset, duration, text, speaker."""
        return [(one.offset_ticks, one.duration_ticks, one.text, one.speaker) for one in self.phrases]

    async def open(self) -> None:
        """Open a WebSocket, and say nothing yet. Raises what websockets raises for a failed upgrade."""
        name, value = ("Ocp-Apim-Subscription-Key", self.key)
        if self.key.startswith("Bearer "):
            name = "Authorization"
        self._socket = await connect(
            address(self.url, self.mode, self.language, self.query),
            additional_headers={name: value, "X-ConnectionId": self.connection_id or uuid.uuid4().hex},
            subprotocols=[Subprotocol("USP")],
            compression=None,
            max_size=None,
            open_timeout=PATIENCE_SECONDS,
            close_timeout=PATIENCE_SECONDS,
            ping_interval=None,
            proxy=None,
        )
        self.closed = None
        self.connections += 1
        self._reading = asyncio.create_task(self._read(self._socket))

    async def connect(self) -> None:
        """Open a WebSocket, and say what comes before the samples; after a break, how to go on."""
        await self.open()
        for frame in self.go_on():
            await self.say(frame)

    # The same, read where it is used after a break.
    come_back = connect

    def go_on(self) -> list[str | bytes]:
        """The opening frames of the next turn, with the place that its audio is sent from."""
        broken, continuation = self._turn, None
        begin = self.covered_ticks
        clock = begin
        if self.continues and broken.tag:
            continuation = {"previousServiceTag": broken.tag, "token": broken.token}
            if broken.acknowledged is not None:
                clock = broken.clock_ticks
                begin = clock + broken.acknowledged
                continuation["audio"] = {"streams": {"1": {"offset": broken.acknowledged}}}
        self._place = min(max(self._bytes(begin), self._kept_from), self._kept_from + len(self._kept))
        # A turn that breaks before it starts leaves what the one before was told.
        self._turn = replace(broken, clock_ticks=clock, is_started=False)
        self._said_end = False
        self.lines.new_turn()
        return self.lines.opening(continuation)

    @property
    def covered_ticks(self) -> int:
        """The end of the last phrase."""
        return max((phrase.end_ticks for phrase in self.phrases), default=0)

    async def send(self, pcm: bytes) -> None:
        """Interleaved samples, in frames of 100 ms. Raises Broken; the next connection has them all the same."""
        self._kept += pcm
        await self._flush()

    async def end(self) -> None:
        """Say that there is no more audio. Raises Broken; said again after a break."""
        self._has_ended = True
        await self._flush()

    async def resume(self) -> None:
        """After `come_back`: send again what the server has not acknowledged. Raises Broken."""
        await self._flush()

    async def say(self, frame: str | bytes) -> None:
        """Send a frame, whatever it is. Raises Broken."""
        try:
            await self.socket.send(frame)
        except ConnectionClosed:
            raise await self._end_of_connection() from None

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait for something that was told. Raises Broken, and TimeoutError after a minute."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not happened():
                if self.closed is not None:
                    raise self.closed
                self._news.clear()
                await self._news.wait()

    async def started(self) -> None:
        """Wait for the turn.start of this connection."""
        await self.until(lambda: self._turn.is_started)

    async def finished(self) -> None:
        """Wait for the turn.end behind the end of the audio."""
        await self.until(lambda: self.is_finished)

    async def upload(self, pcm: bytes) -> None:
        """A whole meeting on this connection."""
        await self.send(pcm)
        await self.end()
        await self.finished()

    async def ending(self) -> Broken:
        """Wait for the end of the connection: code and reason."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._end_of_connection()

    async def cut(self) -> None:
        """Tear the connection down, as a network does."""
        self.socket.transport.abort()
        await self._end_of_connection()

    async def aclose(self) -> None:
        """Close the connection in order."""
        if self._socket is not None:
            await self._socket.close()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _flush(self) -> None:
        size = self.lines.frame_bytes
        while (at := self._place - self._kept_from) < len(self._kept):
            pcm = bytes(self._kept[at : at + size])
            self._place += len(pcm)
            await self.say(self.lines.audio(pcm))
        if self._has_ended and not self._said_end:
            self._said_end = True
            await self.say(self.lines.audio(b""))

    async def _end_of_connection(self) -> Broken:
        if self._reading is not None:
            with contextlib.suppress(ConnectionClosed):
                await asyncio.shield(self._reading)
        return self.closed or Broken(1006, "")

    async def _read(self, socket: ClientConnection) -> None:
        try:
            while True:
                self._take(decode(await socket.recv()))
        except ConnectionClosed as error:
            received = error.rcvd
            if socket is not self._socket:
                # The app has another connection by now.
                return
            self.closed = Broken(1006, "") if received is None else Broken(received.code, received.reason)
        except UnexpectedReply as error:
            self.closed = Broken(1006, f"the server said what is no reply: {error}")
            await socket.close()
        finally:
            self._news.set()

    def _take(self, message: Message) -> None:
        self._note_continuation(message)
        reply = read_reply(message)
        if reply is not None:
            self._note(reply)
        self.on_frame(message)
        self._news.set()

    def _note(self, reply: Reply) -> None:
        match reply:
            case TurnStarted(tag):
                self.turns_started += 1
                self._turn.tag, self._turn.is_started = tag, True
            case SpeechDetected(offset, is_end):
                self.detected.append(SpeechDetected(self._turn.clock_ticks + offset, is_end))
            case Said("Success", phrase, True):
                self.phrases.append(rebased(phrase, self._turn.clock_ticks))
                self._release()
            case Said("Success", phrase, False):
                self.hypotheses.append(rebased(phrase, self._turn.clock_ticks))
                del self.hypotheses[:-1000]
            case Said(status, _, _):
                self.statuses.append(status)
            case TurnEnded():
                self.turns_ended += 1
                self.is_finished = self._said_end

    def _note_continuation(self, message: Message) -> None:
        self._turn.token = message.headers.get(CONTINUATION_HEADER, self._turn.token)
        acknowledged = message.headers.get(ACKNOWLEDGED_HEADER)
        if acknowledged is not None:
            self._turn.acknowledged = int(acknowledged)

    def _release(self) -> None:
        """Forget the audio that will not be sent again."""
        needed = self.covered_ticks
        if self.continues:
            needed = min(needed, self._turn.clock_ticks + (self._turn.acknowledged or 0))
        surplus = self._bytes(needed) - self._kept_from
        if surplus > 0:
            del self._kept[:surplus]
            self._kept_from += surplus

    def _ticks(self, place: int) -> int:
        return place // (2 * self.channels) * SAMPLE_TICKS

    def _bytes(self, ticks: int) -> int:
        return ticks // SAMPLE_TICKS * 2 * self.channels
