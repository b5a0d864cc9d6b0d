"""Voice signatures: the old shape, what is taken for a voice, and that nothing of it stays."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from remote_meeting.gateway.signatures import MOST_BYTES, RESOURCES, answer, is_empty_signature
from support.servers import serving
from support.sound import pcm16, tone, wav_bytes

BASE = "/api/v1/Signature"
FROM_BYTES = f"{BASE}/GenerateVoiceSignatureFromByteArray"
FROM_FORM = f"{BASE}/GenerateVoiceSignatureFromFormData"
VOICE = wav_bytes(pcm16(tone(1)))
Send = Callable[[str, bytes], httpx.Response]
FORM = {"content-type": "multipart/form-data; boundary=b0"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that makes signatures of whatever comes."""
    route = Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE"])
    with serving(Starlette(routes=[route])) as address:
        yield address


@pytest.fixture(params=["body", "form"])
def send(url: str, request: pytest.FixtureRequest) -> Send:
    """Sends a voice as a body, or in a form as Python, C# and curl write them."""

    def call(name: str, voice: bytes) -> httpx.Response:
        if request.param == "body":
            return httpx.post(url + FROM_BYTES, content=voice)
        return httpx.post(url + FROM_FORM, files={"file": (name, voice, "audio/wav")}, data={"other": "x"})

    return call


def signature(response: httpx.Response) -> object:
    """What an app keeps of an answer."""
    assert response.status_code == 200, response.text
    told = response.json()
    assert list(told) == ["Status", "Signature", "Transcription"]
    assert (told["Status"], told["Transcription"]) == ("OK", "")
    return told["Signature"]


def refused(response: httpx.Response, status: int, words: str) -> None:
    """Refused with one sentence."""
    assert response.status_code == status, response.text
    message = response.json()["message"]
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message


def test_a_voice_gets_a_signature_that_carries_none(send: Send) -> None:
    """In the shape that the SDK's clients demand of one: Version a number, Tag and Data texts that are there."""
    given = signature(send("voice.wav", VOICE))
    assert isinstance(given, dict)
    assert list(given) == ["Version", "Tag", "Data"]
    assert type(given["Version"]) is int
    assert given["Tag"] == "none"
    assert given["Data"]
    assert is_empty_signature(json.dumps(given))


@pytest.mark.parametrize("path", [FROM_BYTES.lower(), FROM_BYTES.upper(), "/generatevoicesignaturefrombytearray/"])
def test_the_path_is_matched_by_its_last_part(url: str, path: str) -> None:
    """In any case, below any base."""
    assert path.rstrip("/").rpartition("/")[2].lower() in RESOURCES
    signature(httpx.post(url + path, content=VOICE))


@pytest.mark.parametrize(
    ("voice", "status", "words"),
    [
        (b"", 400, "empty"),
        (b"We met on Monday.", 415, "no WAV"),
        (VOICE[:30], 415, "header is cut"),
        (b"RIFF" + b"\0" * 200_000, 415, "no WAV"),
        (wav_bytes(pcm16(tone(1)), channels=2), 400, "2 channels"),
        (wav_bytes(pcm16(tone(1)), rate=44_100), 400, "44,100 samples a second"),
        (wav_bytes(bytes(800), bits=8), 415, "not 16 bit PCM"),
        (wav_bytes(bytes(800), bits=32, tag=3), 415, "not 16 bit PCM"),
        (wav_bytes(b""), 400, "no samples"),
        (wav_bytes(pcm16(tone(1)), declared=64_000), 400, "cut"),
        (wav_bytes(bytes(MOST_BYTES)), 413, "larger than 8 MiB"),
    ],
)
def test_what_is_no_voice_is_refused(send: Send, voice: bytes, status: int, words: str) -> None:
    """With what is wrong, however it was sent."""
    refused(send("voice.wav", voice), status, words)


@pytest.mark.parametrize("declared", [0, 0x7FFFF000, 0xFFFFFFFF])
def test_a_recorder_that_cannot_seek_back_is_understood(send: Send, declared: int) -> None:
    """Its size in the header says nothing."""
    signature(send("voice.wav", wav_bytes(pcm16(tone(1)), declared=declared)))


def test_the_longest_that_is_recommended_fits(send: Send) -> None:
    """Two minutes."""
    signature(send("voice.wav", wav_bytes(bytes(120 * 32_000))))


def test_nothing_of_a_voice_is_put_on_disk(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is there a temporary file."""

    def refuse(*_: object, **__: object) -> io.BytesIO:
        raise AssertionError("a voice is put on disk")

    for name in ("SpooledTemporaryFile", "TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    signature(send("voice.wav", wav_bytes(bytes(120 * 32_000))))


@pytest.mark.parametrize("name", ["file", "FILE", "File"])
def test_a_part_named_file_is_enough(url: str, name: str) -> None:
    """Without a file name or a type of its own, and wherever it stands."""
    parts = [(b"x", b"1"), (name.encode(), VOICE), (b"y", b"2")]
    body = b"".join(
        b'--b0\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (part, value) for part, value in parts
    )
    signature(httpx.post(url + FROM_FORM, content=body + b"--b0--\r\n", headers=FORM))


@pytest.mark.parametrize(
    ("content", "content_type", "status", "words"),
    [
        (VOICE, "audio/wav", 415, "multipart/form-data"),
        (VOICE, "multipart/form-data", 400, "boundary"),
        (VOICE, "multipart/form-data; boundary=b0", 400, "no multipart/form-data"),
        (b"", "multipart/form-data; boundary=b0", 400, "no part named file"),
        (b"--b0--\r\n", "multipart/form-data; boundary=b0", 400, "no part named file"),
        (
            b'--b0\r\nContent-Disposition: form-data; name="voice"\r\n\r\nx\r\n--b0--\r\n',
            "multipart/form-data; boundary=b0",
            400,
            "no part named file",
        ),
        (
            b'--b0\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + VOICE,
            "multipart/form-data; boundary=b0",
            400,
            "last boundary",
        ),
        (b"--b0\r\nno header\r\n\r\n", "multipart/form-data; boundary=b0", 400, "no multipart/form-data"),
        (VOICE, f"multipart/form-data; boundary={'b' * 300}", 400, "no multipart/form-data"),
    ],
)
def test_a_form_that_is_none_is_refused(url: str, content: bytes, content_type: str, status: int, words: str) -> None:
    """Malformed input of whatever kind is the sender's affair."""
    refused(httpx.post(url + FROM_FORM, content=content, headers={"content-type": content_type}), status, words)


def test_a_form_of_anything_but_a_voice_is_bounded(url: str) -> None:
    """Parts that are passed over count too."""
    files = {"other": ("x", bytes(MOST_BYTES + 100_000))}
    refused(httpx.post(url + FROM_FORM, files=files), 413, "larger than 8 MiB")


def test_a_form_is_no_body(url: str) -> None:
    """The sentence says where it belongs."""
    refused(httpx.post(url + FROM_BYTES, files={"file": VOICE}), 415, "GenerateVoiceSignatureFromFormData")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_it_is_asked_for_with_post(url: str, method: str) -> None:
    """405, with the one that is right."""
    response = httpx.request(method, url + FROM_BYTES)
    refused(response, 405, "POST")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "null",
        '{"Version":0,"Tag":"none","Data":"bm9uZQ=="}',
        '{"Data":"bm9uZQ==","Tag":"none","Version":"0"}',
        '{ "version": 0, "tag": "NONE", "data": "" }',
        {"Version": 0, "Tag": "none", "Data": "bm9uZQ=="},
        None,
    ],
)
def test_an_empty_signature_is_known_again(given: object) -> None:
    """As apps write it anew, and as older SDKs send it: no text but an object."""
    assert is_empty_signature(given)


@pytest.mark.parametrize(
    "given",
    [
        '{"Version":1,"Tag":"9DaQ","Data":"r8PU"}',
        '{"Version":0,"Tag":"9DaQ","Data":""}',
        '{"Version":1,"Tag":"none","Data":""}',
        '"none"',
        "[]",
        "none",
        "{",
        "[" * 100_000,
        7,
    ],
)
def test_any_other_signature_is_not_taken_for_it(given: object) -> None:
    """The old service's, or whatever an app made up."""
    assert not is_empty_signature(given)
