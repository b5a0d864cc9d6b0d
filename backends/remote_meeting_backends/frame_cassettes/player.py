"""A player: one connection of a cassette as a state machine, and a server on loopback that plays all of them.

It waits with each message of the service until the client has said what it had said before it when it was recorded:
the same texts, and at least as much audio of each turn. How much more is under way when the service speaks differs
from run to run; so may only the audio differ that comes when the service has ended its turn, or the connection.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..extras import need
from ..runtime import Runtime, SystemRuntime
from ..speech_protocol.messages import Message, encode
from .cassette import UPGRADED, WHAT, Closed, Frame, FrameCassette, Talk
from .loopback import asked_for, end, refusal, served
from .matching import Bindings
from .scrub import read_frame

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request as HttpRequest
    from websockets.http11 import Response

# Final to a client of this protocol: it does not come again.
NOT_AS_RECORDED: Final = 4000
MOST_PROBLEMS: Final = 20


class NotAsRecorded(AssertionError):
    """A client did not say what was recorded of it."""


@dataclass(slots=True)
class _Turn:
    """The audio of one turn: what was recorded, and how much of it came.

    Args:
        recorded: Its messages.
        texts: Of the client, that came before it.
        is_whole: The client ended it.
        may_differ: The service ended it, or the connection, before the client had said all.
        size: Bytes that came.
        frames: Messages that came.
        due: Bytes that came, when it was recorded, before what the service says next.
        is_end_due: The end of the audio came before it, too.
        has_ended: The service has ended it.
    """

    recorded: list[Frame] = field(default_factory=list)
    texts: int = 0
    is_whole: bool = False
    may_differ: bool = False
    frames: int = 0
    size: int = 0
    due: int = 0
    is_end_due: bool = False
    has_ended: bool = False

    @property
    def has_come(self) -> bool:
        """As much of it as the service waits for."""
        return self.size >= self.due and (not self.is_end_due or self.frames >= len(self.recorded))

    def expect(self, size: int) -> None:
        """So much came here when it was recorded; what was under way when the service ended the turn may not come."""
        if not self.has_ended:
            self.due += size
            self.is_end_due = self.is_end_due or not size


class Replay:
    """One connection, without a socket: frames of the client in, frames of the service out.

    Args:
        talk: What was recorded.
        bindings: The ids of this replay.
    """

    def __init__(self, talk: Talk, bindings: Bindings) -> None:
        self.problems: list[str] = []
        self._talk = talk
        self._bindings = bindings
        self._texts = [frame for frame in talk.frames if _is_asked(frame) and frame.audio is None]
        self._turns: dict[str, _Turn] = {frame.turn: _Turn() for frame in talk.frames if _is_asked(frame)}
        self._said = self._texts_due = self._at = 0
        is_cut = self.closed is None or self.closed.by == "service"
        ended: set[str] = set()
        texts = 0
        for frame in talk.frames:
            turn = self._turns.get(frame.turn, _Turn())
            if frame.audio is not None:
                turn.texts = turn.texts if turn.recorded else texts
                turn.recorded.append(frame)
                # An end that was under way when the service ended the turn need not come.
                turn.is_whole = turn.is_whole or (not frame.audio.size and frame.turn not in ended)
            elif _is_asked(frame):
                texts += 1
            elif frame.sender == "service" and frame.path.lower() == "turn.end":
                ended.add(frame.turn)
        for name, turn in self._turns.items():
            turn.may_differ = not turn.is_whole and (is_cut or name in ended)

    @property
    def closed(self) -> Closed | None:
        """How it ended."""
        return self._talk.closed

    @property
    def subprotocol(self) -> str | None:
        """The one that was agreed on."""
        return self._talk.answer.subprotocol

    @property
    def is_over(self) -> bool:
        """All was said, of either side, that was said before the connection ended."""
        return self._at == len(self._talk.frames) and self._has_come()

    def take(self, raw: str | bytes) -> None:
        """A frame of the client."""
        frame = read_frame("client", raw)
        if frame.is_telemetry:
            return
        if frame.audio is not None:
            self._take_audio(frame)
        elif self._said == len(self._texts):
            self.problems.append(f"{frame.path or 'noise'!r} came, where nothing more did")
        else:
            self.problems += self._bindings.frame(self._texts[self._said], frame)
            self._said += 1

    def due(self) -> Iterator[str | bytes]:
        """What the service says now."""
        while self._at < len(self._talk.frames):
            frame = self._talk.frames[self._at]
            if frame.sender == "service" and not self._has_come():
                return
            self._at += 1
            if frame.sender == "service":
                if frame.path.lower() == "turn.end" and frame.turn in self._turns:
                    self._turns[frame.turn].has_ended = True
                yield self._written(frame)
            elif frame.audio is not None:
                self._turns[frame.turn].expect(frame.audio.size)
            elif not frame.is_telemetry:
                self._texts_due += 1

    def unsaid(self) -> list[str]:
        """What the client had said when it was recorded, and did not say now."""
        found = [f"{frame.path or 'noise'!r} is missing" for frame in self._texts[self._said :]]
        for turn in self._turns.values():
            missing = 0 if turn.may_differ else len(turn.recorded) - turn.frames
            found += [f"{missing} messages of audio are missing"] if missing > 0 else []
        rest = sum(frame.sender == "service" for frame in self._talk.frames[self._at :])
        return found + ([f"the client left {rest} messages before the service's last"] if rest else [])

    def _take_audio(self, frame: Frame) -> None:
        name = self._bindings.name_of(frame.turn) if frame.turn else ""
        turn = None if name is None else self._turns.get(name)
        if turn is None or self._said < turn.texts:
            self.problems.append("audio came for a turn that was not begun")
            return
        if turn.frames < len(turn.recorded):
            self.problems += self._bindings.frame(turn.recorded[turn.frames], frame)
        elif not turn.may_differ:
            self.problems.append(f"audio came behind the {len(turn.recorded)} messages that were recorded of a turn")
        turn.frames += 1
        turn.size += _size(frame)

    def _has_come(self) -> bool:
        return self._said >= self._texts_due and all(turn.has_come for turn in self._turns.values())

    def _written(self, frame: Frame) -> str | bytes:
        if frame.noise is not None:
            return frame.noise
        if frame.base64 is not None:
            return base64.b64decode(frame.base64)
        headers: dict[str, str] = self._bindings.filled(frame.headers)
        request_id = headers.pop(next((name for name in headers if name.lower() == "x-requestid"), ""), "")
        text = frame.text or ("" if frame.body is None else json.dumps(frame.body, ensure_ascii=False))
        return encode(Message(frame.path, self._bindings.filled(text), request_id, headers))


class FramePlayer:
    """Plays a cassette on loopback, connection by connection.

    Args:
        cassette: What is played.
        runtime: Makes up the ids that the service made up.
    """

    def __init__(self, cassette: FrameCassette, runtime: Runtime) -> None:
        # `ws://127.0.0.1:PORT`, once it is there.
        self.url = ""
        self.problems: list[str] = []
        self._cassette = cassette
        self._bindings = Bindings(runtime.new_id)
        self._next = 0
        self._replays: dict[Any, tuple[int, Replay]] = {}

    def check(self) -> None:
        """Raises NotAsRecorded with what was not as it was recorded."""
        problems = list(self.problems)
        problems += [f"connection {number}: the client left during its upgrade" for number, _ in self._replays.values()]
        left = len(self._cassette.connections) - self._next
        if left > 0:
            problems.append(f"{left} of {len(self._cassette.connections)} connections were not made")
        if problems:
            raise NotAsRecorded("; ".join(problems[:MOST_PROBLEMS]))

    def open(self, connection: ServerConnection, request: HttpRequest) -> Response | None:
        """The upgrade: as it was answered."""
        number, self._next = self._next, self._next + 1
        if number >= len(self._cassette.connections):
            self.problems.append("another connection came, where no more did")
            return refusal(connection, HTTPStatus.BAD_REQUEST, "Nothing was recorded of another connection.")
        talk = self._cassette.connections[number]
        asked = asked_for(request.path, request.headers.raw_items())
        found = list(self._bindings.request(talk.request, asked))
        self.problems += [f"connection {number + 1}: {problem}" for problem in found]
        if talk.answer.status != UPGRADED:
            return refusal(connection, talk.answer.status, talk.answer.text, talk.answer.headers)
        self._replays[connection] = number + 1, Replay(talk, self._bindings)
        return None

    def subprotocol(self, connection: ServerConnection, offered: Any) -> Any:
        """The one that was agreed on, if it is offered now."""
        agreed = self._replays[connection][1].subprotocol
        return agreed if agreed in offered else None

    async def talk(self, connection: ServerConnection) -> None:
        """The conversation, to its end."""
        number, replay = self._replays.pop(connection)
        exceptions = need("websockets.exceptions", extra="emulator", what=WHAT)
        with contextlib.suppress(exceptions.ConnectionClosed):
            await self._converse(connection, replay)
        found = replay.problems or replay.unsaid()
        self.problems += [f"connection {number}: {problem}" for problem in found]

    async def _converse(self, connection: ServerConnection, replay: Replay) -> None:
        while True:
            if replay.problems:
                await connection.close(NOT_AS_RECORDED, "Not as it was recorded.")
                return
            for frame in replay.due():
                await connection.send(frame)
            if replay.is_over and replay.closed is not None and replay.closed.by == "service":
                await end(connection, replay.closed.code, replay.closed.reason)
                return
            replay.take(await connection.recv())


def _size(frame: Frame) -> int:
    return frame.audio.size if frame.audio is not None else 0


def _is_asked(frame: Frame) -> bool:
    """Said by the client, and asked of it in a replay."""
    return frame.sender == "client" and not frame.is_telemetry


@contextlib.contextmanager
def play_frames(path: Path, *, runtime: Runtime | None = None) -> Iterator[FramePlayer]:
    """A server on loopback that says what the service said, for as long as it is needed; asyncio may go on beside it.

    Args:
        path: The cassette.
        runtime: Makes up the ids that the service made up.

    Raises:
        InvalidInput: There is no such cassette.
        MissingExtra: PyYAML or websockets is not installed.
        NotAsRecorded: At the end, unless something else was raised: the client said something else, or not all.
    """
    player = FramePlayer(FrameCassette.load(path), runtime or SystemRuntime())
    with served(player.talk, player.open, player.subprotocol) as player.url:
        yield player
    player.check()
