"""The frames of an app of the retired service that uploads a meeting, written apart from our own client.

Source: part 1 of protocol/legacy.md.
"""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from remote_meeting_backends.speech_protocol.messages import WAV_TYPE, AudioFrames, encode, text_message, wav_header

LIVE = "RealTimeAndAsync"
ASYNC = "async"
PATH = "/speech/recognition/multiaudio"
STAMP = "2026-11-27T09:00:00.000Z"
FRAME_SAMPLES = 1600


@dataclass
class Lines:
    """The frames of an app.

    Args:
        meeting_id: The meeting's.
        channels: Of the audio.
        language: BCP-47.
        participants: Their ids.
        continues: Opts in to reliable reconnect.
        new_id: Gives 32 hexadecimal digits.
    """

    meeting_id: str
    channels: int = 8
    language: str = "en-US"
    participants: Sequence[str] = ()
    continues: bool = True
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    request_id: str = ""

    def __post_init__(self) -> None:
        self.request_id = self.request_id or self.new_id()

    @property
    def frame_bytes(self) -> int:
        """100 ms of audio."""
        return FRAME_SAMPLES * 2 * self.channels

    def new_turn(self) -> None:
        """What follows belongs to another turn."""
        self.request_id = self.new_id()

    def opening(self, continuation: Mapping[str, Any] | None = None) -> list[str | bytes]:
        """All that comes before the samples, in the order of the native SDK."""
        return [self.config(), self.context(continuation), self.event(), self.header()]

    def config(self) -> str | bytes:
        """speech.config."""
        source = {"type": "Stream", "samplerate": 16_000, "bitspersample": 16, "channelcount": self.channels}
        system = {"name": "SpeechSDK", "version": "1.53.0", "build": "tests", "lang": "Python"}
        return self.text("speech.config", {"context": {"system": system, "os": {}, "audio": {"source": source}}})

    def context(self, continuation: Mapping[str, Any] | None = None) -> str | bytes:
        """speech.context."""
        body: dict[str, Any] = {"phraseDetection": {"mode": "Conversation", "language": self.language}}
        if self.continues:
            body["audio"] = {"streams": {"1": None}}
        if continuation is not None:
            body["continuation"] = continuation
        return self.text("speech.context", body)

    def event(self, name: str = "start", participants: Sequence[str] | None = None) -> str | bytes:
        """speech.event: the meeting starts or ends, participants `join` or `leave`."""
        attendees = [
            {"id": one, "preferredLanguage": "en-us", "voice": "", "details": ""}
            for one in (self.participants if participants is None else participants)
        ]
        meeting = {"id": self.meeting_id, "attendees": attendees, "DifferentiateGuestSpeakers": "true"}
        return self.text("speech.event", {"id": "meeting", "name": name, "meeting": meeting})

    def header(self, wav: bytes | None = None) -> bytes:
        """The first audio: a WAV header, as it is or as given."""
        given = wav_header(channels=self.channels) if wav is None else wav
        return AudioFrames(self.request_id).encode(given, STAMP, content_type=WAV_TYPE)

    def audio(self, pcm: bytes) -> bytes:
        """Samples; none are the end of the audio."""
        return AudioFrames(self.request_id).encode(pcm, STAMP)

    def text(self, path: str, body: Any) -> str | bytes:
        """Any text message."""
        return encode(text_message(path, self.request_id, body, STAMP))


def address(url: str, mode: str | None = LIVE, language: str = "en-US", query: Mapping[str, str] | None = None) -> str:
    """The WebSocket's URL, as the SDKs build it."""
    parts = urlsplit(url)
    asked = {"language": language} | ({} if mode is None else {"transcriptionMode": mode}) | dict(query or {})
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return urlunsplit((scheme, parts.netloc, parts.path or PATH, urlencode(asked), ""))


def eightfold(mono: bytes) -> bytes:
    """One channel as the eight of the array: seven microphones that hear the same, and the reference."""
    samples, spread = array("h", mono), array("h", bytes(8 * len(mono)))
    for channel in range(8):
        spread[channel::8] = samples
    return spread.tobytes()
