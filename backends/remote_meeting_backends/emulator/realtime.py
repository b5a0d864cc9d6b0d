"""Real-time transcription over a WebSocket: keys, turns, and what is told while audio arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

from ..errors import RemoteMeetingError
from ..live import LiveEvent, SpeechStarted, Transcribed, Transcribing
from ..local.recognizer import RecognizerPool
from ..speech_protocol.messages import MalformedMessage
from ..speech_protocol.server import (
    AudioCame,
    AudioEnded,
    Event,
    ServerSession,
    Told,
    TurnAsked,
    TurnBegan,
    on_turn_clock,
)
from .core import Emulator, log
from .faults import StatusFault
from .listening import LOCALE
from .problems import Problem, unauthorized
from .scripts import words_of
from .spoken import SAMPLE_TICKS, Meeting, SpokenMeetings
from .turns import HeardTurn, ScriptedTurn, Turn, Wanted
from .wire import HungUp, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.websockets import WebSocket

PATHS: Final = (
    "/stt/speech/universal/v2",
    "/speech/universal/v2",
    "/speech/recognition/conversation/cognitiveservices/v1",
)
SUBPROTOCOL: Final = "USP"
BAD_REQUEST: Final = 1007
BROKEN: Final = 1011
UPGRADED: Final = 101


class Realtime:
    """The handler of the WebSocket paths.

    Args:
        emulator: What it knows.
        may_enter: Whether a connection shows a key or token that opens the emulator.
    """

    def __init__(self, emulator: Emulator, may_enter: Callable[[WebSocket], bool]) -> None:
        self.meetings = SpokenMeetings()
        self._emulator = emulator
        self._may_enter = may_enter
        self._pool: RecognizerPool | None = None

    async def connect(self, websocket: WebSocket) -> None:
        """One connection, from its upgrade to its end."""
        entry: dict[str, Any] = {"operation": "realtime", "method": "GET", "path": websocket.url.path, "status": None}
        self._emulator.record.requests.append(entry)
        refusal = self._refusal(websocket)
        if refusal is not None:
            entry["status"] = refusal.status
            await websocket.send_denial_response(refusal.response())
            return
        entry["status"] = UPGRADED
        offered = websocket.scope.get("subprotocols") or []
        await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
        wire = Wire(websocket, self._emulator.faults.of_connection())
        try:
            # Who names no session is in nobody else's meeting.
            session_id = _session_id(websocket) or self._emulator.runtime.new_id()
            await _Conversation(self, self._emulator, wire, session_id).run()
        except HungUp:
            pass
        except MalformedMessage as error:
            await wire.close(BAD_REQUEST, error.message)
        except RemoteMeetingError as error:
            log.warning("a real-time session ends: %s", error)
            await wire.close(BROKEN, error.message)
        finally:
            entry["received"], entry["sent"] = wire.received, wire.sent

    @property
    def pool(self) -> RecognizerPool:
        """The recognizers of all connections."""
        if self._pool is None:
            self._pool = RecognizerPool()
        return self._pool

    async def aclose(self) -> None:
        """End the recognizers."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()

    def _refusal(self, websocket: WebSocket) -> Problem | None:
        fault = self._emulator.faults.of_request("realtime")
        if isinstance(fault, StatusFault):
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            words = fault.message or f"The emulator was told to answer {fault.status}."
            return Problem(fault.status, words, code=fault.code, headers=headers)
        return None if self._may_enter(websocket) else unauthorized()


class _Conversation:
    """What goes on over one connection."""

    def __init__(self, realtime: Realtime, emulator: Emulator, wire: Wire, connection_id: str) -> None:
        self._realtime = realtime
        self._emulator = emulator
        self._wire = wire
        self._connection_id = connection_id
        continues = emulator.settings.continues
        self._session = ServerSession(emulator.runtime.new_id(), acknowledges=continues)
        self._wanted = Wanted.read({})
        self._channels = 1
        self._meeting: Meeting | None = None
        self._turn: Turn | None = None
        self._base_ticks = 0
        self._clock_ticks = 0
        self._place = 0
        self._turn_bytes = 0
        self._has_spoken = False
        # Where the client goes on after a turn that was ended early: nothing was lost on the way.
        self._goes_on_ticks: int | None = None
        limits = (wire.turn_seconds, emulator.settings.turn_seconds)
        self._turn_seconds = min((limit for limit in limits if limit is not None), default=None)

    async def run(self) -> None:
        """Until the client leaves. Raises HungUp, MalformedMessage, and what the recognizer raises."""
        while True:
            frame = await self._wire.receive()
            for event in self._session.receive(frame):
                await self._take(event)
            await self._wire.handled()

    async def _take(self, event: Event) -> None:
        match event:
            case TurnAsked(context):
                self._wanted = Wanted.read(context)
                self._check_language()
            case TurnBegan(_, channels):
                self._channels, self._turn, self._turn_bytes, self._has_spoken = channels, None, 0, False
                self._meeting = self._realtime.meetings.get(self._wanted.session_id or self._connection_id, channels)
                await self._wire.send(self._session.turn_start())
            case AudioCame(pcm):
                await self._hear(pcm)
            case AudioEnded():
                await self._end()
            case Told():
                pass

    def _check_language(self) -> None:
        language = self._wanted.language
        if self._emulator.script is None and language and language.lower() != LOCALE.lower():
            raise MalformedMessage(f"The emulator hears {LOCALE} only: script what is to be heard in {language[:20]}.")

    async def _hear(self, pcm: bytes) -> None:
        meeting = self._meeting
        if meeting is None:
            return
        if self._turn is None:
            self._place, self._goes_on_ticks = meeting.place(pcm, self._goes_on_ticks), None
            self._base_ticks = self._place // (2 * self._channels) * SAMPLE_TICKS
            self._set_clock(meeting)
            self._turn = self._new_turn(meeting)
        meeting.hear(self._place, pcm)
        self._place += len(pcm)
        self._turn_bytes += len(pcm)
        await self._tell(self._turn.feed(pcm), meeting)

    def _set_clock(self, meeting: Meeting) -> None:
        """A turn's clock begins with its audio; that of a turn which continues another is the other's."""
        continued_at = self._wanted.continued_at if self._emulator.settings.continues else None
        if continued_at is None:
            meeting.clock_ticks = self._base_ticks
        else:
            self._session.continue_at(continued_at)
        self._clock_ticks = meeting.clock_ticks

    def _new_turn(self, meeting: Meeting) -> Turn:
        script = self._emulator.script
        if script is not None:
            interim = self._wanted.interim_speakers
            return ScriptedTurn(
                script,
                meeting,
                self._base_ticks,
                self._channels,
                interim_speakers=interim,
                needs_audio=self._emulator.settings.script_needs_audio,
            )
        if self._channels > 1:
            raise MalformedMessage("The emulator hears one channel: script what is said in several.")
        return HeardTurn(self._realtime.pool, meeting, self._base_ticks)

    async def _end(self) -> None:
        """The rest, and the end of the turn."""
        meeting = self._meeting
        if meeting is not None:
            if self._turn is None:
                self._turn = self._new_turn(meeting)
            await self._tell(self._turn.finish(), meeting, is_end=True)
        if self._session.in_turn:
            ticks = self._base_ticks - self._clock_ticks + self._turn_bytes // (2 * self._channels) * SAMPLE_TICKS
            await self._wire.send(self._session.status("EndOfDictation", ticks), is_phrase=True)
            await self._wire.send(self._session.speech_end(ticks))
            await self._wire.send(self._session.turn_end())
            await self._wire.flush()
        self._turn = self._meeting = None

    async def _tell(self, events: AsyncIterator[LiveEvent], meeting: Meeting, *, is_end: bool = False) -> None:
        async for event in events:
            match event:
                case SpeechStarted(at) if not self._has_spoken:
                    # Once a turn, and its counterpart at the turn's end: to the native SDK the end of speech is the
                    # end of the audio, and it sends no more.
                    self._has_spoken = True
                    await self._wire.send(self._session.speech_start(max(0, at - self._clock_ticks)))
                case Transcribing(phrase):
                    await self._wire.send(self._session.hypothesis(on_turn_clock(phrase, self._clock_ticks)))
                case Transcribed(phrase):
                    meeting.phrases += 1
                    meeting.told(phrase)
                    told = on_turn_clock(phrase, self._clock_ticks)
                    words = words_of(told) if self._wanted.details else None
                    await self._wire.send(self._session.phrase(told, words), is_phrase=True)
                    if not is_end and self._is_turn_over():
                        await self._wire.send(self._session.turn_end())
                        await self._wire.flush()
                        self._turn = self._meeting = None
                        self._goes_on_ticks = phrase.end_ticks
                        return

    def _is_turn_over(self) -> bool:
        seconds = self._turn_bytes / (32_000 * self._channels)
        return self._turn_seconds is not None and seconds >= self._turn_seconds


def _session_id(websocket: WebSocket) -> str:
    """X-ConnectionId, which some clients put into the query."""
    return websocket.headers.get("x-connectionid") or websocket.query_params.get("X-ConnectionId") or ""
