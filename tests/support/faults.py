"""Servers that misbehave on purpose: answers by script, faults before a real app, and bytes that are no answer."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Fault = Callable[[ASGIApp], ASGIApp]
PACE_SECONDS = 0.005


class Script:
    """An app that gives one answer after the other, whatever it is asked; the last one stays.

    `seen` keeps the requests.
    """

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.seen: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.seen.append(Request(scope))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await answer(scope, receive, send)


class Faulty:
    """A real app, and before it the faults that a test has put into `script`, one a request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.script: list[Fault] = []
        self.injected = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http" and self.script:
            self.injected += 1
            app = self.script.pop(0)(app)
        await app(scope, receive, send)


def instead(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Another answer, and the app is not asked; `retry_after` becomes the header `retry-after`."""
    response = Response(body, status, {name.replace("_", "-"): value for name, value in headers.items()})
    return lambda _app: response


def cut(length: int) -> Fault:
    """The app's own answer, broken off after so many bytes of its body; its content-length says so too."""

    def fault(app: ASGIApp) -> ASGIApp:
        async def cutting(scope: Scope, receive: Receive, send: Send) -> None:
            messages: list[Message] = []

            async def keep(message: Message) -> None:
                messages.append(message)

            await app(scope, receive, keep)
            body = b"".join(message.get("body", b"") for message in messages)[:length]
            headers = [(name, value) for name, value in messages[0]["headers"] if name != b"content-length"]
            headers.append((b"content-length", str(len(body)).encode()))
            await send({**messages[0], "headers": headers})
            await send({"type": "http.response.body", "body": body})

        return cutting

    return fault


@contextlib.contextmanager
def raw_server(
    *replies: bytes, then: Literal["hang up", "say nothing", "drip"] = "hang up"
) -> Iterator[tuple[str, list[bytes]]]:
    """A server that sends these bytes to whoever connects.

    Args:
        replies: What it sends once it has read a request's head, connection by connection; the last one stays.
        then: What it does next: close the connection, keep it and say nothing, or send a byte now and then for ever.

    Yields:
        `http://127.0.0.1:PORT`, and the heads of the requests it got.
    """
    over = threading.Event()
    heads: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            reply = replies[min(len(heads), len(replies) - 1)]
            heads.append(b"".join(iter(self.rfile.readline, b"\r\n")))
            with contextlib.suppress(OSError):
                self.wfile.write(reply)
                if then == "say nothing":
                    over.wait()
                while then == "drip" and not over.wait(PACE_SECONDS):
                    self.wfile.write(b" ")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", heads
        finally:
            over.set()
            server.shutdown()
            thread.join()
