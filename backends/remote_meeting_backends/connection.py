"""What is needed to reach a service: secrets that never show, and the places they belong to."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .errors import InvalidInput

MASK = "***"
_SAME_PLACE = {"ws": "http", "wss": "https"}
DEFAULT_CONTAINER = "remote-meeting"
# The query of a URL: a SAS, a key. Also where it was escaped, in JSON (whose \" ends it) or in another URL's query.
_QUERY = re.compile(
    r"""(?i)\b(https?|wss?)(://|%3a%2f%2f|:\\/\\/)([^\s?"'<>]*?)(\?|%3f|\\u003f)(?:[^\s"'<>\\]|\\[^\s"])*"""
)
_SCHEME_ENDS = ("://", ":\\/\\/", "%3a", "%3A")
# A connection string of a storage account.
_ACCOUNT_SECRET = re.compile(r"(?i)\b(AccountKey|SharedAccessSignature)=[^;\s\"']+")


def websocket_log() -> logging.Logger:
    """The log of WebSockets. At DEBUG the library tells every header, and with them the key: it is kept from that."""
    log = logging.getLogger("remote_meeting_backends.websocket")
    log.setLevel(logging.WARNING)
    return log


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service takes, where the caller knows better than our table; None keeps the table's value.

    Args:
        max_bytes: Largest file.
        max_seconds: Longest audio.
        max_diarized_seconds: Longest audio when speakers are told apart.
    """

    max_bytes: int | None = None
    max_seconds: float | None = None
    max_diarized_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """Where local audio is put for a service that takes URLs only (Azure Blob Storage).

    Args:
        where: A connection string, or the URL of the account or of a container, with or without a SAS.
        key: The account's key.
        credential: A credential object with `get_token`, such as azure-identity's.
        container: Name of the container, unless the URL names it.
    """

    where: str = field(repr=False)
    key: str | None = field(default=None, repr=False)
    credential: Any = field(default=None, repr=False)
    container: str = DEFAULT_CONTAINER

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        found = [self.key] if self.key else []
        found += [part.partition("=")[2] for part in self.where.split(";") if _ACCOUNT_SECRET.match(part)]
        if "://" in self.where and "=" not in self.where.partition("://")[0]:
            found.append(self.where.partition("?")[2])
        return tuple(secret for secret in found if secret)


@dataclass(frozen=True, slots=True)
class Connection:
    """Key or token, and where to go with it. A token wins over a key (the C# client's rule).

    Args:
        key: Subscription key.
        token: Authorization token, without the word Bearer.
        region: Azure region such as `westus2`; a whole host of a sovereign cloud is not a region.
        endpoint: Base URL that replaces the one built from the region.
        host: `scheme://host[:port]` that replaces only the host.
        language: BCP-47 recognition language, or None for the default.
        credential: A credential object with `get_token` (azure-identity's); it wins over key and token.
        storage: Where local audio is staged for a service that takes URLs only.
        destination: URL of a container, with a SAS that may write, where the batch service puts its results.
        api_version: Of the speech to text REST API; None for the newest that is known here.
        limits: By backend's name, where the caller's account has others than the published ones.
    """

    key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    region: str | None = None
    endpoint: str | None = field(default=None, repr=False)
    host: str | None = None
    language: str | None = None
    credential: Any = field(default=None, repr=False)
    storage: Storage | None = None
    destination: str | None = field(default=None, repr=False)
    api_version: str | None = None
    limits: Mapping[str, Limits] = field(default_factory=dict, hash=False)

    @property
    def headers(self) -> dict[str, str]:
        """The authentication headers; empty without credentials, and with those that must be asked for a token."""
        if self.credential is not None:
            return {}
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if self.key:
            return {"Ocp-Apim-Subscription-Key": self.key}
        return {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        return tuple(secret for secret in (self.key, self.token) if secret)


def split_endpoint(given: str, secrets: Iterable[str]) -> SplitResult:
    """An endpoint as the caller wrote it, in its parts; web socket schemes stand for those of the same place.

    Raises:
        InvalidInput: It is no URL, or holds a user name.
    """
    try:
        parts = urlsplit(given.strip())
        parts = parts._replace(scheme=_SAME_PLACE.get(parts.scheme, parts.scheme))
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise InvalidInput(f"The endpoint {redact(given, secrets)!r} is no URL: write https://host/path.")
    if "@" in parts.netloc:
        # Not shown: it may be a password.
        raise InvalidInput("The endpoint holds a user name: leave it out; the key or token is given apart.")
    return parts


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Put a mask where a secret stands in a text, and where a URL has a query: a SAS is one."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _without_queries(text)
    return _ACCOUNT_SECRET.sub(rf"\1={MASK}", text) if _has_account(text) else text


def _without_queries(text: str) -> str:
    """Looked for where a scheme ends, not everywhere: a result of 50 MB holds a handful of URLs."""
    pieces, done = [], 0
    for at in sorted({at for mark in _SCHEME_ENDS for at in _places(text, mark)}):
        found = next((found for start in (5, 4, 3, 2) if (found := _QUERY.match(text, max(done, at - start)))), None)
        if at >= done and found is not None:
            pieces += [text[done : found.start()], *found.groups(), MASK]
            done = found.end()
    return "".join([*pieces, text[done:]]) if pieces else text


def _places(text: str, mark: str) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0:
        yield at
        at = text.find(mark, at + 1)


def _has_account(text: str) -> bool:
    return any(name in text for name in ("Account", "account", "ACCOUNT", "Shared", "shared", "SHARED"))


def without_query(url: str) -> str:
    """A URL as it may be shown and stored: what stands behind the question mark may be a secret."""
    return url.partition("?")[0].partition("#")[0]
