"""The client of the speech to text REST API, as batch and fast use it: one quota, one scope, one kind of advice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..connection import Connection
from ..http import ServiceClient
from ..runtime import Runtime
from ..throttle import limiter_of
from .endpoint import scope_of

if TYPE_CHECKING:
    import httpx

ADVICE: Mapping[int, str] = {
    400: "it does not understand the request",
    401: "check the key or token, and that it belongs to this region or resource; a token needs a resource with a "
    "custom domain, named as the endpoint",
    403: "this key or token may not do that; a token needs the role Cognitive Services Speech User",
}


def speech_client(
    connection: Connection,
    runtime: Runtime,
    url: str,
    *,
    backend: str,
    not_found: str,
    transport: httpx.AsyncBaseTransport | None = None,
) -> ServiceClient:
    """A client of the API at a URL.

    Args:
        connection: The account.
        runtime: Gives time, waits and jitter.
        url: What `base_url` gave.
        backend: Name for messages.
        not_found: What a 404 means to this backend.
        transport: Where requests go, instead of the network.
    """
    return ServiceClient(
        connection,
        runtime,
        backend=backend,
        transport=transport,
        scope=scope_of(url),
        limiter=limiter_of(runtime, urlsplit(url).netloc),
        advice={**ADVICE, 404: not_found},
    )
