"""Getting audio from where a request says it is, as the service does: a URL, or every blob of a container."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from xml.parsers import expat

from ..connection import redact
from .listening import Unheard

if TYPE_CHECKING:
    import httpx

MOST_BLOBS: Final = 10_000
LARGEST_FILE: Final = 1 << 30
STORAGE_VERSION: Final = "2021-12-02"
SECONDS: Final = 60.0
AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Input:
    """One file of a job.

    Args:
        source: How the results name it: the URL as it was given, or the path in its container.
        name: Of its result file.
        url: Where it is; with a SAS.
    """

    source: str
    name: str
    url: str


class Fetcher:
    """Reads from the network, and from the emulator's own shelf without it.

    Args:
        shelf: Folder of what was put under `/_emulator/audio/`.
    """

    def __init__(self, shelf: Path) -> None:
        self._shelf = shelf
        self._client: httpx.AsyncClient | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str, target: Path, *, host: str) -> Path:
        """Get a file.

        Args:
            url: Where it is.
            target: Where it may be put.
            host: `scheme://host` of the emulator.

        Returns:
            Where it is now: the target, or its place on the shelf.

        Raises:
            Unheard: It cannot be had.
        """
        own = f"{host}/_emulator/audio/"
        if url.startswith(own):
            shelved = shelved_path(self._shelf, unquote(url.removeprefix(own).partition("?")[0]))
            if shelved is None or not shelved.exists():
                raise _unreachable("404 Not Found")
            return shelved
        async with self._slots:
            return await self._download(url, target)

    async def blobs(self, container: str) -> list[Input]:
        """Every blob of a container, in the order of the list.

        Raises:
            Unheard: It cannot be listed.
        """
        root, prefix, sas = container_parts(container)
        found: list[Input] = []
        marker = ""
        while True:
            query = f"restype=container&comp=list&prefix={quote(prefix, safe='')}&marker={quote(marker, safe='')}"
            names, marker = _blob_names(await self._get(f"{root}?{query}{'&' + sas if sas else ''}"))
            found += [Input(name, f"{name}.json", f"{root}/{quote(name)}{'?' + sas if sas else ''}") for name in names]
            if not marker or len(found) >= MOST_BLOBS:
                return found[:MOST_BLOBS]

    async def put(self, container: str, name: str, content: bytes) -> str:
        """Put a block blob into a container; returns its URL without the SAS.

        Raises:
            Unheard: It cannot be written.
        """
        root, prefix, sas = container_parts(container)
        url = f"{root}/{quote(prefix + name)}"
        headers = {
            "x-ms-blob-type": "BlockBlob",
            "x-ms-version": STORAGE_VERSION,
            "content-type": "application/json",
        }
        import httpx

        try:
            answer = await self._open().put(f"{url}?{sas}" if sas else url, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unheard("InaccessibleCustomerStorage", _words(error)) from error
        if answer.status_code != 201:
            raise Unheard(
                "InaccessibleCustomerStorage",
                f"The destination container cannot be written to: it answered {answer.status_code}.",
            )
        return url

    async def aclose(self) -> None:
        """Let connections go."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _open(self) -> httpx.AsyncClient:
        import httpx

        from ..quiet import keep_signatures_out_of_logs

        if self._client is None:
            keep_signatures_out_of_logs()
            self._client = httpx.AsyncClient(timeout=SECONDS)
        return self._client

    async def _download(self, url: str, target: Path) -> Path:
        import httpx

        try:
            async with self._open().stream("GET", url, headers={"x-ms-version": STORAGE_VERSION}) as answer:
                if answer.status_code != 200:
                    raise _unreachable(f"{answer.status_code} {answer.reason_phrase}")
                with target.open("wb") as file:
                    async for block in _limited(answer.aiter_bytes()):
                        await asyncio.to_thread(file.write, block)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(_words(error)) from error
        return target

    async def _get(self, url: str) -> bytes:
        import httpx

        try:
            answer = await self._open().get(url, headers={"x-ms-version": STORAGE_VERSION})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(_words(error)) from error
        if answer.status_code != 200:
            raise _unreachable(f"{answer.status_code} {answer.reason_phrase}")
        return answer.content


def container_parts(url: str) -> tuple[str, str, str]:
    """A container's URL, the prefix of names below it, and the SAS. Emulated storage has the account in the path."""
    parts = urlsplit(url)
    names = [part for part in parts.path.split("/") if part]
    depth = 2 if _is_bare(parts.hostname or "") else 1
    root = urlunsplit((parts.scheme, parts.netloc, "/" + "/".join(names[:depth]), "", ""))
    prefix = "".join(f"{unquote(name)}/" for name in names[depth:])
    return root, prefix, parts.query


def shelved_path(shelf: Path, name: str) -> Path | None:
    """Where something of that name stands; None for a name that would lead elsewhere."""
    if not name or name in (".", "..") or "/" in name or "\\" in name or "\x00" in name or len(name.encode()) > 200:
        return None
    return shelf / name


def _is_bare(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _blob_names(xml: bytes) -> tuple[list[str], str]:
    """Names and the next marker of a List Blobs answer."""
    names: list[str] = []
    told: dict[str, str] = {}
    path: list[str] = []
    text: list[str] = []

    def begin(tag: str, _attributes: dict[str, Any]) -> None:
        path.append(tag)
        text.clear()

    def end(tag: str) -> None:
        if path[-2:] == ["Blob", "Name"]:
            names.append("".join(text))
        elif tag == "NextMarker":
            told["marker"] = "".join(text)
        path.pop()

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise _unreachable(f"no list of blobs: {error}") from error
    return names, told.get("marker", "")


async def _limited(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    length = 0
    async for block in blocks:
        length += len(block)
        if length > LARGEST_FILE:
            raise Unheard("InvalidUri", "The file is larger than 1 GB.")
        yield block


def _unreachable(reason: str) -> Unheard:
    return Unheard(
        "InvalidUri",
        f"The recordings URI cannot be read: {reason}.",
        code="InvalidUri",
        vague="The recordings URI is not valid or cannot be accessed.",
    )


def _words(error: Exception) -> str:
    return redact(str(error) or type(error).__name__)
