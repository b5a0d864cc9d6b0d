"""The emulator's fast transcription: what it answers, what it refuses, and that an upload goes to disk."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support.contract_files import VERSIONS
from support.emulated import KEY, SAID, Api
from support.sound import pcm16, save, silence, tone, wav_bytes

DIARIZED = {"locales": ["en-US"], "diarization": {"enabled": True, "maxSpeakers": 4}}
MIB = 1 << 20


@pytest.fixture(params=VERSIONS)
def api(request: pytest.FixtureRequest, speech_emulator: SpeechEmulator) -> Iterator[Api]:
    """A scripted emulator in each version."""
    speech_emulator.script(SAID)
    with Api(speech_emulator, request.param) as api:
        yield api


@pytest.fixture
def newest(speech_emulator: SpeechEmulator) -> Iterator[Api]:
    """A scripted emulator in the newest version."""
    speech_emulator.script(SAID)
    with Api(speech_emulator) as api:
        yield api


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Three seconds of mono, of stereo, and a header alone."""
    folder = tmp_path_factory.mktemp("sounds")
    stereo = np.stack([tone(3), silence(3)], axis=1)
    return {
        "mono": save(folder / "mono.wav", tone(3)).read_bytes(),
        "stereo": save(folder / "stereo.wav", stereo).read_bytes(),
        "empty": wav_bytes(b""),
        "nothing": b"",
        "text": b"This is no audio.",
    }


@pytest.mark.parametrize(
    ("definition", "speakers", "channels"),
    [
        (None, [None, None], [None, None]),
        ({}, [None, None], [None, None]),
        ({"locales": ["en-US"]}, [None, None], [None, None]),
        ({"diarization": {"maxSpeakers": 4}}, [None, None], [None, None]),
        ({"diarization": {"enabled": False, "maxSpeakers": 4}}, [None, None], [None, None]),
        ({"diarization": {"enabled": True}}, [1, 2], [0, 0]),
        (DIARIZED, [1, 2], [0, 0]),
        ({"channels": [0]}, [None, None], [0, 0]),
    ],
    ids=str,
)
def test_what_is_asked_for_is_given(
    api: Api, definition: dict[str, Any] | None, speakers: list[int | None], channels: list[int | None]
) -> None:
    """Speakers need `enabled`: a count alone turns nothing on. Words are always there."""
    answer = api.transcribe(definition)
    assert answer.status_code == 200, answer.text
    phrases = answer.json()["phrases"]
    assert [phrase.get("speaker") for phrase in phrases] == speakers
    assert [phrase.get("channel") for phrase in phrases] == channels
    assert [word["text"] for word in phrases[0]["words"]] == ["Good", "morning,", "Steve."]
    assert answer.json()["combinedPhrases"][0]["text"] == "Good morning, Steve. Good morning, Katie."
    assert api.emulator.log()["transcribed"] == 1


@pytest.mark.parametrize("as_file", [True, False])
def test_clients_differ_in_how_they_send_the_definition(api: Api, as_file: bool) -> None:
    """As a field, or as a file of that name, as Microsoft's own client does."""
    name = "definition" if as_file else None
    parts = {"audio": ("a.wav", b"x"), "definition": (name, json.dumps(DIARIZED))}
    answer = api.call("POST", "transcriptions:transcribe", files=parts)
    assert [phrase["speaker"] for phrase in answer.json()["phrases"]] == [1, 2]


def test_audio_by_url(newest: Api, sounds: dict[str, bytes]) -> None:
    """2025-10-15 fetches it; where both are given the upload wins."""
    url = newest.emulator.audio("mono.wav", sounds["mono"])
    fetched = newest.transcribe({"audioUrl": url}, None)
    assert fetched.json()["durationMilliseconds"] == 3000
    both = newest.transcribe({"audioUrl": f"{url}.not-there"}, sounds["mono"])
    assert both.status_code == 200
    missing = newest.transcribe({"audioUrl": f"{url}.not-there"}, None)
    assert (missing.status_code, missing.json()["innerError"]["code"]) == (422, "InvalidRecordingsUri")


@pytest.mark.parametrize(
    ("definition", "inner"),
    [
        ("{", "InvalidRequestBodyFormat"),
        ("[]", "InvalidPayload"),
        ({"locale": "en-US"}, "InvalidPayload"),
        ({"locales": "en-US"}, "InvalidLocale"),
        ({"locales": ["xx-YY"]}, "InvalidLocale"),
        ({"profanityFilterMode": "masked"}, "InvalidPayload"),
        ({"channels": [0, 1, 2]}, "InvalidChannels"),
        ({"channels": [0, 0]}, "InvalidChannels"),
        ({"diarization": {"enabled": True, "maxSpeakers": 36}}, "InvalidParameterValue"),
        ({"diarization": {"enabled": True, "minSpeakers": 2}}, "InvalidPayload"),
        ({"punctuationMode": "Automatic"}, "InvalidPayload"),
        ({"models": {"en-US": "base"}}, "InvalidModelUri"),
    ],
    ids=str,
)
def test_a_definition_that_is_refused(api: Api, definition: Any, inner: str) -> None:
    """400, and nothing was transcribed."""
    answer = api.transcribe(definition)
    assert (answer.status_code, answer.json()["innerError"]["code"]) == (400, inner)
    assert api.emulator.log()["transcribed"] == 0


@pytest.mark.parametrize(
    ("definition", "inner"),
    [
        ({"phraseList": {"phrases": ["Katie"], "biasingWeight": 2.5}}, "InvalidPayload"),
        ({"phraseList": {"words": []}}, "InvalidPayload"),
        ({"audioUrl": "meeting.wav"}, "InvalidRecordingsUri"),
        ({"enhancedMode": {"enabled": True, "task": "sing"}}, "InvalidPayload"),
        ({"enhancedMode": {"enabled": True, "task": "translate"}}, "InvalidParameterValue"),
    ],
    ids=str,
)
def test_what_the_newest_refuses(newest: Api, definition: dict[str, Any], inner: str) -> None:
    """Of the fields that came with 2025-10-15."""
    answer = newest.transcribe(definition)
    assert (answer.status_code, answer.json()["innerError"]["code"]) == (400, inner)


def test_what_the_newest_takes(newest: Api) -> None:
    """Phrase lists and enhanced mode are understood."""
    definition = {"phraseList": {"phrases": ["Katie"], "biasingWeight": 1.5}, "enhancedMode": {"enabled": True}}
    assert newest.transcribe(definition).status_code == 200


def test_requests_that_are_no_form(api: Api) -> None:
    """Other types are 415; a form that is none, a part too many or none of audio are 400."""
    path = "transcriptions:transcribe"
    assert api.call("POST", path, json={}).status_code == 415
    boundless = api.call("POST", path, content=b"x", headers={"content-type": "multipart/form-data"})
    broken = api.call("POST", path, content=b"x", headers={"content-type": "multipart/form-data; boundary=b"})
    stranger = api.call("POST", path, files={"audio": ("a", b"x"), "file": ("b", b"x")})
    twice = api.call("POST", path, files=[("audio", ("a", b"x")), ("audio", ("b", b"x"))])
    alone = api.transcribe({"locales": ["en-US"]}, None)
    answers = (boundless, broken, stranger, twice, alone)
    assert [answer.status_code for answer in answers] == [400] * 5
    assert alone.json()["innerError"]["code"] == "MissingInputRecords"


@pytest.mark.parametrize(
    ("sound", "definition", "inner"),
    [
        ("stereo", {"channels": [0, 1], "diarization": {"enabled": True}}, "BadChannelConfiguration"),
        ("stereo", {"channels": [3]}, "InvalidChannelSpecification"),
        ("empty", {}, "EmptyAudioFile"),
        ("nothing", {}, "EmptyAudioFile"),
    ],
)
def test_audio_that_is_refused(
    api: Api, sounds: dict[str, bytes], sound: str, definition: dict[str, Any], inner: str
) -> None:
    """422 with the contract's finer code, script or not."""
    answer = api.transcribe(definition, sounds[sound])
    assert (answer.status_code, answer.json()["code"], answer.json()["innerError"]["code"]) == (
        422,
        "UnprocessableEntity",
        inner,
    )


@pytest.mark.parametrize(
    ("sound", "definition"),
    [
        ("stereo", {"channels": [0, 1]}),
        ("stereo", {"channels": [1], "diarization": {"enabled": True}}),
        ("stereo", {"diarization": {"enabled": True}}),
        ("mono", {"channels": [0, 1], "diarization": {"enabled": True}}),
    ],
)
def test_audio_that_is_taken(api: Api, sounds: dict[str, bytes], sound: str, definition: dict[str, Any]) -> None:
    """Stereo is merged unless channels are named; of mono audio they are ignored."""
    answer = api.transcribe(definition, sounds[sound])
    assert (answer.status_code, answer.json()["durationMilliseconds"]) == (200, 3000)


def test_without_a_script_it_must_be_audio(speech_emulator: SpeechEmulator, sounds: dict[str, bytes]) -> None:
    """And in a language that can be heard here; silence is a result without phrases."""
    with Api(speech_emulator) as api:
        text = api.transcribe({}, sounds["text"])
        assert (text.status_code, text.json()["innerError"]["code"]) == (422, "InvalidAudioFormat")
        german = api.transcribe({"locales": ["de-DE"]}, sounds["mono"])
        assert (german.status_code, german.json()["innerError"]["code"]) == (422, "UnsupportedLanguageCode")
        quiet = api.transcribe({"locales": ["en-US"]}, wav_bytes(pcm16(silence(2))))
        assert (quiet.status_code, quiet.json()["phrases"]) == (200, [])


def test_limits(sounds: dict[str, bytes]) -> None:
    """Of bytes 413, of length 422; speakers have a shorter one."""
    with running_emulator(fast_bytes=100_000, fast_diarized_seconds=2.0, fast_seconds=4.0) as emulator:
        emulator.script(SAID)
        with Api(emulator) as api:
            assert api.transcribe({}, sounds["mono"]).status_code == 200
            diarized = api.transcribe(DIARIZED, sounds["mono"])
            assert (diarized.status_code, diarized.json()["innerError"]["code"]) == (422, "AudioLengthLimitExceeded")
            assert api.transcribe({}, bytes(100_001)).status_code == 413


def test_a_caller_who_leaves_takes_nothing_along(
    speech_emulator: SpeechEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    """An upload that is broken off leaves the emulator in order, and nothing in its log."""
    speech_emulator.script(SAID)

    def half() -> Iterator[bytes]:
        yield b'--b0\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n' + bytes(MIB)
        raise ConnectionError("the caller leaves")

    with httpx.Client(verify=False) as client, pytest.raises(ConnectionError, match="the caller leaves"):
        client.post(
            f"{speech_emulator.url}/speechtotext/transcriptions:transcribe?api-version=2025-10-15",
            content=half(),
            headers={KEY: speech_emulator.key, "content-type": "multipart/form-data; boundary=b0"},
        )
    with Api(speech_emulator) as api:
        assert api.transcribe({}).status_code == 200
    assert caplog.records == []


def test_several_at_once(newest: Api) -> None:
    """Each gets its own answer."""
    answers: list[int] = []

    def ask() -> None:
        with Api(newest.emulator) as api:
            answers.append(api.transcribe(DIARIZED, bytes(MIB)).status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4


def test_folders_are_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an emulator wrote is gone when it has ended."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with running_emulator() as emulator:
        emulator.script(SAID)
        with Api(emulator) as api:
            assert api.transcribe({}).status_code == 200
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
