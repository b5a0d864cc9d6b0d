"""One HTTP client for every REST backend: authentication, retries, Retry-After, redaction, and one map of errors."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .connection import Connection, redact, without_query
from .credentials import Authorizer
from .errors import (
    AuthenticationFailed,
    BadRequest,
    MeetingNotFound,
    RemoteMeetingError,
    ServiceUnavailable,
    ServiceUnreachable,
    Throttled,
    UnexpectedReply,
)
from .runtime import Runtime
from .speech_rest.causes import cure, read_problem
from .throttle import Limiter

if TYPE_CHECKING:
    import asyncio

    import httpx

CALL_SECONDS = 100.0
CONNECT_SECONDS = 15.0
ATTEMPTS = 5
# More would cost more than they bring: the pool looks at every pair of idle connections at each answer.
CONNECTIONS = 32
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 20.0
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
SHOWN_CHARACTERS = 300
# Codes of a ServiceUnreachable whose request may have been got: no answer in time, or the connection broke.
LATE, LOST = "timeout", "no_answer"
# What a header's value may be made of (RFC 9110, 5.5), as far as it is ASCII.
SENDABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
REQUEST_ID_HEADERS = ("apim-request-id", "x-requestid", "x-ms-request-id", "x-request-id")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> str | None:
        """The service's id for this exchange, to quote to its support."""
        return next((self.headers[name] for name in REQUEST_ID_HEADERS if name in self.headers), None)

    def retry_after_seconds(self, now: datetime) -> float | None:
        """The service's word on when to come back: seconds, or a date (RFC 9110, 10.2.3)."""
        from email.utils import parsedate_to_datetime

        said = self.headers.get("retry-after", "").strip()
        if said.isdecimal():
            return float(said)
        try:
            return max(0.0, (parsedate_to_datetime(said) - now).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return None


class _Lost(Exception):
    """No answer came.

    Args:
        error: What the caller is told.
        sent: The service may have got the request.
    """

    def __init__(self, error: ServiceUnreachable, *, sent: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent with a request.

    Args:
        headers: Its type, and its length where it is streamed.
        content: The bytes, or what makes them anew for each attempt.
    """

    headers: Mapping[str, str]
    content: bytes | Callable[[], AsyncIterator[bytes]]

    @classmethod
    def json(cls, value: object) -> Body:
        """A JSON document."""
        return cls({"content-type": "application/json"}, json.dumps(value, ensure_ascii=False).encode())


class ServiceClient:
    """Calls to one service. Nothing is connected before the first.

    Args:
        connection: Credentials; sent as headers, masked in every message.
        runtime: Gives the time, the waits between retries and their jitter.
        backend: Name for messages.
        transport: Where requests go, instead of the network.
        scope: What a credential object is asked for.
        limiter: Whom to ask when the next request may be sent.
        advice: What to do about an HTTP status, where the service needs other words than the usual.
    """

    def __init__(
        self,
        connection: Connection,
        runtime: Runtime,
        *,
        backend: str,
        transport: httpx.AsyncBaseTransport | None = None,
        scope: str = "",
        limiter: Limiter | None = None,
        advice: Mapping[int, str] | None = None,
    ) -> None:
        self._authorizer = Authorizer(connection, runtime, scope=scope, backend=backend)
        self._runtime = runtime
        self._backend = backend
        self._transport = transport
        self._limiter = limiter
        self._advice = advice or {}
        self._client: httpx.AsyncClient | None = None
        self._slots: asyncio.Semaphore | None = None

    async def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str],
        meeting_id: str,
        seconds: float = CALL_SECONDS,
        body: Body | None = None,
        retried: Collection[int] = RETRIED,
        repeatable: bool = True,
        anonymous: bool = False,
        advice: Mapping[int, str] | None = None,
    ) -> Reply:
        """Send a request, and again where that can do no harm, until it is answered.

        Args:
            method: GET, DELETE, POST, PATCH.
            url: Without a query, unless it is anonymous.
            params: The query.
            meeting_id: For messages.
            seconds: How long the call may take, retries and their waits included, from when it may be sent.
            body: What is sent with it.
            retried: Statuses after which it is sent again.
            repeatable: It may be sent again although the service may have got it.
            anonymous: The URL says all (a SAS): no credentials are sent, and it keeps its query.
            advice: What to do about an HTTP status, where this call needs other words than the service's others.

        Raises:
            RemoteMeetingError: The class says which situation; the message holds the service's own words.
        """
        if not all(SENDABLE.fullmatch(secret) for secret in self._authorizer.secrets):
            raise AuthenticationFailed(
                "The key or token holds a line end, an outer space or a character that is not ASCII: copy it again.",
                backend=self._backend,
                meeting_id=meeting_id,
            )
        deadline = self._runtime.monotonic() + seconds
        for attempt in range(1, ATTEMPTS + 1):
            problem: RemoteMeetingError
            wait = None
            asked = self._runtime.monotonic()
            try:
                async with self._turn():
                    # What was waited for one's turn is this side's doing: no deadline counts it.
                    now = self._runtime.monotonic()
                    deadline += now - asked
                    headers = {} if anonymous else await self._authorizer.headers()
                    reply = await self._once(method, url, params, max(deadline - now, 0.001), headers, body)
            except _Lost as lost:
                problem = lost.error
                if lost.sent and not repeatable:
                    raise problem.about(meeting_id=meeting_id) from lost.__cause__
            else:
                if reply.status < 300:
                    return reply
                problem = self._problem(reply, url, {**self._advice, **(advice or {})})
                if reply.status not in retried:
                    raise problem.about(meeting_id=meeting_id)
                wait = reply.retry_after_seconds(self._runtime.now())
            if wait is None:
                wait = delay_seconds(attempt, self._runtime.jitter())
            if attempt == ATTEMPTS or self._runtime.monotonic() + wait > deadline:
                raise problem.about(meeting_id=meeting_id)
            await self._runtime.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    async def aclose(self) -> None:
        """Let connections go."""
        client, self._client, self._slots = self._client, None, None
        if client is not None:
            await client.aclose()

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """A connection, and with it the moment at which a request may be sent: nothing lies between the two."""
        if self._limiter is None:
            yield
            return
        async with self._places(), self._limiter.turn(self._runtime):
            yield

    def _places(self) -> asyncio.Semaphore:
        import asyncio

        if self._slots is None:
            self._slots = asyncio.Semaphore(CONNECTIONS)
        return self._slots

    async def _once(
        self,
        method: str,
        url: str,
        params: Mapping[str, str],
        seconds: float,
        headers: Mapping[str, str],
        body: Body | None,
    ) -> Reply:
        import asyncio

        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport,
                limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
                headers={"accept": "application/json"},
            )
        timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        content = None if body is None else body.content() if callable(body.content) else body.content
        sent = False
        try:
            # A thousand meetings may wait on one service. They queue here, because httpx's own queue is searched
            # whole at each answer; only the call's deadline ends the wait.
            waiting = contextlib.nullcontext() if self._limiter is not None else self._places()
            async with asyncio.timeout(seconds), waiting:
                sent = True
                response = await self._client.request(
                    method,
                    url,
                    params=dict(params) or None,
                    headers={**headers, **(body.headers if body else {})},
                    content=content,
                    timeout=timeout,
                )
        except (httpx.TimeoutException, TimeoutError) as error:
            sent = sent and not isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
            late = self._unreachable(url, f"no answer within {seconds:.3g} s", code=LATE if sent else None)
            raise _Lost(late, sent=sent) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            sent = not isinstance(error, httpx.ConnectError | httpx.InvalidURL | httpx.UnsupportedProtocol)
            lost = self._unreachable(url, str(error) or type(error).__name__, code=LOST if sent else None)
            raise _Lost(lost, sent=sent) from error
        return Reply(
            response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content
        )

    def _unreachable(self, url: str, reason: str, code: str | None = None) -> ServiceUnreachable:
        secrets = self._authorizer.secrets
        return ServiceUnreachable(
            redact(f"{without_query(url)} cannot be reached: {reason.rstrip('.')}.", secrets),
            backend=self._backend,
            code=code,
        )

    def _problem(self, reply: Reply, url: str, words: Mapping[int, str]) -> RemoteMeetingError:
        kind, usual = _KINDS.get(reply.status, (UnexpectedReply, ""))
        if reply.status >= 500:
            kind, usual = ServiceUnavailable, "it has trouble; try again later"
        secrets = self._authorizer.secrets
        # Masked before it is read, for what is read is cut: half a key is a leak, too.
        problem = read_problem(_masked(reply.body, secrets))
        said = _short(problem.words, secrets)
        advice = cure(problem) or words.get(reply.status, usual)
        sentence = f"{without_query(url)} answered {reply.status}"
        if said:
            sentence += f" ({said})"
        if advice:
            sentence += f": {advice}"
        return kind(
            redact(f"{sentence}.", secrets),
            backend=self._backend,
            code=_name(problem.code, secrets),
            inner_code=_name(problem.inner_code, secrets),
            target=_name(problem.target, secrets),
            request_id=_name(reply.request_id, secrets),
            status_code=reply.status,
        )


_KINDS: dict[int, tuple[type[RemoteMeetingError], str]] = {
    400: (BadRequest, "it does not understand the request; check the meeting id"),
    401: (AuthenticationFailed, "check the key or token, and that it belongs to this region or resource"),
    403: (AuthenticationFailed, "this key or token may not do that"),
    404: (
        MeetingNotFound,
        "it knows no such meeting; check the id, and that the key and region are those of its upload",
    ),
    409: (BadRequest, "it cannot do that in the state that the job is in"),
    413: (BadRequest, "it takes less than that"),
    415: (BadRequest, "it does not take audio of that kind"),
    422: (BadRequest, "it cannot work with this audio or these options"),
    429: (Throttled, "it asks to slow down; try again later"),
}


def is_in_doubt(error: RemoteMeetingError) -> bool:
    """True when a request that ended so may have been obeyed: no answer came, or one of something in between."""
    if isinstance(error, ServiceUnreachable):
        return error.code in (LATE, LOST)
    return error.status_code in (502, 504)


def delay_seconds(attempt: int, jitter: float) -> float:
    """How long to wait after a failed attempt, counted from 1, when the service does not say."""
    return min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1)) * (0.5 + jitter)


def _masked(body: bytes, secrets: Iterable[str]) -> bytes:
    """A body without the secrets that it echoes, also as JSON writes them."""
    plain = tuple(secrets)
    escaped = [json.dumps(secret)[1:-1] for secret in plain]
    slashed = [secret.replace("/", "\\/") for secret in escaped]
    return redact(body.decode("utf-8", errors="replace"), (*plain, *escaped, *slashed)).encode()


def _name(text: str | None, secrets: Iterable[str]) -> str | None:
    return _short(text, secrets) if text else None


def _short(text: str, secrets: Iterable[str]) -> str:
    # Masked before it is cut: half a key is a leak, too.
    text = " ".join(redact(text, secrets).encode("utf-8", errors="replace").decode().split()).rstrip(".")
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
