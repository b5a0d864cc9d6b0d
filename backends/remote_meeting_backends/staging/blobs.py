"""Local audio in Blob Storage: sent in blocks that survive a kill, shown for a while to whoever holds a URL, deleted.

The asyncio half of azure-storage-blob is used, not its other half on threads: a cancelled upload ends at once with its
connections closed, where a thread would go on writing behind the caller's back and hold up the interpreter's end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..connection import Storage
from ..extras import need
from ..runtime import Runtime
from .address import read_storage
from .blocks import FileBlocks, fingerprint_of
from .sas import check_sas

if TYPE_CHECKING:
    from .container import BlobContainer, Found

Progress = Callable[[float], Awaitable[None]]

PARALLEL = 3
# A job may take 24 hours, after as long in the queue ("Get batch transcription results").
READ_HOURS = 48.0


class Stager:
    """One container for audio on its way. Nothing is connected before the first call.

    Args:
        storage: Where, and by whose right.
        runtime: Gives the time, and the waits between attempts.
        transport: An azure-core AsyncHttpTransport in place of the usual one: a proxy, an authority of one's own.

    Raises:
        InvalidInput: `storage` cannot be understood.
        MissingExtra: azure-storage-blob or aiohttp is not installed.
    """

    def __init__(self, storage: Storage, runtime: Runtime, *, transport: Any = None) -> None:
        self._address = read_storage(storage)
        self._secrets = tuple(filter(None, (*storage.secrets, self._address.key, self._address.sas)))
        self._runtime = runtime
        self._transport = transport
        self._container: BlobContainer | None = None
        for module in ("azure.storage.blob", "aiohttp"):
            need(module, extra="azure", what="Staging audio to Blob Storage")

    async def stage(self, path: Path, name: str, *, progress: Progress | None = None) -> str:
        """Put a file into the container; what an interrupted attempt has left there is not sent again.

        Args:
            path: The file.
            name: The blob's name; another blob of this name is replaced.
            progress: Is told the share done, 0 to 1.

        Returns:
            The blob's name.

        Raises:
            AudioNotFound: The file cannot be read.
            InvalidInput: The SAS does not allow it, the file changes, or the container is missing and may not be made.
            RemoteMeetingError: The service refused or could not be reached; the class says which.
        """
        self._address.blob_url(name)
        self._check("rwd")
        container = self._open()
        with FileBlocks(path) as blocks:
            if not await self._is_there(await container.find(name), blocks.size, path):
                await self._send(name, blocks, await container.uncommitted(name), progress)
                await container.commit(name, blocks.names, blocks.fingerprint)
        if progress is not None:
            await progress(1.0)
        return name

    async def read_url(self, name: str, *, hours: float = READ_HOURS) -> str:
        """A URL by which whoever has it may read a blob, and nothing more unless the user's own SAS allows more.

        Args:
            name: The blob's name.
            hours: For how long; a SAS of the user's cannot sign another, so it is given itself and keeps its own life.

        Raises:
            InvalidInput: The user's SAS cannot read, or `hours` is more than a credential may sign for.
            RemoteMeetingError: The credential gave no token, or the service no key to sign with.
        """
        url = self._address.blob_url(name)
        if self._address.sas:
            given = f"{url}?{self._address.sas}"
            check_sas(given, kind="blob", needs="r", now=self._runtime.now())
            return given
        return f"{url}?{await self._open().sign(name, hours)}"

    async def delete(self, name: str) -> None:
        """Take a blob away; one that is not there is gone already.

        Blocks of an upload that never ended are no blob: the service forgets them after a week.

        Raises:
            RemoteMeetingError: The class says which situation.
        """
        self._address.blob_url(name)
        self._check("d")
        await self._open().delete(name)

    async def aclose(self) -> None:
        """Let connections go; the next call makes new ones."""
        container, self._container = self._container, None
        if container is not None:
            await container.aclose()

    def _check(self, needs: str) -> None:
        """A SAS of the user's is looked at for every use: it may have ended since the last."""
        if self._address.sas:
            url = f"{self._address.container_url}?{self._address.sas}"
            check_sas(url, kind="container", needs=needs, now=self._runtime.now())

    def _open(self) -> BlobContainer:
        if self._container is None:
            from .container import BlobContainer

            self._container = BlobContainer(self._address, self._secrets, self._runtime, self._transport)
        return self._container

    async def _is_there(self, found: Found | None, size: int, path: Path) -> bool:
        """True when the blob was made of a file of this content."""
        if found is None or found.size != size or found.fingerprint is None:
            return False
        return await asyncio.to_thread(fingerprint_of, path) == found.fingerprint

    async def _send(self, name: str, blocks: FileBlocks, sent: Container[str], progress: Progress | None) -> None:
        """Send each block that is not there yet, a few at a time; no more than these are held."""
        container, loop = self._open(), asyncio.get_running_loop()
        reading, telling = asyncio.Lock(), asyncio.Lock()
        # Always the same thread: memory that one thread let go does not serve another, and a block is large.
        reader = ThreadPoolExecutor(1, "reader")
        done = 0

        async def one_after_another() -> None:
            nonlocal done
            while True:
                async with reading:
                    block = await loop.run_in_executor(reader, blocks.next)
                if block is None:
                    return
                if block.name not in sent:
                    await container.put(name, block)
                async with telling:
                    done += len(block.content)
                    if progress is not None:
                        await progress(done / blocks.size)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one_after_another()) for _ in range(PARALLEL)]
        except BaseExceptionGroup as failed:
            first = failed.exceptions[0]
            raise first from first.__cause__
        finally:
            reader.shutdown(wait=False, cancel_futures=True)
        if any(task.cancelled() for task in tasks):
            # A group takes a cancelled task for one that has ended; here its block may be missing.
            raise asyncio.CancelledError
