"""Where the retired service's two halves are: from a region, a host or an endpoint to their URLs.

Source: protocol/legacy.md, parts 1 and 2.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlunsplit

from ..connection import Connection, split_endpoint
from ..errors import InvalidInput

API_PATH: Final = "/api/v1/"
UPLOADS: Final = "/speech/recognition/"
UPLOAD_PATH: Final = UPLOADS + "multiaudio"
_SECURE: Final = {"http": "ws", "https": "wss"}


def base_url(connection: Connection) -> str:
    """Where OfflineTask lives: the endpoint whole, or the host with the standard path, or the region's own host.

    An endpoint of uploads stands for its host.

    Raises:
        InvalidInput: None of them is given, or the endpoint is no URL.
    """
    if connection.endpoint:
        parts = split_endpoint(connection.endpoint, connection.secrets)
        path = API_PATH if _is_upload(parts.path) else f"{parts.path.rstrip('/')}/"
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    if connection.host:
        parts = split_endpoint(connection.host.strip().rstrip("/") + API_PATH, connection.secrets)
        return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/", "", ""))
    return f"https://{_host(connection)}{API_PATH}"


def upload_url(connection: Connection, language: str, mode: str) -> str:
    """Where a meeting is uploaded.

    Args:
        connection: The account. An endpoint of uploads is used as it stands, of any other only the host is.
        language: BCP-47.
        mode: `async` or `RealTimeAndAsync`.

    Raises:
        InvalidInput: There is nowhere to go.
    """
    query = urlencode({"language": language, "transcriptionMode": mode})
    place = connection.endpoint or connection.host
    if not place:
        return f"wss://{_host(connection)}{UPLOAD_PATH}?{query}"
    parts = split_endpoint(place, connection.secrets)
    path = parts.path if _is_upload(parts.path) else UPLOAD_PATH
    return urlunsplit((_SECURE[parts.scheme], parts.netloc, path, query, ""))


def _is_upload(path: str) -> bool:
    return path.lower().startswith(UPLOADS)


def _host(connection: Connection) -> str:
    if not connection.region:
        raise InvalidInput("The legacy backend needs a region, an endpoint or a host.")
    return f"transcribe.{connection.region}.cts.speech.{_suffix(connection.region)}"


def _suffix(region: str) -> str:
    """Sovereign clouds have suffixes of their own (Speech SDK)."""
    if region.startswith("china"):
        return "azure.cn"
    return "azure.us" if region.startswith("usgov") else "microsoft.com"
