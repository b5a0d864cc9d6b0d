"""A scripted peer of a client session, without sockets: it knows its place in a meeting by the audio it is sent."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from remote_meeting_backends import Phrase
from remote_meeting_backends.live import LiveEvent, Transcribed
from remote_meeting_backends.realtime.backlog import Backlog
from remote_meeting_backends.speech_protocol.client import ClientSession
from remote_meeting_backends.speech_protocol.context import Profile
from remote_meeting_backends.speech_protocol.messages import Message, decode, encode

SAMPLE_TICKS = 625
STAMP = "2026-11-26T10:00:00.000Z"


def spoken(seconds: float) -> bytes:
    """Audio that tells its own place: each pair of samples is a number, counted from the start."""
    return b"".join(struct.pack("<I", index) for index in range(int(seconds * 8000)))


def place_of(pcm: bytes) -> int:
    """Where in the meeting it begins, in bytes."""
    (index,) = struct.unpack_from("<I", pcm)
    return int(index) * 4


def lines(count: int, every_seconds: float = 1.0) -> list[Phrase]:
    """What is said: a phrase every so often, two speakers in turn."""
    every = int(every_seconds * 10_000_000) // SAMPLE_TICKS * SAMPLE_TICKS
    return [
        Phrase(
            f"{at + 1:08x}", f"Phrase {at}.", f"Guest-{at % 2 + 1}", at * every + every // 5 // 625 * 625, every // 2
        )
        for at in range(count)
    ]


@dataclass
class Peer:
    """The service's end.

    Args:
        said: What it recognizes, on the meeting's clock.
        turn_phrases: It ends a turn after so many phrases; None when the audio ends.
        acknowledges: It sends the headers of reliable reconnect.
        restarts_clock: A turn that continues another has a clock of its own all the same.
    """

    said: list[Phrase]
    turn_phrases: int | None = None
    acknowledges: bool = False
    restarts_clock: bool = False
    contexts: list[dict[str, Any]] = field(default_factory=list)
    configs: int = 0
    _request: str = ""
    _base: int | None = None
    _clock: int | None = None
    _heard: int = 0
    _phrases: int = 0

    def hear(self, frame: str | bytes) -> Iterator[str | bytes]:
        """Take a frame in; what is answered."""
        message = decode(frame)
        if message.path == "speech.config":
            self.configs += 1
        elif message.path == "speech.context":
            self.contexts.append(message.json())
            self._request, self._base, self._phrases = message.request_id, None, 0
            if "audio" not in self.contexts[-1].get("continuation", {}) or self.restarts_clock:
                self._clock = None
            yield self._frame("turn.start", {"context": {"serviceTag": f"tag-{len(self.contexts)}"}})
        elif message.path == "audio" and message.request_id == self._request:
            assert isinstance(message.body, bytes)
            if message.body and message.body[:4] != b"RIFF":
                yield from self._listen(message.body)
            elif not message.body:
                yield self._frame("speech.phrase", {"RecognitionStatus": "EndOfDictation", "Offset": 0, "Duration": 0})
                yield self._frame("turn.end", {})

    def _listen(self, pcm: bytes) -> Iterator[str | bytes]:
        if self._base is None:
            self._base = self._heard = place_of(pcm) // 2 * SAMPLE_TICKS
            self._clock = self._base if self._clock is None else self._clock
        before, self._heard = self._heard, self._heard + len(pcm) // 2 * SAMPLE_TICKS
        for phrase in self.said:
            if phrase.offset_ticks >= self._base and before < phrase.end_ticks <= self._heard and self._request:
                half = {"Id": "h", "Text": phrase.text[:4], "SpeakerId": "Unknown", **self._times(phrase)}
                yield self._frame("speech.hypothesis", half)
                whole = {"Id": "p", "RecognitionStatus": "Success", "DisplayText": phrase.text}
                yield self._frame(
                    "speech.phrase", {**whole, "SpeakerId": phrase.speaker, **self._times(phrase)}, phrase.end_ticks
                )
                self._phrases += 1
                if self._phrases == self.turn_phrases:
                    yield self._frame("turn.end", {})
                    self._request = ""

    def _times(self, phrase: Phrase) -> dict[str, int]:
        return {"Offset": phrase.offset_ticks - (self._clock or 0), "Duration": phrase.duration_ticks}

    def _frame(self, path: str, body: dict[str, Any], heard_ticks: int | None = None) -> str | bytes:
        headers = {}
        if self.acknowledges:
            headers["X-Continuation-Token"] = f"token-{len(self.contexts)}"
            if heard_ticks is not None:
                headers["X-Continuation-Audio-Streams-1-Offset"] = str(heard_ticks - (self._clock or 0))
        return encode(Message(path, json.dumps(body), self._request, headers))


def session_of(pcm: bytes, *, channels: int = 1, **more: Any) -> ClientSession:
    """A session that has all of its audio."""
    ids = iter(range(1, 1_000_000))
    audio = Backlog()
    audio.append(pcm)
    session = ClientSession(
        Profile("en-US", "0", channels=channels),
        audio,
        new_id=lambda: f"{next(ids):032x}",
        stamp=lambda: STAMP,
        session_id="5" * 32,
        **more,
    )
    session.is_complete = True
    return session


def converse(session: ClientSession, peer: Peer, breaks: Callable[[], bool]) -> list[LiveEvent]:
    """One connection, until the session is finished or it breaks.

    Args:
        session: The client's end.
        peer: The service's.
        breaks: Asked before each message, whoever sends it; true ends the connection.
    """
    session.connect()
    events: list[LiveEvent] = []
    while not session.is_finished:
        given = session.next_frame()
        assert given is not None, "the session has nothing to say and is not finished"
        if breaks():
            return events
        for answer in peer.hear(given[0]):
            if breaks():
                return events
            events += session.receive(answer)
    return events


def told(events: list[LiveEvent]) -> list[tuple[int, int, str, str]]:
    """The phrases of some events: offset, duration, text, speaker."""
    return [as_told(event.phrase) for event in events if isinstance(event, Transcribed)]


def as_told(phrase: Phrase) -> tuple[int, int, str, str]:
    """What must be the same of a phrase, however it came."""
    return phrase.offset_ticks, phrase.duration_ticks, phrase.text, phrase.speaker
