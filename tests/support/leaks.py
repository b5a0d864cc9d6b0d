"""What keeps a cassette out of the repository: a secret in any disguise, a false or missing origin, its size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import yaml

from support.scrubbing import MASK, SECRET_NAMES

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TOKEN = "eyJhbGciOiJub25lIn0.eyJ0ZXN0Ijp0cnVlfQ.c2lnbmF0dXJl"
HERE_SOURCES = frozenset({"gateway", "emulator"})
LARGEST_BYTES = 64 * 1024
# The service's results hold several alternatives of every phrase, each with its words.
LARGEST_FROM_AZURE_BYTES = 512 * 1024
_HERE = re.compile(r"(?i)(?:127\.0\.0\.1|\[::1\]|localhost):\d+")
_SIGNATURE = re.compile(r"""(?i)(?<![a-z])sig=(?!scrubbed(?![\w%+/=]))[^&\s"'<>]+""")
_BEARER = re.compile(r"(?i)\bbearer\s+[\w.~+/-]{8,}")
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
# A Speech resource's key: 32 hexadecimal digits, or 84 letters and digits since 2024; a storage account's: 64 bytes in
# base64. ManualRuntime counts its ids from 1: their zeros are nobody's key.
_KEY_LIKE = re.compile(
    r"(?<![0-9A-Za-z+/])(?:(?!0{20})[0-9a-fA-F]{32}|[0-9A-Za-z]{84}|[0-9A-Za-z+/]{86}==)(?![0-9A-Za-z+/=])"
)
_JSON_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])|\\/")
_COUNTED = re.compile(r"0{20}[0-9a-f]{12}")
# An id that the service makes in 32 digits is no key.
_ID_NAMES = re.compile(r"(?i)request-?id$")
_DEEPEST = 4


def problems(content: bytes, *, sources: frozenset[str] = HERE_SOURCES, secrets: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with a cassette, each as a phrase; empty when nothing is.

    Args:
        content: The file.
        sources: Where a cassette may say that it comes from.
        secrets: Keys and tokens that were sent while it was recorded.
    """
    try:
        cassette = yaml.safe_load(content)
        if "connections" in cassette:
            return _of_frames(cassette, content, sources, secrets)
        recorded, interactions = cassette["recorded"], cassette["interactions"]
        found = _origin(recorded, interactions, sources)
        most = LARGEST_FROM_AZURE_BYTES if recorded.get("from") == "azure" else LARGEST_BYTES
        found += [f"larger than {most} bytes"] if len(content) > most else []
        for interaction in interactions:
            for side in (interaction["request"], interaction["response"]):
                found += _by_name(side)
                found += _in_texts(side, secrets)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        return [f"not a cassette with a `recorded` entry ({type(error).__name__}: {error})"]
    return sorted(set(found))


def _of_frames(
    cassette: Mapping[str, Any], content: bytes, sources: frozenset[str], secrets: tuple[str, ...]
) -> list[str]:
    """The same for a frame cassette; whoever made up an id in it does not show, for it has a name."""
    recorded, talks = cassette["recorded"], cassette["connections"]
    missing = {"from", "client", "faults", "on", "api"} - set(recorded)
    found = [f"no word on {', '.join(sorted(missing))}"] if missing else []
    source = recorded.get("from")
    found += [f"comes from {source!r}"] if source not in sources else []
    if source == "azure" and recorded.get("faults") == "injected":
        found.append("says azure, and was answered by the emulator")
    most = LARGEST_FROM_AZURE_BYTES if source == "azure" else LARGEST_BYTES
    found += [f"larger than {most} bytes"] if len(content) > most else []
    found += [f"{name} is not scrubbed" for name, value in _members(talks) if _is_secret(name, value)]
    found += _in_texts({"headers": {}, "connections": talks}, secrets)
    for talk in talks:
        found += [f"speaks of {talk['request']['path']}"] if talk["request"]["path"] != recorded.get("api") else []
        for frame in talk.get("frames", ()):
            found += ["holds audio"] if frame["from"] == "client" and "base64" in frame else []
    return sorted(set(found))


def _members(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str):
                yield str(name).lower(), inner
            yield from _members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _members(inner)


def _origin(recorded: Mapping[str, Any], interactions: list[Any], sources: frozenset[str]) -> list[str]:
    """A cassette says where, when and in which version, and nothing in it says otherwise."""
    missing = {"from", "faults", "on", "api"} - set(recorded)
    found = [f"no word on {', '.join(sorted(missing))}"] if missing else []
    source = recorded.get("from")
    found += [f"comes from {source!r}"] if source not in sources else []
    if recorded.get("faults") not in ("injected", "none", None):
        found.append(f"faults are {recorded['faults']!r}")
    for interaction in interactions:
        url = urlsplit(interaction["request"]["uri"])
        if not (url.hostname or "").endswith(".test"):
            found.append(f"asks {url.hostname}, which is somebody's name")
        versions = parse_qs(url.query).get("api-version", [recorded.get("api")])
        found += [f"says {recorded.get('api')} and speaks {one}" for one in versions if one != recorded.get("api")]
        ids = [one for name, one in _headers(interaction["response"]) if _ID_NAMES.search(name)]
        if source == "azure" and (recorded.get("faults") == "injected" or any(map(_is_counted, ids))):
            found.append("says azure, and was answered by the emulator")
    return found


def _by_name(side: Mapping[str, Any]) -> list[str]:
    query = parse_qsl(urlsplit(side.get("uri", "")).query)
    headers = list(_headers(side))
    found = [f"{name} is not scrubbed" for name, value in [*headers, *query] if _is_secret(name, value)]
    # What is packed cannot be searched.
    return found + [f"{name} hides the body" for name, _ in headers if name == "content-encoding"]


def _in_texts(side: Mapping[str, Any], secrets: tuple[str, ...]) -> list[str]:
    headers = {name: values for name, values in side["headers"].items() if not _ID_NAMES.search(name)}
    found = []
    for text in _texts({**side, "headers": headers}):
        views = _views(text)
        found += [f"holds {what}" for what, is_there in _LEAKS.items() if any(map(is_there, views))]
        found += ["holds a secret that was sent" for secret in secrets if any(secret in view for view in views)]
    return found


_LEAKS: Mapping[str, Callable[[str], object]] = {
    "the tests' key": lambda text: KEY in text,
    "the tests' token": lambda text: TOKEN in text,
    "what looks like a key": _KEY_LIKE.search,
    "a token (JWT)": _JWT.search,
    "a bearer token": _BEARER.search,
    "a signature (sig=)": _SIGNATURE.search,
    "an address of the machine that recorded it": _HERE.search,
}


def _views(text: str) -> list[str]:
    """A text as it is, and as it reads once its escapes, of JSON and of URLs, are undone; they may be nested."""
    views = [text]
    for _ in range(_DEEPEST):
        plain = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "/", unquote(views[-1]))
        if plain == views[-1]:
            break
        views.append(plain)
    return views


def _is_secret(name: str, value: str) -> bool:
    return name.lower() in SECRET_NAMES and value != MASK


def _is_counted(request_id: str) -> bool:
    return bool(_COUNTED.fullmatch(request_id.replace("-", "")))


def _headers(side: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, values in side["headers"].items():
        for value in values:
            yield name.lower(), value


def _texts(value: object) -> Iterator[str]:
    """Every text in a cassette, names too; one that YAML keeps as binary is a text as well."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(name)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, str):
        yield value
