"""What is recorded is fit to be read by anybody: no secrets, small, and true about where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from vcr.request import Request
from vcr.serializers import yamlserializer

from support.cassettes import (
    FOLDER,
    KEY,
    LARGEST_BYTES,
    MASK,
    TOKEN,
    Recorder,
    problems,
    scrub_request,
    scrub_response,
)

CASSETTES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
OTHER_KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"


def a_cassette() -> dict[str, Any]:
    """A clean one, to plant something in."""
    return {
        "recorded": {"from": "gateway", "faults": "none", "on": "2026-11-22", "api": "OfflineTask"},
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
    return cassette["interactions"][0]["request"]  # type: ignore[no-any-return]


def response_of(cassette: dict[str, Any]) -> dict[str, Any]:
    """Its first response."""
    return cassette["interactions"][0]["response"]  # type: ignore[no-any-return]


PLANTED: dict[str, Callable[[dict[str, Any]], object]] = {
    "the tests' key": lambda it: response_of(it)["body"].update(string=f'{{"echo": "{KEY}"}}'),
    "the tests' token": lambda it: response_of(it)["body"].update(string=f"{'x ' * 60}{TOKEN}"),
    "a bearer token": lambda it: response_of(it)["body"].update(string="BEARER abcdefghijkl"),
    "a signature": lambda it: response_of(it)["body"].update(string="https://blob.test/a.wav?se=1&sig=Ab%2B12"),
    "an address of the machine": lambda it: request_of(it).update(uri="http://127.0.0.1:40001/api/v1/OfflineTask"),
    "authorization is not": lambda it: request_of(it)["headers"].update(Authorization=["Basic YQ=="]),
    "ocp-apim-subscription-key is not": lambda it: request_of(it)["headers"].update(
        {"Ocp-Apim-Subscription-KEY": ["short"]}
    ),
    "set-cookie is not": lambda it: response_of(it)["headers"].update({"Set-Cookie": ["session=1"]}),
    "Ocp-Apim-Subscription-Key is not": lambda it: request_of(it).update(
        uri="http://legacy.test/?Ocp-Apim-Subscription-Key=k"
    ),
    "x-custom looks like a key": lambda it: request_of(it)["headers"].update({"X-Custom": [OTHER_KEY]}),
    "x-new looks like a key": lambda it: response_of(it)["headers"].update({"X-New": ["A1" * 42]}),
    "comes from 'azure'": lambda it: it["recorded"].update({"from": "azure"}),
    "no word on api, on": lambda it: (it["recorded"].pop("on"), it["recorded"].pop("api")),
    "not a cassette with a `recorded` entry": lambda it: it.pop("recorded"),
    "larger than": lambda it: response_of(it)["body"].update(string="x" * LARGEST_BYTES),
}


def test_there_are_cassettes() -> None:
    """The checks below have something to check."""
    assert len([path for path in CASSETTES if path.parent.name == "legacy"]) == 14


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_cassette_is_clean(path: Path) -> None:
    """No secret, not large, and a source that it may name."""
    assert problems(path.read_bytes()) == []


def test_a_clean_one_passes() -> None:
    """The cassette in which things are planted has nothing wrong by itself."""
    assert problems(yaml.safe_dump(a_cassette()).encode()) == []


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_is_found(what: str, tmp_path: Path) -> None:
    """Each kind of dirt is found, and named."""
    cassette = a_cassette()
    PLANTED[what](cassette)
    planted = tmp_path / "planted.yaml"
    planted.write_text(yaml.safe_dump(cassette))
    assert any(what in problem for problem in problems(planted.read_bytes()))


def test_a_binary_body_hides_nothing() -> None:
    """YAML writes bytes that are no text in base64, where no search finds a key."""
    cassette = a_cassette()
    response_of(cassette)["body"]["string"] = b"\xff\x00" + KEY.encode()
    content = yaml.safe_dump(cassette).encode()
    assert KEY.encode() not in content
    assert problems(content) == ["holds the tests' key"]


def test_azure_is_a_source_only_where_it_is_allowed() -> None:
    """Who really recorded from Azure says so in the test that allows it."""
    cassette = a_cassette()
    cassette["recorded"]["from"] = "azure"
    assert problems(yaml.safe_dump(cassette).encode(), sources=frozenset({"azure"})) == []


@pytest.mark.parametrize("content", [b"", b"[]", b"- {", b"\xff\xfe", b"interactions: []\nrecorded: 7"])
def test_what_is_no_cassette_is_reported(content: bytes) -> None:
    """A damaged file is dirt, too, and no crash."""
    assert problems(content) != []


def test_a_request_is_scrubbed_as_it_is_written() -> None:
    """Header and query names are compared without case; the host is one for all; the rest stays."""
    request = scrub_request(
        Request(
            "GET",
            "http://127.0.0.1:8437/api/v1/OfflineTask?id=caf%C3%A9&OCP-APIM-subscription-key=short",
            "",
            {"OCP-Apim-Subscription-Key": "short", "AUTHORIZATION": "Basic YQ==", "Accept": "application/json"},
        )
    )
    assert request.uri == f"http://legacy.test/api/v1/OfflineTask?id=caf%C3%A9&OCP-APIM-subscription-key={MASK}"
    assert dict(request.headers) == {
        "OCP-Apim-Subscription-Key": MASK,
        "AUTHORIZATION": MASK,
        "Accept": "application/json",
    }


def test_a_response_is_scrubbed_as_it_is_written() -> None:
    """Cookies, and secrets that a service echoes into its headers and its body."""
    response = scrub_response(
        {
            "headers": {"SET-Cookie": ["a=1", "b=2"], "location": ["http://127.0.0.1:5/x?sig=abc"]},
            "body": {"string": f"b\u00fcro {KEY} Bearer {TOKEN}".encode()},
        }
    )
    assert response["headers"] == {
        "SET-Cookie": [MASK, MASK],
        "location": [f"http://legacy.test/x?sig={MASK}"],
    }
    assert response["body"]["string"].decode() == f"b\u00fcro {MASK} {MASK}"


def test_a_dirty_cassette_is_not_even_written(tmp_path: Path) -> None:
    """Where scrubbing has a hole, the recorder refuses."""
    cassette = {
        "requests": [SimpleNamespace(_to_dict=lambda: {**request_of(a_cassette()), "headers": {"api-key": ["k"]}})],
        "responses": [response_of(a_cassette())],
    }
    with pytest.raises(ValueError, match="api-key is not scrubbed"):
        Recorder(lambda: False).save_cassette(str(tmp_path / "dirty.yaml"), cassette, yamlserializer)
    assert list(tmp_path.iterdir()) == []
