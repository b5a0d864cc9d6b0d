"""The client's end of a session: frames in, events out; audio in, frames out. No socket, no clock.

All times that come out are of the meeting: each turn's own clock begins at the audio that was sent first in it, which
after a break is audio that was sent before. Source: protocol/realtime.md, "Turns, resumption, pace".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from ..errors import AuthenticationFailed, BadRequest, RemoteMeetingError, ServiceUnavailable, Throttled
from ..live import LiveEvent, SpeechEnded, SpeechStarted, Transcribed, Transcribing
from ..transcript import TICKS_PER_SECOND, Phrase
from .context import SAMPLE_RATE, Continuation, Profile, speech_config, speech_context
from .ledger import Ledger
from .messages import WAV_TYPE, AudioFrames, decode, encode, text_message, wav_header
from .replies import (
    ACKNOWLEDGED_HEADER,
    CONTINUATION_HEADER,
    Said,
    SpeechDetected,
    TurnEnded,
    TurnStarted,
    read_reply,
)

TICKS_A_SAMPLE: Final = TICKS_PER_SECOND // SAMPLE_RATE
FRAME_SECONDS: Final = 0.1
# A service that has heard speech and says nothing of it for so long is behind.
LAG_TICKS: Final = 30 * TICKS_PER_SECOND
SILENT: Final = frozenset({"NoMatch", "InitialSilenceTimeout", "BabbleTimeout"})
TURNS_REMEMBERED: Final = 8
# Words may be told to begin a little before the audio that they are heard in.
NEAR_TICKS: Final = TICKS_PER_SECOND // 5
# In a session's last minutes its end is looked for.
LAST_TICKS: Final = 120 * TICKS_PER_SECOND


class Audio(Protocol):
    """The meeting's audio that may still be asked for, by its place in bytes from the meeting's start."""

    start: int
    end: int

    def read(self, place: int, size: int) -> bytes:
        """At most so many bytes; none where there are none yet."""

    def release(self, place: int) -> None:
        """What lies before is not needed any more."""


@dataclass(slots=True)
class _Turn:
    """A turn: `base_ticks` is where in the meeting its audio begins, `clock_ticks` where its clock does.

    The two are one, but for a turn that continues another: its clock is then the other's, as the native SDK has it
    (seen with 1.53.0: it does not rebase what comes after a `continuation`). A service that begins a new clock all
    the same tells times before the turn's own beginning.
    """

    base_ticks: int
    clock_ticks: int
    is_settled: bool = True
    tag: str = ""
    token: str | None = None
    acknowledged: int | None = None
    phrases: int = 0
    is_done: bool = False


class ClientSession:
    """One session of the service: one audioSessionId, over as many connections and turns as it takes.

    Args:
        profile: What is wanted.
        audio: What is sent.
        new_id: Gives 32 hexadecimal digits.
        stamp: Gives the time of day as the protocol writes it.
        session_id: The audioSessionId.
        ledger: What is known of the meeting already.
        last_ticks: Where in the meeting the session must end, because the service ends it there; None for nowhere.
    """

    def __init__(
        self,
        profile: Profile,
        audio: Audio,
        *,
        new_id: Callable[[], str],
        stamp: Callable[[], str],
        session_id: str,
        ledger: Ledger | None = None,
        last_ticks: int | None = None,
    ) -> None:
        self.session_id = session_id
        self.ledger = ledger or Ledger(profile.channels, 0)
        # The source has ended; said by whoever fills `audio`.
        self.is_complete = False
        # The service has told everything that it will.
        self.is_finished = False
        # The service has begun with it.
        self.has_begun = False
        # It ends before the audio does: another session goes on where the ledger ends.
        self.is_cut = False
        self._profile = profile
        self._audio = audio
        self._new_id = new_id
        self._stamp = stamp
        self._frame_bytes = int(FRAME_SECONDS * SAMPLE_RATE) * 2 * profile.channels
        self._turns: dict[str, _Turn] = {}
        self._turn = _Turn(self.ledger.covered_ticks(), self.ledger.covered_ticks())
        self._frames = AudioFrames("")
        self._outbox: deque[str | bytes] = deque()
        self._place = audio.start
        self._sent = audio.start
        self._has_ended = False
        self._heard_ticks = 0
        self._speech_since: int | None = None
        self._last_ticks = last_ticks

    @property
    def sent_ticks(self) -> int:
        """How much of the meeting's audio was ever sent."""
        return self._ticks(self._sent)

    @property
    def has_ended(self) -> bool:
        """All audio of the turn was sent, and its end said."""
        return self._has_ended

    @property
    def unsent_bytes(self) -> int:
        """Audio that waits to be sent."""
        return self._audio.end - self._place

    @property
    def is_lagging(self) -> bool:
        """Somebody speaks, and the service has told nothing of it for long: it cannot keep up."""
        return self._speech_since is not None and self._ticks(self._place) - self._heard_ticks > LAG_TICKS

    def connect(self) -> None:
        """A connection is there: what to say first stands in the outbox, then the audio that no phrase covers."""
        broken = self._turn
        self._outbox.clear()
        config = text_message("speech.config", self._new_id(), speech_config(self._profile), self._stamp())
        self._outbox.append(encode(config))
        self._begin_turn(_continuation(broken), self._where_to_go_on(broken))

    def next_frame(self) -> tuple[str | bytes, float] | None:
        """What to send next, and the seconds of audio in it; None while there is nothing (yet)."""
        if self._outbox:
            return self._outbox.popleft(), 0.0
        if self._has_ended or self.is_finished:
            return None
        if self._last_ticks is not None and self._ticks(self._place) >= self._last_ticks:
            self.is_cut = self._has_ended = True
            return self._frames.encode(b"", self._stamp()), 0.0
        pcm = self._audio.read(self._place, self._frame_bytes)
        if pcm and (len(pcm) == self._frame_bytes or self.is_complete):
            self._place += len(pcm)
            self._sent = max(self._sent, self._place)
            return self._frames.encode(pcm, self._stamp()), len(pcm) / (2 * SAMPLE_RATE * self._profile.channels)
        if self.is_complete and not pcm:
            self._has_ended = True
            return self._frames.encode(b"", self._stamp()), 0.0
        return None

    def receive(self, frame: str | bytes) -> list[LiveEvent]:
        """Take in a frame of the service.

        Raises:
            MalformedMessage: It is none.
            RemoteMeetingError: The service says that it refuses or gives up.
        """
        message = decode(frame)
        turn = self._turns.get(message.request_id.lower(), self._turn)
        if turn is self._turn:
            self._note_continuation(
                turn, message.headers.get(CONTINUATION_HEADER), message.headers.get(ACKNOWLEDGED_HEADER)
            )
        match read_reply(message):
            case TurnStarted(tag):
                turn.tag = tag
                self.has_begun = True
            case SpeechDetected(offset, is_end):
                at = _clock(turn, offset) + offset
                self._heard_ticks = max(self._heard_ticks, at)
                self._speech_since = None if is_end else at
                return [SpeechEnded(at) if is_end else SpeechStarted(at)]
            case Said(status, phrase, is_final):
                return self._said(turn, status, rebased(phrase, _clock(turn, phrase.offset_ticks)), is_final=is_final)
            case TurnEnded() if turn is self._turn:
                self._turn_ended(turn)
        return []

    def _said(self, turn: _Turn, status: str, phrase: Phrase, *, is_final: bool) -> list[LiveEvent]:
        self._heard_ticks = max(self._heard_ticks, phrase.end_ticks)
        if not is_final:
            self._speech_since = phrase.offset_ticks
            return [] if self.ledger.is_known(phrase) else [Transcribing(phrase)]
        self._speech_since = None
        if status == "EndOfDictation":
            turn.is_done = self._has_ended
            return []
        if status != "Success" and status not in SILENT:
            raise _refusal(status, phrase.text)
        if self.ledger.is_known(phrase):
            return []
        turn.phrases += 1
        if status in SILENT or not phrase.text:
            if phrase.duration_ticks:
                self.ledger.cover(phrase.end_ticks, phrase.channel or 0)
            return []
        self.ledger.add(phrase)
        self._audio.release(self._bytes(self.ledger.covered_ticks()))
        if self._last_ticks is not None and phrase.end_ticks > self._last_ticks - LAST_TICKS and not self._has_ended:
            # Between two phrases is a better place to end than in the middle of one.
            self.is_finished = self.is_cut = True
        return [Transcribed(phrase)]

    def _turn_ended(self, turn: _Turn) -> None:
        """The end of the audio was heard, or it is a turn like others, that leaves audio to the next."""
        if self.is_cut and self._last_ticks is not None:
            self.ledger.cover(self._last_ticks)
            self.is_finished = True
            return
        rest = self._audio.end - self._bytes(self.ledger.covered_ticks())
        if self._has_ended and (turn.is_done or not turn.phrases or rest <= 0):
            self.is_finished = True
            return
        # A turn may end just when the last audio was under way: the next one shows whether somebody spoke in it.
        self._begin_turn(None, self._where_to_go_on(turn))

    def _begin_turn(self, continuation: Continuation | None, from_ticks: int) -> None:
        self._place = min(max(self._bytes(from_ticks), self._audio.start), self._audio.end)
        self._audio.release(self._place)
        request_id = self._new_id()
        begin = self._ticks(self._place)
        if continuation is not None and continuation.offset_ticks is not None:
            self._turn = _Turn(begin, self._turn.clock_ticks, is_settled=False)
        else:
            self._turn = _Turn(begin, begin)
        while len(self._turns) >= TURNS_REMEMBERED:
            del self._turns[next(iter(self._turns))]
        self._turns[request_id.lower()] = self._turn
        self._frames = AudioFrames(request_id)
        self._has_ended = False
        self._speech_since = None
        self._heard_ticks = self._turn.base_ticks
        sent_ms = self._ticks(self._sent) // (TICKS_PER_SECOND // 1000)
        context = speech_context(self._profile, self.session_id, sent_ms, continuation)
        self._outbox.append(encode(text_message("speech.context", request_id, context, self._stamp())))
        header = wav_header(SAMPLE_RATE, self._profile.channels)
        self._outbox.append(self._frames.encode(header, self._stamp(), content_type=WAV_TYPE))

    def _where_to_go_on(self, turn: _Turn) -> int:
        """Where no phrase covers the audio any more, or later, where the service has acknowledged more than that."""
        covered = self.ledger.covered_ticks()
        if turn.acknowledged is None:
            return covered
        acknowledged = turn.clock_ticks + turn.acknowledged
        return max(covered, min(acknowledged, self._ticks(self._sent)))

    def _note_continuation(self, turn: _Turn, token: str | None, offset: str | None) -> None:
        if token is not None:
            turn.token = token
        if offset is not None and offset.isdecimal() and len(offset) < 20:
            turn.acknowledged = max(turn.acknowledged or 0, int(offset))

    def _ticks(self, place: int) -> int:
        return place // (2 * self._profile.channels) * TICKS_A_SAMPLE

    def _bytes(self, ticks: int) -> int:
        return ticks // TICKS_A_SAMPLE * 2 * self._profile.channels


def rebased(phrase: Phrase, base_ticks: int) -> Phrase:
    """A phrase of a turn, on the meeting's clock."""
    if not base_ticks:
        return phrase
    words = tuple(replace(word, offset_ticks=word.offset_ticks + base_ticks) for word in phrase.words)
    return replace(phrase, offset_ticks=phrase.offset_ticks + base_ticks, words=words)


def _clock(turn: _Turn, offset_ticks: int) -> int:
    """Where in the meeting a turn's clock begins; a first time that lies before its audio settles which clock it is."""
    if not turn.is_settled:
        turn.is_settled = True
        if turn.clock_ticks + offset_ticks < turn.base_ticks - NEAR_TICKS:
            turn.clock_ticks = turn.base_ticks
    return turn.clock_ticks


def _continuation(turn: _Turn) -> Continuation | None:
    if not turn.tag:
        return None
    return Continuation(turn.tag, turn.token or "", turn.acknowledged)


def _refusal(status: str, said: str) -> RemoteMeetingError:
    """A RecognitionStatus that ends more than a phrase."""
    words = f": {said}" if said else ""
    match status:
        case "TooManyRequests":
            return Throttled(f"The service has too many requests{words}.", code=status)
        case "BadRequest":
            return BadRequest(f"The service refused the request{words}.", code=status)
        case "Forbidden":
            return AuthenticationFailed(
                f"The service forbids it{words}; check the key, its quota and its region.", code=status
            )
    return ServiceUnavailable(f"The service reported {status[:40]}{words}.", code=status)
