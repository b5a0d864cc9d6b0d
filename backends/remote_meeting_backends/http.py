"""One HTTP client for every REST backend: authentication, retries, Retry-After, redaction, and one map of errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .connection import Connection, redact
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


class ServiceClient:
    """Calls to one service. Nothing is connected before the first.

    Args:
        connection: Credentials; sent as headers, masked in every message.
        runtime: Gives the time, the waits between retries and their jitter.
        backend: Name for messages.
        transport: Where requests go, instead of the network.
    """

    def __init__(
        self,
        connection: Connection,
        runtime: Runtime,
        *,
        backend: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._connection = connection
        self._runtime = runtime
        self._backend = backend
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._slots: asyncio.Semaphore | None = None

    async def call(
        self, method: str, url: str, *, params: Mapping[str, str], meeting_id: str, seconds: float = CALL_SECONDS
    ) -> Reply:
        """Send a request that may be repeated, until it is answered.

        Args:
            method: GET or DELETE.
            url: Without a query.
            params: The query.
            meeting_id: For messages.
            seconds: How long the call may take, retries and their waits included.

        Raises:
            RemoteMeetingError: The class says which situation; the message holds the service's own words.
        """
        if not all(SENDABLE.fullmatch(secret) for secret in self._connection.secrets):
            raise AuthenticationFailed(
                "The key or token holds a line end, an outer space or a character that is not ASCII: copy it again.",
                backend=self._backend,
                meeting_id=meeting_id,
            )
        deadline = self._runtime.monotonic() + seconds
        for attempt in range(1, ATTEMPTS + 1):
            left = deadline - self._runtime.monotonic()
            problem: RemoteMeetingError
            wait = None
            try:
                reply = await self._once(method, url, params, max(left, 0.001))
            except ServiceUnreachable as error:
                problem = error
            else:
                if reply.status < 300:
                    return reply
                problem = self._problem(reply, url)
                if reply.status not in RETRIED:
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
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _once(self, method: str, url: str, params: Mapping[str, str], seconds: float) -> Reply:
        import asyncio

        import httpx

        if self._client is None or self._slots is None:
            self._slots = asyncio.Semaphore(CONNECTIONS)
            self._client = httpx.AsyncClient(
                transport=self._transport,
                limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
                headers={"accept": "application/json"},
            )
        timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        try:
            # A thousand meetings may wait on one service. They queue here, because httpx's own queue is searched
            # whole at each answer; only the call's deadline ends the wait.
            async with asyncio.timeout(seconds), self._slots:
                response = await self._client.request(
                    method, url, params=dict(params), headers=self._connection.headers, timeout=timeout
                )
        except (httpx.TimeoutException, TimeoutError) as error:
            raise self._unreachable(url, f"no answer within {seconds:.3g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise self._unreachable(url, str(error) or type(error).__name__) from error
        return Reply(
            response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content
        )

    def _unreachable(self, url: str, reason: str) -> ServiceUnreachable:
        return ServiceUnreachable(
            redact(f"{url} cannot be reached: {reason}.", self._connection.secrets), backend=self._backend
        )

    def _problem(self, reply: Reply, url: str) -> RemoteMeetingError:
        kind, advice = _KINDS.get(reply.status, (UnexpectedReply, ""))
        if reply.status >= 500:
            kind, advice = ServiceUnavailable, "it has trouble; try again later"
        secrets = self._connection.secrets
        code, said = error_of(reply.body, secrets)
        sentence = f"{url} answered {reply.status}"
        if said:
            sentence += f" ({said})"
        if advice:
            sentence += f": {advice}"
        return kind(
            redact(f"{sentence}.", secrets),
            backend=self._backend,
            code=code,
            request_id=_short(reply.request_id, secrets) if reply.request_id else None,
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
    429: (Throttled, "it asks to slow down; try again later"),
}


def delay_seconds(attempt: int, jitter: float) -> float:
    """How long to wait after a failed attempt, counted from 1, when the service does not say."""
    return min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1)) * (0.5 + jitter)


def error_of(body: bytes, secrets: Iterable[str] = ()) -> tuple[str | None, str]:
    """The service's error code and words, out of JSON in either of Azure's shapes, or out of whatever it sent."""
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, dict):
        inner = parsed.get("error")
        fields = inner if isinstance(inner, dict) else parsed
        code, message = fields.get("code"), fields.get("message")
        if isinstance(message, str) and message:
            return (_short(str(code), secrets) if isinstance(code, str | int) else None), _short(message, secrets)
    return None, _short(body.decode("utf-8", errors="replace"), secrets)


def _short(text: str, secrets: Iterable[str]) -> str:
    # Masked before it is cut: half a key is a leak, too.
    text = " ".join(redact(text, secrets).encode("utf-8", errors="replace").decode().split()).rstrip(".")
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
