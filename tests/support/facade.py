"""The facade with backends that follow a script, found where a plugin's backends are found."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from remote_meeting_backends import Backend, registry

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True)
class Point:
    """An entry point whose class opens as the one backend that a test has made."""

    backend: Backend

    @property
    def name(self) -> str:
        """The name under which it is registered."""
        return self.backend.name

    def load(self) -> type[Any]:
        """A class as a plugin would bring it."""
        return type("Scripted", (type(self.backend),), {"open": classmethod(lambda *_: self.backend)})


def use_backends(monkeypatch: pytest.MonkeyPatch, *backends: Backend) -> None:
    """Let these be the only backends there are."""
    points = tuple(Point(backend) for backend in backends)
    monkeypatch.setattr(registry, "_points", lambda: points)


class ThreadGate:
    """Holds a HereBackend before each piece, wherever its loop runs, until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened: Future[None] = Future()

    def __call__(self, number: int) -> asyncio.Future[None]:
        self.reached.set()
        return asyncio.shield(asyncio.wrap_future(self._opened))

    def open(self) -> None:
        """Let everything through."""
        self._opened.set_result(None)
