"""The network, asked as gently as can be: names looked up, one GET, no redirects, no second attempt."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from remote_meeting_backends import Runtime
from remote_meeting_backends.answers import Reply
from remote_meeting_backends.connection import without_query

from .aside import TooLate, aside, within
from .reasons import LATE, why

if TYPE_CHECKING:
    import httpx

_SCHEMES = {"ws": "http", "wss": "https"}
_DATE = re.compile(r"[\x20-\x7e]{1,64}")


class NoAnswer(Exception):
    """Nobody answered; the message is a sentence that says who and why."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A service's time beside ours.

    Args:
        host: Whose.
        ahead_seconds: How far our clock is ahead of it; negative when it is behind.
    """

    host: str
    ahead_seconds: float


class Web:
    """One HTTP client for all checks; it is made by the first that needs it.

    Args:
        runtime: Gives the time.
        seconds: How long a question may take.
    """

    def __init__(self, runtime: Runtime, seconds: float) -> None:
        self.runtime = runtime
        self.seconds = seconds
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> tuple[Reply, Clock | None]:
        """The answer, whatever its status, and the clock of whoever gave it.

        Raises:
            NoAnswer: None came, or none that is HTTP.
        """
        import httpx

        asked = self.runtime.now()
        try:
            response = await within(self.seconds, self._open().get(url, params=dict(params), headers=dict(headers)))
        except TooLate as late:
            raise NoAnswer(f"{without_query(url)} cannot be reached: {late}; {LATE}.") from late
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, ImportError) as error:
            raise NoAnswer(f"{without_query(url)} cannot be reached: {why(error)}.") from error
        answered = {name.lower(): value for name, value in response.headers.items()}
        reply = Reply(response.status_code, answered, response.content)
        return reply, self.clock(url, answered.get("date"), asked)

    def clock(self, url: str, date: str | None, asked: datetime) -> Clock | None:
        """What an answer's Date says of our clock, half the way from question to answer; None without one."""
        told = None
        if date is not None and _DATE.fullmatch(date):
            with contextlib.suppress(ValueError, TypeError):
                told = parsedate_to_datetime(date)
        if told is None or told.tzinfo is None:
            return None
        ours = asked + (self.runtime.now() - asked) / 2
        return Clock(urlsplit(url).netloc, (ours - told).total_seconds())

    async def find(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses behind a name.

        Raises:
            NoAnswer: There are none.
        """

        def look() -> tuple[str, ...]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

        try:
            return await within(self.seconds, aside(look))
        except TooLate as late:
            raise NoAnswer(f"The name {host} was not resolved: {late} of the name server: check its DNS.") from late
        except (OSError, UnicodeError) as error:
            raise NoAnswer(f"The name {host} does not resolve: {why(error)}.") from error

    def _open(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            # The deadline is one for all of a question, not one for each part of it.
            self._client = httpx.AsyncClient(headers={"accept": "application/json"}, timeout=httpx.Timeout(None))
        return self._client


def proxy_of(url: str) -> str | None:
    """The proxy that a URL is asked through, without its password; it looks up names itself."""
    parts = urlsplit(url)
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    proxies: Mapping[str, Any] = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.hostname or ""):
        return None
    return str(proxy).rpartition("@")[2].removeprefix("http://").rstrip("/")
