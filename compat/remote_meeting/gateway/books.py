"""The store, for all the meetings of a process together: one commit keeps the pieces of many, one renews every lease.

A commit waits for the disk. While one is under way the pieces that come in are collected, and the next one takes them
all: the more there is to do, the more is done at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, ParamSpec, TypeVar

from remote_meeting_backends import Journal, MeetingBusy, Runtime, StoreError
from remote_meeting_backends.store import Held, MeetingKey, MeetingStore, Runner
from remote_meeting_backends.store.records import RENEW_SECONDS

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("remote_meeting.gateway")

# Progress that is less than this is not worth a write.
LEAST_STEP: Final = 0.01


@dataclass(slots=True)
class _Hold:
    """A meeting whose lease is kept, and how far it came."""

    lost: Callable[[], None]
    share: float | None = None
    written: float | None = None

    @property
    def news(self) -> float | None:
        """The share that is to be written."""
        if self.share is None or (self.written is not None and abs(self.share - self.written) < LEAST_STEP):
            return None
        return self.share


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a job wants kept, and who waits for it."""

    key: MeetingKey
    runner: Runner
    entries: Sequence[str]
    kept: asyncio.Future[None]


class Books:
    """Journals and leases of a process. Nothing is started before the first one is needed.

    Args:
        store: Where they are kept.
        runtime: Gives the waits between renewals.
    """

    def __init__(self, store: MeetingStore, runtime: Runtime) -> None:
        self._store = store
        self._runtime = runtime
        # A thread of its own: neither a lease nor a piece waits for other work.
        self._thread = ThreadPoolExecutor(1, "remote-meeting-books")
        self._holds: dict[Held, _Hold] = {}
        self._renewing: asyncio.Task[None] | None = None
        self._waiting: list[_Piece] = []
        self._writing: asyncio.Task[None] | None = None

    def journal(self, key: MeetingKey, runner: Runner) -> Journal:
        """A job's journal. What it says of its progress is written while its lease is held here."""
        return _BooksJournal(self, key, runner)

    def hold(self, key: MeetingKey, runner: Runner, lost: Callable[[], None]) -> None:
        """Keep a lease, from now on; needs a running loop.

        Args:
            key: The meeting.
            runner: Whose it is.
            lost: Called once, on the loop, when it is so no more; it is let go of then.
        """
        self._holds[key, runner] = _Hold(lost)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew_again())

    def let_go(self, key: MeetingKey, runner: Runner | None = None) -> None:
        """Renew a lease no more; that of one runner, or of all that held the meeting here."""
        for held in [held for held in self._holds if held[0] == key and runner in (None, held[1])]:
            del self._holds[held]

    def note(self, key: MeetingKey, runner: Runner, share: float) -> None:
        """How far a meeting came, 0 to 1; the next renewal writes it."""
        hold = self._holds.get((key, runner))
        if hold is not None:
            hold.share = share

    async def keep(self, key: MeetingKey, runner: Runner, entries: Sequence[str]) -> None:
        """Keep pieces; returns when they are on the disk. One that is cancelled meanwhile may be kept.

        Raises:
            MeetingBusy: The meeting is no longer the runner's.
            StoreError: The store cannot be used; nothing of this commit is kept.
        """
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Piece(key, runner, tuple(entries), kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await kept

    async def checkpoints(self, key: MeetingKey) -> list[str]:
        """Every piece kept so far, in order."""
        return await asyncio.to_thread(self._store.checkpoints, key)

    async def aclose(self) -> None:
        """Write what waits, and renew nothing any more. These books cannot be used again."""
        self._holds.clear()
        try:
            if self._renewing is not None:
                self._renewing.cancel()
                await asyncio.gather(self._renewing, return_exceptions=True)
            if self._writing is not None:
                await asyncio.wait([self._writing])
            # A renewal may still be under way there, and the store is closed after this.
            await asyncio.to_thread(self._thread.shutdown)
        finally:
            self._thread.shutdown(wait=False)

    async def _write(self) -> None:
        """Commit what waits until nothing does."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            pieces = [(piece.key, piece.runner, piece.entries) for piece in batch]
            try:
                refused = set(await self._on_thread(self._store.checkpoint_all, pieces))
            except Exception as error:
                for piece in batch:
                    _settle(piece, error)
            else:
                for piece in batch:
                    _settle(piece, _no_more(piece.key) if (piece.key, piece.runner) in refused else None)
            finally:
                # Of a loop that ends nobody is left to wait.
                for piece in batch:
                    piece.kept.cancel()

    async def _renew_again(self) -> None:
        while True:
            await self._runtime.idle(RENEW_SECONDS)
            try:
                lost = await self._renew(list(self._holds))
                # Asked twice: one that its own driver has just finished is let go of meanwhile.
                lost = await self._renew([held for held in lost if held in self._holds])
            except StoreError as error:
                # A lease outlives a few missed renewals; if the store stays away, no end can be written either.
                log.warning("%s", error)
            except Exception:
                log.exception("Leases were not renewed: a defect of remote-meeting-compat.")
            else:
                for held in lost:
                    self._lose(held)

    async def _renew(self, held: list[Held]) -> list[Held]:
        """Renew these; returns those that are lost."""
        if not held:
            return []
        news = {one: share for one in held if (share := self._holds[one].news) is not None}
        lost = await self._on_thread(self._store.renew_all, held, news)
        for one, share in news.items():
            with contextlib.suppress(KeyError):
                self._holds[one].written = share
        return lost

    def _lose(self, held: Held) -> None:
        hold = self._holds.pop(held, None)
        if hold is not None:
            try:
                hold.lost()
            except Exception:
                log.exception("meeting %r: a defect of remote-meeting-compat", held[0].meeting_id)

    async def _on_thread(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *args, **kwargs))


class _BooksJournal:
    """A job's journal, in the books of its process."""

    def __init__(self, books: Books, key: MeetingKey, runner: Runner) -> None:
        self._books = books
        self._key = key
        self._runner = runner

    async def progress(self, fraction: float) -> None:
        """Say which share is done, 0 to 1."""
        self._books.note(self._key, self._runner, fraction)

    async def checkpoint(self, entries: Sequence[str]) -> None:
        """Keep finished pieces."""
        await self._books.keep(self._key, self._runner, entries)

    async def checkpoints(self) -> list[str]:
        """Every piece kept so far, by this process or one before it."""
        return await self._books.checkpoints(self._key)


def _settle(piece: _Piece, error: Exception | None) -> None:
    """Tell whoever waits, each with an error of its own: a traceback grows with every place that raises it."""
    if piece.kept.done():
        return
    if error is None:
        piece.kept.set_result(None)
    else:
        piece.kept.set_exception(copy.copy(error))


def _no_more(key: MeetingKey) -> MeetingBusy:
    return MeetingBusy(
        f"Meeting {key.meeting_id} is not this process's to write any more: deleted, finished or taken over.",
        meeting_id=key.meeting_id,
    )
