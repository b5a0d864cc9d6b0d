"""What a driver holds of a meeting while it works in a gateway: one process renews and writes for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from remote_meeting_backends import Journal, MeetingBusy
from remote_meeting_backends.store import MeetingKey, Runner

from .books import Books


class BooksKeeper:
    """Lease and journal of each meeting, kept in common books.

    Args:
        books: Of this process.
    """

    def __init__(self, books: Books) -> None:
        self._books = books

    def journal(self, key: MeetingKey, runner: Runner) -> Journal:
        """A journal whose entries are committed together with those of others."""
        return self._books.journal(key, runner)

    def kept(self, key: MeetingKey, runner: Runner) -> AbstractAsyncContextManager[None]:
        """A lease that is renewed together with those of others."""
        return _held(self._books, key, runner)


@asynccontextmanager
async def _held(books: Books, key: MeetingKey, runner: Runner) -> AsyncIterator[None]:
    """Hold a lease; when it is lost the work stops, and MeetingBusy says so."""
    worker, is_lost = asyncio.current_task(), False

    def lost() -> None:
        nonlocal is_lost
        is_lost = True
        if worker is not None:
            worker.cancel()

    books.hold(key, runner, lost)
    try:
        yield
    except asyncio.CancelledError:
        if is_lost and worker is not None and worker.uncancel() == 0:
            raise MeetingBusy(
                f"Meeting {key.meeting_id} was taken over by another connection, or deleted.",
                meeting_id=key.meeting_id,
            ) from None
        raise
    finally:
        books.let_go(key, runner)
