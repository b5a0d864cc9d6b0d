"""What is taken out before an exchange is written down, and that a replay still finds what it asks for."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st
from vcr.request import Request

from support.leaks import KEY, TOKEN
from support.scrubbing import MASK, STORAGE, Scrubber

SAS_URL = "https://meetings.test/c/a.wav?sv=2022-11-02&sp=r&sig=Ab%2F12%2Bcd%3D%3D&se=2027-01-01"
NOTHING = Scrubber()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def a_form(definition: Any, audio: bytes | None, boundary: str = "b0a1") -> Request:
    """A request of fast transcription as httpx writes it."""
    parts: dict[str, Any] = {"definition": (None, json.dumps(definition), "application/json")}
    if audio is not None:
        parts["audio"] = ("meeting.wav", audio, "audio/wav")
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    sent = httpx.Request("POST", "http://speech.test/x", headers=headers, files=parts)
    return Request("POST", str(sent.url), sent.read(), dict(sent.headers))


def cleaned(scrubber: Scrubber, request: Request) -> Request:
    """A request that is recorded, clean."""
    found = scrubber.request(request)
    assert found is not None
    return found


def test_a_request_is_scrubbed_as_it_is_written() -> None:
    """Header and query names are compared without case; the host is one for all; what is sent keeps its secrets."""
    original = Request(
        "GET",
        "http://127.0.0.1:8437/api/v1/OfflineTask?id=caf%C3%A9&OCP-APIM-subscription-key=short",
        "",
        {"OCP-Apim-Subscription-Key": "short", "AUTHORIZATION": "Basic YQ==", "Accept": "application/json"},
    )
    request = cleaned(Scrubber((("127.0.0.1:8437", "legacy.test"),)), original)
    assert request.uri == f"http://legacy.test/api/v1/OfflineTask?id=caf%C3%A9&OCP-APIM-subscription-key={MASK}"
    assert dict(request.headers) == {
        "OCP-Apim-Subscription-Key": MASK,
        "AUTHORIZATION": MASK,
        "Accept": "application/json",
    }
    assert original.headers["AUTHORIZATION"] == "Basic YQ=="


def test_a_response_is_scrubbed_as_it_is_written() -> None:
    """Cookies, and secrets that a service echoes into its headers and its body; the length is that of what is left."""
    headers = {"SET-Cookie": ["a=1", "b=2"], "location": ["http://127.0.0.1:5/x?sig=abc"], "Content-Length": ["9"]}
    response = Scrubber((("127.0.0.1:5", "legacy.test"),), (KEY, TOKEN)).response(
        {"headers": headers, "body": {"string": f"b\u00fcro {KEY} Bearer {TOKEN}".encode()}}
    )
    assert response["body"]["string"].decode() == f"b\u00fcro {MASK} {MASK}"
    assert response["headers"] == {
        "SET-Cookie": [MASK, MASK],
        "location": [f"http://legacy.test/x?sig={MASK}"],
        "Content-Length": [str(len(response["body"]["string"]))],
    }


def test_a_replay_asks_for_what_was_recorded() -> None:
    """A URL that was scrubbed in an answer is the one that a request for it is scrubbed to."""
    answer = json.dumps({"links": {"contentUrl": SAS_URL}}).replace("&", "\\u0026").encode()
    recorded = NOTHING.response({"headers": {}, "body": {"string": answer}})
    told = json.loads(recorded["body"]["string"])["links"]["contentUrl"]
    assert told == SAS_URL.replace("Ab%2F12%2Bcd%3D%3D", MASK)
    while_recording, in_replay = (cleaned(NOTHING, Request("GET", url, b"", {})) for url in (SAS_URL, told))
    assert while_recording.uri == in_replay.uri == told


def test_a_clean_body_stays_as_it_came() -> None:
    """Evidence is not tidied up."""
    body = b'{ "offsetInTicks": 7600000.0,\r\n  "text": "b\\u00fcro" }'
    assert NOTHING.response({"headers": {}, "body": {"string": body}})["body"]["string"] == body


def test_places_of_an_account_are_renamed() -> None:
    """Its region, its audio with and without the SAS, and the service's own storage, also where they are escaped."""
    scrubber = Scrubber(
        (
            ("westeurope.api.cognitive.microsoft.com", "speech.test"),
            (SAS_URL, f"http://audio.test/a.flac?sig={MASK}"),
            (SAS_URL.partition("?")[0], "http://audio.test/a.flac"),
        )
    )
    body = {
        "self": "https://westeurope.api.cognitive.microsoft.com/speechtotext/1",
        "given": SAS_URL,
        "source": SAS_URL.partition("?")[0],
        "next": "https://x.test/?to=https%3A%2F%2Fmeetings.test%2Fc%2Fa.wav",
        "contentUrl": "https://spsvcprodweu.blob.core.windows.net/a/b.json",
    }
    found = scrubber.response({"headers": {}, "body": {"string": json.dumps(body).encode()}})["body"]["string"]
    assert json.loads(found) == {
        "self": "https://speech.test/speechtotext/1",
        "given": f"http://audio.test/a.flac?sig={MASK}",
        "source": "http://audio.test/a.flac",
        "next": "https://x.test/?to=http%3A%2F%2Faudio.test%2Fa.flac",
        "contentUrl": f"https://{STORAGE}/a/b.json",
    }


def test_what_is_none_of_the_service_leaves_no_trace() -> None:
    """The emulator's own requests go through the same httpx."""
    scrubber = Scrubber(unrecorded=frozenset({"127.0.0.1:9"}))
    assert scrubber.request(Request("GET", "http://127.0.0.1:9/list", b"", {})) is None


@given(definition=JSON, audio=st.binary())
def test_audio_is_a_hash_and_a_length(definition: Any, audio: bytes) -> None:
    """Whatever is in it, a form becomes its definition, and its audio's hash and length."""
    request = cleaned(NOTHING, a_form({"given": definition}, audio))
    found = json.loads(request.body)
    assert found["audio"] == {"bytes": len(audio), "sha256": hashlib.sha256(audio).hexdigest(), "type": "audio/wav"}
    assert found["definition"] == {"given": definition}
    assert request.headers["content-type"] == f"multipart/form-data; boundary={MASK}"


def test_forms_are_compared_by_what_they_say() -> None:
    """Another boundary or another order of fields is the same request; another definition or audio is another."""
    first = a_form({"locales": ["en-US"], "channels": [0]}, b"RIFF\x00")
    same = a_form({"channels": [0], "locales": ["en-US"]}, b"RIFF\x00", boundary="c4d7")
    other_language = a_form({"locales": ["de-DE"], "channels": [0]}, b"RIFF\x00")
    other_audio = a_form({"locales": ["en-US"], "channels": [0]}, b"RIFF\x01")
    bodies = [cleaned(NOTHING, form).body for form in (first, same, other_language, other_audio)]
    assert bodies[0] == bodies[1]
    assert len(set(bodies)) == 3


def test_a_form_is_scrubbed_once() -> None:
    """vcrpy scrubs a request again and again: the second time changes nothing."""
    once = cleaned(NOTHING, a_form({"locales": []}, b"RIFF"))
    again = cleaned(NOTHING, once)
    assert (again.body, dict(again.headers)) == (once.body, dict(once.headers))


def test_a_form_hides_no_secret() -> None:
    """A definition names audio by URL, which may hold a SAS."""
    body = cleaned(NOTHING, a_form({"audioUrl": SAS_URL}, None)).body
    assert json.loads(body)["definition"]["audioUrl"] == SAS_URL.replace("Ab%2F12%2Bcd%3D%3D", MASK)
