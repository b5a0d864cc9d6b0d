"""The emulator's WebSocket half as a client sees it: who may enter, what is refused, heard and forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from remote_meeting_backends.emulator.realtime import PATHS
from remote_meeting_backends.speech_protocol.messages import (
    WAV_TYPE,
    AudioFrames,
    Message,
    decode,
    encode,
    text_message,
    wav_header,
)
from remote_meeting_backends.testing import SpeechEmulator
from support.live import PCM, SAID, Meeting
from support.sound import save, speech
from support.spoken import STAMP

TURN = "7" * 32
KEY = "Ocp-Apim-Subscription-Key"


@pytest.fixture
def emulator(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """One that knows what is said."""
    speech_emulator.script(SAID)
    return speech_emulator


def opened(emulator: SpeechEmulator, path: str = PATHS[0], **more: Any) -> ClientConnection:
    """A connection with the key."""
    url = emulator.realtime_url.replace(PATHS[0], path)
    return connect(url, additional_headers={KEY: emulator.key}, compression=None, **more)


def ask(socket: ClientConnection, context: dict[str, Any], pcm: bytes = PCM) -> list[Message]:
    """A whole turn, and what is answered up to its end."""
    frames = AudioFrames(TURN)
    socket.send(encode(text_message("speech.config", "", {}, STAMP)))
    socket.send(encode(text_message("speech.context", TURN, context, STAMP)))
    socket.send(frames.encode(wav_header(), STAMP, content_type=WAV_TYPE))
    for at in range(0, len(pcm), 3200):
        socket.send(frames.encode(pcm[at : at + 3200], STAMP))
    socket.send(frames.encode(b"", STAMP))
    answers = [decode(socket.recv(30))]
    while answers[-1].path != "turn.end":
        answers.append(decode(socket.recv(30)))
    return answers


@pytest.mark.parametrize("path", PATHS)
def test_a_turn_on_every_path(emulator: SpeechEmulator, path: str) -> None:
    """Begun, told, ended, each message with the id that the audio carried."""
    with opened(emulator, path) as socket:
        answers = ask(socket, {})
    assert {answer.request_id for answer in answers} == {TURN}
    paths = [answer.path for answer in answers]
    assert paths[:2] == ["turn.start", "speech.startdetected"]
    assert paths[-3:] == ["speech.phrase", "speech.enddetected", "turn.end"]
    said = [answer.json() for answer in answers if answer.path == "speech.phrase"]
    assert [phrase.get("DisplayText") for phrase in said] == [*(line["text"] for line in SAID), None]
    assert said[-1]["RecognitionStatus"] == "EndOfDictation"
    assert "NBest" not in said[0]
    assert not any("x-continuation-token" in answer.headers for answer in answers)


def test_what_is_asked_for_is_given(emulator: SpeechEmulator) -> None:
    """Words with times, speakers of hypotheses, and the headers of reliable reconnect."""
    context = {
        "phraseDetection": {"speakerDiarization": {"audioSessionId": "a", "diarizeIntermediates": True}},
        "phraseOutput": {"format": "Detailed"},
        "audio": {"streams": {"1": None}},
    }
    with opened(emulator) as socket:
        answers = ask(socket, context)
    interim = next(answer.json() for answer in answers if answer.path == "speech.hypothesis")
    assert interim["SpeakerId"] == "Guest-1"
    phrase = next(answer for answer in answers if answer.path == "speech.phrase")
    assert [word["Word"] for word in phrase.json()["NBest"][0]["Words"]] == ["Good", "morning,", "Steve."]
    assert phrase.headers["x-continuation-audio-streams-1-offset"] == "15000000"


def test_who_names_no_session_is_alone(emulator: SpeechEmulator) -> None:
    """Two clients without audioSessionId and X-ConnectionId do not share a meeting, even if they are as silent."""
    for _ in range(2):
        with opened(emulator) as socket:
            answers = ask(socket, {}, bytes(len(PCM)))
        said = [answer.json().get("DisplayText") for answer in answers if answer.path == "speech.phrase"]
        assert said == [*(line["text"] for line in SAID), None]


@pytest.mark.parametrize("headers", [{}, {KEY: "0" * 32}, {"Authorization": "Bearer x.y.z"}])
def test_who_has_no_key_stays_outside(emulator: SpeechEmulator, headers: dict[str, str]) -> None:
    """The upgrade is answered with 401."""
    with pytest.raises(InvalidStatus) as raised:
        connect(emulator.realtime_url, additional_headers=headers)
    assert raised.value.response.status_code == 401
    assert emulator.log()["requests"][-1]["status"] == 401


def test_keys_and_tokens_open_it_wherever_clients_put_them(emulator: SpeechEmulator) -> None:
    """In the query, as the SDK for JavaScript does; a token alone or behind Entra ID's prefix. None is logged."""
    token = emulator.token()
    for url, headers in (
        (f"{emulator.realtime_url}?Ocp-Apim-Subscription-Key={emulator.key}&X-ConnectionId=1", {}),
        (emulator.realtime_url, {"Authorization": f"Bearer {token}"}),
        (emulator.realtime_url, {"Authorization": f"Bearer aad#/subscriptions/1#{token}"}),
    ):
        with connect(url, additional_headers=headers):
            pass
    logged = json.dumps(emulator.log())
    assert emulator.key not in logged
    assert token not in logged


def test_the_subprotocol_is_taken_where_it_is_offered(emulator: SpeechEmulator) -> None:
    """The native SDK offers USP, the one for JavaScript nothing."""
    with opened(emulator, subprotocols=["USP"]) as socket:
        assert socket.subprotocol == "USP"
    with opened(emulator) as socket:
        assert socket.subprotocol is None


@pytest.mark.parametrize(
    "frame",
    [
        "no headers",
        b"\x00",
        encode(Message("audio", b"early", TURN)),
        encode(Message("speech.context", "[]", TURN)),
    ],
)
def test_what_is_no_message_ends_the_connection(emulator: SpeechEmulator, frame: str | bytes) -> None:
    """With 1007 and a sentence."""
    with opened(emulator) as socket:
        socket.send(frame)
        with pytest.raises(ConnectionClosed) as raised:
            socket.recv(30)
    assert raised.value.rcvd is not None
    assert raised.value.rcvd.code == 1007
    assert raised.value.rcvd.reason.endswith(".")


def test_a_language_that_is_not_heard_is_refused(speech_emulator: SpeechEmulator) -> None:
    """Unless a script says what is said."""
    context = {"phraseDetection": {"language": "de-DE"}}
    with opened(speech_emulator) as socket:
        socket.send(encode(text_message("speech.context", TURN, context, STAMP)))
        with pytest.raises(ConnectionClosed) as raised:
            socket.recv(30)
    assert raised.value.rcvd is not None
    assert "hears en-US only" in raised.value.rcvd.reason
    speech_emulator.script(SAID)
    with opened(speech_emulator) as socket:
        assert ask(socket, context)


@pytest.mark.anyio
async def test_it_really_listens(speech_emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Without a script the words are those of the recording, told while it arrives, and voices are told apart."""
    audio = save(tmp_path / "talk.wav", speech(12))
    outcome = await Meeting(speech_emulator, audio).held()
    assert "money for next year" in " ".join(phrase.text for phrase in outcome.transcript.phrases)
    assert len(outcome.transcript.speakers) == 3
    assert all(phrase.words for phrase in outcome.transcript.phrases)


@pytest.mark.anyio
async def test_speakers_keep_their_labels_over_a_break(speech_emulator: SpeechEmulator, tmp_path: Path) -> None:
    """The audioSessionId is what they hang on: the second connection knows the voices of the first."""
    audio = save(tmp_path / "talk.wav", speech(18))
    whole = await Meeting(speech_emulator, audio).held()
    speech_emulator.reset()
    speech_emulator.fault("realtime", "ws_drop", at=10)
    cut = await Meeting(speech_emulator, audio).held()
    assert len(speech_emulator.log()["requests"]) == 2
    assert [(text, who) for _, _, text, who in cut.told] == [(text, who) for _, _, text, who in whole.told]


@pytest.mark.anyio
@pytest.mark.parametrize("every", [0.1, 1.0, 2.0, 5.0])
async def test_turns_that_end_in_silence(emulator: SpeechEmulator, every: float) -> None:
    """Silence does not tell its place; what comes after a turn still goes on where the turn ended."""
    silence = bytes(len(PCM))
    whole = await Meeting(emulator, silence).held()
    emulator.reset()
    emulator.script(SAID)
    emulator.fault("realtime", "turn_ended", every_seconds=every)
    assert (await Meeting(emulator, silence).held()).told == whole.told


@pytest.mark.anyio
async def test_a_reset_forgets_meetings(emulator: SpeechEmulator) -> None:
    """The same audioSessionId is a new meeting after it."""
    first = await Meeting(emulator).held()
    emulator.reset()
    emulator.script(SAID[:2])
    again = await Meeting(emulator).held()
    assert (len(first.told), len(again.told)) == (len(SAID), 2)
