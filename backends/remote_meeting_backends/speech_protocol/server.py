"""The service's end of a session: frames in, events out; what is recognized in, frames out. No socket, no clock.

Source: protocol/realtime.md and part 1 of protocol/legacy.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from ..transcript import Phrase, Word
from .messages import AudioLike, MalformedMessage, Message, decode, encode

MOST_CHANNELS: Final = 8
# As its own format, and as the sub-format of an extensible one.
_PCM: Final = (1, 0xFFFE)
_CONTINUED: Final = "X-Continuation-Token"
_ACKNOWLEDGED: Final = "X-Continuation-Audio-Streams-1-Offset"


@dataclass(frozen=True, slots=True)
class TurnAsked:
    """A client wants a turn: the body of its speech.context."""

    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TurnBegan:
    """The first audio of a turn is here: it names the turn, and has `channels` interleaved channels."""

    request_id: str
    channels: int


@dataclass(frozen=True, slots=True)
class AudioCame:
    """Samples of the turn, 16-bit PCM."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class AudioEnded:
    """The client has no more."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that needs no answer: speech.config, speech.event, telemetry."""

    path: str
    body: dict[str, Any]


Event = TurnAsked | TurnBegan | AudioCame | AudioEnded | Told


class ServerSession:
    """What one connection says, turn after turn.

    Args:
        service_tag: Names its turns for a client that takes up a connection that broke.
        acknowledges: Sends the headers of reliable reconnect to clients that ask for them.
    """

    def __init__(self, service_tag: str, *, acknowledges: bool = True) -> None:
        self._tag = service_tag
        self._may_acknowledge = acknowledges
        self._acknowledges = False
        self._context: dict[str, Any] | None = None
        self._request_id: str | None = None
        self._ended: set[str] = set()
        self._turns = 0
        self._heard_ticks = 0
        # The audio of a turn comes in frames that are alike: from the second on only their time is another.
        self._like: AudioLike | None = None
        # What a client brings back after a break, in the place of a name for the turn.
        self.token = ""

    @property
    def in_turn(self) -> bool:
        """A turn goes on."""
        return self._request_id is not None

    def receive(self, frame: str | bytes) -> list[Event]:
        """Take in a frame of the client.

        Raises:
            MalformedMessage: It is none, or audio comes before anybody asked for a turn.
        """
        if self._like is not None and isinstance(frame, bytes) and (pcm := self._like.samples(frame)):
            return [AudioCame(pcm)]
        message = decode(frame)
        if message.path == "speech.context":
            self._context = message.json()
            streams = _dig(self._context, "audio", "streams")
            self._acknowledges = self._may_acknowledge and isinstance(streams, dict) and "1" in streams
            return [TurnAsked(self._context)]
        if message.path == "audio":
            return self._audio(message, frame)
        return [Told(message.path, message.json())]

    def _audio(self, message: Message, frame: str | bytes) -> list[Event]:
        body = message.body if isinstance(message.body, bytes) else message.body.encode()
        request = message.request_id.lower()
        self._like = None
        if request in self._ended:
            # On its way when the turn ended; the client sends it again in the next.
            return []
        events: list[Event] = []
        if self._request_id is None or self._request_id.lower() != request:
            if self._context is None:
                raise MalformedMessage("Audio came before a speech.context asked for a turn.")
            self._context, self._request_id, self._heard_ticks = None, message.request_id, 0
            self._turns += 1
            channels = 1
            if body[:4] == b"RIFF":
                channels, body = _wav(body)
                events.append(TurnBegan(message.request_id, channels))
                return [*events, AudioCame(body)] if body else events
            events.append(TurnBegan(message.request_id, channels))
        if body and isinstance(frame, bytes):
            self._like = AudioLike.of(frame)
        return [*events, AudioCame(body) if body else AudioEnded()]

    def continue_at(self, offset_ticks: int) -> None:
        """The turn continues another, of which so much was acknowledged: its clock is the other's."""
        self._heard_ticks = max(self._heard_ticks, offset_ticks)

    def turn_start(self) -> str | bytes:
        """The turn begins."""
        return self._frame("turn.start", {"context": {"serviceTag": self._tag}})

    def speech_start(self, offset_ticks: int) -> str | bytes:
        """Somebody begins to speak; ticks of the turn, as everywhere here."""
        return self._frame("speech.startDetected", {"Offset": offset_ticks})

    def speech_end(self, offset_ticks: int) -> str | bytes:
        """Nobody speaks any more."""
        return self._frame("speech.endDetected", {"Offset": offset_ticks})

    def hypothesis(self, phrase: Phrase) -> str | bytes:
        """What is understood so far."""
        body: dict[str, Any] = {"Id": phrase.id, "Text": phrase.text, **_times(phrase), "SpeakerId": phrase.speaker}
        return self._frame("speech.hypothesis", {**body, "Channel": phrase.channel or 0})

    def phrase(self, phrase: Phrase, words: tuple[Word, ...] | None = None, status: str = "Success") -> str | bytes:
        """What was said.

        Args:
            phrase: Times are the turn's.
            words: Its words, where the client asked for details; None where it did not.
            status: RecognitionStatus.
        """
        body: dict[str, Any] = {"Id": phrase.id, "RecognitionStatus": status, "DisplayText": phrase.text}
        body |= {**_times(phrase), "SpeakerId": phrase.speaker, "Channel": phrase.channel or 0}
        if words is not None:
            body["NBest"] = [_best(phrase, words)]
        self._heard_ticks = max(self._heard_ticks, phrase.end_ticks)
        return self._frame("speech.phrase", body)

    def status(self, status: str, offset_ticks: int) -> str | bytes:
        """A phrase that says something other than words: EndOfDictation, TooManyRequests, …"""
        return self._frame("speech.phrase", {"RecognitionStatus": status, "Offset": offset_ticks, "Duration": 0})

    def turn_end(self) -> str | bytes:
        """The turn is over, whether or not audio is left."""
        frame = self._frame("turn.end", {})
        self._like = None
        if self._request_id:
            self._ended.add(self._request_id.lower())
        self._request_id = None
        return frame

    def _frame(self, path: str, body: dict[str, Any]) -> str | bytes:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self._acknowledges:
            token = self.token or f"{self._tag}-{self._turns}"
            headers |= {_CONTINUED: token, _ACKNOWLEDGED: str(self._heard_ticks)}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return encode(Message(path, text, self._request_id or "", headers))


def on_turn_clock(phrase: Phrase, base_ticks: int) -> Phrase:
    """A phrase of the meeting as the turn tells it."""
    words = tuple(replace(word, offset_ticks=max(0, word.offset_ticks - base_ticks)) for word in phrase.words)
    return replace(phrase, offset_ticks=max(0, phrase.offset_ticks - base_ticks), words=words)


def _times(phrase: Phrase) -> dict[str, int]:
    return {"Offset": phrase.offset_ticks, "Duration": phrase.duration_ticks}


def _best(phrase: Phrase, words: tuple[Word, ...]) -> dict[str, Any]:
    said = " ".join(word.text for word in words) or phrase.text
    timed = [
        {"Word": word.text, "Offset": word.offset_ticks, "Duration": word.duration_ticks}
        | ({} if word.confidence is None else {"Confidence": word.confidence})
        for word in words
    ]
    forms = {"Lexical": said.lower(), "ITN": phrase.text, "MaskedITN": phrase.text, "Display": phrase.text}
    confidence = 0.9 if phrase.confidence is None else phrase.confidence
    return {"Confidence": confidence, **forms, "Words": timed, "DisplayWords": timed}


def _wav(body: bytes) -> tuple[int, bytes]:
    """The number of channels in a stream's WAV header, and the samples behind it. Raises MalformedMessage."""
    if len(body) < 44 or body[8:12] != b"WAVE":
        raise MalformedMessage("The first audio of a turn begins as a WAV file and is none.")
    rate, bits = int.from_bytes(body[24:28], "little"), int.from_bytes(body[34:36], "little")
    channels = int.from_bytes(body[22:24], "little")
    if int.from_bytes(body[20:22], "little") not in _PCM:
        raise MalformedMessage("The audio is no PCM: 16-bit PCM at 16 kHz is taken.")
    if (rate, bits) != (16_000, 16) or not 1 <= channels <= MOST_CHANNELS:
        raise MalformedMessage(f"The audio is {channels} x {rate} Hz of {bits} bits: 16 bits at 16 kHz are taken.")
    at = body.find(b"data", 12)
    return channels, body[at + 8 :] if at >= 0 else b""


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
