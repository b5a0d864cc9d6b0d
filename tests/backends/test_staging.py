"""Staging against a real Azurite: every way in, what is read and by whom, and what a second attempt sends."""

from __future__ import annotations

import asyncio
import random
import signal
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from azure.core.pipeline.transport import AioHttpTransport

from remote_meeting_backends import (
    InvalidInput,
    ManualRuntime,
    ServiceUnreachable,
)
from remote_meeting_backends.connection import Storage
from remote_meeting_backends.http import ATTEMPTS
from remote_meeting_backends.staging import Stager, check_sas
from remote_meeting_backends.staging.blocks import BLOCK_BYTES, FileBlocks
from support.stagers import NAME, AsyncCredential, Counting, Credential, stager

if TYPE_CHECKING:
    from support.azurite import Azurite

pytest_plugins = ("support.azurite",)
pytestmark = pytest.mark.anyio

BLOCKS = 6
SIZE = (BLOCKS - 1) * BLOCK_BYTES + 1000
AUDIO = random.Random(1).randbytes(SIZE)
SMALL = b"RIFF" + bytes(1000)


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of six blocks, the last one short."""
    path = tmp_path_factory.mktemp("audio") / "audio.wav"
    path.write_bytes(AUDIO)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file of one block."""
    path = tmp_path / "small.wav"
    path.write_bytes(SMALL)
    return path


async def fetch(url: str) -> httpx.Response:
    """What anybody gets who has the URL."""
    async with httpx.AsyncClient() as client:
        return await client.get(url)


WAYS: dict[str, Callable[[Azurite, str], Storage]] = {
    "connection string": lambda it, name: Storage(it.connection_string, container=name),
    "account key": lambda it, name: Storage(it.url, key=it.key, container=name),
    "account key, container URL": lambda it, name: Storage(f"{it.url}/{name}/", key=it.key),
    "container SAS": lambda it, name: Storage(f"{it.url}/{name}?{it.container_sas(name)}"),
    "account SAS": lambda it, name: Storage(f"{it.url}?{it.account_sas()}", container=name),
    "connection string with SAS": lambda it, name: Storage(
        f"BlobEndpoint={it.url};SharedAccessSignature={it.account_sas()}", container=name
    ),
}


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_in(azurite: Azurite, small: Path, way: str) -> None:
    """Whatever opens the container, a file goes in, its URL alone reads it, and it is gone when deleted."""
    container = f"way-{list(WAYS).index(way)}"
    azurite.create(container)
    async with stager(WAYS[way](azurite, container)) as it:
        assert await it.stage(small, NAME) == NAME
        url = await it.read_url(NAME, hours=1)
        assert (await fetch(url)).content == SMALL
        assert (await fetch(url.partition("?")[0])).status_code in (403, 404)
        await it.delete(NAME)
        assert (await fetch(url)).status_code == 404
        await it.delete(NAME)


async def test_url_reads_only(azurite: Azurite, small: Path) -> None:
    """A URL that is signed here neither writes nor deletes; it ends when it should, and its start allows for clocks."""
    async with stager(Storage(azurite.connection_string, container="read-only")) as it:
        await it.stage(small, NAME)
        url = await it.read_url(NAME, hours=2)
    async with httpx.AsyncClient() as client:
        refused = [
            await client.delete(url),
            await client.put(url, content=b"x", headers={"x-ms-blob-type": "BlockBlob"}),
        ]
    assert [answer.status_code for answer in refused] == [403, 403]
    life = {name: datetime.fromisoformat(parse_qs(urlsplit(url).query)[name][0]) for name in ("st", "se")}
    assert life["st"] < datetime.now(UTC) - timedelta(minutes=10)
    assert timedelta(hours=1.9) < life["se"] - datetime.now(UTC) < timedelta(hours=2.1)


@pytest.mark.parametrize("kind", [Credential, AsyncCredential])
async def test_identity(secure_azurite: Azurite, small: Path, kind: type[Credential | AsyncCredential]) -> None:
    """A credential's token opens the container, and a key delegated to it signs a URL that reads and no more."""
    credential = kind(secure_azurite.token)
    storage = Storage(secure_azurite.url, credential=credential, container="mine")
    async with stager(storage, transport=trusting(secure_azurite)) as it:
        await it.stage(small, NAME)
        url = await it.read_url(NAME, hours=1)
        await it.delete(NAME)
        await it.delete(NAME)
    fields = parse_qs(urlsplit(url).query)
    assert (fields["sp"], fields["sr"], fields["spr"]) == (["r"], ["b"], ["https"])
    assert fields["skoid"] == ["11111111-1111-1111-1111-111111111111"]
    assert set(credential.scopes) == {"https://storage.azure.com/.default"}
    check_sas(url, kind="blob", needs="r", now=datetime.now(UTC))


async def test_identity_url(secure_azurite: Azurite, small: Path) -> None:
    """The URL that an identity signed is read by anybody, and by its query only."""
    secure_azurite.need_delegation()
    storage = Storage(secure_azurite.url, credential=Credential(secure_azurite.token), container="signed")
    async with stager(storage, transport=trusting(secure_azurite)) as it:
        await it.stage(small, NAME)
        url = await it.read_url(NAME, hours=1)
    async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(secure_azurite.authority))) as client:
        assert (await client.get(url)).content == SMALL
        assert (await client.delete(url)).status_code == 403
        assert (await client.get(url.partition("?")[0])).status_code in (403, 404)


def trusting(azurite: Azurite) -> AioHttpTransport:
    """A transport that takes its certificate."""
    return AioHttpTransport(connection_verify=str(azurite.authority))


async def test_progress(azurite: Azurite, audio: Path) -> None:
    """The share done grows to one, a block at a time."""
    shares: list[float] = []

    async def tell(share: float) -> None:
        shares.append(share)

    async with stager(Storage(azurite.connection_string, container="progress")) as it:
        await it.stage(audio, NAME, progress=tell)
        assert (await fetch(await it.read_url(NAME))).content == AUDIO
    assert shares == sorted(shares)
    assert len(shares) == BLOCKS + 1
    assert shares[-1] == 1.0


async def test_second_time_sends_nothing(azurite: Azurite, audio: Path) -> None:
    """A file that is there already is not sent again; another of the same size is."""
    storage = Storage(azurite.connection_string, container="twice")
    counting = Counting()
    async with stager(storage, transport=counting) as it:
        await it.stage(audio, NAME)
        first = len(counting.sent)
        await it.stage(audio, NAME)
        assert counting.sent[first:] == ["HEAD"]
        other = audio.with_name("other.wav")
        other.write_bytes(changed := b"x" + AUDIO[1:])
        await it.stage(other, NAME)
        assert (await fetch(await it.read_url(NAME))).content == changed


async def test_kill(azurite: Azurite, audio: Path) -> None:
    """After a kill in the middle the next attempt sends what is missing and nothing that is there."""
    with azurite.staging_process("killed", audio, NAME, 3 * BLOCK_BYTES / SIZE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert all(told)
    there = azurite.uncommitted("killed", NAME)
    assert 3 <= len(there) < BLOCKS
    counting = Counting()
    async with stager(Storage(azurite.connection_string, container="killed"), transport=counting) as it:
        await it.stage(audio, NAME)
        assert (await fetch(await it.read_url(NAME))).content == AUDIO
    assert counting.blocks
    assert not there & counting.blocks


async def interrupt(it: Stager, path: Path) -> None:
    """Cancel an upload when two blocks are through."""
    shares: list[float] = []

    async def tell(share: float) -> None:
        shares.append(share)
        if len(shares) == 2:
            task.cancel()

    task = asyncio.create_task(it.stage(path, NAME, progress=tell))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled(azurite: Azurite, audio: Path) -> None:
    """A cancelled upload ends at once, and the next attempt sends nothing that is there."""
    storage = Storage(azurite.connection_string, container="cancelled")
    async with stager(storage) as it:
        await interrupt(it, audio)
    there = azurite.uncommitted("cancelled", NAME)
    assert 2 <= len(there) < BLOCKS
    counting = Counting()
    async with stager(storage, transport=counting) as it:
        await it.stage(audio, NAME)
        assert (await fetch(await it.read_url(NAME))).content == AUDIO
    assert not there & counting.blocks


async def test_cancelled_from_within(azurite: Azurite, audio: Path) -> None:
    """A cancellation that comes out of the progress's receiver is not taken for the end of the work."""

    async def tell(_: float) -> None:
        raise asyncio.CancelledError

    async with stager(Storage(azurite.connection_string, container="within")) as it:
        with pytest.raises(asyncio.CancelledError):
            await it.stage(audio, NAME, progress=tell)
        assert (await fetch(await it.read_url(NAME))).status_code == 404


async def test_sends_what_is_missing(azurite: Azurite, audio: Path) -> None:
    """Of a file of which some blocks are there exactly the others are sent; the progress counts all."""
    with FileBlocks(audio) as blocks:
        found = list(iter(blocks.next, None))
    azurite.create("missing")
    azurite.put("missing", NAME, {block.name: block.content for block in found[::2]})
    counting, shares = Counting(), list[float]()

    async def tell(share: float) -> None:
        shares.append(share)

    async with stager(Storage(azurite.connection_string, container="missing"), transport=counting) as it:
        await it.stage(audio, NAME, progress=tell)
        assert (await fetch(await it.read_url(NAME))).content == AUDIO
    assert counting.blocks == {block.name for block in found[1::2]}
    assert len(shares) == BLOCKS + 1


async def test_resume_after_change(azurite: Azurite, audio: Path) -> None:
    """Blocks of a file that was replaced meanwhile are not taken for the new one's, although places and sizes agree."""
    storage = Storage(azurite.connection_string, container="replaced")
    other = audio.with_name("replaced.wav")
    other.write_bytes(changed := AUDIO[::-1])
    counting = Counting()
    async with stager(storage) as it:
        await interrupt(it, audio)
    async with stager(storage, transport=counting) as it:
        await it.stage(other, NAME)
        assert (await fetch(await it.read_url(NAME))).content == changed
    assert len(counting.blocks) == BLOCKS


@pytest.mark.parametrize("mode", ["ab", "r+b", "wb"])
async def test_file_that_changes(azurite: Azurite, tmp_path: Path, mode: str) -> None:
    """A file that somebody appends to, overwrites or begins anew is not staged as a mixture."""
    changing = tmp_path / "changing.wav"
    changing.write_bytes(AUDIO)

    async def write(_: float) -> None:
        with changing.open(mode) as file:
            file.write(b"more")

    async with stager(Storage(azurite.connection_string, container="changing")) as it:
        with pytest.raises(InvalidInput, match="changed while"):
            await it.stage(changing, NAME, progress=write)
        assert (await fetch(await it.read_url(NAME))).status_code == 404


async def test_odd_name(azurite: Azurite, small: Path) -> None:
    """Whatever a name is made of, the URL that is signed for it leads to it."""
    name = "Besprechung #3, 100 % größer?/a&b+c~d.wav"
    async with stager(Storage(azurite.connection_string, container="odd")) as it:
        await it.stage(small, name)
        assert (await fetch(await it.read_url(name))).content == SMALL


async def test_container_goes_away(azurite: Azurite, audio: Path) -> None:
    """A container that is deleted under an upload is not made anew in silence."""

    async def remove(share: float) -> None:
        if share < 2 * BLOCK_BYTES / SIZE:
            azurite.remove("going")

    async with stager(Storage(azurite.connection_string, container="going")) as it:
        with pytest.raises(InvalidInput, match="container does not exist"):
            await it.stage(audio, NAME, progress=remove)


async def test_server_goes_away(azurite: Azurite, audio: Path) -> None:
    """A service that is gone in the middle is waited for, named, and found again with what it had."""
    runtime = ManualRuntime()
    with azurite.behind_a_door() as (door, behind):

        async def shut(_: float) -> None:
            door.shut()

        async with stager(Storage(behind.connection_string, container="gone"), runtime) as it:
            with pytest.raises(ServiceUnreachable, match=rf"{door.url}/meetings/gone/m-1/audio\.wav cannot be reached"):
                await it.stage(audio, NAME, progress=shut)
    assert len(runtime.slept) >= ATTEMPTS - 1
    counting = Counting()
    async with stager(Storage(azurite.connection_string, container="gone"), transport=counting) as it:
        await it.stage(audio, NAME)
    assert 0 < len(counting.blocks) < BLOCKS
