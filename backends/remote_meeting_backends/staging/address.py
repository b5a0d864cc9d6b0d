"""Which account and container audio is staged in, and by whose right; read from what the user gave, without I/O."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from ..connection import Storage
from ..errors import InvalidInput
from .sas import account_in_path, path_parts, split_sas

# The emulator's account, which everybody has (Azurite's documentation); `UseDevelopmentStorage=true` stands for it.
_DEVELOPMENT = {
    "accountname": "devstoreaccount1",
    "accountkey": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "blobendpoint": "http://127.0.0.1:10000/devstoreaccount1",
}
_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_OTHER_SERVICE = re.compile(r"\.(file|queue|table|dfs|web)\.")
LONGEST_NAME = 1024


@dataclass(frozen=True, slots=True)
class Address:
    """A container, and what opens it: a credential, the account's key or a SAS, in this order.

    Args:
        account_url: Without a slash at its end.
        account: The account's name; None where the host does not tell it.
        container: Name of the container.
        key: The account's key, in base64.
        sas: A SAS without its question mark.
        credential: An object with `get_token`.
    """

    account_url: str
    account: str | None
    container: str
    key: str | None = field(default=None, repr=False)
    sas: str | None = field(default=None, repr=False)
    credential: Any = field(default=None, repr=False)

    @property
    def container_url(self) -> str:
        """Without a query."""
        return f"{self.account_url}/{self.container}"

    def blob_url(self, name: str) -> str:
        """Without a query.

        Raises:
            InvalidInput: A blob cannot have this name.
        """
        segments = name.split("/")
        if not 0 < len(name) <= LONGEST_NAME or any(segment in ("", ".", "..") for segment in segments):
            raise InvalidInput(
                f"{name[:100]!r} cannot name a blob: 1 to {LONGEST_NAME} characters without . or .. as a part."
            )
        return f"{self.container_url}/{quote(name, safe='/~')}"


def read_storage(storage: Storage) -> Address:
    """Understand where a user wants audio to be staged.

    Raises:
        InvalidInput: It cannot be understood, or nothing opens it.
    """
    where = storage.where.strip()
    if "://" in where.partition("=")[0]:
        url, sas = split_sas(where)
        account, key = None, None
    else:
        url, sas, account, key = _read_connection_string(where)
    parsed = _read_url(url)
    account = account or _account_of(parsed)
    above = path_parts(parsed)
    if len(above) > 1:
        raise InvalidInput(f"{parsed} names a blob: staging needs the URL of a container or of the account.")
    container = above[0] if above else storage.container
    if not _CONTAINER.fullmatch(container):
        raise InvalidInput(
            f"{container[:80]!r} cannot name a container: 3 to 63 lower-case letters, digits and single hyphens."
        )
    account_url = parsed.removesuffix(f"/{container}") if above else parsed
    if storage.credential is not None:
        return _with_credential(Address(account_url, account, container, credential=storage.credential))
    if storage.key or key:
        return _with_key(Address(account_url, account, container, key=(storage.key or key or "").strip()))
    if sas:
        return Address(account_url, account, container, sas=sas)
    raise InvalidInput(
        f"Nothing opens the storage at {parsed}: give a connection string, the account's key, a SAS or a credential."
    )


def _read_connection_string(text: str) -> tuple[str, str, str | None, str | None]:
    """The blob service's URL, a SAS or nothing, the account's name and its key."""
    settings: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals:
            raise InvalidInput(
                "The storage is neither a connection string (Name=value;…) nor a URL (https://…): copy it from "
                "the account's access keys."
            )
        settings[name.strip().lower()] = value.strip()
    if settings.get("usedevelopmentstorage", "").lower() == "true":
        settings = _DEVELOPMENT
    account = settings.get("accountname")
    url = settings.get("blobendpoint")
    if url is None and account:
        scheme = settings.get("defaultendpointsprotocol", "https")
        url = f"{scheme}://{account}.blob.{settings.get('endpointsuffix', 'core.windows.net')}"
    if url is None:
        raise InvalidInput("The storage's connection string names no account: it needs AccountName or BlobEndpoint.")
    return url, settings.get("sharedaccesssignature", "").lstrip("?"), account, settings.get("accountkey")


def _read_url(url: str) -> str:
    """The URL as it is used, without a query and a slash at its end."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise InvalidInput("The storage's address is no URL: write https://ACCOUNT.blob.core.windows.net/CONTAINER.")
    if "@" in parts.netloc:
        # Not shown: it may be a password.
        raise InvalidInput("The storage's URL holds a user name: leave it out; a key is given apart.")
    if _OTHER_SERVICE.search(parts.hostname or ""):
        raise InvalidInput(f"{parts.hostname} is not the blob service of its account: write .blob. in its place.")
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path.rstrip("/"), "", ""))


def _account_of(url: str) -> str | None:
    parts = urlsplit(url)
    if account_in_path(url):
        return parts.path.strip("/").partition("/")[0] or None
    host = parts.hostname or ""
    return host.partition(".")[0] if ".blob." in host else None


def _with_credential(address: Address) -> Address:
    if not address.account_url.startswith("https:"):
        raise InvalidInput(f"A credential's token is sent over https only, and the storage is {address.account_url}.")
    return _named(address, "A credential")


def _with_key(address: Address) -> Address:
    try:
        b64decode(address.key or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("The storage account's key is not in base64: copy it again, whole.") from error
    return _named(address, "A key")


def _named(address: Address, what: str) -> Address:
    """Signing needs the account's name."""
    if address.account is None:
        raise InvalidInput(
            f"{what} cannot sign for {address.account_url}, which does not tell the account's name: give a connection "
            f"string with AccountName and BlobEndpoint, or the account's own URL."
        )
    return address
