"""All checks at once, told in an order that does not depend on who answers first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from remote_meeting_backends import Runtime, Storage

from ..shelf import Shelf
from .account import Account
from .aside import aside
from .asking import ask
from .extras import extras
from .files import look
from .finding import Finding
from .storage import destination, storage
from .store import store
from .web import Web

Check = Coroutine[Any, Any, Finding | list[Finding]]
SECONDS = 10.0
# What is shorter is no secret that anybody uses, and masking it would hide half of every sentence.
SHORTEST_SECRET = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at.

    Args:
        account: Of the environment.
        storage: Where batch stages files; None for nowhere.
        storage_trouble: Why nothing can be made of what is named for it.
        store: The meeting store; None for the default one.
        files: Paths and URLs of audio.
        seconds: How long each question to the network or a database may take.
    """

    account: Account
    storage: Storage | None = None
    storage_trouble: str | None = None
    store: str | None = None
    files: tuple[str, ...] = ()
    seconds: float = SECONDS

    @property
    def secrets(self) -> frozenset[str]:
        """What must not be printed, whoever says it."""
        account = self.account
        where, key = account.read("SPEECH_STORAGE"), account.read("SPEECH_STORAGE_KEY")
        found = {account.read("SPEECH_KEY") or "", (account.read("SPEECH_DESTINATION") or "").partition("?")[2]}
        found.update(Storage(where or "", key).secrets)
        found.update(account.connection.secrets if account.connection is not None else ())
        return frozenset(secret for secret in found if len(secret) >= SHORTEST_SECRET)


async def examine(subject: Subject, runtime: Runtime) -> AsyncGenerator[Finding, None]:
    """Run every check, and tell what was found as soon as its turn has come; who leaves early ends them all."""
    secrets = subject.secrets
    async with Web(runtime, subject.seconds) as web:
        tasks = [asyncio.ensure_future(check) for check in _checks(subject, web, runtime)]
        try:
            for task in tasks:
                found = await task
                for finding in found if isinstance(found, list) else [found]:
                    yield finding.shown(secrets)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _checks(subject: Subject, web: Web, runtime: Runtime) -> list[Check]:
    account = subject.account
    candidates = Shelf(account.connection, runtime).candidates()

    def reading(audio: str) -> Callable[[], list[Finding]]:
        return partial(look, audio, account.connection, candidates, runtime.now())

    return [
        ask(account, web, candidates),
        storage(subject.storage, subject.storage_trouble, web),
        destination(account.read("SPEECH_DESTINATION"), runtime),
        store(subject.store, subject.seconds),
        aside(extras),
        *(aside(reading(audio)) for audio in subject.files),
    ]
