"""The legacy backend against the real gateway and against services that answer oddly, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from starlette.responses import Response

from remote_meeting_backends import (
    Connection,
    InvalidInput,
    JobOptions,
    JobRequest,
    ManualRuntime,
    MeetingDeleted,
    MeetingFailed,
    MeetingNotFound,
    MeetingNotReady,
    MeetingStatus,
    OptionNotSupported,
    RemoteMeetingError,
    ServiceUnreachable,
    UnexpectedReply,
)
from remote_meeting_backends.connection import MASK
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.legacy import CAUSE_HEADER, LegacyBackend, base_url
from support.cassettes import CAUSE, KEY, TOKEN, Service, recorded_gateway
from support.faults import Script, instead
from support.servers import free_port, serving

pytestmark = pytest.mark.anyio

FAILED = '{"id":"m-1","processingStatus":3}'


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Service]:
    """The real gateway, with one meeting of each status."""
    with recorded_gateway(tmp_path) as service:
        yield service


@pytest.fixture
async def backend(gateway: Service) -> AsyncIterator[LegacyBackend]:
    """A caller with the key that the meetings belong to."""
    opened = LegacyBackend.open(Connection(key=KEY, endpoint=gateway.base), ManualRuntime())
    yield opened
    await opened.aclose()


@pytest.mark.parametrize(
    ("connection", "url"),
    [
        (Connection(region="westus2"), "https://transcribe.westus2.cts.speech.microsoft.com/api/v1/"),
        (Connection(region="usgovvirginia"), "https://transcribe.usgovvirginia.cts.speech.azure.us/api/v1/"),
        (Connection(region="chinaeast2"), "https://transcribe.chinaeast2.cts.speech.azure.cn/api/v1/"),
        (Connection(host="https://h.test"), "https://h.test/api/v1/"),
        (Connection(host="ws://h.test:8080/"), "http://h.test:8080/api/v1/"),
        (Connection(endpoint="http://h.test/api/v1/"), "http://h.test/api/v1/"),
        (Connection(endpoint=" wss://h.test/any/base "), "https://h.test/any/base/"),
        (Connection(endpoint="http://[::1]:5/v1?key=secret#x"), "http://[::1]:5/v1/"),
        (Connection(endpoint="https://e.test", host="https://h.test", region="westus2"), "https://e.test/"),
    ],
)
def test_where_it_goes(connection: Connection, url: str) -> None:
    """An endpoint replaces the URL whole, a host only the host; a region has its own, in each cloud."""
    assert base_url(connection) == url


@pytest.mark.parametrize(
    "endpoint",
    ["h.test/api", "ftp://h.test/", "http://", "http://[::1", "http://h.test:port/", "//h.test"],
)
def test_an_endpoint_that_is_no_url_is_refused(endpoint: str) -> None:
    """When the client is made, with the endpoint in the sentence, in the error tree."""
    with pytest.raises(InvalidInput, match=r"is no URL: write https://host/path"):
        LegacyBackend.open(Connection(key=KEY, endpoint=endpoint), ManualRuntime())


@pytest.mark.parametrize("field", ["endpoint", "host"])
def test_a_password_or_a_key_in_a_url_is_not_shown(field: str) -> None:
    """It is refused without being repeated."""
    for url in ("https://user:hunter2@h.test/", f"h.test/?key={KEY}"):
        with pytest.raises(InvalidInput) as caught:
            LegacyBackend.open(Connection(key=KEY, **{field: url}), ManualRuntime())
        assert "hunter2" not in str(caught.value)
        assert KEY not in str(caught.value)


def test_nowhere_to_go_is_refused() -> None:
    """A key alone does not say where."""
    with pytest.raises(InvalidInput, match="region, an endpoint or a host"):
        LegacyBackend.open(Connection(key=KEY), ManualRuntime())


@pytest.mark.parametrize("status", list(MeetingStatus))
async def test_every_status_comes_through(backend: LegacyBackend, status: MeetingStatus) -> None:
    """With its cause where it failed, with its transcript where it is done, and the body as it came."""
    found = await backend.status(status.lower())
    assert found.status is status
    assert (found.transcript is not None) is (status is MeetingStatus.COMPLETED)
    assert found.cause == (f"Meeting failed failed: {CAUSE}" if status is MeetingStatus.FAILED else None)
    assert found.raw is not None
    assert b'"processingStatus":' in found.raw


@pytest.mark.parametrize(
    ("job", "kind"),
    [
        ("uploading", MeetingNotReady),
        ("processing", MeetingNotReady),
        ("failed", MeetingFailed),
        ("deleted", MeetingDeleted),
        ("unheard-of", MeetingNotFound),
    ],
)
async def test_a_result_that_is_not_there_says_why(backend: LegacyBackend, job: str, kind: type[Exception]) -> None:
    """Each reason is an error of its own, about its meeting, from its backend."""
    with pytest.raises(kind) as caught:
        await backend.result(job)
    assert isinstance(caught.value, RemoteMeetingError)
    assert (caught.value.meeting_id, caught.value.backend) == (job, "legacy")


async def test_it_fetches_no_audio(backend: LegacyBackend) -> None:
    """The service never did: audio is sent to it."""
    with pytest.raises(OptionNotSupported, match="takes audio that is sent to it, no URLs"):
        await backend.submit(JobRequest("m-1", None, JobOptions(), ("https://host/a.wav",)), MemoryJournal())


async def test_an_id_is_quoted_on_its_way() -> None:
    """One query parameter, whatever it is made of; a key never stands beside it."""
    odd = "a&b=c d/é?#%"
    with serving(service := Script(Response('{"processingStatus":1}'))) as url:
        backend = LegacyBackend.open(Connection(key=KEY, endpoint=f"{url}/any/base"), ManualRuntime())
        await backend.status(odd)
        await backend.delete(odd)
        await backend.aclose()
    assert [(request.method, request.url.path) for request in service.seen] == [
        ("GET", "/any/base/OfflineTask"),
        ("DELETE", "/any/base/OfflineTask"),
    ]
    assert [dict(request.query_params) for request in service.seen] == [{"id": odd}] * 2


async def test_a_poll_hands_the_retry_after_on() -> None:
    """Whoever polls waits as long as the service says."""
    with serving(Script(Response('{"processingStatus":1}', headers={"retry-after": "42"}))) as url:
        backend = LegacyBackend.open(Connection(key=KEY, endpoint=url), ManualRuntime())
        assert (await backend.status("m-1")).retry_after_seconds == 42.0
        await backend.aclose()


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ("100%25 of 8%0Achannels are s%C3%BCss", "100% of 8\nchannels are süss"),
        ("plain words, 3 %", "plain words, 3 %"),
        (f"{KEY} is no key, nor is {TOKEN}", f"{MASK} is no key, nor is {MASK}"),
        ("", "the service gave no reason"),
    ],
)
async def test_a_failure_always_has_a_cause(header: str, cause: str) -> None:
    """What the gateway percent-encoded is decoded, secrets are masked, and nothing at all is said to be nothing."""
    with serving(Script(Response(FAILED, headers={CAUSE_HEADER: header} if header else None))) as url:
        backend = LegacyBackend.open(Connection(key=KEY, token=TOKEN, endpoint=url), ManualRuntime())
        assert (await backend.status("m-1")).cause == cause
        await backend.aclose()


async def test_an_answer_that_is_none_shows_no_secret(backend: LegacyBackend, gateway: Service) -> None:
    """A page that echoes the key, and a request id that is one."""
    gateway.faults += [instead(200, f"<html>{KEY}</html>".encode(), x_requestid=KEY)]
    with pytest.raises(UnexpectedReply) as caught:
        await backend.status("completed")
    assert str(caught.value).endswith(f"'<html>{MASK}</html>' (backend legacy, request id {MASK})")
    assert (caught.value.meeting_id, caught.value.status_code) == ("completed", 200)


async def test_deleting_twice_and_asking_again(backend: LegacyBackend) -> None:
    """Gone is gone, and is said to be."""
    await backend.delete("processing")
    await backend.delete("processing")
    assert (await backend.status("processing")).status is MeetingStatus.DELETED


async def test_a_gateway_that_is_not_there_is_named() -> None:
    """With the URL and the meeting."""
    url = f"http://127.0.0.1:{free_port()}/api/v1/"
    backend = LegacyBackend.open(Connection(key=KEY, endpoint=url), ManualRuntime())
    with pytest.raises(ServiceUnreachable, match=f"{url}OfflineTask cannot be reached") as caught:
        await backend.status("m-1")
    await backend.aclose()
    assert caught.value.meeting_id == "m-1"
