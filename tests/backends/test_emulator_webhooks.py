"""Web hooks, with a real receiver on loopback: challenge, signatures, events, ping and test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from remote_meeting_backends.testing import SpeechEmulator
from support.contract_files import VERSIONS
from support.emulated import SAID, Api
from support.servers import serving

SECONDS = 20
EVENT = "x-microsoftspeechservices-event"
SIGNATURE = "x-microsoftspeechservices-signature"
SECRET = "between us"
EVENTS = {"transcriptionCreation": True, "transcriptionCompletion": True, "transcriptionDeletion": True, "ping": True}


@dataclass
class Heard:
    """One request that the receiver got."""

    event: str
    signature: str | None
    token: str | None
    body: bytes

    @property
    def said(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """An app that listens, and answers the challenge unless it is told to be wrong."""

    is_right: bool = True
    heard: queue.Queue[Heard] = field(default_factory=queue.Queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        token = request.query_params.get("validationToken")
        body = await request.body()
        self.heard.put(Heard(request.headers[EVENT], request.headers.get(SIGNATURE), token, body))
        await PlainTextResponse((token or "") if self.is_right else "no")(scope, receive, send)

    def next(self) -> Heard:
        """The next request; fails when none comes."""
        return self.heard.get(timeout=SECONDS)


@pytest.fixture
def receiver() -> Receiver:
    """One that is right."""
    return Receiver()


@pytest.fixture
def url(receiver: Receiver) -> Iterator[str]:
    """Where it listens."""
    with serving(receiver) as url:
        yield f"{url}/hook?code=7"


@pytest.fixture(params=VERSIONS)
def api(request: pytest.FixtureRequest, speech_emulator: SpeechEmulator) -> Iterator[Api]:
    """A scripted emulator in each version."""
    speech_emulator.script(SAID)
    with Api(speech_emulator, request.param) as api:
        yield api


def create(api: Api, url: str, **changes: Any) -> dict[str, Any]:
    """A web hook, as the answer shows it."""
    body = {"displayName": "hook", "webUrl": url, "events": EVENTS, "properties": {"secret": SECRET}, **changes}
    answer = api.post("webhooks", {name: value for name, value in body.items() if value is not None})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == answer.json()["self"]
    hook: dict[str, Any] = answer.json()
    return hook


def settled(api: Api, hook: dict[str, Any]) -> dict[str, Any]:
    """The hook once its challenge is over."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        found: dict[str, Any] = api.get(hook["self"]).json()
        if found["status"] not in ("NotStarted", "Running"):
            return found
    raise AssertionError("its challenge does not end")


def signed(secret: str, text: bytes) -> str:
    """What the signature must be."""
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def test_a_hook_is_challenged(api: Api, receiver: Receiver, url: str) -> None:
    """The token stands in the query beside what was there, and is what is signed; the secret is never shown."""
    hook = create(api, url)
    asked = receiver.next()
    assert asked.event.lower() == "challenge"
    assert asked.token
    assert asked.signature == signed(SECRET, asked.token.encode())
    found = settled(api, hook)
    assert (hook["status"], found["status"]) == ("NotStarted", "Succeeded")
    assert found["properties"] == {"apiVersion": api.version}
    assert SECRET not in json.dumps([hook, found])


@pytest.mark.parametrize("there", [True, False])
def test_a_hook_that_fails_its_challenge(api: Api, receiver: Receiver, url: str, there: bool) -> None:
    """Says why, and is told nothing."""
    receiver.is_right = False
    hook = create(api, url if there else "http://127.0.0.1:9/hook")
    found = settled(api, hook)
    assert (found["status"], found["properties"]["error"]["code"]) == ("Failed", "InvalidCallbackUri")
    refused = api.call("POST", hook["links"]["ping"])
    assert (refused.status_code, refused.json()["innerError"]["code"]) == (400, "InvalidPrerequisite")


def test_it_hears_of_jobs(api: Api, receiver: Receiver, url: str) -> None:
    """Of the events that it wants, signed, each with an id of its own and the job's URL."""
    settled(api, create(api, url))
    receiver.next()
    job = api.submit()
    assert api.status(job) == "Succeeded"
    api.call("DELETE", job["self"])
    heard = [receiver.next() for _ in range(3)]
    assert {one.event.lower() for one in heard} == {
        "transcriptioncreation",
        "transcriptioncompletion",
        "transcriptiondeletion",
    }
    assert {one.said["self"] for one in heard} == {job["self"]}
    assert len({one.said["invocationId"] for one in heard}) == 3
    assert all(one.signature == signed(SECRET, one.body) for one in heard)
    assert receiver.heard.empty()


def test_a_failed_job_completes_too(api: Api, receiver: Receiver, url: str) -> None:
    """There is no event of failure: completion means the end."""
    settled(api, create(api, url, events={"transcriptionCompletion": True}, properties=None))
    receiver.next()
    api.emulator.fault("submit", "job_failed")
    api.submit()
    heard = receiver.next()
    assert (heard.event.lower(), heard.signature) == ("transcriptioncompletion", None)


def test_a_hook_hears_of_its_own_version_only(speech_emulator: SpeechEmulator, receiver: Receiver, url: str) -> None:
    """A hook of one version never fires for jobs of another."""
    speech_emulator.script(SAID)
    with Api(speech_emulator, VERSIONS[0]) as newer, Api(speech_emulator, VERSIONS[1]) as older:
        settled(older, create(older, url, events={"transcriptionCreation": True}))
        receiver.next()
        newer.submit()
        job = older.submit()
        assert receiver.next().said["self"] == job["self"]
        assert receiver.heard.empty()


def test_ping_and_test(api: Api, receiver: Receiver, url: str) -> None:
    """A ping names the hook; a test names the last job, and is 204 where there is none."""
    hook = settled(api, create(api, url))
    receiver.next()
    assert api.call("POST", hook["links"]["test"]).status_code == 204
    pinged = api.call("POST", hook["links"]["ping"])
    assert (pinged.status_code, "retry-after" in pinged.headers) == (202, True)
    ping = receiver.next()
    assert (ping.event.lower(), ping.said["self"]) == ("ping", hook["self"])
    (job,) = api.emulator.seed({"displayName": "old"})
    # Seeded jobs are of the newest version.
    expected = 202 if api.version == VERSIONS[0] else 204
    assert api.call("POST", hook["links"]["test"]).status_code == expected
    if expected == 202:
        assert job in receiver.next().said["self"]


def test_an_update_of_the_url_is_challenged_again(api: Api, receiver: Receiver, url: str) -> None:
    """Of the name it is not."""
    hook = settled(api, create(api, url))
    receiver.next()
    renamed = api.call("PATCH", hook["self"], json={"displayName": "other"}).json()
    assert (renamed["displayName"], renamed["status"]) == ("other", "Succeeded")
    moved = api.call("PATCH", hook["self"], json={"webUrl": f"{url}&v=2", "properties": {"secret": "new"}}).json()
    assert moved["status"] == "NotStarted"
    asked = receiver.next()
    assert asked.signature == signed("new", (asked.token or "").encode())
    assert settled(api, hook)["status"] == "Succeeded"


def test_hooks_are_listed_and_deleted(api: Api, url: str) -> None:
    """With filter and pages, as jobs are."""
    hooks = [create(api, url, displayName=f"h{n}")["self"] for n in range(3)]
    first = api.get("webhooks", top="2").json()
    second = api.get(first["@nextLink"]).json()
    assert [one["self"] for page in (first, second) for one in page["values"]] == hooks
    found = api.get("webhooks", filter="displayName eq 'h1' and webUrl ne 'x'").json()["values"]
    assert [one["self"] for one in found] == [hooks[1]]
    assert [api.call("DELETE", hooks[1]).status_code for _ in range(2)] == [204, 204]
    assert api.get(hooks[1]).status_code == 404
    assert [one["self"] for one in api.get("webhooks").json()["values"]] == [hooks[0], hooks[2]]


@pytest.mark.parametrize(
    ("changes", "inner"),
    [
        ({"webUrl": "hook"}, "InvalidCallbackUri"),
        ({"webUrl": None}, "InvalidCallbackUri"),
        ({"displayName": ""}, "InvalidPayload"),
        ({"events": {"transcriptionFailure": True}}, "InvalidPayload"),
        ({"events": None}, "InvalidPayload"),
        ({"properties": {"key": "x"}}, "InvalidPayload"),
    ],
    ids=str,
)
def test_a_hook_that_is_refused(api: Api, changes: dict[str, Any], inner: str) -> None:
    """With the contract's finer code."""
    body = {"displayName": "hook", "webUrl": "https://example.invalid/", "events": {}, **changes}
    answer = api.post("webhooks", {name: value for name, value in body.items() if value is not None})
    assert (answer.status_code, answer.json()["innerError"]["code"]) == (400, inner)
