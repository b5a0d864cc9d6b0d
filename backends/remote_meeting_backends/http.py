"""One HTTP client for every REST backend: authentication, turns, retries, Retry-After, deadlines, redaction."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .answers import LATE, LOST, Reply, problem_of
from .connection import Connection, redact, without_query
from .credentials import Authorizer
from .errors import AuthenticationFailed, RemoteMeetingError, ServiceUnreachable
from .runtime import Runtime
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
# What a header's value may be made of (RFC 9110, 5.5), as far as it is ASCII.
SENDABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")


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
                problem = problem_of(
                    reply,
                    url,
                    backend=self._backend,
                    advice={**self._advice, **(advice or {})},
                    secrets=self._authorizer.secrets,
                )
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

        from .quiet import keep_signatures_out_of_logs

        if self._client is None:
            keep_signatures_out_of_logs()
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


def delay_seconds(attempt: int, jitter: float) -> float:
    """How long to wait after a failed attempt, counted from 1, when the service does not say."""
    return min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1)) * (0.5 + jitter)
