"""One connection of an app that uploads: what it says is taken in, what its meeting has to tell is told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from remote_meeting_backends import RemoteMeetingError, StoreError
from remote_meeting_backends.audio.pieces import Pieces
from remote_meeting_backends.live import LiveEvent, SpeechStarted, Transcribed, Transcribing
from remote_meeting_backends.serving import TRANSPORT
from remote_meeting_backends.speech_protocol.messages import MalformedMessage
from remote_meeting_backends.speech_protocol.server import (
    AudioCame,
    AudioEnded,
    Event,
    ServerSession,
    Told,
    TurnAsked,
    TurnBegan,
    on_turn_clock,
)

from .opening import Opening, note_of_signatures
from .outbox import Outbox
from .places import Place, bytes_of, continued, found, ticks_of, token_of
from .refusing import (
    BROKEN,
    FINAL,
    LATER,
    MALFORMED,
    RESTART,
    SILENCE,
    TOO_SLOW,
    Refused,
    reason,
    refusal_of,
)
from .spooled import SpoolFull
from .upload import Upload, check_length

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from .accounts import Account
    from .callers import Caller
    from .house import House

log = logging.getLogger("remote_meeting.gateway")

SUBPROTOCOL: Final = "USP"
FLUSH_SECONDS: Final = 5.0
# An app that has anything to send begins at once; this long after its turn began it has nothing.
SILENT_SECONDS: Final = 1.0
TAKEN_OVER: Final = "Another connection has taken over this meeting."


@dataclass(frozen=True, slots=True)
class Wire:
    """The messages of an accepted connection, as the server has them.

    Args:
        receive: The next one of the app.
        send: One to the app.
    """

    receive: Callable[[], Awaitable[MutableMapping[str, Any]]]
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]]

    async def tell(self, frame: str | bytes) -> None:
        """A frame to the app; never returns when the app has gone, which its own loop is told by its next message."""
        kind = "text" if isinstance(frame, str) else "bytes"
        try:
            await self.send({"type": "websocket.send", kind: frame})
        except (RuntimeError, OSError):
            await asyncio.Event().wait()


class Talk:
    """From an accepted WebSocket to its close.

    Args:
        house: Where meetings are.
        websocket: The connection.
        wire: Its messages.
        caller: Who it is.
        account: With which services are asked for it.
        query: Of its URL, names in lower case.
    """

    def __init__(
        self,
        house: House,
        websocket: WebSocket,
        wire: Wire,
        caller: Caller,
        account: Account,
        query: Mapping[str, str],
    ) -> None:
        self.number = house.next_number()
        # The same over all connections of one session of an SDK.
        self.connection_id = websocket.headers.get("x-connectionid") or query.get("x-connectionid", "")
        self.caller = caller
        self.account = account
        self.opening = Opening.of_query(query, house.settings.limits.participants)
        self.context: Mapping[str, Any] = {}
        self.heard_at = house.runtime.monotonic()
        self.has_begun = False
        self._house = house
        self._websocket = websocket
        self._wire = wire
        self._session = ServerSession(house.runtime.new_id())
        self._outbox = Outbox(wire.tell, house.runtime)
        self._sending: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._upload: Upload | None = None
        self._pieces: Pieces | None = None
        self._place: int | None = None
        self._turn_bytes = 0
        self._clock = 0
        self._has_spoken = False
        self._owes_end = False
        self._is_closed = False

    async def run(self) -> None:
        """Until the connection ends, by whichever side."""
        self._sending = asyncio.create_task(self._outbox.run())
        self._house.talks.add(self)
        try:
            await self._receive_all()
        except Refused as refused:
            await self._close(refused)
        except MalformedMessage as error:
            await self._close(Refused(MALFORMED, error.message))
        except SpoolFull:
            await self._close(Refused(LATER, "The gateway's spool is full: come again later."))
        except RemoteMeetingError as error:
            log.error("an upload ends: %s", error, extra=self._about())
            await self._close(refusal_of(error))
        except Exception:
            log.exception("an upload ends: a defect of remote-meeting-compat", extra=self._about())
            await self._close(Refused(BROKEN, "The gateway broke; its log says how."))
        finally:
            self._house.talks.discard(self)
            self._is_closed = True
            if self._upload is not None:
                self._upload.detach(self, self._house.runtime.monotonic())
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
            if self._closing is not None:
                await asyncio.gather(self._closing, return_exceptions=True)
            # A cancelled task keeps its frames, and those this: let go here, a connection needs no garbage collector.
            self._sending = self._closing = None

    def tell(self, event: LiveEvent) -> None:
        """Something was recognized; an app is told of it once its place in the meeting is known."""
        if self._place is None:
            return
        match event:
            case SpeechStarted(at) if not self._has_spoken:
                # Once a turn, and its counterpart at the turn's end: to the native SDK the end of speech is the end of
                # the audio, and it sends no more.
                self._has_spoken = True
                self._outbox.put(self._session.speech_start(max(0, at - self._clock)))
            case Transcribing(phrase):
                self._outbox.put(self._session.hypothesis(on_turn_clock(phrase, self._clock)), may_drop=True)
            case Transcribed(phrase):
                self._house.meters.phrase()
                if self._upload is not None:
                    self._upload.told_ticks = max(self._upload.told_ticks, phrase.end_ticks)
                self._outbox.put(self._session.phrase(on_turn_clock(phrase, self._clock)))

    def over(self, error: RemoteMeetingError | None) -> None:
        """The meeting is over: the turn ends, or the reason why it broke is told."""
        if not self._session.in_turn or (self._owes_end and self._place is None):
            return
        if error is None or error.code in SILENCE:
            self._end_turn()
            return
        # Not as a phrase: the native SDK takes any status for one that passes, and comes again.
        self.end(refusal_of(error) if isinstance(error, StoreError) else Refused(FINAL, error.message))

    def replaced(self) -> None:
        """Another connection took the meeting."""
        self.end(Refused(FINAL, TAKEN_OVER))

    def restart(self) -> None:
        """The gateway ends: the app is to come again, here or at another."""
        if self._upload is not None:
            self._upload.detach(self, self._house.runtime.monotonic())
        self.end(Refused(RESTART, "The gateway restarts: come again."))

    def watch(self, now: float) -> None:
        """Called now and then: a connection that hangs is closed."""
        limits = self._house.settings.limits
        quiet = now - self.heard_at
        if self._outbox.is_overfull or self._outbox.blocked_seconds() > limits.slow_seconds:
            self._abort(Refused(TOO_SLOW, "What is told is not read: the connection is too slow."))
        elif self._owes_end and self._upload is not None and quiet > SILENT_SECONDS:
            self._pay(self._upload)
        elif not self.has_begun and quiet > limits.handshake_seconds:
            self.end(Refused(TOO_SLOW, f"No audio came within {limits.handshake_seconds:g} s."))
        elif self.has_begun and quiet > limits.idle_seconds and not self._waits():
            self.end(Refused(TOO_SLOW, f"No audio came for {limits.idle_seconds:g} s."))

    def end(self, refused: Refused) -> None:
        """Close the connection, from outside of its own loop."""
        if self._closing is None and not self._is_closed:
            self._closing = asyncio.create_task(self._close(refused))

    async def _receive_all(self) -> None:
        receive, meters = self._wire.receive, self._house.meters
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            frame: str | bytes | None = message.get("text")
            if frame is None:
                frame = message["bytes"]
            meters.frame(len(frame))
            for event in self._session.receive(frame):
                if isinstance(event, AudioCame):
                    self._hear(event.pcm)
                else:
                    await self._take(event)

    async def _take(self, event: Event) -> None:
        match event:
            case TurnAsked(context):
                self.context = context
                self.opening.take_context(context)
            case TurnBegan(_, channels):
                await self._begin(channels)
            case AudioEnded():
                await self._ended()
            case Told(path, body):
                self.opening.take(path, body)
                if self._upload is not None:
                    self._upload.note(note_of_signatures(has_signatures=self.opening.has_signatures))
                    if self.opening.is_over and not self._upload.audio.is_complete:
                        await self._ended()

    async def _begin(self, channels: int) -> None:
        """A turn: the meeting is in the store before the app is told that it is heard."""
        self.opening.need()
        self._pieces = Pieces(channels=channels, choice=None if channels in (1, 8) else "mix")
        if self._upload is None:
            self._upload = await self._house.open(self)
        upload = self._upload
        if upload.talk is not self:
            raise Refused(FINAL, TAKEN_OVER)
        upload.note(self._pieces.note)
        self._place, self._turn_bytes, self._has_spoken = None, 0, False
        going_on = continued(self.context, upload.audio)
        # Of audio that is whole it sends what it has kept, or nothing more: that is seen by what comes.
        self._owes_end = going_on is None and upload.audio.is_complete
        if going_on is not None:
            self._settle(going_on)
        self.has_begun, self.heard_at = True, self._house.runtime.monotonic()
        self._outbox.put(self._session.turn_start())
        if going_on is not None:
            self._retell()

    def _hear(self, pcm: bytes) -> None:
        """Audio of the turn, in the form in which it came."""
        upload, pieces = self._upload, self._pieces
        if upload is None or pieces is None:
            return
        self.heard_at = self._house.runtime.monotonic()
        mono = pieces.feed(pcm)
        if not mono:
            return
        if self._place is None and self._owes_end and upload.is_over:
            # The meeting's audio is gone: there is nothing to hold against what comes.
            self._pay(upload)
        if self._place is None:
            begin = found(mono, upload.audio, upload.ends())
            if upload.audio.is_complete and not begin.is_known:
                raise Refused(FINAL, f"Meeting {self.opening.need()[:40]!r} has had its end: choose another id.")
            self._settle(begin)
            self._retell()
        place = self._place or 0
        if not upload.hear(place, mono):
            # It began as audio does that is known, and is other: the meeting goes on behind what is known.
            place = upload.audio.end
            self._settle(Place(place, ticks_of(place - min(place, self._turn_bytes))))
            upload.hear(place, mono)
        self._place = place + len(mono)
        self._turn_bytes += len(mono)
        check_length(upload.audio, self._house.settings.limits.seconds)

    def _pay(self, upload: Upload) -> None:
        """Tell what is owed to an app that has sent all it has.

        SDKs that were cut off behind the end of their audio do not send that end again, and the one for JavaScript no
        audio either; its clock begins where the last phrase ended that it heard of.
        """
        if self._place is None:
            self._settle(Place(bytes_of(upload.told_ticks), upload.told_ticks, is_known=True))
            self._retell()
        if not upload.is_live:
            self._end_turn()
        elif upload.is_over:
            self.over(upload.error)

    def _settle(self, place: Place) -> None:
        self._place, self._clock = place.at, place.clock_ticks
        self._session.token = token_of(place.clock_ticks)
        self._session.continue_at(max(0, ticks_of(place.at) - place.clock_ticks))

    def _retell(self) -> None:
        """Phrases that the app cannot have heard of, for it goes on before them."""
        if self._upload is not None and self._place is not None:
            for phrase in self._upload.phrases_behind(ticks_of(self._place)):
                self.tell(Transcribed(phrase))

    async def _ended(self) -> None:
        """The app's audio is at its end; what it is owed comes when the meeting was heard."""
        upload = self._upload
        if upload is None:
            return
        if self._place is None and not self._owes_end:
            self._settle(Place(upload.audio.end, ticks_of(upload.audio.end)))
        self._owes_end = True
        await upload.end()
        self._pay(upload)

    def _end_turn(self) -> None:
        if not self._session.in_turn:
            return
        self._owes_end = False
        if self._upload is not None and self._upload.is_live:
            end = max(0, ticks_of(self._place or 0) - self._clock)
            self._outbox.put(self._session.status("EndOfDictation", end))
            self._outbox.put(self._session.speech_end(end))
        self._outbox.put(self._session.turn_end())

    def _waits(self) -> bool:
        """The app has said everything, and waits for what it is owed."""
        return self._owes_end

    async def _close(self, refused: Refused) -> None:
        if self._is_closed:
            return
        await self._outbox.flushed(FLUSH_SECONDS)
        self._note_close(refused)
        with contextlib.suppress(RuntimeError, OSError):
            message = {"type": "websocket.close", "code": refused.code, "reason": reason(refused.sentence)}
            await self._wire.send(message)

    def _about(self) -> dict[str, str]:
        return {"meeting_id": self.opening.meeting_id} if self.opening.meeting_id else {}

    @property
    def shown(self) -> str:
        """The meeting, as the log has it."""
        return f"meeting {self.opening.meeting_id!r}" if self.opening.meeting_id else "a connection without a meeting"

    def _note_close(self, refused: Refused) -> None:
        self._is_closed = True
        self._house.meters.closed(refused.code)
        log.info("closing %s: %d %s", self.shown, refused.code, refused.sentence, extra=self._about())

    def _abort(self, refused: Refused) -> None:
        """A connection that takes nothing takes no close frame either."""
        transport: Any = self._websocket.scope.get("extensions", {}).get(TRANSPORT)
        if transport is not None and not self._is_closed:
            self._note_close(refused)
            transport.abort()
