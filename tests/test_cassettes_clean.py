"""What is recorded is fit to be read by anybody: no secrets, small, and true about where it comes from."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from vcr.request import Request
from vcr.serializers import yamlserializer

from support.cassettes import FOLDER, Recorder
from support.leaks import HERE_SOURCES, KEY, LARGEST_BYTES, LARGEST_FROM_AZURE_BYTES, TOKEN, problems
from support.scrubbing import MASK, Scrubber

CASSETTES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
# `batch/success_2_speakers.yaml` and the like: who records one from Azure names it here, and nobody else does.
FROM_AZURE: frozenset[str] = frozenset()
COUNT = {"batch": 18, "fast": 11, "legacy": 22, "realtime": 14}
OTHER_KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"
SIGNATURE = "Ab/12+cd=="
SAS_URL = f"https://meetings.test/c/a.wav?sv=2022-11-02&se=2027-01-01&sp=r&sig={quote(SIGNATURE, safe='')}"
SECRETS = {
    "a key": (OTHER_KEY, "holds what looks like a key"),
    "a long key": ("A1b2" * 21, "holds what looks like a key"),
    "a storage account's key": (base64.b64encode(bytes(range(64))).decode(), "holds what looks like a key"),
    "the tests' key": (KEY, "holds the tests' key"),
    "a token": ("eyJ0eXAiOiJKV1Qi.eyJvaWQiOiJub2JvZHki.c2lnbmVk", "holds a token (JWT)"),
    "the tests' token": (TOKEN, "holds the tests' token"),
    "a bearer token": ("Bearer abcdefghijkl", "holds a bearer token"),
    "a SAS": (SAS_URL, "holds a signature (sig=)"),
}


def net_json(text: str) -> str:
    """JSON as .NET writes it: whatever could mean something in HTML, as an escape."""
    escapes = {character: f"\\u{ord(character):04X}" for character in "&+<>'"}
    return "".join(escapes.get(character, character) for character in json.dumps(text))


DISGUISES: dict[str, Callable[[str], str | bytes]] = {
    "as it is": str,
    "in JSON": lambda text: json.dumps({"values": [{"links": {"contentUrl": text}}]}),
    "in JSON, slashes escaped": lambda text: json.dumps({"url": text}).replace("/", "\\/"),
    "in JSON as .NET writes it": lambda text: f'{{"url": {net_json(text)}}}',
    "JSON in JSON": lambda text: json.dumps({"details": json.dumps({"source": text})}),
    "in a URL": lambda text: f"https://way.test/login?next={quote(text, safe='')}&lang=en",
    "in a URL in a URL": lambda text: f"x?to={quote('https://way.test/?next=' + quote(text, safe=''), safe='')}",
    "in a URL in JSON": lambda text: json.dumps({"next": f"https://way.test/?to={quote(text, safe='')}"}),
    "in XML": lambda text: f"<Url>{text.replace('&', '&amp;')}</Url>",
    "in bytes that are no text": lambda text: b"\xff\x00 " + text.encode(),
}


def a_cassette(source: str = "gateway", api: str = "OfflineTask") -> dict[str, Any]:
    """A clean one, to plant something in."""
    return {
        "recorded": {"from": source, "faults": "none", "on": "2026-11-22", "api": api},
        "interactions": [
            {
                "request": {
                    "method": "GET",
                    "uri": "http://legacy.test/api/v1/OfflineTask?id=1",
                    "body": "",
                    "headers": {"authorization": [MASK], "x-requestid": [OTHER_KEY]},
                },
                "response": {"status": {"code": 200}, "headers": {"server": ["uvicorn"]}, "body": {"string": "{}"}},
            }
        ],
    }


def request_of(cassette: dict[str, Any]) -> dict[str, Any]:
    """Its first request."""
    found: dict[str, Any] = cassette["interactions"][0]["request"]
    return found


def response_of(cassette: dict[str, Any]) -> dict[str, Any]:
    """Its first response."""
    found: dict[str, Any] = cassette["interactions"][0]["response"]
    return found


def written(cassette: dict[str, Any]) -> bytes:
    """As it stands in a file."""
    return yaml.safe_dump(cassette).encode()


PLACES: dict[str, Callable[[dict[str, Any], str | bytes], object]] = {
    "request body": lambda it, planted: request_of(it).update(body=planted),
    "response body": lambda it, planted: response_of(it)["body"].update(string=planted),
    "request header": lambda it, planted: request_of(it)["headers"].update({"X-Custom": [planted]}),
    "response header": lambda it, planted: response_of(it)["headers"].update({"Location": [planted]}),
    "URL": lambda it, planted: request_of(it).update(uri=f"http://legacy.test/x?a={planted!s}"),
}

PLANTED: dict[str, Callable[[dict[str, Any]], object]] = {
    "an address of the machine": lambda it: request_of(it).update(uri="http://127.0.0.1:40001/api/v1/OfflineTask"),
    "asks westeurope.api.cognitive.microsoft.com": lambda it: request_of(it).update(
        uri="https://westeurope.api.cognitive.microsoft.com/speechtotext/transcriptions/1"
    ),
    "authorization is not": lambda it: request_of(it)["headers"].update(Authorization=["Basic YQ=="]),
    "ocp-apim-subscription-key is not": lambda it: request_of(it)["headers"].update(
        {"Ocp-Apim-Subscription-KEY": ["short"]}
    ),
    "set-cookie is not": lambda it: response_of(it)["headers"].update({"Set-Cookie": ["session=1"]}),
    "Ocp-Apim-Subscription-Key is not": lambda it: request_of(it).update(
        uri="http://legacy.test/?Ocp-Apim-Subscription-Key=k"
    ),
    "content-encoding hides the body": lambda it: response_of(it)["headers"].update({"Content-Encoding": ["gzip"]}),
    "comes from 'azure'": lambda it: it["recorded"].update({"from": "azure"}),
    "faults are 'some'": lambda it: it["recorded"].update({"faults": "some"}),
    "no word on api, on": lambda it: (it["recorded"].pop("on"), it["recorded"].pop("api")),
    "says OfflineTask and speaks 2024-11-15": lambda it: request_of(it).update(
        uri="http://legacy.test/x?api-version=2024-11-15"
    ),
    "not a cassette with a `recorded` entry": lambda it: it.pop("recorded"),
    "larger than": lambda it: response_of(it)["body"].update(string="x" * LARGEST_BYTES),
}


def test_there_are_cassettes() -> None:
    """The checks below have something to check: one cassette a behaviour, no more and no less."""
    assert {folder: len([path for path in CASSETTES if path.parent.name == folder]) for folder in COUNT} == COUNT
    assert len(CASSETTES) == sum(COUNT.values())


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_cassette_is_clean(path: Path) -> None:
    """No secret, not large, and from where it may come: Azure only where somebody says that it was there."""
    named = f"{path.parent.name}/{path.name}" in FROM_AZURE
    assert problems(path.read_bytes(), sources=frozenset({"azure"}) if named else HERE_SOURCES) == []


def test_a_clean_one_passes() -> None:
    """The cassette in which things are planted has nothing wrong by itself."""
    assert problems(written(a_cassette())) == []


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_is_found(what: str, tmp_path: Path) -> None:
    """Each kind of dirt is found, and named."""
    cassette = a_cassette()
    PLANTED[what](cassette)
    planted = tmp_path / "planted.yaml"
    planted.write_text(yaml.safe_dump(cassette))
    assert any(what in problem for problem in problems(planted.read_bytes()))


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_planted_secret_is_found(secret: str, disguise: str) -> None:
    """A key, a token and a SAS, wherever they stand and however they are written."""
    text, named = SECRETS[secret]
    planted = DISGUISES[disguise](text)
    overlooked = []
    for place, plant in PLACES.items():
        cassette = a_cassette()
        is_binary = isinstance(planted, bytes) and "body" not in place
        plant(cassette, planted.decode("latin-1") if is_binary else planted)
        if named not in problems(written(cassette)):
            overlooked.append(place)
    assert overlooked == []


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_scrubbed_exchange_is_clean(secret: str, disguise: str) -> None:
    """What is recorded goes through the scrubber, which takes out everything that is found afterwards."""
    text, _ = SECRETS[secret]
    # Nobody sends a SAS as a key: the scrubber has to see what it is.
    sent = (KEY, TOKEN) if text == SAS_URL else (text, KEY, TOKEN)
    scrubber = Scrubber(secrets=sent)
    planted = DISGUISES[disguise](text)
    body = planted if isinstance(planted, bytes) else planted.encode()
    cassette = a_cassette()
    request = scrubber.request(Request("POST", "http://speech.test/x", body, {"content-type": "application/json"}))
    assert request is not None
    request_of(cassette)["body"] = request.body
    response = scrubber.response({"headers": {}, "body": {"string": body}})
    response_of(cassette)["body"]["string"] = response["body"]["string"]
    assert problems(written(cassette), secrets=sent) == []


def test_a_secret_that_was_sent_is_known() -> None:
    """Not every key looks like one: what was really sent is looked for to the letter."""
    cassette = a_cassette()
    response_of(cassette)["body"]["string"] = '{"echo": "correct horse"}'
    assert problems(written(cassette)) == []
    assert problems(written(cassette), secrets=("correct horse",)) == ["holds a secret that was sent"]


def test_ids_are_no_keys() -> None:
    """A service's request id may have 32 digits, a manual clock's ids begin with zeros, a hash has 64."""
    cassette = a_cassette()
    response_of(cassette)["headers"]["apim-request-id"] = [OTHER_KEY]
    request_of(cassette)["body"] = json.dumps({"attempt": f"{7:032x}", "sha256": OTHER_KEY * 2})
    assert problems(written(cassette)) == []


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"faults": "injected"}, ["says azure, and was answered by the emulator"]),
        ({"id": f"{12:032x}"}, ["says azure, and was answered by the emulator"]),
        ({"size": LARGEST_BYTES}, []),
        ({"size": LARGEST_FROM_AZURE_BYTES}, [f"larger than {LARGEST_FROM_AZURE_BYTES} bytes"]),
    ],
)
def test_azure_is_a_source_only_where_it_was_one(changed: dict[str, Any], found: list[str]) -> None:
    """Who really recorded from Azure says so in the test that allows it; an emulator's marks give the others away."""
    cassette = a_cassette("azure", "2025-10-15")
    cassette["recorded"]["faults"] = changed.get("faults", "none")
    response_of(cassette)["headers"]["apim-request-id"] = [changed.get("id", OTHER_KEY)]
    response_of(cassette)["body"]["string"] = "x" * changed.get("size", 0)
    assert problems(written(cassette), sources=frozenset({"azure"})) == found


def a_frame_cassette() -> dict[str, Any]:
    """A clean one of the other kind."""
    spoken = {"from": "client", "path": "speech.context", "headers": {"X-RequestId": "<id-1>"}, "body": {"mode": "x"}}
    request = {"path": "/stt/x", "query": {"language": "en-US"}, "headers": {"authorization": MASK}}
    recorded = {"from": "emulator", "client": "x 1", "faults": "none", "on": "2026-11-27", "api": "/stt/x"}
    return {"recorded": recorded, "connections": [{"request": request, "frames": [spoken]}], "version": 1}


FRAMES_PLANTED: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "holds what looks like a key": lambda _, talk: talk["frames"][0]["body"].update(echo=OTHER_KEY),
    "holds a token (JWT)": lambda _, talk: talk["frames"][0]["headers"].update(X=SECRETS["a token"][0]),
    "holds a signature (sig=)": lambda _, talk: talk["request"]["query"].update(next=SAS_URL),
    "an address of the machine": lambda _, talk: talk["frames"][0].update(text="ws://127.0.0.1:40001/"),
    "authorization is not scrubbed": lambda _, talk: talk["request"]["headers"].update(authorization="x"),
    "ocp-apim-subscription-key is not scrubbed": lambda _, talk: talk["frames"][0]["body"].update(
        {"Ocp-Apim-Subscription-Key": "x"}
    ),
    "holds audio": lambda _, talk: talk["frames"][0].update(base64="AAAA"),
    "comes from 'azure'": lambda it, _: it["recorded"].update({"from": "azure"}),
    "no word on client": lambda it, _: it["recorded"].pop("client"),
    "speaks of /elsewhere": lambda _, talk: talk["request"].update(path="/elsewhere"),
    "larger than": lambda _, talk: talk["frames"][0].update(text="x" * LARGEST_BYTES),
    "not a cassette": lambda it, _: it.pop("recorded"),
}


@pytest.mark.parametrize("what", FRAMES_PLANTED)
def test_what_is_planted_among_frames_is_found(what: str) -> None:
    """The same dirt in a frame cassette."""
    cassette = a_frame_cassette()
    assert problems(written(cassette)) == []
    FRAMES_PLANTED[what](cassette, cassette["connections"][0])
    assert any(what in problem for problem in problems(written(cassette)))


def test_frames_from_azure_were_not_ordered() -> None:
    """Nobody orders a bad day of Azure."""
    cassette = a_frame_cassette()
    cassette["recorded"] |= {"from": "azure", "faults": "injected"}
    said = problems(written(cassette), sources=frozenset({"azure"}))
    assert said == ["says azure, and was answered by the emulator"]


@pytest.mark.parametrize("content", [b"", b"[]", b"- {", b"\xff\xfe", b"interactions: []\nrecorded: 7"])
def test_what_is_no_cassette_is_reported(content: bytes) -> None:
    """A damaged file is dirt, too, and no crash."""
    assert problems(content) != []


def test_a_dirty_cassette_is_not_even_written(tmp_path: Path) -> None:
    """Where scrubbing has a hole, the recorder refuses."""
    cassette = {
        "requests": [SimpleNamespace(_to_dict=lambda: {**request_of(a_cassette()), "headers": {"api-key": ["k"]}})],
        "responses": [response_of(a_cassette())],
    }
    with pytest.raises(ValueError, match="api-key is not scrubbed"):
        Recorder("gateway", "OfflineTask", lambda: False).save_cassette(
            str(tmp_path / "dirty.yaml"), cassette, yamlserializer
        )
    assert list(tmp_path.iterdir()) == []
