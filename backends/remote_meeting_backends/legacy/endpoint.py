"""Where the retired service's two halves are: from a region, a host or an endpoint to their URLs.

Source: protocol/legacy.md, parts 1 and 2.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlunsplit

from ..connection import Connection, split_endpoint
from ..errors import InvalidInput

API_PATH: Final = "/api/v1/"
UPLOADS: Final = "/speech/recognition/"
UPLOAD_PATH: Final = UPLOADS + "multiaudio"
MODE: Final = "transcriptionMode"
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


def upload_url(
    connection: Connection, language: str, mode: str, *, model: str | None = None, profanity: str | None = None
) -> str:
    """Where a meeting is uploaded.

    Args:
        connection: The account. An endpoint of uploads is used as it stands, with its query, but for the mode; of any
            other only the host is.
        language: BCP-47; an endpoint's own wins.
        mode: `async` or `RealTimeAndAsync`.
        model: Id of a custom model.
        profanity: `masked`, `removed` or `raw`.

    Raises:
        InvalidInput: There is nowhere to go.
    """
    query = {"language": language} | ({"cid": model} if model else {}) | ({"profanity": profanity} if profanity else {})
    place, path = (connection.endpoint or connection.host or "").strip(), UPLOAD_PATH
    if not place:
        return f"wss://{_host(connection)}{path}?{urlencode({**query, MODE: mode})}"
    parts = split_endpoint(place, connection.secrets)
    if _is_upload(parts.path):
        path = parts.path
        query |= {name: value for name, value in parse_qsl(parts.query) if name.lower() != MODE.lower()}
    return urlunsplit((_SECURE[parts.scheme], parts.netloc, path, urlencode({**query, MODE: mode}), ""))


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
