"""Where real-time transcription lives: from a region, a host or an endpoint to one WebSocket URL.

Source: protocol/realtime.md, "Connection".
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlunsplit

from ..connection import Connection, redact, split_endpoint
from ..errors import InvalidInput

PATH: Final = "/stt/speech/universal/v2"
_PATHS: Final = frozenset({PATH, "/speech/universal/v2", "/speech/recognition/conversation/cognitiveservices/v1"})
_REGION: Final = re.compile(r"[a-z0-9]{2,40}")
# The REST API's and the token service's hosts: the same resource answers at its real-time host.
_OTHER_HOST: Final = re.compile(r"(?P<region>[a-z0-9]+)\.api\.cognitive\.(?:microsoft\.com|microsoft\.us|azure\.cn)")
# What speech.context asks for as well: the native SDK, asked for words, says it in both places.
_WORDS: Final = {"format": "detailed", "wordLevelTimestamps": "true", "wordLevelConfidence": "true"}
_SECURE: Final = {"http": "ws", "https": "wss"}


def websocket_url(connection: Connection, language: str, model: str | None, profanity: str | None = None) -> str:
    """The URL to connect to.

    Args:
        connection: The account. An endpoint with a path of this service is used as it stands, with its query; of any
            other only the host is.
        language: BCP-47; an endpoint's own wins.
        model: Id of a custom model.
        profanity: `masked`, `removed` or `raw`; the native SDK says it here and in `speech.context`.

    Raises:
        InvalidInput: There is no region, endpoint or host, or what is given cannot be one.
    """
    query = ({"cid": model} if model else {"language": language}) | _WORDS
    if profanity:
        query["profanity"] = profanity
    given = (connection.endpoint or connection.host or "").strip()
    if not given:
        return f"wss://{_host(connection)}{PATH}?{urlencode(query)}"
    parts = split_endpoint(given, connection.secrets)
    elsewhere = _OTHER_HOST.fullmatch((parts.hostname or "").lower())
    if elsewhere:
        region = elsewhere["region"]
        return f"wss://{region}.stt.speech.{_suffix(region)}{PATH}?{urlencode(query)}"
    path = parts.path.rstrip("/")
    known = path.lower() in _PATHS
    query |= dict(parse_qsl(parts.query)) if known else {}
    return urlunsplit((_SECURE[parts.scheme], parts.netloc, path if known else PATH, urlencode(query), ""))


def _host(connection: Connection) -> str:
    if not connection.region:
        raise InvalidInput("The realtime backend needs a region or an endpoint.")
    region = connection.region.strip().lower()
    if not _REGION.fullmatch(region):
        raise InvalidInput(
            f"{redact(connection.region, connection.secrets)!r} is no region: give a name such as westeurope, "
            f"or the whole URL as an endpoint."
        )
    return f"{region}.stt.speech.{_suffix(region)}"


def _suffix(region: str) -> str:
    """Sovereign clouds have suffixes of their own."""
    if region.startswith("china"):
        return "azure.cn"
    return "azure.us" if region.startswith(("usgov", "usdod")) else "microsoft.com"
