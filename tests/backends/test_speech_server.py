"""The service's end of a session, without sockets: what comes out of a client's frames, and what is answered."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import Phrase, Word
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
from remote_meeting_backends.speech_protocol.server import (
    AudioCame,
    AudioEnded,
    Event,
    ServerSession,
    Told,
    TurnAsked,
    TurnBegan,
)
from support.spoken import STAMP

FIRST, SECOND = "1" * 32, "2" * 32
OPTED_IN = {"audio": {"streams": {"1": None}}}
PHRASE = Phrase("7", "Good morning.", "Guest-1", 5_000_000, 10_000_000, words=(Word("Good", 5_000_000, 4_000_000),))


def asked(session: ServerSession, turn: str, context: dict[str, Any] | None = None) -> list[Event]:
    """A client asks for a turn."""
    return session.receive(encode(text_message("speech.context", turn, context or {}, STAMP)))


def audio(session: ServerSession, turn: str, pcm: bytes) -> list[Event]:
    """It sends some audio."""
    return session.receive(AudioFrames(turn).encode(pcm, STAMP))


def begun(turn: str = FIRST, context: dict[str, Any] | None = None, **more: Any) -> ServerSession:
    """A session in its first turn."""
    session = ServerSession("tag", **more)
    asked(session, turn, context)
    session.receive(AudioFrames(turn).encode(wav_header(), STAMP, content_type=WAV_TYPE))
    return session


@given(st.lists(st.lists(st.binary(min_size=1, max_size=64), max_size=5), min_size=1, max_size=6), st.integers(1, 8))
def test_audio_comes_out_as_it_went_in(turns: list[list[bytes]], channels: int) -> None:
    """Turn after turn on one connection, whatever its pieces are; what is late for a turn is left out."""
    session = ServerSession("tag")
    for number, pieces in enumerate(turns):
        turn = f"{number:032x}"
        assert asked(session, turn) == [TurnAsked({})]
        assert audio(session, turn, wav_header(channels=channels)) == [TurnBegan(turn, channels)]
        # A client's audio may begin with anything; only the first of a turn can be a header.
        for piece in pieces:
            assert audio(session, turn, piece) == [AudioCame(piece)]
        assert audio(session, turn, b"") == [AudioEnded()]
        assert session.in_turn
        assert decode(session.turn_end()).request_id == turn
        assert not session.in_turn
        assert audio(session, turn, b"late") == []


@given(st.one_of(st.text(max_size=80), st.binary(max_size=80)))
def test_any_frame_is_read_or_named_malformed(frame: str | bytes) -> None:
    """Nothing else is raised, and no noise begins a turn."""
    session = ServerSession("tag")
    with contextlib.suppress(MalformedMessage):
        assert not any(isinstance(event, TurnBegan) for event in session.receive(frame))
    assert not session.in_turn


def test_answers_carry_the_id_of_the_audio() -> None:
    """The SDK for JavaScript has another in its speech.config, and its case is the client's own."""
    session = ServerSession("tag")
    assert session.receive(encode(text_message("speech.config", SECOND, {"a": 1}, STAMP))) == [
        Told("speech.config", {"a": 1})
    ]
    asked(session, SECOND)
    audio(session, "ABCD" * 8, b"\0\0")
    assert decode(session.turn_start()).request_id == "ABCD" * 8


def test_samples_behind_the_header_are_heard() -> None:
    """The first audio may hold more than the header, or no header at all."""
    session = ServerSession("tag")
    asked(session, FIRST)
    assert audio(session, FIRST, wav_header(channels=2) + b"\1\2\3\4") == [
        TurnBegan(FIRST, 2),
        AudioCame(b"\1\2\3\4"),
    ]
    session.turn_end()
    asked(session, SECOND)
    assert audio(session, SECOND, b"\1\2") == [TurnBegan(SECOND, 1), AudioCame(b"\1\2")]


def test_turns_without_an_id_follow_each_other() -> None:
    """A client that names no turn can still have a second one."""
    session = ServerSession("tag")
    for _ in range(2):
        asked(session, "")
        assert audio(session, "", b"\1\2") == [TurnBegan("", 1), AudioCame(b"\1\2")]
        session.turn_end()


@pytest.mark.parametrize(
    "header",
    [
        wav_header()[:40],
        b"RIFF" + b"\0" * 60,
        wav_header(sample_rate=8000),
        wav_header(bits=8),
        wav_header(channels=0),
        wav_header(channels=9),
    ],
)
def test_other_audio_is_refused(header: bytes) -> None:
    """What begins like a WAV file must be one of 16 bits at 16 kHz."""
    session = ServerSession("tag")
    asked(session, FIRST)
    with pytest.raises(MalformedMessage):
        audio(session, FIRST, header)


def test_a_second_turn_must_be_asked_for() -> None:
    """Audio under a new id, and no speech.context before it."""
    session = begun()
    session.turn_end()
    with pytest.raises(MalformedMessage, match="before a speech"):
        audio(session, SECOND, b"\1\2")


def test_audio_is_acknowledged_to_who_asks_for_it() -> None:
    """Up to the end of the last phrase, never backwards, and from the start again in the next turn."""
    session = begun(context=OPTED_IN)
    frames = [session.turn_start(), session.hypothesis(PHRASE), session.phrase(PHRASE), session.turn_end()]
    found = [decode(frame).headers for frame in frames]
    name = "x-continuation-audio-streams-1-offset"
    assert [headers[name] for headers in found] == ["0", "0", "15000000", "15000000"]
    assert {headers["x-continuation-token"] for headers in found} == {"tag-1"}
    asked(session, SECOND, OPTED_IN)
    audio(session, SECOND, wav_header())
    assert decode(session.turn_start()).headers[name] == "0"
    session.continue_at(15_000_000)
    session.continue_at(3)
    assert decode(session.speech_start(0)).headers[name] == "15000000"


@pytest.mark.parametrize("session", [begun(), begun(context=OPTED_IN, acknowledges=False)])
def test_nothing_is_acknowledged_otherwise(session: ServerSession) -> None:
    """To who does not ask, or where it is switched off."""
    headers = decode(session.phrase(PHRASE)).headers
    assert not any(name.startswith("x-continuation") for name in headers)


def test_phrases_have_words_where_they_are_given() -> None:
    """NBest is there with them, and only then; other states have no text."""
    session = begun()
    assert "NBest" not in decode(session.phrase(PHRASE)).json()
    detailed = decode(session.phrase(PHRASE, PHRASE.words)).json()
    assert detailed["NBest"][0]["Words"] == [{"Word": "Good", "Offset": 5_000_000, "Duration": 4_000_000}]
    assert (detailed["SpeakerId"], detailed["Offset"], detailed["Channel"]) == ("Guest-1", 5_000_000, 0)
    ended = decode(session.status("EndOfDictation", 9)).json()
    assert ended == {"RecognitionStatus": "EndOfDictation", "Offset": 9, "Duration": 0}


@pytest.mark.parametrize("body", ["[]", "7", "{", '"text"'])
def test_a_context_that_is_no_object_is_malformed(body: str) -> None:
    """Nobody has asked for a turn then."""
    session = ServerSession("tag")
    with pytest.raises(MalformedMessage):
        session.receive(encode(Message("speech.context", body, FIRST)))
    with pytest.raises(MalformedMessage):
        audio(session, FIRST, b"\1\2")
