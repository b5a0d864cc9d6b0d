"""Frame cassettes: what is written down of a session, and that a replay of anything else is noticed."""

from __future__ import annotations

import hashlib
import json
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from remote_meeting_backends import InvalidInput
from remote_meeting_backends.frame_cassettes import FrameCassette
from remote_meeting_backends.speech_protocol.messages import AudioFrames, Message, encode
from remote_meeting_backends.testing import NotAsRecorded, play_frames, record_frames
from support.frame_talks import KEY, PATH, PIECES, SESSION, STAMP, TURN, said, service, speak

HEARD = ["USP", "turn.start", "speech.phrase", "turn.end"]


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """A recorded session."""
    return record(tmp_path / "session.yaml")


def record(path: Path, *, frames: Any = None, **behaviour: Any) -> Path:
    """Record a session with a service that behaves so."""
    with service(**behaviour) as url, record_frames(path, url, source="emulator", client="a test 1.0") as recorder:
        speak(recorder.url, frames or said())
    return path


def test_what_is_written_down(cassette: Path) -> None:
    """Every message with its direction, in order; audio as hash and length, ids by name, no secret, no machine."""
    found = FrameCassette.load(cassette)
    assert (found.recorded.source, found.recorded.client, found.recorded.faults) == ("emulator", "a test 1.0", "none")
    (talk,) = found.connections
    assert talk.request.query == {"language": "en-US"}
    assert talk.request.headers["ocp-apim-subscription-key"] == "scrubbed"
    assert talk.request.headers["x-connectionid"] == "<id-1>"
    assert talk.request.headers["user-agent"] == "An-App/1.2 <machine>"
    assert (talk.answer.status, talk.answer.subprotocol) == (101, "USP")
    clients = [frame for frame in talk.frames if frame.sender == "client"]
    assert [frame.path for frame in clients] == ["speech.config", "speech.context", *["audio"] * 4]
    assert [frame.audio.sha256 for frame in clients if frame.audio][:3] == [
        hashlib.sha256(piece).hexdigest() for piece in PIECES
    ]
    services = [frame for frame in talk.frames if frame.sender == "service"]
    assert [frame.path for frame in services] == HEARD[1:]
    assert services[0].headers["X-Continuation-Token"] == "<id-1>-1"
    assert clients[1].body["phraseDetection"]["speakerDiarization"]["audioSessionId"] == "<id-1>"
    assert (talk.closed.by, talk.closed.code) == ("client", 1000) if talk.closed else False
    text = cassette.read_text()
    for hidden in (KEY, SESSION, TURN, STAMP, "127.0.0.1", "Linux 6.1", PIECES[2].decode()):
        assert hidden not in text


def test_a_message_comes_before_its_answer(cassette: Path) -> None:
    """In the cassette as on the wire."""
    (talk,) = FrameCassette.load(cassette).connections
    order = [(frame.sender, frame.path) for frame in talk.frames]
    assert order.index(("client", "speech.context")) < order.index(("service", "turn.start"))
    phrase = order.index(("service", "speech.phrase"))
    assert [sender for sender, path in order[:phrase] if path == "audio"].count("client") >= 2
    assert order[-1] == ("service", "turn.end")


def test_a_replay_says_the_same(cassette: Path) -> None:
    """With ids that are new in each replay, under whatever key."""
    for other in ("1f" * 16, "2f" * 16):
        frames = [_with(frame, TURN, other) for frame in said()]
        with play_frames(cassette) as player:
            assert speak(player.url, frames, key=other) == HEARD


@pytest.mark.parametrize(
    ("behaviour", "end"),
    [({"closes": 1001}, 1001), ({"closes": 4000}, 4000), ({"breaks": True}, None)],
    ids=["1001", "4000", "broken"],
)
def test_how_the_service_ended_it(behaviour: dict[str, Any], end: int | None, tmp_path: Path) -> None:
    """With a close frame and its code, or without one: the client of a replay sees the same."""
    path = tmp_path / "session.yaml"
    with service(**behaviour) as url, record_frames(path, url, source="emulator", client="a test") as recorder:
        assert speak(recorder.url, said()) == [*HEARD[:3], end]
    (talk,) = FrameCassette.load(path).connections
    assert talk.closed is not None
    assert (talk.closed.by, talk.closed.code) == ("service", end)
    assert KEY not in path.read_text()
    with play_frames(path) as player:
        assert speak(player.url, said()) == [*HEARD[:3], end]


def test_a_refused_upgrade(tmp_path: Path) -> None:
    """With its status, its words and how long to wait."""
    path = record(tmp_path / "session.yaml", status=429)
    (talk,) = FrameCassette.load(path).connections
    assert (talk.answer.status, talk.answer.headers, talk.answer.text) == (
        429,
        {"retry-after": "3"},
        "Not with scrubbed.",
    )
    with play_frames(path) as player:
        assert speak(player.url, said()) == [429, "3"]


def test_noise_is_played_as_it_came(tmp_path: Path) -> None:
    """What is no message, text or bytes, is kept whole; a service's binary message is, too."""
    noise = ["no header", b"\xff\xffnoise", encode(Message("audio", b"beep", TURN))]

    def says(message: Message) -> Any:
        yield from noise if message.path == "speech.context" else ()

    path = tmp_path / "session.yaml"
    heard: list[Any] = []
    with service(says=says) as url, record_frames(path, url, source="emulator", client="a test") as recorder:
        heard.append(listen(recorder.url, 3))
    with play_frames(path) as player:
        heard.append(listen(player.url, 3))
    assert heard == [noise, noise]


def listen(url: str, count: int) -> list[Any]:
    """Say the first two messages, and take so many frames as they are."""
    from websockets.sync.client import connect

    headers = {"Ocp-Apim-Subscription-Key": KEY, "X-ConnectionId": SESSION}
    with connect(url + PATH, additional_headers=headers) as socket:
        for frame in said()[:2]:
            socket.send(frame)
        return [socket.recv(timeout=10) for _ in range(count)]


def _with(frame: str | bytes, old: str, new: str) -> str | bytes:
    return frame.replace(old, new) if isinstance(frame, str) else frame.replace(old.encode(), new.encode())


AUDIO = AudioFrames(TURN)
OTHERWISE: dict[str, tuple[Any, str]] = {
    "another value": (
        said(phraseDetection={"mode": "Dictation", "speakerDiarization": {"audioSessionId": SESSION}}),
        "phraseDetection.mode is 'Dictation', and was 'Conversation'",
    ),
    "a field more": (said(custom=1), "custom is new"),
    "a field less": (said(phraseDetection={"mode": "Conversation"}), "phraseDetection.speakerDiarization is missing"),
    "another id": (
        said(phraseDetection={"mode": "Conversation", "speakerDiarization": {"audioSessionId": "0d" * 16}}),
        "audioSessionId is '0d",
    ),
    "no context": ([said()[0], *said()[2:]], "a turn that was not begun"),
    "another order": ([said()[1], said()[0], *said()[2:]], "'speech.context' came, where 'speech.config' did"),
    "other audio": ([*said()[:3], AUDIO.encode(b"2wo.", STAMP), *said()[4:]], "the content of 'audio' is another one"),
    "more audio": ([*said()[:5], AUDIO.encode(b"four", STAMP), said()[5]], "the content of 'audio' is another one"),
    "less audio": ([*said()[:4], said()[5]], "the content of 'audio' is another one"),
    "another header": (
        [said()[0], str(said()[1]).replace("Content-Type", "Content-Typ"), *said()[2:]],
        "content-typ is new",
    ),
    "a text more": ([*said()[:3], said()[0], *said()[3:]], "'speech.config' came, where nothing more did"),
    "noise": ([b"\xff\xffx", *said()], "a turn that was not begun"),
}


@pytest.mark.parametrize("how", OTHERWISE)
def test_what_is_said_otherwise_is_noticed(cassette: Path, how: str) -> None:
    """Each difference by its place; the connection ends with a code that is final to a client."""
    frames, words = OTHERWISE[how]
    with pytest.raises(NotAsRecorded) as raised, play_frames(cassette) as player:
        assert speak(player.url, frames)[-1] == 4000
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("speaks", "words"),
    [
        (lambda url: None, "1 of 1 connections were not made"),
        (lambda url: speak(url, said(), times=2), "another connection came, where no more did"),
        (lambda url: speak(url, said(), query="/elsewhere?language=en-US"), "asks for '/elsewhere'"),
        (lambda url: speak(url, said(), query=f"{PATH}&lidEnabled=true"), "lidEnabled is new"),
        (lambda url: listen(url, 0), "4 messages of audio are missing"),
        (lambda url: speak(url, [*said(), AUDIO.encode(b"more", STAMP)]), "audio came behind the 4 messages"),
    ],
    ids=["none", "two", "elsewhere", "query", "leaves", "goes on"],
)
def test_what_is_not_said_is_noticed(cassette: Path, speaks: Any, words: str) -> None:
    """A client that comes too often, asks otherwise, or leaves before the end."""
    with pytest.raises(NotAsRecorded) as raised, play_frames(cassette) as player:
        speaks(player.url)
    assert words in str(raised.value)


def test_a_tests_own_error_is_not_hidden(cassette: Path) -> None:
    """What was not as recorded is told only when nothing else was raised."""
    with pytest.raises(ZeroDivisionError), play_frames(cassette):
        raise ZeroDivisionError


def test_a_service_that_is_not_there(tmp_path: Path) -> None:
    """Nothing is written, and it is said why."""
    path = tmp_path / "session.yaml"
    with (
        pytest.raises(InvalidInput, match="was not written"),
        record_frames(path, "ws://127.0.0.1:9", source="emulator", client="a test") as recorder,
    ):
        assert speak(recorder.url, said())[0] == 502
    assert not path.exists()


def test_no_log_and_no_error_holds_the_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever logs everything, and whoever names a service that is no URL of a WebSocket."""
    with caplog.at_level(logging.DEBUG):
        path = record(tmp_path / "session.yaml")
        with play_frames(path) as player:
            speak(player.url, said())
    assert not any(KEY in found.getMessage() for found in caplog.records)
    keyed = f"{PATH}&Ocp-Apim-Subscription-Key={KEY}"
    with (
        pytest.raises(InvalidInput, match="was not written") as raised,
        record_frames(tmp_path / "other.yaml", "http://x.test", source="x", client="a test") as recorder,
    ):
        speak(recorder.url, said(), query=keyed)
    assert KEY not in str(raised.value)
    assert raised.value.__cause__ is None


def test_nobody_came(tmp_path: Path) -> None:
    """An empty cassette is none."""
    with (
        pytest.raises(InvalidInput, match="no connection came"),
        record_frames(tmp_path / "session.yaml", "ws://127.0.0.1:9", source="emulator", client="a test"),
    ):
        pass


def test_what_went_wrong_replaces_nothing(cassette: Path) -> None:
    """A recording that fails leaves the cassette that was there."""
    before = cassette.read_bytes()
    with (
        service() as url,
        pytest.raises(ZeroDivisionError),
        record_frames(cassette, url, source="emulator", client="a test") as recorder,
    ):
        assert not speak(recorder.url, said()) or 1 // 0
    assert cassette.read_bytes() == before


UNKNOWN = {
    "a long key": "A1b2" * 21,
    "a bearer token": "Bearer abcdefghijklmn",
    "a token": "eyJ0eXAiOiJKV1Qi.eyJvaWQiOiJub2JvZHki.c2ln",
}
PLACES: dict[str, Callable[[str], str]] = {
    "in a text": lambda secret: json.dumps({"echo": f"key={secret}"}),
    "as a name": lambda secret: json.dumps({secret: 1}),
    "escaped": lambda secret: '{"echo": "' + "".join(f"\\u{ord(character):04x}" for character in secret) + '"}',
    "in a URL": lambda secret: json.dumps({"next": f"https://way.test/?to={quote(secret, safe='')}"}),
}


def echoing(place: str, secret: str) -> list[str | bytes]:
    """What a client says that repeats a secret."""
    frames = said(custom="PLACE")
    return [frames[0], str(frames[1]).replace('"PLACE"', PLACES[place](secret)), *frames[2:]]


@pytest.mark.parametrize("place", PLACES)
def test_the_upgrades_key_is_masked(place: str, tmp_path: Path) -> None:
    """Wherever it is said again."""
    assert KEY not in record(tmp_path / "session.yaml", frames=echoing(place, KEY)).read_text()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", UNKNOWN)
def test_a_secret_that_nobody_knows_of_is_refused(what: str, place: str, tmp_path: Path) -> None:
    """The cassette is not written, and its sentence does not hold it; named beforehand, it is masked."""
    path, frames = tmp_path / "session.yaml", echoing(place, UNKNOWN[what])
    with pytest.raises(InvalidInput, match="would hold a key or a token") as raised:
        record(path, frames=frames)
    assert UNKNOWN[what] not in str(raised.value)
    assert not path.exists()
    with (
        service() as url,
        record_frames(path, url, source="emulator", client="a test", secrets=(UNKNOWN[what],)) as recorder,
    ):
        speak(recorder.url, frames)
    assert UNKNOWN[what] not in path.read_text()


def test_a_secret_in_noise(tmp_path: Path) -> None:
    """Bytes are kept as they are, so such a frame cannot be written down."""

    def says(message: Message) -> Any:
        yield from [b"\xff\xff" + KEY.encode()] if message.path == "speech.context" else ()

    with (
        service(says=says) as url,
        pytest.raises(InvalidInput, match="holds a key or a token"),
        record_frames(tmp_path / "x.yaml", url, source="emulator", client="a test") as recorder,
    ):
        listen(recorder.url, 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("- {", "is no YAML"),
        ("[]", "is not one"),
        ("recorded: {from: emulator}\nconnections: []\nversion: 1\n", "recorded.client: Field required"),
        ("recorded: {}\nconnections: []\nversion: 2\n", r"is not one: recorded\.from"),
        (
            "recorded: {from: x, client: y, faults: none, 'on': 2026-11-27, api: z}\nconnections: []\nversion: 2",
            "version: ",
        ),
    ],
)
def test_what_is_no_cassette_is_told(content: str | None, words: str, tmp_path: Path) -> None:
    """One sentence with the file, the place and what is wrong there."""
    path = tmp_path / "session.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput, match=words) as raised, play_frames(path):
        pass
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_client_that_leaves_during_its_upgrade(tmp_path: Path) -> None:
    """What was opened to the service for it is closed again, and the cassette says that nothing was said."""
    from websockets.sync.client import connect

    path = tmp_path / "session.yaml"
    upgrade = (
        f"GET {PATH} HTTP/1.1\r\nHost: x.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with service() as url, record_frames(path, url, source="emulator", client="a test") as recorder:
        host, _, port = recorder.url.removeprefix("ws://").partition(":")
        with socket.create_connection((host, int(port))) as gone:
            gone.sendall(upgrade.encode())
        # Somebody else is served as ever.
        assert speak(recorder.url, said()) == HEARD
    left, stayed = FrameCassette.load(path).connections
    assert (left.frames, len(stayed.frames)) == ((), 9)
    # It says nothing, as then: the player closes on whoever says more, at once.
    unmade = pytest.raises(NotAsRecorded, match="1 of 2 connections were not made")
    with unmade, play_frames(path) as player, connect(player.url + PATH):
        pass
