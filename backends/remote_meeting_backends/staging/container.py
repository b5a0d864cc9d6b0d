"""The calls to Blob Storage that staging needs, each made again where that may help, and answered with our errors.

This module imports azure-storage-blob as it is loaded: only a Stager at work loads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any, TypeVar

from azure.core.credentials import AccessToken, AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobSasPermissions, UserDelegationKey, generate_blob_sas
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from ..credentials import ask_for_token
from ..errors import InvalidInput, RemoteMeetingError, ServiceUnreachable
from ..http import ATTEMPTS, delay_seconds
from ..runtime import Runtime
from .address import Address
from .blocks import Block
from .causes import code_of, is_worth_repeating, read_error, retry_after_seconds

T = TypeVar("T")

CONNECT_SECONDS = 15
# A block must get through a slow line: 4 MiB, three of them at once, at 0.4 Mbit/s.
ANSWER_SECONDS = 300
CALL_SECONDS = 900.0
# Clocks differ: what is signed is valid from a little before now ("Best practices when using SAS").
EARLY = timedelta(minutes=15)
# A user delegation key lives 7 days at most (REST reference, "Get User Delegation Key").
LONGEST_DELEGATION = timedelta(days=7)
FINGERPRINT = "remote_meeting_sha256"


@dataclass(frozen=True, slots=True)
class Found:
    """A blob that is there.

    Args:
        size: In bytes.
        fingerprint: As it was committed with; None for somebody else's blob.
    """

    size: int
    fingerprint: str | None


class BlobContainer:
    """One container, opened by a credential, a key or a SAS. Nothing is connected before the first call.

    Args:
        address: Where.
        secrets: What may not be shown.
        runtime: Gives the time, and the waits between attempts.
        transport: What carries requests, instead of one of azure-core's.
    """

    def __init__(self, address: Address, secrets: tuple[str, ...], runtime: Runtime, transport: Any) -> None:
        self._address = address
        self._secrets = secrets
        self._runtime = runtime
        credential: Any
        if address.credential is not None:
            credential = _Tokens(address.credential, secrets)
        elif address.key:
            credential = AzureNamedKeyCredential(address.account or "", address.key)
        else:
            credential = AzureSasCredential(address.sas or "")
        # Waits between attempts must come through the runtime, so the client's own attempts are off.
        self._service = BlobServiceClient(
            address.account_url,
            credential=credential,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            retry_total=0,
            **({} if transport is None else {"transport": transport}),
        )

    async def find(self, name: str) -> Found | None:
        """What is there under a name. The container is made where there is none and it may be made."""

        async def look() -> Found | None:
            try:
                found = await self._blob(name).get_blob_properties()
            except ResourceNotFoundError as error:
                if code_of(error) == "ContainerNotFound":
                    await self._create(error)
                return None
            return Found(found.size, (found.metadata or {}).get(FINGERPRINT))

        return await self._call(look, name)

    async def uncommitted(self, name: str) -> frozenset[str]:
        """The names of blocks that were sent and not made a blob of."""

        async def look() -> frozenset[str]:
            try:
                _, waiting = await self._blob(name).get_block_list("uncommitted")
            except ResourceNotFoundError:
                return frozenset()
            return frozenset(block.id for block in waiting)

        return await self._call(look, name)

    async def put(self, name: str, block: Block) -> None:
        """Send a block."""
        size = len(block.content)
        # As a stream: aiohttp sends that piece by piece, and warns of bytes that it would have to send in one go.
        await self._call(lambda: self._blob(name).stage_block(block.name, BytesIO(block.content), size), name)

    async def commit(self, name: str, blocks: Sequence[str], fingerprint: str) -> None:
        """Make a blob of blocks, by their names in order; the other blocks sent under its name are forgotten."""
        parts = [BlobBlock(block) for block in blocks]
        await self._call(lambda: self._blob(name).commit_block_list(parts, metadata={FINGERPRINT: fingerprint}), name)

    async def delete(self, name: str) -> None:
        """Take a blob away; one that is not there is gone already."""

        async def take() -> None:
            try:
                await self._blob(name).delete_blob()
            except ResourceNotFoundError:
                return

        await self._call(take, name)

    async def sign(self, name: str, hours: float) -> str:
        """A SAS that reads one blob and does nothing else, by the key or by what an identity is given to sign with.

        Raises:
            InvalidInput: No identity can sign for so long.
        """
        address, now = self._address, self._runtime.now()
        start, end = now - EARLY, now + timedelta(hours=hours)
        delegation: UserDelegationKey | None = None
        if address.credential is not None:
            if end - start > LONGEST_DELEGATION:
                raise InvalidInput(
                    f"A credential signs for 7 days at most, and {hours:g} hours are asked for: give the account's key."
                )
            delegation = await self._call(lambda: self._service.get_user_delegation_key(start, end))
        return generate_blob_sas(
            address.account or "",
            address.container,
            name,
            account_key=address.key,
            user_delegation_key=delegation,
            permission=BlobSasPermissions(read=True),
            start=start,
            expiry=end,
            protocol="https" if address.account_url.startswith("https:") else None,
        )

    async def aclose(self) -> None:
        """Let connections go."""
        await self._service.close()

    def _blob(self, name: str) -> BlobClient:
        return self._service.get_blob_client(self._address.container, name)

    async def _create(self, missing: ResourceNotFoundError) -> None:
        """Make the container; that somebody else made it meanwhile is as good."""
        try:
            await self._service.create_container(self._address.container)
        except ResourceExistsError as error:
            if code_of(error) != "ContainerAlreadyExists":
                raise
        except HttpResponseError as error:
            if error.status_code in (401, 403):
                # What is wrong is not that it may not be made, but that it is not there.
                raise missing from error
            raise

    async def _call(self, make: Callable[[], Awaitable[T]], name: str | None = None) -> T:
        """Make a call until it is answered. All of them may be made twice without harm."""
        where = self._address.account_url if name is None else self._address.blob_url(name)
        deadline = self._runtime.monotonic() + CALL_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            problem, wait = _silent(where), None
            cause: Exception
            try:
                async with asyncio.timeout(max(deadline - self._runtime.monotonic(), 0.001)):
                    return await make()
            except AzureError as error:
                now = self._runtime.now()
                problem, cause = read_error(error, where, self._secrets, now), error
                wait = retry_after_seconds(error, now)
            except TimeoutError as error:
                cause = error
            if wait is None:
                wait = delay_seconds(attempt, self._runtime.jitter())
            last = attempt == ATTEMPTS or self._runtime.monotonic() + wait > deadline
            if last or not is_worth_repeating(problem):
                raise problem from cause
            await self._runtime.sleep(wait)
        raise AssertionError("the last attempt returns or raises")


class _Tokens:
    """A credential of either kind, as the asyncio client wants it; its failures are ours."""

    def __init__(self, credential: Any, secrets: tuple[str, ...]) -> None:
        self._credential = credential
        self._secrets = secrets

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        token, expires_at = await ask_for_token(self._credential, *scopes, secrets=self._secrets, **options)
        return AccessToken(token, int(expires_at))

    async def close(self) -> None:
        """The credential is its owner's to close."""

    async def __aenter__(self) -> _Tokens:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _silent(where: str) -> RemoteMeetingError:
    return ServiceUnreachable(f"{where} cannot be reached: no answer within {CALL_SECONDS:g} s.")
