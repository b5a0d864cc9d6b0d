"""TLS: so that the old host's name can lead here. Real connections on loopback, and certificates of every bad kind."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from cryptography.hazmat.primitives import serialization

from remote_meeting_backends import InvalidInput
from remote_meeting_backends.serving import TRANSPORT, address_of, listen, on_thread, run
from remote_meeting_backends.tls import Tls
from support.azurite import make_certificate

WHAT = "The test's server"


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Says under which scheme it was asked; a WebSocket sends back what it hears, and breaks off at "abort"."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept", "subprotocol": (scope["subprotocols"] or [None])[0]})
        while (message := await receive())["type"] == "websocket.receive":
            if message.get("text") == "abort":
                scope["extensions"][TRANSPORT].abort()
            await send({"type": "websocket.send", "text": f"{scope['scheme']} {message.get('text')}"})


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, and its key."""
    return make_certificate(tmp_path)


@pytest.fixture
def trusting(files: tuple[Path, Path]) -> ssl.SSLContext:
    """A client that trusts this certificate and no other."""
    return ssl.create_default_context(cafile=str(files[0]))


@pytest.fixture
def url(files: tuple[Path, Path]) -> Iterator[str]:
    """A server that speaks TLS."""
    listener = listen("127.0.0.1", 0, what=WHAT)
    with on_thread(app, listener, what=WHAT, tls=Tls(*files)):
        yield address_of(listener, is_secure=True)


def test_https_and_wss_are_answered(url: str, trusting: ssl.SSLContext) -> None:
    """A client that checks the certificate is content; the app is told the scheme."""
    assert url.startswith("https://127.0.0.1:")
    assert httpx.get(url, verify=trusting).text == "https"

    async def talk() -> object:
        address = url.replace("https", "wss")
        async with websockets.connect(address, ssl=trusting, subprotocols=[websockets.Subprotocol("USP")]) as client:
            assert client.subprotocol == "USP"
            await client.send("hello")
            return await client.recv()

    assert asyncio.run(talk()) == "wss hello"


def test_a_connection_under_tls_can_be_broken_off(url: str, trusting: ssl.SSLContext) -> None:
    """The app reaches its transport there too."""

    async def talk() -> None:
        async with websockets.connect(url.replace("https", "wss"), ssl=trusting) as client:
            await client.send("abort")
            with pytest.raises(websockets.ConnectionClosedError):
                await client.recv()

    asyncio.run(talk())


def test_a_client_that_does_not_trust_it_is_not_served(url: str) -> None:
    """Nor one that speaks no TLS at all."""
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        httpx.get(url, verify=ssl.create_default_context())
    with pytest.raises(httpx.TransportError):
        httpx.get(url.replace("https", "http"))


def test_an_app_s_older_library_is_served(url: str, trusting: ssl.SSLContext) -> None:
    """One that knows TLS 1.2 and nothing newer."""
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    assert httpx.get(url, verify=trusting).text == "https"


def test_a_key_may_stand_in_the_certificate_s_file(files: tuple[Path, Path], trusting: ssl.SSLContext) -> None:
    """As some tools write it."""
    both = files[0].with_name("both.pem")
    both.write_bytes(files[1].read_bytes() + files[0].read_bytes())
    listener = listen("127.0.0.1", 0, what=WHAT)
    with on_thread(app, listener, what=WHAT, tls=Tls(both)):
        assert httpx.get(address_of(listener, is_secure=True), verify=trusting).text == "https"


def _other_key(certificate: Path, key: Path) -> None:
    folder = key.parent / "other"
    folder.mkdir()
    key.write_bytes(make_certificate(folder)[1].read_bytes())


def _locked_key(certificate: Path, key: Path) -> None:
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


def _swapped(certificate: Path, key: Path) -> None:
    held = certificate.read_bytes()
    certificate.write_bytes(key.read_bytes())
    key.write_bytes(held)


def _certificate_as_der(certificate: Path, key: Path) -> None:
    certificate.write_bytes(ssl.PEM_cert_to_DER_cert(certificate.read_text()))


SPOILT: tuple[tuple[Callable[[Path, Path], object], str], ...] = (
    (lambda certificate, key: certificate.unlink(), "certificate {certificate} cannot be read: No such file"),
    (lambda certificate, key: key.unlink(), "key {key} cannot be read: No such file"),
    (lambda certificate, key: (key.unlink(), key.mkdir()), "key {key} cannot be read: Is a directory"),
    (lambda certificate, key: certificate.write_text(""), "certificate {certificate} holds no certificate in PEM"),
    (_certificate_as_der, "certificate {certificate} holds no certificate in PEM"),
    (lambda certificate, key: key.write_text("hello"), "key {key} holds no private key in PEM"),
    (lambda certificate, key: key.write_bytes(certificate.read_bytes()), "key {key} holds no private key in PEM"),
    (_swapped, "certificate {certificate} holds no certificate in PEM"),
    (_other_key, "key {key} is not the key of the certificate {certificate}"),
    (_locked_key, "key {key} needs a password"),
)


@pytest.mark.parametrize(("spoil", "words"), SPOILT, ids=[words for _, words in SPOILT])
def test_a_certificate_that_cannot_be_used_is_a_sentence(
    files: tuple[Path, Path], spoil: Callable[[Path, Path], object], words: str
) -> None:
    """It names the file; nobody is asked for a password, and nobody was answered yet."""
    spoil(*files)
    with pytest.raises(InvalidInput) as caught:
        Tls(*files).check()
    assert words.format(certificate=files[0], key=files[1]) in caught.value.message
    assert caught.value.message.endswith(".")
    announced: list[None] = []
    with listen("127.0.0.1", 0, what=WHAT) as listener, pytest.raises(InvalidInput):
        run(app, listener, what=WHAT, announce=lambda: announced.append(None), tls=Tls(*files))
    assert announced == []


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_an_address_says_how_it_is_spoken_to(host: str, shown: str) -> None:
    """http without TLS, https with it."""
    with listen(host, 0, what=WHAT) as listener:
        port = listener.getsockname()[1]
        assert address_of(listener) == f"http://{shown}:{port}"
        assert address_of(listener, is_secure=True) == f"https://{shown}:{port}"
