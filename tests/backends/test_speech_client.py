"""The client's end of a session, with a scripted peer and no sockets: breaks, turns, and what comes twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    RemoteMeetingError,
    ServiceUnavailable,
    Throttled,
)
from remote_meeting_backends.live import SpeechEnded, SpeechStarted, Transcribed, Transcribing
from remote_meeting_backends.speech_protocol.client import ClientSession
from remote_meeting_backends.speech_protocol.ledger import Ledger
from remote_meeting_backends.speech_protocol.messages import MalformedMessage, Message, decode, encode
from support.spoken import Peer, as_told, converse, lines, session_of, spoken, told

SECONDS = 9.0
PCM = spoken(SECONDS)
SAID = lines(8)
WANTED = [as_told(phrase) for phrase in SAID]


def never() -> bool:
    """No connection breaks."""
    return False


def begun(**more: Any) -> tuple[ClientSession, str]:
    """A session whose first turn has begun, and the id of that turn."""
    session = session_of(PCM, **more)
    session.connect()
    frames = [session.next_frame() for _ in range(3)]
    assert frames[1] is not None
    return session, decode(frames[1][0]).request_id


def say(session: ClientSession, turn: str, path: str, **body: Any) -> list[object]:
    """What comes out of a message of the service."""
    return list(session.receive(encode(Message(path, json.dumps(body), turn))))


def phrase(offset: int, text: str = "Yes.", **more: Any) -> dict[str, Any]:
    """The body of a phrase of one second, `offset` in seconds."""
    times = {"Offset": offset * 10_000_000, "Duration": 10_000_000}
    return {"RecognitionStatus": "Success", "DisplayText": text, "SpeakerId": "Guest-1", **times, **more}


def test_a_meeting_from_its_beginning_to_its_end() -> None:
    """Each phrase once, in order, after what was understood so far of it."""
    events = converse(session_of(PCM), Peer(SAID), never)
    assert told(events) == WANTED
    assert [type(event) for event in events] == [Transcribing, Transcribed] * len(SAID)


@pytest.mark.parametrize("turn_phrases", [1, 2, 3, 8])
def test_turns_that_end_with_audio_left(turn_phrases: int) -> None:
    """The next turn goes on where the last phrase ended, and its times are those of the meeting."""
    peer = Peer(SAID, turn_phrases)
    assert told(converse(session_of(PCM), peer, never)) == WANTED
    assert len(peer.contexts) >= len(SAID) // turn_phrases
    assert peer.configs == 1


@settings(max_examples=150, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 130), min_size=1, max_size=12),
    turn_phrases=st.none() | st.integers(1, 5),
    acknowledges=st.booleans(),
)
def test_breaks_at_any_message(cuts: list[int], turn_phrases: int | None, acknowledges: bool) -> None:
    """Nothing is lost, nothing comes twice, the offsets grow, the audioSessionId stays."""
    session, peer = session_of(PCM), Peer(SAID, turn_phrases, acknowledges)
    events = []
    for cut in cuts:
        left = [cut]

        def breaks(left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        events += converse(session, peer, breaks) if not session.is_finished else []
    if not session.is_finished:
        events += converse(session, peer, never)
    assert told(events) == WANTED
    assert {context["phraseDetection"]["speakerDiarization"]["audioSessionId"] for context in peer.contexts} == {
        "5" * 32
    }


def test_a_connection_that_is_taken_up() -> None:
    """The service's tag, token and acknowledged audio go back to it, and the audio from there on."""
    session, turn = begun()
    say(session, turn, "turn.start", context={"serviceTag": "tag-1"})
    headers = {"x-CONTINUATION-token": "T", "X-Continuation-Audio-Streams-1-Offset": "30000000"}
    for _ in range(50):
        session.next_frame()
    session.receive(encode(Message("speech.endDetected", '{"Offset": 20000000}', turn, headers)))
    session.connect()
    session.next_frame()
    given = session.next_frame()
    assert given is not None
    context = decode(given[0]).json()
    assert context["continuation"] == {
        "previousServiceTag": "tag-1",
        "token": "T",
        "audio": {"streams": {"1": {"offset": 30_000_000}}},
    }
    assert context["phraseDetection"]["speakerDiarization"]["audioOffsetMs"] == 5_000
    session.next_frame()
    audio = session.next_frame()
    assert audio is not None
    assert decode(audio[0]).body == PCM[3 * 32_000 :][:3200]


@pytest.mark.parametrize("restarts", [False, True])
def test_either_clock_of_a_turn_that_continues_another(restarts: bool) -> None:
    """The clock goes on, as the native SDK takes it; or the service begins anew, which its first time gives away."""
    session, peer = session_of(PCM), Peer(SAID, acknowledges=True, restarts_clock=restarts)
    left = [60]

    def breaks() -> bool:
        left[0] -= 1
        return left[0] < 0

    events = converse(session, peer, breaks)
    assert 0 < len(told(events)) < len(SAID)
    assert told(events + converse(session, peer, never)) == WANTED
    assert "audio" in peer.contexts[-1]["continuation"]


def test_an_acknowledgement_of_what_was_never_sent_is_not_believed() -> None:
    """Audio that was not sent yet is not passed over, whatever the service says."""
    session, turn = begun()
    say(session, turn, "turn.start", context={"serviceTag": "tag-1"})
    session.next_frame()
    ahead = {"X-Continuation-Audio-Streams-1-Offset": str(10**12)}
    session.receive(encode(Message("speech.endDetected", "{}", turn, ahead)))
    session.connect()
    for _ in range(3):
        session.next_frame()
    audio = session.next_frame()
    assert audio is not None
    assert decode(audio[0]).body == PCM[3200:6400]


def test_what_comes_twice_is_told_once() -> None:
    """The same phrase again, and a hypothesis of it that comes late."""
    session, turn = begun()
    assert len(say(session, turn, "speech.phrase", **phrase(1))) == 1
    assert say(session, turn, "speech.phrase", **phrase(1)) == []
    assert say(session, turn, "speech.hypothesis", Text="Y", Offset=10_000_000, Duration=5_000_000) == []


def test_phrases_in_the_wrong_order_are_both_told() -> None:
    """An earlier phrase that comes late is none that was told."""
    session, turn = begun()
    events = say(session, turn, "speech.phrase", **phrase(3)) + say(session, turn, "speech.phrase", **phrase(1, "No."))
    assert [event.phrase.text for event in events if isinstance(event, Transcribed)] == ["Yes.", "No."]


def test_a_message_of_a_turn_before_has_that_turns_clock() -> None:
    """What was under way when a turn ended still belongs to it."""
    session, turn = begun()
    say(session, turn, "speech.phrase", **phrase(1))
    say(session, turn, "turn.end")
    (event,) = say(session, turn.upper(), "speech.phrase", **phrase(5))
    assert isinstance(event, Transcribed)
    assert event.phrase.offset_ticks == 50_000_000


def test_speech_begins_and_ends_on_the_meetings_clock() -> None:
    """Also in a later turn."""
    session, turn = begun()
    say(session, turn, "speech.phrase", **phrase(1))
    say(session, turn, "turn.end")
    for _ in range(4):
        session.next_frame()
    events = say(session, "", "speech.startDetected", Offset=5) + say(session, "", "speech.endDetected", Offset=9)
    assert events == [SpeechStarted(20_000_005), SpeechEnded(20_000_009)]


@pytest.mark.parametrize("status", ["NoMatch", "InitialSilenceTimeout", "BabbleTimeout"])
def test_silence_is_no_phrase_and_is_not_sent_again(status: str) -> None:
    """What the service heard and understood nothing of is done with."""
    session, turn = begun()
    silence = {"RecognitionStatus": status, "Offset": 0, "Duration": 20_000_000}
    assert say(session, turn, "speech.phrase", **silence) == []
    assert session.ledger.covered_ticks() == 20_000_000


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("TooManyRequests", Throttled),
        ("BadRequest", BadRequest),
        ("Forbidden", AuthenticationFailed),
        ("Error", ServiceUnavailable),
        ("SomethingNew", ServiceUnavailable),
    ],
)
def test_a_status_that_is_a_refusal(status: str, kind: type[RemoteMeetingError]) -> None:
    """An error of its kind, with the service's own word for it: an unknown status is never a phrase."""
    session, turn = begun()
    with pytest.raises(kind, match=r"The service") as raised:
        say(session, turn, "speech.phrase", RecognitionStatus=status, Offset=0, Duration=0)
    assert raised.value.code == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("speech.phrase", "{"),
        ("speech.phrase", "[]"),
        ("speech.phrase", '{"DisplayText": "x"}'),
        ("speech.phrase", '{"RecognitionStatus": "Success", "Offset": "1"}'),
        ("speech.phrase", '{"RecognitionStatus": "Success", "Offset": -1}'),
        ("speech.phrase", '{"RecognitionStatus": "Success", "NBest": [{"Words": 3}]}'),
        ("speech.phrase", '{"RecognitionStatus": "Success", "NBest": [{"Words": ["a"]}]}'),
        ("speech.hypothesis", '{"Offset": true}'),
        ("speech.startDetected", '{"Offset": 1e30}'),
    ],
)
def test_a_body_that_is_none(path: str, body: str) -> None:
    """Told as what it is, without its content."""
    session, turn = begun()
    with pytest.raises(MalformedMessage):
        session.receive(encode(Message(path, body, turn)))


def test_words_are_on_the_meetings_clock() -> None:
    """With their confidence; those that are shown before those that were said."""
    session, turn = begun(ledger=Ledger(start_ticks=20_000_000))
    word = {"Word": "yes", "Offset": 10_000_000, "Duration": 5_000_000, "Confidence": 0.5}
    best = {"Confidence": 0.75, "Display": "Yes.", "Words": [word]}
    (event,) = say(session, turn, "speech.phrase", **phrase(1, NBest=[best], PrimaryLanguage={"Language": "de-DE"}))
    assert isinstance(event, Transcribed)
    assert (event.phrase.confidence, event.phrase.locale) == (0.75, "de-DE")
    assert [(w.text, w.offset_ticks, w.confidence) for w in event.phrase.words] == [("yes", 30_000_000, 0.5)]


def test_a_session_ends_where_the_service_would_end_it() -> None:
    """Between two phrases near its end: the next session goes on from there."""
    session, peer = session_of(PCM, last_ticks=65_000_000), Peer(SAID)
    first = converse(session, peer, never)
    assert session.is_cut
    assert told(first) == WANTED[:1]
    silent = session_of(PCM, last_ticks=65_000_000)
    assert told(converse(silent, Peer([]), never)) == []
    assert (silent.is_cut, silent.ledger.covered_ticks()) == (True, 65_000_000)


def test_channels_that_are_kept_apart_are_covered_each_by_itself() -> None:
    """Two people who speak at once are two phrases; after a break the one that is behind is heard again."""
    session, turn = begun(channels=2)
    both = [say(session, turn, "speech.phrase", **phrase(1, Channel=channel)) for channel in (0, 1)]
    assert [len(events) for events in both] == [1, 1]
    say(session, turn, "speech.phrase", **phrase(3, Channel=0))
    assert session.ledger.covered_ticks() == 20_000_000


def test_a_service_that_is_behind() -> None:
    """Somebody speaks, much audio was sent since, and nothing was told of it."""
    session = session_of(spoken(60))
    session.connect()
    frames = [session.next_frame() for _ in range(500)]
    assert frames[1] is not None
    turn = decode(frames[1][0]).request_id
    assert not session.is_lagging
    say(session, turn, "speech.startDetected", Offset=10_000_000)
    assert session.is_lagging
    say(session, turn, "speech.phrase", **phrase(45))
    assert not session.is_lagging
