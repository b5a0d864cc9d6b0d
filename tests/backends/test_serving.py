"""The server below an app: its orderly end, and clients that say too much or nothing."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from remote_meeting_backends.serving import address_of, listen, on_thread

WHAT = "The test's server"
# A server whose hook tells every connection that it ends, and then does what is to be tried.
ENDING = """
import asyncio, sys
from remote_meeting_backends.serving import address_of, listen, run

waiting, told = set(), asyncio.Event()

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                print("shut down", flush=True)
                return
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ending" if told.is_set() else b"serving"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    waiting.add(send)
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "go":
            told.go.set()

async def before_end():
    print("hook", flush=True)
    told.set()
    for send in waiting:
        await send({"type": "websocket.send", "text": "ending"})
    HOOK
    print("hook is over", flush=True)

told.go = asyncio.Event()
listener = listen("127.0.0.1", 0, what="x")
run(app, listener, what="x", before_end=before_end, grace_seconds=GRACE,
    announce=lambda: print(address_of(listener), flush=True))
print("end", flush=True)
"""


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An HTTP request gets ok; a WebSocket gets back what it sends."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})


@contextlib.contextmanager
def server(**options: Any) -> Iterator[str]:
    """The echo, with such options."""
    listener = listen("127.0.0.1", 0, what=WHAT)
    with on_thread(echo, listener, what=WHAT, **options):
        yield address_of(listener)


@contextlib.contextmanager
def ending(hook: str, grace: float = 60.0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server as a process, whose hook does that; and its address."""
    code = ENDING.replace("HOOK", hook).replace("GRACE", str(grace))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> list[str]:
    """What it printed until its end, which came in an orderly way."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out.splitlines()


async def closing(client: websockets.ClientConnection) -> int | None:
    """The code with which a server closes a connection."""
    try:
        while True:
            await client.recv()
    except websockets.ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_connections_are_told_before_they_are_closed(number: signal.Signals) -> None:
    """While the hook runs they are open, and new ones are answered; when it is over the server ends."""

    async def use(process: subprocess.Popen[str], url: str) -> int | None:
        async with websockets.connect(url.replace("http", "ws")) as client:
            assert (await asyncio.to_thread(httpx.get, url)).text == "serving"
            process.send_signal(number)
            assert await client.recv() == "ending"
            assert (await asyncio.to_thread(httpx.get, url)).text == "ending"
            await client.send("go")
            return await closing(client)

    with ending("await told.go.wait()") as (process, url):
        assert asyncio.run(use(process, url)) == 1012
        assert ended(process) == ["hook", "hook is over", "shut down", "end"]


def test_a_second_signal_ends_at_once() -> None:
    """Whatever the hook waits for."""

    async def use(process: subprocess.Popen[str], url: str) -> None:
        async with websockets.connect(url.replace("http", "ws")) as client:
            process.send_signal(signal.SIGTERM)
            assert await client.recv() == "ending"
            process.send_signal(signal.SIGTERM)
            await closing(client)

    with ending("await asyncio.Event().wait()") as (process, url):
        asyncio.run(use(process, url))
        assert ended(process) == ["hook", "end"]


def test_a_hook_that_does_not_end_is_broken_off() -> None:
    """The server ends all the same."""
    with ending("await asyncio.Event().wait()", grace=0.05) as (process, url):
        assert httpx.get(url).text == "serving"
        process.send_signal(signal.SIGTERM)
        assert ended(process) == ["hook", "shut down", "end"]


def test_a_hook_that_breaks_does_not_keep_it() -> None:
    """Nor is its defect lost: it stands in the log."""
    with ending("raise ValueError") as (process, url):
        assert httpx.get(url).text == "serving"
        process.send_signal(signal.SIGTERM)
        assert ended(process) == ["hook", "shut down", "end"]


@pytest.mark.parametrize(("size", "is_taken"), [(1000, True), (1001, False)])
def test_a_message_has_a_largest_size(size: int, is_taken: bool) -> None:
    """Beyond it the connection is closed with 1009."""

    async def use(url: str) -> object:
        async with websockets.connect(url.replace("http", "ws")) as client:
            await client.send(bytes(size))
            return await client.recv() if is_taken else await closing(client)

    with server(max_message_bytes=1000) as url:
        assert asyncio.run(use(url)) == (bytes(size) if is_taken else 1009)


@pytest.mark.parametrize(
    "headers",
    [[("Authorization", f"Bearer {'x' * 9000}")], [(f"x-{number}", "x") for number in range(150)]],
    ids=["long", "many"],
)
def test_a_websocket_s_head_that_is_too_large_is_refused(headers: list[tuple[str, str]]) -> None:
    """With an answer: nobody waits for one that never comes."""

    async def use(url: str) -> int:
        with pytest.raises(InvalidStatus) as caught:
            await websockets.connect(url.replace("http", "ws"), additional_headers=headers, open_timeout=60)
        return caught.value.response.status_code

    with server() as url:
        assert asyncio.run(use(url)) == 431


def test_a_head_has_a_largest_size() -> None:
    """What is beyond it is refused, and the server goes on."""
    with server(max_header_bytes=4000) as url:
        assert httpx.get(url, headers={"x": "y" * 1000}).text == "ok"
        assert httpx.get(url, headers={"x": "y" * 5000}).status_code == 431
        assert httpx.post(url, content=b"z" * 100_000).text == "ok"
        assert httpx.get(url).text == "ok"


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: a\r\n\r\n" + b"GET / HT"])
def test_a_client_that_never_asks_is_cut(sent: bytes) -> None:
    """Before its first request, in the midst of it, and in the midst of another."""
    with server(handshake_seconds=0.2) as url, socket.create_connection(_place(url), timeout=60) as client:
        client.sendall(sent)
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := client.recv(1000):
                heard += piece
        assert heard.endswith(b"\r\n\r\nok") == (len(sent) > 30)


def test_a_client_that_has_asked_is_left_alone() -> None:
    """A WebSocket outlives the time for its handshake."""

    async def use(url: str) -> None:
        async with websockets.connect(url.replace("http", "ws")) as client:
            silent = await asyncio.to_thread(socket.create_connection, _place(url), 60)
            with silent, contextlib.suppress(ConnectionResetError):
                # It came later, and is cut first: the time is over for both.
                assert await asyncio.to_thread(silent.recv, 1) == b""
            await client.send("still here")
            assert await client.recv() == "still here"

    with server(handshake_seconds=0.1) as url:
        asyncio.run(use(url))


def _place(url: str) -> tuple[str, int]:
    parts = httpx.URL(url)
    assert parts.port is not None
    return parts.host, parts.port


def test_what_a_client_says_too_early_is_no_trouble() -> None:
    """A WebSocket's handshake that lacks its key is refused."""
    with server() as url, socket.create_connection(_place(url), timeout=60) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n\xff\xff")
        assert client.recv(12) == b"HTTP/1.1 400"
