"""A real Azurite on loopback: its blob service, with an account of its own, for as long as tests need it.

A test module brings the fixtures in with `pytest_plugins = ("support.azurite",)`. `python -m support.azurite WHERE
CONTAINER FILE NAME STOP` stages a file in a process of its own, and waits when it has told a share done of STOP.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from .parts import need

ACCOUNT = "meetings"
INSTALL = "npm install -g azurite@3.37.0"
# The first that knows what azure-storage-blob 12.31 signs with a delegated key.
DELEGATES = (3, 37)
LISTENS = re.compile(r"successfully listens on (https?://\S+)")


@dataclass(frozen=True)
class Azurite:
    """A running blob service.

    Args:
        url: Of the account.
        key: Of the account, in base64.
        program: What runs it.
        authority: The certificate to trust, where it speaks https.
    """

    url: str
    key: str
    program: str
    authority: Path | None = None

    @property
    def connection_string(self) -> str:
        """As a user would copy it."""
        scheme = self.url.partition(":")[0]
        return f"DefaultEndpointsProtocol={scheme};AccountName={ACCOUNT};AccountKey={self.key};BlobEndpoint={self.url};"

    def need_delegation(self) -> None:
        """Go on only when it understands what is signed with a delegated key."""
        said = subprocess.run([self.program, "--version"], capture_output=True, text=True, check=True).stdout
        need(tuple(map(int, said.split(".")[:2])) >= DELEGATES, "an azurite that is new enough", INSTALL)

    @property
    def token(self) -> str:
        """What it takes from an identity, when it speaks https."""
        return make_token()

    @contextlib.contextmanager
    def behind_a_door(self) -> Iterator[tuple[Door, Azurite]]:
        """A door to it, and the account as it is seen through that door."""
        door = Door(int(self.url.rpartition(":")[2].partition("/")[0]))
        try:
            yield door, replace(self, url=f"{door.url}/{ACCOUNT}")
        finally:
            door.join()

    @contextlib.contextmanager
    def staging_process(self, container: str, path: Path, name: str, stop: float) -> Iterator[subprocess.Popen[str]]:
        """A process that stages a file, and goes no further when it has told a share of at least `stop`."""
        command = [
            sys.executable,
            "-m",
            "support.azurite",
            self.connection_string,
            container,
            str(path),
            name,
            str(stop),
        ]
        tests = Path(__file__).parents[1]
        with subprocess.Popen(command, cwd=tests, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            try:
                yield process
            finally:
                process.kill()

    def container_sas(self, container: str, permission: str = "rwdl", **life: datetime) -> str:
        """A service SAS of a container."""
        from azure.storage.blob import generate_container_sas

        return generate_container_sas(
            ACCOUNT, container, account_key=self.key, permission=permission, **({"expiry": _soon()} | life)
        )

    def account_sas(self, permission: str = "rwdlc") -> str:
        """An account SAS for containers and blobs."""
        from azure.storage.blob import ResourceTypes, generate_account_sas

        reach = ResourceTypes(container=True, object=True)
        return generate_account_sas(ACCOUNT, self.key, reach, permission, _soon())

    def create(self, container: str) -> None:
        """Make a container."""
        with self._client() as client:
            client.create_container(container).close()

    def remove(self, container: str) -> None:
        """Delete a container with all that is in it."""
        with self._client() as client:
            client.delete_container(container)

    def put(self, container: str, name: str, blocks: Mapping[str, bytes]) -> None:
        """Send blocks, and make no blob of them."""
        with self._client() as client, client.get_blob_client(container, name) as blob:
            for block, content in blocks.items():
                blob.stage_block(block, content)

    def uncommitted(self, container: str, name: str) -> set[str]:
        """The names of the blocks that wait under a blob's name."""
        with self._client() as client, client.get_blob_client(container, name) as blob:
            return {block.id for block in blob.get_block_list("uncommitted")[1]}

    def _client(self) -> Any:
        from azure.storage.blob import BlobServiceClient

        return BlobServiceClient.from_connection_string(self.connection_string)


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


@contextlib.contextmanager
def running_azurite(*, https: bool = False) -> Iterator[Azurite]:
    """Start one in a temporary folder, and take it away again.

    Args:
        https: With a certificate of its own; only then does it take tokens.
    """
    program = shutil.which("azurite-blob") or _beside(os.environ.get("AZURITE"))
    need(program, "azurite", INSTALL)
    assert program is not None
    home = Path(tempfile.mkdtemp(prefix="azurite-"))
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    # The client is newer than any Azurite most of the time.
    command = [program, "--blobPort", "0", "--location", str(home), "--silent", "--skipApiVersionCheck"]
    command.append("--disableTelemetry")
    authority = None
    if https:
        authority, private = make_certificate(home)
        command += ["--cert", str(authority), "--key", str(private), "--oauth", "basic"]
    environment = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"}
    with subprocess.Popen(
        command, cwd=home, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield Azurite(f"{_where(process)}/{ACCOUNT}", key, program, authority)
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(home, ignore_errors=True)


def _beside(program: str | None) -> str | None:
    """The blob service's own program, beside the one for all services or below a folder."""
    if not program:
        return None
    path = Path(program)
    return shutil.which("azurite-blob", path=str(path if path.is_dir() else path.parent))


def _where(process: subprocess.Popen[str]) -> str:
    """The URL it says it listens on."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := LISTENS.search(line):
            return found[1]
    raise AssertionError(f"Azurite does not start: {''.join(said)}")


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its private key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "private.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


def make_token(*, hours: float = 1.0) -> str:
    """A token that Azurite takes: it looks at who it is for and at its times, not at its signature."""
    now = int(time.time())
    claims = {
        "aud": "https://storage.azure.com",
        "iss": "https://sts.windows.net/0/",
        "iat": now,
        "nbf": now - 60,
        "exp": now + int(hours * 3600),
        "oid": "11111111-1111-1111-1111-111111111111",
        "tid": "22222222-2222-2222-2222-222222222222",
    }
    parts = (json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), "c2lnbmVk"])


class Door:
    """A way to another port of this machine that can be shut: then connections break, and new ones are refused."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._is_shut = False
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [self._start(self._accept)]

    def shut(self) -> None:
        """Let nobody through any more; when this returns, every connection has been reset."""
        with self._lock:
            self._is_shut = True
            found, self._open = [self._listener, *self._open], []
            for one in found:
                _wake(one)
        # The system resets a connection when the last thread has let go of it: a client that is quicker than these
        # threads would have been told of an end, and not of a reset.
        for thread in self._threads:
            thread.join(10)
        for one in found:
            one.close()

    def join(self) -> None:
        """Shut it, if nobody has."""
        self.shut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                with self._lock:
                    if self._is_shut:
                        # Accepted before it was shut, and not seen by whoever shut it.
                        for one in (near, far):
                            _wake(one)
                            one.close()
                        return
                    self._open += [near, far]
                    self._threads += [self._start(_pour, near, far), self._start(_pour, far, near)]

    def _start(self, function: Any, *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        return thread


def _wake(found: socket.socket) -> None:
    """End it for whoever reads it, so that it is reset when it is closed.

    An end without a reset is heard late by a peer whose window is full.
    """
    with contextlib.suppress(OSError):
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        found.shutdown(socket.SHUT_RDWR)


def _pour(source: socket.socket, drain: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            drain.sendall(data)
        drain.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """The blob service of this run."""
    with running_azurite() as running:
        yield running


@pytest.fixture(scope="session")
def secure_azurite() -> Iterator[Azurite]:
    """One that speaks https and takes tokens."""
    with running_azurite(https=True) as running:
        yield running


async def _stage(where: str, container: str, path: str, name: str, stop: str) -> None:
    from remote_meeting_backends import SystemRuntime
    from remote_meeting_backends.connection import Storage
    from remote_meeting_backends.staging import Stager

    async def say(share: float) -> None:
        print(share, flush=True)
        if share >= float(stop):
            await asyncio.to_thread(sys.stdin.read)

    stager = Stager(Storage(where, container=container), SystemRuntime())
    await stager.stage(Path(path), name, progress=say)
    await stager.aclose()


if __name__ == "__main__":
    asyncio.run(_stage(*sys.argv[1:]))
