"""What the emulator refuses, and in which words: it is not to be nicer than the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from remote_meeting_backends import ManualRuntime
from remote_meeting_backends.emulator import EMULATOR_KEY
from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support.emulated import KEY, SAID, Api, download

URL = "https://example.invalid/a.wav"
JSON = {"content-type": "application/json"}


@pytest.fixture
def api(speech_emulator: SpeechEmulator) -> Iterator[Api]:
    """A scripted emulator."""
    speech_emulator.script(SAID)
    with Api(speech_emulator) as api:
        yield api


@pytest.mark.parametrize(
    ("changes", "inner"),
    [
        ({"displayName": None}, "InvalidPayload"),
        ({"displayName": ""}, "InvalidPayload"),
        ({"displayName": 7}, "InvalidPayload"),
        ({"display_name": "x"}, "InvalidPayload"),
        ({"locale": None}, "InvalidLocale"),
        ({"locale": "xx-YY"}, "InvalidLocale"),
        ({"contentUrls": None}, "OnlyOneOfUrlsOrContainerOrDataset"),
        ({"contentUrls": [URL], "contentContainerUrl": URL}, "OnlyOneOfUrlsOrContainerOrDataset"),
        ({"contentUrls": []}, "InvalidRecordingsUri"),
        ({"contentUrls": ["meeting.wav"]}, "InvalidRecordingsUri"),
        ({"contentUrls": ["file:///etc/passwd"]}, "InvalidRecordingsUri"),
        ({"contentUrls": URL}, "InvalidRecordingsUri"),
        ({"contentUrls": [URL] * 1001}, "ExceededNumberOfRecordingsUris"),
        ({"dataset": {"self": URL}}, "InvalidDataset"),
        ({"project": {"self": URL}}, "InvalidProject"),
        ({"model": {"self": "base"}}, "InvalidModelUri"),
        ({"model": {}}, "InvalidModelUri"),
        ({"customProperties": {"k" * 65: "v"}}, "InvalidParameterValue"),
        ({"customProperties": {"k": "v" * 257}}, "InvalidParameterValue"),
        ({"customProperties": {f"k{n}": "v" for n in range(11)}}, "InvalidParameterValue"),
        ({"diarizationEnabled": True}, "InvalidPayload"),
        ({"properties": {"diarization": None}}, "InvalidPayload"),
        ({"properties": {"timeToLiveHours": 5}}, "InvalidTimeToLive"),
        ({"properties": {"timeToLiveHours": 745}}, "InvalidTimeToLive"),
        ({"properties": {"timeToLiveHours": "48"}}, "InvalidTimeToLive"),
        ({"properties": {"timeToLiveHours": True}}, "InvalidTimeToLive"),
        ({"properties": {"timeToLive": "PT48H"}}, "InvalidPayload"),
        ({"properties": {"diarizationEnabled": True}}, "InvalidPayload"),
        ({"properties": {"diarization": {"speakers": {"minCount": 1, "maxCount": 3}}}}, "InvalidPayload"),
        ({"properties": {"diarization": {"enabled": True, "maxSpeakers": 1}}}, "InvalidParameterValue"),
        ({"properties": {"diarization": {"enabled": True, "maxSpeakers": 36}}}, "InvalidParameterValue"),
        ({"properties": {"diarization": {"enabled": "true"}}}, "InvalidPayload"),
        ({"properties": {"channels": [-1]}}, "InvalidChannels"),
        ({"properties": {"channels": [0, 0]}}, "InvalidChannels"),
        ({"properties": {"channels": []}}, "InvalidChannels"),
        ({"properties": {"profanityFilterMode": "masked"}}, "InvalidPayload"),
        ({"properties": {"punctuationMode": "Sometimes"}}, "InvalidPayload"),
        ({"properties": {"languageIdentification": {}}}, "InvalidLocale"),
        ({"properties": {"languageIdentification": {"candidateLocales": ["en-US"]}}}, "InvalidParameterValue"),
        ({"properties": {"languageIdentification": {"candidateLocales": ["en-US"] * 11}}}, "InvalidParameterValue"),
        ({"properties": {"languageIdentification": {"candidateLocales": ["en-US", "xx-YY"]}}}, "InvalidLocale"),
    ],
    ids=str,
)
def test_a_job_that_is_refused(api: Api, changes: dict[str, Any], inner: str) -> None:
    """400 with the contract's finer code; nothing is made."""
    answer = api.post("transcriptions:submit", api.submission(**changes))
    assert (answer.status_code, answer.json()["code"], answer.json()["innerError"]["code"]) == (
        400,
        "InvalidRequest",
        inner,
    )
    assert api.emulator.log()["submitted"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"model": {"self": "https://westus.api.cognitive.microsoft.com/speechtotext/models/base/1?api-version=x"}},
        {"locale": "EN-us"},
        {"properties": {"channels": [0, 1], "diarization": {"enabled": True, "maxSpeakers": 35}}},
        {"properties": {"timeToLiveHours": 6}},
        {"properties": {"timeToLiveHours": 744}},
        {"properties": {"languageIdentification": {"candidateLocales": ["en-US", "de-DE"], "mode": "Single"}}},
        {"customProperties": {"k" * 64: "v" * 256}},
        {"contentUrls": [URL] * 1000},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_a_job_that_is_taken(api: Api, changes: dict[str, Any]) -> None:
    """What the documents allow, up to their limits."""
    api.emulator.fault("submit", "stuck")
    assert api.submit(**changes)["status"] == "NotStarted"


@pytest.mark.beyond_contract
def test_a_model_may_be_null(speech_emulator: SpeechEmulator) -> None:
    """Alone of all fields: the documents show it so, though the contract does not say it."""
    speech_emulator.fault("submit", "stuck")
    with Api(speech_emulator, watched=False) as api:
        body = {**api.submission(), "model": None}
        assert api.post("transcriptions:submit", body).status_code == 201
        refused = api.post("transcriptions:submit", {**body, "description": None})
        assert (refused.status_code, "description" in refused.json()["message"]) == (400, True)


@pytest.mark.parametrize(
    ("content", "headers", "status", "inner"),
    [
        (b"", JSON, 400, "EmptyRequest"),
        (b"{", JSON, 400, "InvalidRequestBodyFormat"),
        (b"[]", JSON, 400, "InvalidPayload"),
        (b"\xef\xbb\xbf{}", JSON, 400, "NoUtf8WithBom"),
        (b"\xff\xfe", JSON, 400, "InvalidRequestBodyFormat"),
        (b"[" * 5000, JSON, 400, "InvalidRequestBodyFormat"),
        (b"{}", {"content-type": "text/plain"}, 415, None),
        (b"{}", {"content-type": "application/merge-patch+json"}, 415, None),
        (b"{}", {}, 415, None),
    ],
)
def test_a_body_that_is_none(api: Api, content: bytes, headers: dict[str, str], status: int, inner: str | None) -> None:
    """JSON is asked for, and said to be JSON."""
    answer = api.call("POST", "transcriptions:submit", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json().get("innerError", {}).get("code") == inner


@pytest.mark.parametrize("field", ["audioUrl", "phraseList", "enhancedMode"])
def test_what_the_older_contract_does_not_know(speech_emulator: SpeechEmulator, field: str) -> None:
    """2024-11-15 has no audioUrl, no phrase list, no enhanced mode and no projects."""
    value = URL if field == "audioUrl" else {}
    with Api(speech_emulator, "2024-11-15") as older:
        answer = older.transcribe({"locales": ["en-US"], field: value})
        assert (answer.status_code, answer.json()["innerError"]["code"]) == (400, "InvalidPayload")
        refused = older.post("transcriptions:submit", older.submission(project={"self": URL}))
        assert (refused.status_code, refused.json()["innerError"]["code"]) == (400, "InvalidPayload")


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({KEY: EMULATOR_KEY}, True),
        ({}, False),
        ({KEY: ""}, False),
        ({KEY: EMULATOR_KEY.upper()}, False),
        ({KEY: f"{EMULATOR_KEY}0"}, False),
        ({"Authorization": f"Bearer {EMULATOR_KEY}"}, False),
        ({"Authorization": "Bearer"}, False),
        ({"Authorization": "Bearer a.b.c"}, False),
        ({"Authorization": "Basic eA=="}, False),
        ({KEY: EMULATOR_KEY, "Authorization": "Bearer a.b.c"}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["transcriptions", "v3.1/transcriptions", "webhooks", "transcriptions/locales"])
def test_who_is_let_in(speech_emulator: SpeechEmulator, headers: dict[str, str], is_let_in: bool, path: str) -> None:
    """With a key or a token of its own; a token that is none is not mended by a key."""
    answer = download(f"{speech_emulator.url}/speechtotext/{path}?api-version=2025-10-15", **headers)
    assert (answer.status_code != 401) is is_let_in
    if not is_let_in:
        assert answer.json()["code"] == "Unauthorized"
        assert EMULATOR_KEY not in answer.text


def test_a_token_is_good_for_ten_minutes() -> None:
    """Issued for a key, as text, by the clock of the emulator; a forged one is not let in."""
    clock = ManualRuntime()
    with running_emulator(runtime=clock) as emulator, Api(emulator) as api:
        token = api.client.post(f"{emulator.url}/sts/v1.0/issueToken").text
        assert token.count(".") == 2
        assert download(api.url("transcriptions"), Authorization=f"Bearer {token}").status_code == 200
        assert download(api.url("transcriptions"), Authorization=f"Bearer {emulator.token()}").status_code == 200
        forged = f"{token[:-4]}{'AAAA' if token[-4:] != 'AAAA' else 'BBBB'}"
        assert download(api.url("transcriptions"), Authorization=f"Bearer {forged}").status_code == 401
        clock.advance(timedelta(minutes=10).total_seconds())
        assert download(api.url("transcriptions"), Authorization=f"Bearer {token}").status_code == 401
        refused = api.client.post(f"{emulator.url}/sts/v1.0/issueToken", headers={KEY: "wrong"})
        assert (refused.status_code, refused.json()["code"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    "path", ["v3.0/transcriptions", "v3.1/Transcriptions/x/files", "v3.2-preview.2/models", "v2.0"]
)
def test_retired_versions_say_that_they_are(api: Api, path: str) -> None:
    """With the version and what to use now; whatever the method."""
    for method in ("GET", "POST", "DELETE"):
        answer = api.client.request(method, f"{api.emulator.url}/speechtotext/{path}", json={})
        assert answer.status_code == 410
        assert f"Version {path.partition('/')[0][1:]} of the speech to text REST API was retired" in answer.text
        assert "api-version=2025-10-15" in answer.text


@pytest.mark.parametrize("version", [None, "", "3.1", "2024-05-15-preview", "2023-01-01", "latest"])
def test_a_version_must_be_named(api: Api, version: str | None) -> None:
    """One of those that have a contract."""
    query = "" if version is None else f"?api-version={version}"
    answer = api.client.get(f"{api.emulator.url}/speechtotext/transcriptions{query}")
    assert (answer.status_code, answer.json()["target"]) == (400, "api-version")


def test_a_version_newer_than_we_know_is_answered(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """As the newest, and the log says so once: an emulator that refuses tomorrow's client is of no use."""
    for _ in range(2):
        answer = api.client.get(f"{api.emulator.url}/speechtotext/transcriptions?api-version=2027-01-01")
        assert answer.status_code == 200
    assert [record.message for record in caplog.records] == [
        "api-version 2027-01-01 is newer than any known here: it is answered as 2025-10-15"
    ]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "models", 404),
        ("GET", "transcriptions/not-a-uuid", 404),
        ("GET", "transcriptions/ba7ea6f5-3065-40b7-b49a-a90f48584683", 404),
        ("GET", "transcriptions/ba7ea6f5-3065-40b7-b49a-a90f48584683/files", 404),
        ("PATCH", "transcriptions/ba7ea6f5-3065-40b7-b49a-a90f48584683", 404),
        ("DELETE", "transcriptions/ba7ea6f5-3065-40b7-b49a-a90f48584683", 204),
        ("DELETE", "transcriptions/not-a-uuid", 404),
        ("PUT", "transcriptions/ba7ea6f5-3065-40b7-b49a-a90f48584683", 405),
        ("GET", "transcriptions:submit", 405),
        ("POST", "transcriptions", 405),
    ],
)
def test_what_is_not_there(api: Api, method: str, path: str, status: int) -> None:
    """Nothing is found, but what does not exist is deleted with success."""
    answer = api.call(method, path, **({"json": {}} if method in ("PATCH", "PUT") else {}))
    assert answer.status_code == status
    if status == 405:
        assert answer.headers["allow"]


def test_every_answer_has_a_request_id(api: Api) -> None:
    """To quote to whoever runs it."""
    ids = {api.get("transcriptions").headers["apim-request-id"], api.get("models").headers["apim-request-id"]}
    assert len(ids) == 2


def test_a_slash_too_many_does_not_matter(api: Api) -> None:
    """Portals show endpoints with a slash at their end."""
    assert (
        api.client.get(f"{api.emulator.url}//speechtotext/transcriptions?api-version={api.version}").status_code == 200
    )


def test_the_log_holds_no_secrets(api: Api) -> None:
    """Neither keys nor the values of a query."""
    api.get("transcriptions", filter="displayName eq 'secret-name'")
    job = api.submit(contentUrls=["https://example.invalid/a.wav?sig=secret-sas"])
    api.get(job["self"])
    told = json.dumps(api.emulator.log())
    assert "transcriptions:submit" in told
    assert "secret" not in told
    assert EMULATOR_KEY not in told
