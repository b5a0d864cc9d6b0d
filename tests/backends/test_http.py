"""The HTTP client over real sockets: what is repeated and when, what each answer means, and what never shows."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    Connection,
    ManualRuntime,
    MeetingNotFound,
    RemoteMeetingError,
    ServiceUnavailable,
    ServiceUnreachable,
    Throttled,
    UnexpectedReply,
)
from remote_meeting_backends.answers import REQUEST_ID_HEADERS, SHOWN_CHARACTERS, Reply
from remote_meeting_backends.connection import MASK, redact
from remote_meeting_backends.http import ATTEMPTS, LONGEST_DELAY_SECONDS, ServiceClient, delay_seconds
from support.cassettes import KEY, TOKEN
from support.faults import Script, raw_server
from support.servers import free_port, serving

pytestmark = pytest.mark.anyio

OK = Response(b"{}", media_type="application/json")
SHORT_SECONDS = 0.15
Call = Callable[..., Awaitable[Reply]]


@asynccontextmanager
async def client(runtime: ManualRuntime, *, token: str | None = None, key: str | None = KEY) -> AsyncIterator[Call]:
    """A client with a key; gives what makes a call to a URL."""
    service = ServiceClient(Connection(key=key, token=token), runtime, backend="legacy")

    async def call(url: str, seconds: float = 100.0) -> Reply:
        return await service.call("GET", f"{url}/x", params={"id": "m-1"}, meeting_id="m-1", seconds=seconds)

    yield call
    await service.aclose()


async def failure(answers: Script, runtime: ManualRuntime, **credentials: str) -> RemoteMeetingError:
    """What a call to this service raises."""
    with serving(answers) as url:
        async with client(runtime, **credentials) as call:
            with pytest.raises(RemoteMeetingError) as caught:
                await call(url)
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, AuthenticationFailed),
        (403, AuthenticationFailed),
        (404, MeetingNotFound),
        (302, UnexpectedReply),
        (418, UnexpectedReply),
    ],
)
async def test_what_will_not_change_is_not_repeated(status: int, kind: type[RemoteMeetingError]) -> None:
    """One question, one error, with what is known of it."""
    service, runtime = Script(Response(b"", status)), ManualRuntime()
    error = await failure(service, runtime)
    assert type(error) is kind
    assert (error.status_code, error.meeting_id, error.backend) == (status, "m-1", "legacy")
    assert f"/x answered {status}" in str(error)
    assert (len(service.seen), runtime.slept) == (1, [])


async def test_a_redirect_is_not_followed() -> None:
    """A key goes where its owner sent it, and nowhere else."""
    with serving(elsewhere := Script(OK)) as other:
        error = await failure(Script(Response(b"", 307, {"location": f"{other}/x"})), ManualRuntime())
    assert error.status_code == 307
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    ("retry_after", "waited"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0),
        ("Mon, 06 Nov 1995 08:49:37 GMT", 0.0),
        ("soon", 0.5),
        ("-3", 0.5),
        ("Mon, 1 Jan 99999999999 00:00:00 GMT", 0.5),
        ("Sun, 06 Nov 1994 08:49:37 -0000", 0.5),
    ],
)
async def test_retry_after_is_waited_for(retry_after: str, waited: float) -> None:
    """Seconds or a date; where it is neither, the client's own delay."""
    runtime = ManualRuntime()
    with serving(Script(Response(b"", 429, {"Retry-After": retry_after}), OK)) as url:
        async with client(runtime) as call:
            assert (await call(url)).status == 200
    assert runtime.slept == [waited]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(408, UnexpectedReply), (429, Throttled), (500, ServiceUnavailable), (503, ServiceUnavailable)],
)
async def test_it_gives_up_after_five_attempts(status: int, kind: type[RemoteMeetingError]) -> None:
    """Each wait is twice the one before, and the last answer is what is raised."""
    service, runtime = Script(Response(b"", status)), ManualRuntime()
    error = await failure(service, runtime)
    assert type(error) is kind
    assert len(service.seen) == ATTEMPTS == 5
    assert runtime.slept == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_trouble_is_repeated(status: int) -> None:
    """The answer after it counts."""
    runtime = ManualRuntime()
    with serving(Script(Response(b"", status), OK)) as url:
        async with client(runtime) as call:
            assert (await call(url)).status == 200
    assert runtime.slept == [0.5]


async def test_what_cannot_be_waited_for_is_raised_at_once() -> None:
    """A Retry-After beyond the deadline is no reason to wait up to the deadline."""
    runtime = ManualRuntime()
    error = await failure(Script(Response(b"", 429, {"retry-after": "101"}), OK), runtime)
    assert isinstance(error, Throttled)
    assert runtime.slept == []


async def test_the_deadline_holds_for_all_attempts_together() -> None:
    """0.5 + 1 s are waited, the next 2 s no more."""
    service, runtime = Script(Response(b"", 500)), ManualRuntime()
    with serving(service) as url:
        async with client(runtime) as call:
            with pytest.raises(ServiceUnavailable):
                await call(url, seconds=3.0)
    assert (len(service.seen), runtime.slept) == (3, [0.5, 1.0])


async def test_nobody_listens() -> None:
    """The sentence names the URL."""
    url, runtime = f"http://127.0.0.1:{free_port()}", ManualRuntime()
    async with client(runtime) as call:
        with pytest.raises(ServiceUnreachable, match=f"{url}/x cannot be reached: .*connection"):
            await call(url)
    assert len(runtime.slept) == ATTEMPTS - 1


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + b'{"id":"m-1","processingSta',
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
        b"HTTP/1.1 2",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
    ids=["cut body", "cut chunks", "not gzip", "cut head", "not HTTP", "nothing"],
)
async def test_a_connection_that_breaks_is_not_an_answer(reply: bytes) -> None:
    """Half an answer is repeated, and an error when it stays one."""
    runtime = ManualRuntime()
    with raw_server(reply) as (url, heads):
        async with client(runtime) as call:
            with pytest.raises(ServiceUnreachable, match=f"{url}/x cannot be reached: ..."):
                await call(url)
    assert len(heads) == ATTEMPTS


async def test_a_body_that_came_whole_the_second_time_counts() -> None:
    """A cut in the middle of a body is the network's trouble, not the caller's."""
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    with raw_server(whole[:-1], whole) as (url, heads):
        async with client(ManualRuntime()) as call:
            assert (await call(url)).body == b"{}"
    assert len(heads) == 2


@pytest.mark.parametrize(
    ("begun", "then"),
    [
        (b"", "say nothing"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n", "say nothing"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n", "drip"),
    ],
)
async def test_a_service_that_never_comes_to_an_end_is_left(begun: bytes, then: str) -> None:
    """The deadline counts the whole answer; a byte now and then does not put it off."""
    with raw_server(begun, then=then) as (url, _):
        async with client(ManualRuntime()) as call:
            with pytest.raises(ServiceUnreachable, match=r"no answer within 0\.15 s"):
                await call(url, seconds=SHORT_SECONDS)


@pytest.mark.parametrize("secret", [KEY, TOKEN], ids=["key", "token"])
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 302])
@pytest.mark.parametrize(
    "body",
    [
        '{{"error":{{"code":"{0}","message":"Bad credential {0}."}}}}',
        '{{"code":"{0}","message":"{0}"}}',
        "<html>{0}</html>",
        "x" * (SHOWN_CHARACTERS - 10) + "{0}",
    ],
    ids=["Azure's shape", "flat", "page", "where it is cut"],
)
async def test_a_secret_that_is_echoed_is_masked(secret: str, status: int, body: str) -> None:
    """In the message, the code and the request id, in whole and in part."""
    answer = httpx.Response(status, headers={"x-requestid": f"id-{secret}"}, text=body.format(secret))
    transport = httpx.MockTransport(lambda _request: answer)
    service = ServiceClient(Connection(KEY, TOKEN), ManualRuntime(), backend="legacy", transport=transport)
    with pytest.raises(RemoteMeetingError) as caught:
        await service.call("GET", f"http://legacy.test/{secret}", params={}, meeting_id="m-1")
    error = caught.value
    for text in (str(error), repr(error), error.message, error.code, error.request_id or ""):
        assert secret[:8] not in text
    assert MASK in error.message


async def test_a_secret_that_is_echoed_over_the_wire_is_masked() -> None:
    """The same with a real service."""
    service = Script(Response(f"no {TOKEN}", 401, {"apim-request-id": TOKEN}))
    error = await failure(service, ManualRuntime(), token=TOKEN)
    assert f"answered 401 (no {MASK}): check the key or token" in str(error)
    assert str(error).endswith(f"(backend legacy, request id {MASK})")


async def test_secrets_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Not by this package, nor by httpx below it, at any level."""
    caplog.set_level(logging.DEBUG)
    with serving(Script(Response(b"", 500), OK)) as url:
        for credentials in ({"key": KEY}, {"token": TOKEN}):
            async with client(ManualRuntime(), **credentials) as call:
                await call(url)
    assert "/x?id=m-1" in caplog.text
    assert KEY not in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("name", REQUEST_ID_HEADERS)
async def test_the_request_id_is_kept(name: str) -> None:
    """It is what the service's support asks for; the header's name is matched without case."""
    error = await failure(Script(Response(b"", 400, {name.title(): "r-17"})), ManualRuntime())
    assert error.request_id == "r-17"
    assert "(backend legacy, request id r-17)" in str(error)


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        ({"key": KEY, "token": TOKEN}, {"authorization": f"Bearer {TOKEN}"}),
        ({"key": KEY}, {"ocp-apim-subscription-key": KEY}),
        ({"key": None}, {}),
    ],
)
async def test_a_token_wins_over_a_key(credentials: dict[str, str], sent: dict[str, str]) -> None:
    """The C# client's rule; nothing is sent where there is nothing."""
    with serving(service := Script(OK)) as url:
        async with client(ManualRuntime(), **credentials) as call:
            await call(url)
    (request,) = service.seen
    names = ("authorization", "ocp-apim-subscription-key")
    assert {name: request.headers[name] for name in names if name in request.headers} == sent
    assert request.headers["accept"] == "application/json"
    assert str(request.query_params) == "id=m-1"


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", f"{KEY[:9]}\r\nx: {KEY}", "schlüssel-0123", "\ud83c-012345"])
async def test_a_key_that_cannot_be_sent_is_not_shown_either(key: str) -> None:
    """Such as one read from a file with its line end: a sentence says so, and no request is made."""
    runtime = ManualRuntime()
    async with client(runtime, key=key) as call:
        with pytest.raises(AuthenticationFailed, match="copy it again") as caught:
            await call("http://127.0.0.1:1")
    assert key.strip()[-8:] not in repr(caught.value)
    assert runtime.slept == []


async def test_a_closed_client_can_be_used_again() -> None:
    """Closing lets connections go, no more; twice is fine."""
    service = ServiceClient(Connection(key=KEY), ManualRuntime(), backend="legacy")
    with serving(Script(OK)) as url:
        for _ in range(2):
            reply = await service.call("GET", url, params={}, meeting_id="m-1")
            assert reply.status == 200
            await service.aclose()
            await service.aclose()


async def refused(body: bytes, status: int = 400) -> RemoteMeetingError:
    """The error that a service's answer becomes."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, content=body))
    service = ServiceClient(Connection(key=KEY), ManualRuntime(), backend="legacy", transport=transport)
    with pytest.raises(RemoteMeetingError) as caught:
        await service.call("GET", "http://service.test/x", params={}, meeting_id="m-1")
    return caught.value


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"error": {"code": "Bad", "message": "No."}}, "Bad", "Bad: No"),
        ({"code": 40004, "message": "a\n  b"}, "40004", "40004: a b"),
        ({"message": "only words"}, "bad_request", "only words"),
        ({"error": {"code": {"a": 1}, "message": "odd"}}, "bad_request", "odd"),
        ({"error": "plain"}, "bad_request", "plain"),
        ([], "bad_request", "[]"),
    ],
)
async def test_the_service_s_own_words_are_found(body: object, code: str, words: str) -> None:
    """In either of Azure's shapes; else whatever it sent, in one line."""
    error = await refused(json.dumps(body).encode())
    assert error.code == code
    assert f"answered 400 ({words})" in error.message


async def test_the_finer_code_and_its_cure_are_told() -> None:
    """The inner error says what is wrong; its code and target are kept, and what usually helps is said."""
    inner = {"code": "InvalidSubscription", "message": "Only Standard subscriptions are valid.", "target": "key"}
    error = await refused(json.dumps({"code": "InvalidRequest", "message": "No.", "innerError": inner}).encode())
    assert (error.code, error.inner_code, error.target) == ("InvalidRequest", "InvalidSubscription", "key")
    assert "F0" in error.message


@given(st.binary() | st.text().map(lambda words: json.dumps({"message": words, "code": words}).encode()))
def test_any_body_gives_a_short_sentence(body: bytes) -> None:
    """Nothing that a service sends breaks the error that tells of it."""
    error = asyncio.run(refused(body))
    assert len(error.code) <= SHOWN_CHARACTERS + 1
    assert len(error.message) <= SHOWN_CHARACTERS + 200
    (error.code + error.message).encode()


async def test_a_body_nested_without_end_is_only_words() -> None:
    """JSON's reader gives up on it; the client does not."""
    assert "([[[" in (await refused(b"[" * 200_000)).message


@given(st.text() | st.from_regex(r"\w{3}, \d{1,2} \w{3} \d{1,9} \d\d:\d\d:\d\d [+\-\w]{1,9}", fullmatch=True))
def test_any_retry_after_is_seconds_or_nothing(said: str) -> None:
    """Never an exception, never a wait into the past."""
    seconds = Reply(429, {"retry-after": said}, b"").retry_after_seconds(ManualRuntime().now())
    assert seconds is None or seconds >= 0


@given(st.integers(1, 60), st.floats(0, 1))
def test_a_delay_is_bounded(attempt: int, jitter: float) -> None:
    """It grows up to a limit, and jitter spreads it by half to both sides."""
    assert 0.25 <= delay_seconds(attempt, jitter) <= 1.5 * LONGEST_DELAY_SECONDS


def test_a_connection_s_secrets_do_not_show() -> None:
    """Not in its repr; one that holds another is masked whole."""
    connection = Connection(key="abc", token="abcdef", region="westus2", endpoint="https://host/?sig=abc")
    assert repr(connection) == (
        "Connection(region='westus2', host=None, language=None, storage=None, api_version=None, limits={})"
    )
    assert redact("abcdef abc", connection.secrets) == f"{MASK} {MASK}"


SECRET = "c2VjcmV0"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"see https://h.test/a.wav?sv=1&sig={SECRET} there", "see https://h.test/a.wav?*** there"),
        (f"HTTPS://h.test/?sig={SECRET}", "HTTPS://h.test/?***"),
        (f"wss://h.test/x?Ocp-Apim-Subscription-Key={SECRET}", "wss://h.test/x?***"),
        (f"to=https%3A%2F%2Fh.test%2Fa%3Fsig={SECRET}", "to=https%3A%2F%2Fh.test%2Fa%3F***"),
        (f"AccountName=a;AccountKey={SECRET}==;EndpointSuffix=x", "AccountName=a;AccountKey=***;EndpointSuffix=x"),
        ("https://h.test/a.wav is there?", "https://h.test/a.wav is there?"),
        ("is it? yes", "is it? yes"),
    ],
)
def test_a_url_s_query_is_a_secret(text: str, left: str) -> None:
    """Wherever it stands, escaped or not; a question mark behind a sentence is none."""
    assert redact(text) == left


@given(st.text(), st.text(), st.booleans(), st.booleans())
def test_masked_json_is_json(before: str, query: str, slashes: bool, ascii_only: bool) -> None:
    """However a writer of JSON escapes it, the query is gone and the document can be read."""
    document = {"source": f"https://h.test/a.wav?{query}sig={SECRET}", "before": before, "after": ["x"]}
    text = json.dumps(document, ensure_ascii=ascii_only)
    for plain, escaped in (("/", "\\/"), ("?", "\\u003f"), ("&", "\\u0026")):
        text = text.replace(plain, escaped) if slashes else text
    if not set(query) & set(" \"'<>") and query.isprintable():
        assert SECRET not in redact(text)
    assert json.loads(redact(text))["after"] == ["x"]
