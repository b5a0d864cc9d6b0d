"""One WebSocket to the service: opened with the caller's credentials, its ends told as what they mean."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ..connection import redact, websocket_log
from ..errors import InvalidInput, ServiceUnreachable
from ..extras import need
from ..speech_protocol.messages import MOST_FRAME_BYTES
from . import causes

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OPEN_SECONDS: Final = 30.0
CLOSE_SECONDS: Final = 2.0
# What a proxy or the service itself takes for a sign of life; a peer that does not answer is gone.
PING_SECONDS: Final = 20.0
SHOWN_CHARACTERS: Final = 300


@contextlib.asynccontextmanager
async def connected(
    url: str, headers: dict[str, str], connection_id: str, secrets: tuple[str, ...]
) -> AsyncIterator[ClientConnection]:
    """A connection to the service.

    Args:
        url: Where.
        headers: The caller's credentials.
        connection_id: X-ConnectionId, 32 hexadecimal digits.
        secrets: What must not be printed.

    Raises:
        Lost: There is none (any more), and another may do better.
        RemoteMeetingError: There is none, and it would be no use to try again.
    """
    client = need("websockets.asyncio.client", extra="azure", what="The realtime backend")
    exceptions = need("websockets.exceptions", extra="azure", what="The realtime backend")
    place = redact(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}", secrets)

    opening = client.connect(
        url,
        additional_headers={**headers, "X-ConnectionId": connection_id},
        user_agent_header=f"remote-meeting-compat/{own_version()}",
        subprotocols=["USP"],
        compression=None,
        max_size=MOST_FRAME_BYTES,
        open_timeout=OPEN_SECONDS,
        close_timeout=CLOSE_SECONDS,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        logger=websocket_log(),
    )
    # The key goes to the place that was named, and to no other.
    opening.process_redirect = _not_followed
    try:
        socket = await opening
    except Exception as error:
        raise _not_opened(error, exceptions, place, connection_id, secrets) from error
    try:
        yield socket
    except exceptions.ConnectionClosed as error:
        raise _closed(error, place, connection_id, secrets) from error
    finally:
        await socket.close()


@cache
def own_version() -> str:
    """This distribution's version, as it is told to services."""
    from importlib.metadata import version

    return version("remote-meeting-compat")


def _not_followed(error: Exception) -> Exception:
    return error


def _not_opened(
    error: Exception, exceptions: Any, place: str, connection_id: str, secrets: tuple[str, ...]
) -> Exception:
    if isinstance(error, exceptions.InvalidStatus):
        response = error.response
        words = _shown((response.body or b"").decode(errors="replace"), secrets)
        return causes.of_upgrade(response.status_code, words, response.headers.get("Retry-After"), place, connection_id)
    if isinstance(error, exceptions.InvalidURI | exceptions.InvalidProxy):
        return InvalidInput(f"The endpoint {place} or the proxy of the environment is no URL that can be used.")
    words = _shown(str(error) or type(error).__name__, secrets)
    unreachable = ServiceUnreachable(f"There is no connection to {place}: {words}.", request_id=connection_id)
    if isinstance(error, ssl.SSLCertVerificationError):
        return unreachable
    if isinstance(error, OSError | TimeoutError | exceptions.WebSocketException | EOFError):
        return causes.Lost(unreachable)
    return error


def _closed(error: Any, place: str, connection_id: str, secrets: tuple[str, ...]) -> Exception:
    received = error.rcvd
    if received is None:
        return causes.of_close(None, "", place, connection_id)
    return causes.of_close(received.code, _shown(received.reason, secrets), place, connection_id)


def _shown(words: str, secrets: tuple[str, ...]) -> str:
    return redact(" ".join(words.split()), secrets)[:SHOWN_CHARACTERS].rstrip(".")
