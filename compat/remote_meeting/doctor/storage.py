"""Where batch stages files and puts results: the SAS by its own words, the container by one question that reads."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from remote_meeting_backends import InvalidInput, RemoteMeetingError, Runtime, Storage
from remote_meeting_backends.batch.submitting import READ_HOURS
from remote_meeting_backends.extras import lacks
from remote_meeting_backends.staging import check_sas, split_sas

from .aside import TooLate, within
from .finding import Finding, ok, problem, skipped, warning
from .reasons import LATE
from .web import NoAnswer, Web, proxy_of

if TYPE_CHECKING:
    from remote_meeting_backends.staging.address import Address

STORAGE, DESTINATION = "storage", "destination"
NEEDED = ("azure.storage.blob", "aiohttp")


async def storage(given: Storage | None, trouble: str | None, web: Web) -> Finding:
    """The container for audio on its way: understood, allowed what staging needs, and reached.

    Args:
        given: What the environment names.
        trouble: Why nothing can be made of it.
        web: For names, deadlines and the time.
    """
    from remote_meeting_backends.staging.address import read_storage

    if trouble is not None:
        return problem(STORAGE, trouble)
    if given is None:
        return skipped(STORAGE, "No storage is set: batch takes URLs, and files once SPEECH_STORAGE names where to.")
    try:
        address = read_storage(given)
        if address.sas:
            _check_own_sas(address, web.runtime.now())
    except InvalidInput as error:
        return problem(STORAGE, error.message)
    if missing := lacks(NEEDED, extra="azure", what="Staging audio to Blob Storage"):
        return warning(STORAGE, missing)
    found = await _reached(address, given, web)
    soon = end_soon(address.sas, web.runtime) if address.sas else None
    return warning(STORAGE, f"The SAS of {address.container_url} {soon}.") if soon and found.status == "ok" else found


async def destination(given: str | None, runtime: Runtime) -> list[Finding]:
    """The container for results, by its URL alone: only a job writes there. Nothing where none is set."""
    return [] if given is None else [_destination(given, runtime)]


def _destination(given: str, runtime: Runtime) -> Finding:
    where, sas = split_sas(given)
    parts = urlsplit(where)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return problem(
            DESTINATION,
            "SPEECH_DESTINATION is no URL of a container: write https://ACCOUNT.blob…/CONTAINER, with a SAS.",
        )
    if not sas:
        return warning(
            DESTINATION, f"SPEECH_DESTINATION ({where}) has no SAS: the service can write there by its identity alone."
        )
    try:
        check_sas(given, kind="container", needs="rw", now=runtime.now())
    except InvalidInput as error:
        return problem(DESTINATION, error.message)
    if soon := end_soon(sas, runtime):
        return warning(DESTINATION, f"The SAS of {where} {soon}.")
    return ok(DESTINATION, f"The SAS of {where} may read and write.")


def end_soon(sas: str, runtime: Runtime) -> str | None:
    """A clause for a SAS that ends before a job that is begun now need have read by it."""
    text = next((value for name, value in parse_qsl(sas) if name.lower() == "se"), "")
    try:
        end = datetime.fromisoformat(text)
    except ValueError:
        return None
    end = end.astimezone(UTC) if end.tzinfo else end.replace(tzinfo=UTC)
    left = end - runtime.now()
    if left > timedelta(hours=READ_HOURS):
        return None
    return (
        f"ends in {left.total_seconds() / 3600:.1f} hours ({end:%Y-%m-%dT%H:%M:%SZ}), and a job may wait for a day "
        f"before it reads or writes by it: make one that lives {READ_HOURS:g} hours or more"
    )


def _check_own_sas(address: Address, now: datetime) -> None:
    """What staging does with it: blobs are sent, looked for and deleted, and the service reads by the same SAS."""
    check_sas(f"{address.container_url}?{address.sas}", kind="container", needs="rwd", now=now)


async def _reached(address: Address, given: Storage, web: Web) -> Finding:
    """Ask for a blob that nobody has: who may read is told that it is not there."""
    parts = urlsplit(address.container_url)
    try:
        if proxy_of(address.container_url) is None:
            await web.find(parts.hostname or "", parts.port or 443)
        return await within(web.seconds, _asked(address, given, web))
    except NoAnswer as silence:
        return problem(STORAGE, str(silence))
    except TooLate as late:
        return problem(STORAGE, f"{address.container_url} cannot be reached: {late}; {LATE}.")
    except RemoteMeetingError as error:
        return problem(STORAGE, error.message)


async def _asked(address: Address, given: Storage, web: Web) -> Finding:
    from azure.core.exceptions import AzureError, ResourceNotFoundError

    from remote_meeting_backends.staging.causes import code_of, read_error

    secrets = tuple(filter(None, (*given.secrets, address.key, address.sas)))
    where = address.container_url
    async with _service(address) as service:
        try:
            await service.get_blob_client(address.container, uuid.uuid4().hex).get_blob_properties()
        except ResourceNotFoundError as error:
            if code_of(error) != "ContainerNotFound":
                return ok(STORAGE, f"{where} answers, and may be read.")
            if address.sas:
                return problem(STORAGE, f"{where} does not exist: create the container, or give a key, which may.")
            return ok(STORAGE, f"{where} answers; the container is not there yet, and the first file makes it.")
        except AzureError as error:
            return problem(STORAGE, read_error(error, where, secrets, web.runtime.now()).message)
    return ok(STORAGE, f"{where} answers, and may be read.")


def _service(address: Address) -> Any:
    from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
    from azure.storage.blob.aio import BlobServiceClient

    from .signing import Tokens

    credential: Any = AzureSasCredential(address.sas or "")
    if address.credential is not None:
        credential = Tokens(address.credential)
    elif address.key:
        credential = AzureNamedKeyCredential(address.account or "", address.key)
    return BlobServiceClient(address.account_url, credential=credential, retry_total=0)
