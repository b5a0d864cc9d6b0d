"""Credentials and the place they belong to, judged by their form alone; no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult

from remote_meeting_backends import Connection, InvalidInput
from remote_meeting_backends.connection import redact, split_endpoint
from remote_meeting_backends.fast.limits import REGIONS
from remote_meeting_backends.http import SENDABLE
from remote_meeting_backends.realtime.endpoint import PATH as REALTIME_PATH
from remote_meeting_backends.speech_rest.endpoint import API_PATH, base_url

from .finding import Finding, Status, ok, problem, skipped, warning

CREDENTIALS, REGION, ENDPOINT = "credentials", "region", "endpoint"
# Keys of Speech resources, and the longer ones that resources made since 2024 have.
KEY_LENGTHS = (32, 84)
STORAGE_KEY_LENGTH = 88
HOW = (
    "Without an account the local backend alone works; for the services set SPEECH_KEY with SPEECH_REGION or "
    "SPEECH_ENDPOINT, or SPEECH_CREDENTIAL=default with SPEECH_ENDPOINT"
)
_REGION = re.compile(r"[a-z0-9]{2,40}")
_TOKEN_PATH = re.compile(r"/sts/v1\.0/issuetoken/?", re.IGNORECASE)
_REALTIME_PATH = re.compile(r"(/stt)?/speech/(universal|recognition)/.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the environment names, as far as it can be made.

    Args:
        environment: Variables by name.
        connection: What the backends are given; None for none.
        trouble: Why there is none although one is named.
    """

    environment: Mapping[str, str] = field(repr=False)
    connection: Connection | None = None
    trouble: str | None = None

    def read(self, name: str) -> str | None:
        """A variable as the commands read it."""
        return self.environment.get(name, "").strip() or None


def credentials(account: Account) -> Finding:
    """Key or sign-in: there, and of the form that such a thing has. A sign-in is asked for its token elsewhere."""
    if account.trouble is not None:
        return problem(CREDENTIALS, account.trouble)
    if account.connection is None:
        places = [name for name in ("SPEECH_REGION", "SPEECH_ENDPOINT") if account.read(name)]
        if places:
            return warning(CREDENTIALS, f"{' and '.join(places)} without a key to show there: set SPEECH_KEY. {HOW}.")
        return skipped(CREDENTIALS, f"No account is set. {HOW}.")
    key = account.connection.key
    if key is None:
        return ok(CREDENTIALS, "SPEECH_CREDENTIAL: Azure's own sign-in is asked for tokens.")
    if not SENDABLE.fullmatch(key):
        return problem(
            CREDENTIALS, "SPEECH_KEY holds a line end or a character that is not ASCII, and cannot be sent: copy it."
        )
    if fault := key_fault(account.environment.get("SPEECH_KEY", key)):
        return warning(CREDENTIALS, f"SPEECH_KEY {fault}.")
    if account.read("SPEECH_CREDENTIAL"):
        return warning(CREDENTIALS, "SPEECH_CREDENTIAL is not used, for SPEECH_KEY wins: unset the one not meant.")
    return ok(CREDENTIALS, f"SPEECH_KEY has the form of a key ({len(key)} characters).")


def key_fault(key: str) -> str | None:
    """What is odd about a key, as the rest of a sentence; it shows nothing of the key."""
    if any(quote in key for quote in "\"'`"):
        return "holds quotes, which a shell or an .env file left there: set it without them"
    if "://" in key or "sig=" in key.lower():
        return "looks like a URL or a SAS: the key stands under Keys and Endpoint of the resource"
    if key.startswith("ey") and key.count(".") == 2:
        return "looks like a token: tokens are asked for with SPEECH_CREDENTIAL=default"
    if len(key.strip()) == STORAGE_KEY_LENGTH and key.strip().endswith("=="):
        return "looks like the key of a storage account: that one is SPEECH_STORAGE_KEY"
    if any(character.isspace() for character in key.strip()):
        return "holds a blank: copy it again, whole"
    lengths = " or ".join(map(str, KEY_LENGTHS))
    if len(key.strip()) not in KEY_LENGTHS or not key.strip().isalnum():
        return (
            f"is no key of a form that is known ({len(key.strip())} characters, where keys have {lengths} letters and "
            f"digits): copy it again, whole"
        )
    if key != key.strip():
        return "has blanks around it; they are left out here, and other programs may send them: set it without"
    return None


def place(account: Account) -> Finding:
    """Where to go: the endpoint where there is one, else the region."""
    connection = account.connection
    named = account.read("SPEECH_ENDPOINT")
    if connection is None:
        if account.trouble is None and named:
            return endpoint(Connection(endpoint=named), None)
        return skipped(REGION, "No account is set.") if account.trouble is None else skipped(REGION, "See credentials.")
    if connection.endpoint:
        return endpoint(connection, account.read("SPEECH_REGION"))
    return region(connection.region or "")


def region(given: str) -> Finding:
    """A region's name, and whether fast transcription is offered there."""
    name = given.strip().lower()
    if not _REGION.fullmatch(name):
        if "." in name or "/" in name:
            return problem(REGION, f"SPEECH_REGION={given!r} is an address: set it as SPEECH_ENDPOINT instead.")
        guess = re.sub(r"[^a-z0-9]", "", name)
        return problem(REGION, f"SPEECH_REGION={given!r} is no region's name: write {guess or 'westeurope'}.")
    if name not in REGIONS:
        return warning(
            REGION,
            f"Fast transcription is not known to be offered in {name}: check the name; if it is right, batch and "
            f"realtime serve you there; fast needs a resource in one of its regions.",
        )
    return ok(REGION, f"{name} is a region that offers fast transcription.")


def endpoint(connection: Connection, region_named: str | None) -> Finding:
    """An endpoint's form: https, and no path that REST calls would be added to."""
    given, secrets = connection.endpoint or "", connection.secrets
    try:
        parts = split_endpoint(given, secrets)
        rest = base_url(connection, "batch")
    except InvalidInput as error:
        return problem(ENDPOINT, error.message)
    host = parts.hostname or ""
    if _TOKEN_PATH.fullmatch(parts.path):
        return problem(
            ENDPOINT,
            f"SPEECH_ENDPOINT is the address that tokens come from ({parts.path}): leave out what follows {host}.",
        )
    if not parts.scheme.endswith("s") and not is_here(host):
        return warning(
            ENDPOINT, f"SPEECH_ENDPOINT is http: the key is sent to {host} for everybody to read: write https."
        )
    if fault := _path_fault(parts, rest):
        return warning(ENDPOINT, redact(fault, secrets))
    note = f" SPEECH_REGION={region_named} is not used beside it." if region_named else ""
    return ok(ENDPOINT, f"{parts.scheme}://{parts.netloc} is an address of the right form.{note}")


def _path_fault(parts: SplitResult, rest: str) -> str | None:
    """What does not belong behind the host."""
    path = parts.path.rstrip("/")
    if parts.query or parts.fragment:
        # Not shown: it may be a secret.
        return "SPEECH_ENDPOINT has a query (?…), which batch and fast leave out: end it with the host."
    if not path or API_PATH in path.lower() or parts.netloc not in rest:
        return None
    if _REALTIME_PATH.fullmatch(path):
        return (
            f"SPEECH_ENDPOINT has the path of real-time transcription ({path}): batch and fast would go to {rest}. "
            f"Leave the path out, and all three find theirs; realtime goes to {REALTIME_PATH} by itself."
        )
    return (
        f"SPEECH_ENDPOINT has a path of its own ({path}), so that batch and fast go to {rest}: leave it out, unless a "
        f"gateway of yours wants it."
    )


def is_here(host: str) -> bool:
    """True for this machine's own addresses."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_in_order(*findings: Finding) -> bool:
    """True when nothing stands in the way of asking the services."""
    return all(finding.status in (Status.OK, Status.WARNING) for finding in findings)
