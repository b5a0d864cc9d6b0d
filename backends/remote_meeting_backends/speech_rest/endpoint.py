"""Where the speech to text REST API lives, and which version of it is spoken.

Sources: the published contracts (`/speechtotext`, `?api-version=`), the pages on custom domains and sovereign clouds.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from ..connection import Connection, redact, split_endpoint
from ..errors import InvalidInput

# The newest first; 2024-11-15 has no audioUrl and no phrase list. v3.0 to v3.2 were retired on 2026-03-31.
API_VERSIONS: Final = ("2025-10-15", "2024-11-15")
DEFAULT_API_VERSION: Final = API_VERSIONS[0]
API_PATH = "/speechtotext"
SCOPE = "https://cognitiveservices.azure.com/.default"
_SOVEREIGN_SCOPES = {"azure.cn": "https://cognitiveservices.azure.cn/.default"}
_REGION = re.compile(r"[a-z0-9]{2,40}")
_RETIRED_PATH = re.compile(r"/speechtotext/v\d", re.IGNORECASE)
_REALTIME_PATH = re.compile(r"(?i)/(?:stt/)?speech/(?:universal|recognition)/\S+")
# A host of the real-time service; the same resource answers REST calls beside it.
_SPEECH_HOST = re.compile(r"(?P<region>[a-z0-9]+)\.(?:stt|s2s|tts)\.speech\.(?:microsoft\.com|azure\.cn|azure\.us)")


def base_url(connection: Connection, backend: str) -> str:
    """The URL that the operations' paths are added to, ending in `/speechtotext`.

    Raises:
        InvalidInput: There is no region, endpoint or host, or what is given cannot be one.
    """
    given = (connection.endpoint or connection.host or "").strip()
    if given:
        return _from_endpoint(given, connection.secrets)
    if connection.region:
        region = connection.region.strip().lower()
        if not _REGION.fullmatch(region):
            raise InvalidInput(
                f"{redact(connection.region, connection.secrets)!r} is no region: give a name such as westeurope, "
                f"or the whole URL as an endpoint."
            )
        return f"https://{region}.api.cognitive.{_suffix(region)}{API_PATH}"
    raise InvalidInput(f"The {backend} backend needs a region or an endpoint.")


def api_version(connection: Connection) -> str:
    """The version to speak. Raises InvalidInput for one that is not a date of ours."""
    wanted = connection.api_version
    if wanted is None:
        return DEFAULT_API_VERSION
    if wanted not in API_VERSIONS:
        raise InvalidInput(
            f"{wanted!r} is no version of the speech to text REST API that is spoken here: "
            f"use {' or '.join(API_VERSIONS)} (v3.0 to v3.2 were retired on 2026-03-31)."
        )
    return wanted


def scope_of(url: str) -> str:
    """The scope to ask a credential for, in the cloud that a URL belongs to."""
    host = urlsplit(url).hostname or ""
    return next((scope for suffix, scope in _SOVEREIGN_SCOPES.items() if host.endswith(suffix)), SCOPE)


def _from_endpoint(given: str, secrets: tuple[str, ...]) -> str:
    parts = split_endpoint(given, secrets)
    if _RETIRED_PATH.search(parts.path):
        raise InvalidInput(
            f"The endpoint {redact(given, secrets)!r} names a retired version: leave out what follows the host."
        )
    speech_host = _SPEECH_HOST.fullmatch((parts.hostname or "").lower())
    if speech_host:
        return f"https://{speech_host['region']}.api.cognitive.{_suffix(speech_host['region'])}{API_PATH}"
    before, found, _ = parts.path.partition(API_PATH)
    path = before if found else parts.path.rstrip("/")
    if _REALTIME_PATH.fullmatch(path):
        # An endpoint of real-time transcription stands for its host.
        path = ""
    return urlunsplit((parts.scheme, parts.netloc, path + API_PATH, "", ""))


def _suffix(region: str) -> str:
    """Sovereign clouds have suffixes of their own."""
    if region.startswith("china"):
        return "azure.cn"
    return "microsoft.us" if region.startswith(("usgov", "usdod")) else "microsoft.com"
