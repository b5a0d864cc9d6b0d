"""What a shared access signature (SAS) allows, read off its query before a service trips over it; no I/O.

Sources: Azure Storage REST reference, "Create a service SAS", "Create an account SAS", "Create a user delegation SAS".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from ..errors import InvalidInput

Kind = Literal["blob", "container"]

PERMISSIONS = {
    "r": "read",
    "a": "add",
    "c": "create",
    "w": "write",
    "d": "delete",
    "l": "list",
    "t": "tag",
}
# Two of these make a query a SAS; one alone may be anybody's parameter.
_MARKS = frozenset({"sig", "sv", "se", "sp", "sr", "ss", "srt", "si"})
_BLOB_RESOURCES = {"b": "one blob", "bs": "one snapshot of a blob", "bv": "one version of a blob", "d": "one directory"}
_FILE_RESOURCES = {"s": "a file share", "f": "a file of a file share"}
_SERVICES = {"b": "blobs", "q": "queues", "t": "tables", "f": "files"}
_LEVELS = {"s": "the service", "c": "containers", "o": "blobs"}
# What may be shown of a field: an & that was escaped twice would bring the signature with it.
_SHOWABLE = re.compile(r"[\w:+. -]{0,40}", re.ASCII)
_USER = re.compile(r"//[^/]*@")
# A date, or a date and a time with its zone; seconds and their fraction may be missing.
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d))?")


def split_sas(url: str) -> tuple[str, str]:
    """A URL without its query, and the query without its question mark; the second is a secret."""
    before, _, query = url.strip().partition("?")
    return before.partition("#")[0], query.partition("#")[0]


def path_parts(url: str) -> list[str]:
    """The segments of a blob URL's path, from the container on.

    An address or a bare host name has the account as the first segment (Azurite, and storage behind a port of its
    own); elsewhere the account is in the host.
    """
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    return segments[1:] if account_in_path(url) else segments


def account_in_path(url: str) -> bool:
    """True when a storage account's name is the first segment of the path."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ".blob." in host:
        return False
    try:
        ip_address(host)
    except ValueError:
        return "." not in host or parts.port is not None
    return True


def check_sas(url: str, *, kind: Kind, needs: str, now: datetime) -> None:
    """Make sure that a SAS does what it is given for; a URL without one has no fault.

    Args:
        url: With its query.
        kind: What the service is to be shown.
        needs: The permissions' letters, such as `rl`.
        now: This machine's time, aware.

    Raises:
        InvalidInput: The first fault found, without the query.
    """
    before, query = split_sas(url)
    fields: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        fields.setdefault(name.lower(), value)
    if len(_MARKS & fields.keys()) < 2:
        return
    try:
        # Whether there is a port tells where the account's name stands, so that it must be readable.
        _ = urlsplit(before).port
    except ValueError as error:
        raise InvalidInput(f"{_USER.sub('//', before)} is no URL: write https://host/container.") from error
    fault = (
        _signature_fault(before, fields)
        or _reach_fault(before, kind, needs, fields)
        or _permission_fault(needs, fields)
        or _time_fault(fields, now)
    )
    if fault:
        raise InvalidInput(f"The SAS of {_USER.sub('//', before)} {fault}.")


def _signature_fault(url: str, fields: Mapping[str, str]) -> str | None:
    if not fields.get("sig"):
        return "has no signature (sig): copy it whole, and put quotes around it in a shell, where & ends a command"
    if fields.get("spr", "").lower() == "https" and urlsplit(url).scheme.lower() == "http":
        return "is for https only (spr=https) and the URL says http: write https"
    return None


def _reach_fault(url: str, kind: Kind, needs: str, fields: Mapping[str, str]) -> str | None:
    """What the SAS was made for, against what is shown."""
    if "ss" in fields or "srt" in fields:
        return _account_fault(needs, fields)
    resource = fields.get("sr", "").lower()
    if resource in _FILE_RESOURCES:
        return (
            f"is for {_FILE_RESOURCES[resource]} (sr={resource}), and blobs are needed: put the audio into Blob Storage"
        )
    if kind == "container" and resource in _BLOB_RESOURCES:
        return (
            f"is for {_BLOB_RESOURCES[resource]} (sr={resource}), and a container is needed: make one of the container"
        )
    if kind == "blob" and resource == "c" and len(path_parts(url)) < 2:
        return "is for a container (sr=c) and so is the URL, and one blob is needed: add the blob's name to the path"
    return None


def _account_fault(needs: str, fields: Mapping[str, str]) -> str | None:
    services, levels = fields.get("ss", "").lower(), fields.get("srt", "").lower()
    if "b" not in services:
        given = " and ".join(_SERVICES[letter] for letter in services if letter in _SERVICES) or "no service"
        return f"is an account SAS for {given} (ss={_field(services)}), not for blobs: make one with ss=b"
    wanted = [level for level, needed in (("c", "l" in needs), ("o", set(needs) - {"l"})) if needed]
    missing = [level for level in wanted if level not in levels]
    if missing:
        named = " and ".join(_LEVELS[level] for level in missing)
        return (
            f"is an account SAS that does not reach {named} (srt={_field(levels)}): make one with srt={''.join(wanted)}"
        )
    return None


def _permission_fault(needs: str, fields: Mapping[str, str]) -> str | None:
    """A stored access policy may hold the permissions: then only the service knows them."""
    if "si" in fields and "sp" not in fields:
        return None
    given = fields.get("sp", "").lower()
    missing = [letter for letter in needs if letter not in given]
    if not missing:
        return None
    named = " or ".join(f"{PERMISSIONS.get(letter, letter)} ({letter})" for letter in missing)
    return f"may not {named}; it has sp={_field(given)}: make one with {needs}"


def _time_fault(fields: Mapping[str, str], now: datetime) -> str | None:
    """Outside of its life; one that was signed by an identity also ends with that identity's key."""
    clock = _shown(now)
    for name, what in (("st", "is not valid before"), ("skt", "is signed with a key that is not valid before")):
        if not fields.get(name):
            continue
        start = _read_time(fields[name])
        if start is None:
            return _unreadable(name, fields[name])
        if start > now:
            return (
                f"{what} {_shown(start)} ({name}), {_span((start - now).total_seconds())} after this machine's time "
                f"{clock}: one of the clocks is wrong, or it was made for later; start it 15 minutes back"
            )
    if not fields.get("se") and "si" not in fields:
        return "says no end (se): copy it whole"
    for name, what in (("se", "expired at"), ("ske", "is signed with a key that expired at")):
        if not fields.get(name):
            continue
        end = _read_time(fields[name])
        if end is None:
            return _unreadable(name, fields[name])
        if end <= now:
            return f"{what} {_shown(end)} ({name}) and this machine's time is {clock}: make a new one"
    return None


def _read_time(text: str) -> datetime | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _unreadable(name: str, text: str) -> str:
    return (
        f"has a date that cannot be read ({name}={_field(text)!r}): write it like 2026-01-31T12:00:00Z, with + as %2B"
    )


def _field(text: str) -> str:
    return text if _SHOWABLE.fullmatch(text) else "…"


def _shown(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _span(seconds: float) -> str:
    """A length of time in the largest unit that leaves more than one of it."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
