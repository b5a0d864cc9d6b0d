"""Two hundred thousand broken messages: the codec and the sessions refuse them by name, and nothing else happens."""

from __future__ import annotations

import json
import random
import struct
from collections import Counter

import pytest

from remote_meeting_backends import RemoteMeetingError
from remote_meeting_backends.live import LiveEvent, Transcribed, Transcribing
from remote_meeting_backends.phrases_kept import dump_phrase, load_phrase
from remote_meeting_backends.realtime.backlog import Backlog
from remote_meeting_backends.speech_protocol.client import ClientSession
from remote_meeting_backends.speech_protocol.context import Continuation, Profile, speech_config, speech_context
from remote_meeting_backends.speech_protocol.messages import (
    WAV_TYPE,
    AudioFrames,
    MalformedMessage,
    Message,
    decode,
    encode,
    text_message,
    wav_header,
)
from remote_meeting_backends.speech_protocol.server import AudioEnded, ServerSession, TurnBegan
from support.breaking import TextBreaker

MESSAGES = 200_000
PARTS = 4
SEED = 4
# A session is broken by what it is told, as it may be; then another takes its place.
SESSION_MESSAGES = 400
REQUEST = "0123456789abcdef0123456789abcdef"
STAMP = "2026-01-01T00:00:00.000Z"
AUDIO = bytes(range(256)) * 25
PROFILE = Profile("en-US", "1.0")
ODD = (
    "[" * 50_000,
    *('"TooManyRequests"', '"Forbidden"', '"EndOfDictation"', '"NoMatch"', "Path: turn.end\r\n"),
)


def phrase(number: int, status: str = "Success", **more: object) -> dict[str, object]:
    """The body of a speech.phrase, two words long."""
    offset = number * 20_000_000
    words = [{"Word": word, "Offset": offset + at, "Duration": 5_000_000} for at, word in enumerate(("good", "day"))]
    best = {"Confidence": 0.87, "Lexical": "good day", "ITN": "good day", "Display": "Good day.", "Words": words}
    place = {"Offset": offset, "Duration": 10_000_000, "SpeakerId": f"Guest-{number % 2 + 1}", "Channel": 0}
    return {"Id": f"{number}", "RecognitionStatus": status, "DisplayText": "Good day.", **place, "NBest": [best]} | more


def corpus() -> list[str | bytes]:
    """Frames of both sides, as they are seen."""
    context = speech_context(PROFILE, REQUEST, 12_000, Continuation("tag", "token", 10_000_000))
    said = [
        ("turn.start", {"context": {"serviceTag": "tag"}}),
        ("speech.startDetected", {"Offset": 1_000_000}),
        ("speech.hypothesis", {"Id": "1", "Text": "good", "Offset": 1_000_000, "Duration": 1, "SpeakerId": "Unknown"}),
        *(("speech.phrase", phrase(number)) for number in range(6)),
        ("speech.phrase", phrase(7, "NoMatch", DisplayText="", NBest=[])),
        ("speech.phrase", phrase(8, "TooManyRequests")),
        ("speech.phrase", phrase(9, Language={"Language": "de-DE"}, Channel=1)),
        ("speech.endDetected", {"Offset": 90_000_000}),
        ("turn.end", {}),
        ("speech.config", speech_config(PROFILE)),
        ("speech.context", context),
        ("speech.context", speech_context(PROFILE, REQUEST, 0, None)),
        ("telemetry", {"ReceivedMessages": [{"turn.start": [STAMP]}]}),
    ]
    token = {"X-Continuation-Token": "token", "X-Continuation-Audio-Streams-1-Offset": "10000000"}
    frames = [encode(text_message(path, REQUEST, body, STAMP)) for path, body in said]
    audio = AudioFrames(REQUEST)
    return [
        *frames,
        encode(Message("speech.phrase", json.dumps(phrase(10)), REQUEST, token)),
        audio.encode(wav_header(), STAMP, content_type=WAV_TYPE),
        audio.encode(AUDIO[:640], STAMP),
        audio.encode(b"", STAMP),
    ]


class Mutator:
    """Breaks frames, the same ones for the same seed.

    Args:
        seed: Any number.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._corpus = corpus()
        self._texts = TextBreaker(self._random, ODD, self._another)

    def frame(self) -> str | bytes:
        """The next one: mutated once to four times, now and then of the other kind than it was."""
        given = self._random.choice(self._corpus)
        was_text = isinstance(given, str)
        # One character a byte: what is done to text can be done to bytes.
        text = given if isinstance(given, str) else given.decode("latin-1")
        for _ in range(self._random.choice((1, 1, 2, 4))):
            text = self._texts.broken(text)
        if self._random.random() < 0.03:
            was_text = not was_text
        return text if was_text else self._with_length(text.encode("latin-1", "replace"))

    def _another(self) -> str:
        other = self._random.choice(self._corpus)
        return other if isinstance(other, str) else other.decode("latin-1")

    def _with_length(self, frame: bytes) -> bytes:
        """Sometimes with a length that fits, sometimes with any."""
        chance = self._random.random()
        if chance < 0.6:
            return frame
        length = self._random.randrange(1 << 16 if chance < 0.7 else min(len(frame) + 2, 1 << 16))
        return struct.pack(">H", length) + frame[2:]


def client() -> ClientSession:
    """A session that has sent some audio and waits for phrases."""
    audio = Backlog()
    audio.append(AUDIO)
    session = ClientSession(PROFILE, audio, new_id=lambda: REQUEST, stamp=lambda: STAMP, session_id=REQUEST)
    session.connect()
    return session


def check(events: list[LiveEvent]) -> int:
    """Whatever phrase came out can be written down and read again; gives their number."""
    found = [event.phrase for event in events if isinstance(event, Transcribed | Transcribing)]
    for one in found:
        entry = dump_phrase(one).encode()
        assert one.offset_ticks >= 0
        # Not compared: NaN is a number that nothing is equal to.
        assert load_phrase(entry.decode()).text == one.text
    return len(found)


def answer(session: ServerSession, frame: str | bytes) -> int:
    """Begin and end turns as a service does; gives how many began."""
    events = session.receive(frame)
    for event in events:
        if isinstance(event, TurnBegan):
            assert decode(session.turn_start()).request_id == event.request_id
        if isinstance(event, AudioEnded):
            assert decode(session.turn_end()).path == "turn.end"
    return sum(isinstance(event, TurnBegan) for event in events)


@pytest.mark.parametrize("part", range(PARTS))
def test_only_named_errors_come_out_of_broken_messages(part: int) -> None:
    """A MalformedMessage; from the client's session also what a service may report. What is read can be written."""
    mutator, seen = Mutator(SEED + part), Counter[str]()
    for number in range(MESSAGES // PARTS):
        if number % SESSION_MESSAGES == 0:
            ours, theirs = client(), ServerSession("tag")
        frame = mutator.frame()
        seen["frames"] += 1
        try:
            message = decode(frame)
            message.json()
        except MalformedMessage:
            seen["malformed"] += 1
        else:
            seen["with an object"] += 1
            assert decode(encode(message)) == message
        try:
            seen["turns"] += answer(theirs, frame)
        except MalformedMessage:
            seen["malformed at the service"] += 1
        try:
            seen["phrases"] += check(ours.receive(frame))
            ours.next_frame()
        except RemoteMeetingError as error:
            seen[type(error).__name__] += 1
    assert seen["frames"] == MESSAGES // PARTS
    # It is no fuzzing when everything is refused at the door, or nothing is.
    assert min(seen["with an object"], seen["malformed"]) > seen["frames"] // 5
    assert seen["phrases"] > 1000
    assert seen["turns"] > 100
    assert {"MalformedMessage", "Throttled", "AuthenticationFailed"} <= seen.keys()
