"""Bad days on order: each fault does what it says to the request or job it is meant for, and to no other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from remote_meeting_backends import InvalidInput
from remote_meeting_backends.emulator import create_app
from remote_meeting_backends.testing import SpeechEmulator
from support.emulated import KEY, SAID, Api, download

Call = Callable[[Api, dict[str, Any]], httpx.Response]
REQUESTS: dict[str, Call] = {
    "submit": lambda api, job: api.post("transcriptions:submit", api.submission()),
    "get": lambda api, job: api.get(job["self"]),
    "list": lambda api, job: api.get("transcriptions"),
    "patch": lambda api, job: api.call("PATCH", job["self"], json={"description": "x"}),
    "delete": lambda api, job: api.call("DELETE", job["self"]),
    "files": lambda api, job: api.get(job["links"]["files"]),
    "file": lambda api, job: api.get(api.files(job)[0]["self"]),
    "content": lambda api, job: download(api.files(job)[0]["links"]["contentUrl"]),
    "locales": lambda api, job: api.get("transcriptions/locales"),
    "transcribe": lambda api, job: api.transcribe({"locales": ["en-US"]}),
    "webhooks": lambda api, job: api.get("webhooks"),
    "token": lambda api, job: api.client.post(f"{api.emulator.url}/sts/v1.0/issueToken"),
}


@pytest.fixture
def api(speech_emulator: SpeechEmulator) -> Iterator[Api]:
    """A scripted emulator."""
    speech_emulator.script(SAID)
    with Api(speech_emulator) as api:
        yield api


@pytest.fixture
def job(api: Api) -> dict[str, Any]:
    """A job that is over."""
    job = api.submit()
    assert api.status(job) == "Succeeded"
    return job


@pytest.mark.beyond_contract
@pytest.mark.parametrize("operation", REQUESTS)
@pytest.mark.parametrize("shape", ["flat", "wrapped"])
def test_another_answer(api: Api, job: dict[str, Any], operation: str, shape: str) -> None:
    """With status, Retry-After, code and words as ordered, in either shape; once, and nothing happens meanwhile."""
    before = api.emulator.log()
    api.emulator.fault(operation, "status", status=429, retry_after=7, code="QuotaViolation", message="M", shape=shape)
    # The wrapped shape and codes of one's own are not in the contract: this is why clients meet them unprepared.
    with Api(api.emulator, watched=False) as blind:
        answer = REQUESTS[operation](blind, job)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    error = answer.json()["error"] if shape == "wrapped" else answer.json()
    assert error == {"code": "QuotaViolation", "message": "M"}
    after = api.emulator.log()
    assert {name: after[name] for name in ("submitted", "transcribed", "deleted")} == {
        name: before[name] for name in ("submitted", "transcribed", "deleted")
    }
    assert REQUESTS[operation](api, job).status_code < 300


@pytest.mark.parametrize(
    ("status", "code"), [(503, "ServiceUnavailable"), (500, "InternalServerError"), (409, "Conflict")]
)
def test_a_status_has_its_code(api: Api, job: dict[str, Any], status: int, code: str) -> None:
    """Of the contract's enumeration, where none was named."""
    api.emulator.fault("get", "status", status=status)
    assert api.get(job["self"]).json()["code"] == code


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_connection_that_ends_before(api: Api, job: dict[str, Any], operation: str) -> None:
    """No answer at all, and nothing happened."""
    submitted = api.emulator.log()["submitted"]
    api.emulator.fault(operation, "drop_before")
    with pytest.raises(httpx.TransportError):
        REQUESTS[operation](api, job)
    assert api.emulator.log()["submitted"] == submitted
    assert api.get(job["self"]).status_code == 200
    assert REQUESTS[operation](api, job).status_code < 300


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_connection_that_ends_after(api: Api, job: dict[str, Any], operation: str) -> None:
    """No answer at all, but it was done."""
    before = api.emulator.log()
    api.emulator.fault(operation, "drop_after")
    with pytest.raises(httpx.TransportError):
        REQUESTS[operation](api, job)
    after = api.emulator.log()
    assert after["submitted"] - before["submitted"] == (operation == "submit")
    assert after["deleted"] - before["deleted"] == (operation == "delete")
    assert after["requests"][-1]["status"] is None


@pytest.mark.parametrize("operation", sorted(set(REQUESTS) - {"delete"}))
def test_an_answer_that_is_cut(api: Api, job: dict[str, Any], operation: str) -> None:
    """The head promises all of it; the client sees that it ends early."""
    api.emulator.fault(operation, "truncate", bytes=5)
    with pytest.raises(httpx.RemoteProtocolError, match="received 5 bytes"):
        REQUESTS[operation](api, job)


def test_an_answer_that_is_late(api: Api, job: dict[str, Any]) -> None:
    """By so many seconds."""
    api.emulator.fault("get", "delay", seconds=0.2)
    begin = time.monotonic()
    assert api.get(job["self"]).status_code == 200
    assert time.monotonic() - begin >= 0.2


def test_times_and_after_count_matching_requests(api: Api, job: dict[str, Any]) -> None:
    """The second and third call for a job are hit, whatever else is asked between."""
    api.emulator.fault("get", "status", status=500, times=2, after=1)
    seen = []
    for _ in range(4):
        seen.append(api.get(job["self"]).status_code)
        assert api.get("transcriptions").status_code == 200
    assert seen == [200, 500, 500, 200]


def test_faults_come_one_after_the_other(api: Api, job: dict[str, Any]) -> None:
    """In the order of ordering."""
    for status in (503, 429):
        api.emulator.fault("get", "status", status=status)
    assert [api.get(job["self"]).status_code for _ in range(3)] == [503, 429, 200]


def test_any_hits_whatever_comes(api: Api, job: dict[str, Any]) -> None:
    """Also what has no operation of its own name."""
    api.emulator.fault("any", "status", status=503, times=2)
    assert [api.get("transcriptions").status_code, api.get(job["self"]).status_code] == [503, 503]


def test_a_content_url_that_expired(api: Api, job: dict[str, Any]) -> None:
    """403 as storage says it, for good; another call for files gives one that is good."""
    url = api.files(job)[0]["links"]["contentUrl"]
    api.emulator.fault("content", "expired_content")
    for _ in range(2):
        expired = download(url)
        assert (expired.status_code, expired.headers["x-ms-error-code"]) == (403, "AuthenticationFailed")
    assert download(api.files(job)[0]["links"]["contentUrl"]).status_code == 200


def test_a_file_that_is_missing(api: Api) -> None:
    """Succeeded, the report says so, and the result is not in the list."""
    api.emulator.fault("submit", "missing_file", input=1)
    job = api.submit(contentUrls=[api.emulator.audio(f"{n}.wav", b"scripted") for n in range(3)])
    assert api.status(job) == "Succeeded"
    contents = api.contents(job)
    assert list(contents) == ["contenturl_0.json", "contenturl_2.json", "report.json"]
    assert contents["report.json"]["successfulTranscriptionsCount"] == 3


@pytest.mark.parametrize("inputs", [1, 3])
def test_a_file_that_failed(api: Api, inputs: int) -> None:
    """Succeeded, though the report says that a file, or the only one, Failed, and why."""
    api.emulator.fault("submit", "file_failed", message="Too noisy.")
    job = api.submit(contentUrls=[api.emulator.audio(f"{n}.wav", b"scripted") for n in range(inputs)])
    assert api.status(job) == "Succeeded"
    report = api.contents(job)["report.json"]
    assert (report["successfulTranscriptionsCount"], report["failedTranscriptionsCount"]) == (inputs - 1, 1)
    assert report["details"][0]["errorMessage"] == "Too noisy."
    assert report["details"][0]["status"] == "Failed"


def test_a_job_that_failed(api: Api) -> None:
    """With the code and words as ordered; the next job is well."""
    api.emulator.fault("submit", "job_failed", code="Transient", message="Try again.")
    job = api.submit()
    told = api.get(job["self"]).json()
    assert (told["status"], told["properties"]["error"]) == ("Failed", {"code": "Transient", "message": "Try again."})
    assert api.status(api.submit()) == "Succeeded"


def test_a_job_that_is_stuck(api: Api) -> None:
    """NotStarted, however often one asks; it can be deleted."""
    api.emulator.fault("submit", "stuck")
    job = api.submit()
    assert {api.status(job) for _ in range(5)} == {"NotStarted"}
    assert api.call("DELETE", job["self"]).status_code == 204


def test_a_job_that_cannot_be_deleted_yet(api: Api, job: dict[str, Any]) -> None:
    """409 as long as the fault lasts; a job that is over is not what it hits."""
    api.emulator.fault("delete", "undeletable")
    assert api.call("DELETE", job["self"]).status_code == 204
    api.emulator.progression("polls:9")
    running = api.submit()
    refused = api.call("DELETE", running["self"])
    assert (refused.status_code, refused.json()["innerError"]["code"]) == (409, "DeleteNotAllowed")
    assert api.get(running["self"]).status_code == 200
    assert api.call("DELETE", running["self"]).status_code == 204


@pytest.mark.parametrize(
    "order",
    [
        {"on": "get", "kind": "explode"},
        {"on": "everything", "kind": "drop_before"},
        {"on": "get", "kind": "status"},
        {"on": "get", "kind": "status", "status": 200},
        {"on": "get", "kind": "status", "status": 500, "retry": 3},
        {"on": "get", "kind": "delay", "seconds": -1},
        {"on": "get", "kind": "drop_before", "times": 0},
        {"on": "get"},
    ],
)
def test_a_fault_that_is_none(speech_emulator: SpeechEmulator, order: dict[str, Any]) -> None:
    """Said at once, from within and over HTTP: a test that orders nothing would prove nothing."""
    with pytest.raises(InvalidInput, match="This is no fault"):
        speech_emulator.fault(order["on"], **{"kind": "", **{name: order[name] for name in order if name != "on"}})
    answer = httpx.post(f"{speech_emulator.url}/_emulator/faults", json=order)
    assert (answer.status_code, "This is no fault" in answer.text) == (400, True)


@pytest.mark.anyio
async def test_without_a_server_a_drop_is_an_exception() -> None:
    """An app that is called directly has no connection to break: the caller sees the error of one that broke."""
    app = create_app()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://emulator", verify=False
    ) as client:
        await client.post("/_emulator/faults", json={"on": "list", "kind": "drop_before"})
        with pytest.raises(ConnectionAbortedError):
            await client.get("/speechtotext/transcriptions?api-version=2025-10-15", headers={KEY: "x"})
    await app.state.emulator.aclose()
