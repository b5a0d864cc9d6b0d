"""Journals and leases of many meetings, kept together in one store."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from remote_meeting.gateway.books import Books
from remote_meeting_backends import ManualRuntime, MeetingBusy, StoreError
from remote_meeting_backends.store import Held, MeetingKey, MeetingStore, Runner
from remote_meeting_backends.store.shared import NOTHING_NEW
from support.stores import ANOTHER, ELSEWHERE, new_meeting

pytestmark = pytest.mark.anyio

LEASE = timedelta(seconds=20)


class Beats(ManualRuntime):
    """A clock that tells when somebody waits on it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_waited_on = asyncio.Event()

    async def idle(self, seconds: float) -> None:
        waiting = asyncio.ensure_future(super().idle(seconds))
        # It waits from its first step on.
        await asyncio.sleep(0)
        self.is_waited_on.set()
        await waiting

    async def let_pass(self, seconds: float = 5) -> None:
        """Let so much time pass, and all that it brings about."""
        await self.is_waited_on.wait()
        self.is_waited_on.clear()
        self.advance(seconds)
        await self.is_waited_on.wait()


class Watched(MeetingStore):
    """A store that tells of the transactions of its books, and holds them up where a test wants it."""

    def __init__(self, where: str, runtime: Beats) -> None:
        super().__init__(where, runtime)
        self.commits: list[int] = []
        self.renewals: list[int] = []
        self.has_begun = asyncio.Event()
        self.gate = threading.Event()
        self.gate.set()
        self._loop = asyncio.get_running_loop()

    def checkpoint_all(self, pieces: Sequence[tuple[MeetingKey, Runner, Sequence[str]]]) -> list[Held]:
        self.commits.append(len(pieces))
        self._loop.call_soon_threadsafe(self.has_begun.set)
        self.gate.wait()
        return super().checkpoint_all(pieces)

    def renew_all(self, held: Sequence[Held], progress: Mapping[Held, float] = NOTHING_NEW) -> list[Held]:
        self.renewals.append(len(progress))
        lost = super().renew_all(held, progress)
        self._loop.call_soon_threadsafe(self.has_begun.set)
        self.gate.wait()
        return lost


@pytest.fixture
async def runtime() -> Beats:
    """The clock of store and books."""
    return Beats()


@pytest.fixture
async def store(store_path: Path, runtime: Beats) -> AsyncIterator[Watched]:
    """A store in a file."""
    made = Watched(str(store_path), runtime)
    yield made
    made.close()


@pytest.fixture
async def books(store: Watched, runtime: Beats) -> AsyncIterator[Books]:
    """Books of that store."""
    made = Books(store, runtime)
    yield made
    store.gate.set()
    await made.aclose()


def begun(store: MeetingStore, *names: str, runner: Runner = ELSEWHERE) -> list[MeetingKey]:
    """Meetings that a runner works on."""
    return [store.create(new_meeting(name), runner).key for name in names]


def never() -> None:
    """Nobody's lease is lost here."""
    raise AssertionError


async def settled() -> None:
    """Let everything that is ready on the loop be done."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_is_kept_is_on_the_disk(books: Books, store: Watched, store_path: Path) -> None:
    """When a call returns, any process finds the pieces, in their order."""
    (key,) = begun(store, "one")
    journal = books.journal(key, ELSEWHERE)
    other = MeetingStore(str(store_path), ManualRuntime())
    for upto in range(1, 4):
        await journal.checkpoint([f"{upto}a", f"{upto}b"])
        assert other.checkpoints(key)[-2:] == [f"{upto}a", f"{upto}b"]
    await journal.checkpoint([])
    assert await journal.checkpoints() == ["1a", "1b", "2a", "2b", "3a", "3b"]
    other.close()


async def test_what_comes_meanwhile_is_committed_together(books: Books, store: Watched) -> None:
    """However many write while one commit is under way, the next takes them all, each meeting's in order."""
    keys = begun(store, *(f"m-{number}" for number in range(50)))
    store.gate.clear()
    first = asyncio.create_task(books.keep(keys[0], ELSEWHERE, ["0"]))
    await store.has_begun.wait()
    others = [asyncio.create_task(books.keep(key, ELSEWHERE, [piece])) for piece in ("1", "2") for key in keys]
    await settled()
    assert not first.done()
    store.gate.set()
    await asyncio.gather(first, *others)
    assert store.commits == [1, 100]
    assert [store.checkpoints(key) for key in keys] == [["0", "1", "2"], *[["1", "2"]] * 49]


async def test_hundreds_that_write_again_and_again(books: Books, store: Watched) -> None:
    """Nothing is lost, doubled or out of order, in far fewer commits than calls."""
    keys = begun(store, *(f"m-{number}" for number in range(200)))

    async def talk(key: MeetingKey) -> None:
        journal = books.journal(key, ELSEWHERE)
        for number in range(5):
            await journal.checkpoint([f"{key.meeting_id}: {number}"])

    await asyncio.gather(*map(talk, keys))
    assert all(store.checkpoints(key) == [f"{key.meeting_id}: {number}" for number in range(5)] for key in keys)
    assert sum(store.commits) == 1000
    assert len(store.commits) < 100


async def test_who_lost_a_meeting_is_refused_alone(books: Books, store: Watched) -> None:
    """The others of the same commit are kept; the same meeting's new runner is one of them."""
    taken, deleted, kept = begun(store, "taken", "deleted", "kept")
    store.take_over(taken, ANOTHER)
    store.delete(deleted)
    calls = [(taken, ELSEWHERE), (kept, ELSEWHERE), (deleted, ELSEWHERE), (taken, ANOTHER)]
    ends = await asyncio.gather(*(books.keep(*held, ["x"]) for held in calls), return_exceptions=True)
    assert [type(end) for end in ends] == [MeetingBusy, type(None), MeetingBusy, type(None)]
    assert [end.meeting_id for end in ends if isinstance(end, MeetingBusy)] == ["taken", "deleted"]
    assert store.commits == [4]
    assert [store.checkpoints(key) for key in (taken, deleted, kept)] == [["x"], [], ["x"]]


async def test_a_commit_that_fails_fails_for_all(books: Books, store: Watched, store_path: Path) -> None:
    """Each is told by an error of its own, nothing of it is kept, and the next commit is another attempt."""
    keys = begun(store, "one", "two")
    with closing(sqlite3.connect(store_path)) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON checkpoints WHEN new.meeting_id = 'two' "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    ends = await asyncio.gather(*(books.keep(key, ELSEWHERE, ["x"]) for key in keys), return_exceptions=True)
    assert [type(end) for end in ends] == [StoreError, StoreError]
    assert ends[0] is not ends[1]
    assert "the disk is full" in str(ends[0])
    assert store.checkpoints(keys[0]) == []
    await books.keep(keys[0], ELSEWHERE, ["y"])
    assert store.checkpoints(keys[0]) == ["y"]


async def test_a_defect_hangs_nobody(books: Books, store: Watched) -> None:
    """What no database takes is told to whoever waits, and the books go on."""
    keys = begun(store, "one", "two")
    calls = (books.keep(key, ELSEWHERE, [piece]) for key, piece in zip(keys, ("x", "\ud800"), strict=True))
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(end) for end in ends] == [UnicodeEncodeError] * 2
    await books.keep(keys[0], ELSEWHERE, ["y"])
    assert store.checkpoints(keys[0]) == ["y"]


async def test_who_gives_up_waiting_disturbs_nobody(books: Books, store: Watched) -> None:
    """A call that is cancelled before or during its commit leaves the others theirs."""
    keys = begun(store, "one", "two", "three")
    store.gate.clear()
    first = asyncio.create_task(books.keep(keys[0], ELSEWHERE, ["x"]))
    await store.has_begun.wait()
    second, third = (asyncio.create_task(books.keep(key, ELSEWHERE, ["x"])) for key in keys[1:])
    await settled()
    first.cancel()
    second.cancel()
    await asyncio.wait([first, second])
    store.gate.set()
    await third
    assert store.checkpoints(keys[2]) == ["x"]
    await books.keep(keys[0], ELSEWHERE, ["y"])
    assert store.checkpoints(keys[0])[-1] == "y"


async def test_all_leases_are_kept(books: Books, store: Watched, runtime: Beats) -> None:
    """One transaction every 5 s renews those that are held then."""
    keys = begun(store, "one", "two", "three")
    for key in keys:
        books.hold(key, ELSEWHERE, never)
    books.let_go(keys[2], ELSEWHERE)
    books.let_go(keys[2])
    before = runtime.now()
    for upto in range(1, 4):
        await runtime.let_pass()
        assert len(store.renewals) == upto
    ends = [store.get(key).lease_expires_at for key in keys]
    assert ends == [runtime.now() + LEASE, runtime.now() + LEASE, before + LEASE]


async def test_who_lost_a_lease_is_told(books: Books, store: Watched, runtime: Beats) -> None:
    """Once, and nobody else; one that cannot bear it does not keep the next from being told."""
    told: list[str] = []

    def broken() -> None:
        told.append("two")
        raise ZeroDivisionError

    keys = begun(store, "one", "two", "three", "four")
    for key, lost in zip(keys, (never, broken, lambda: told.append("three"), never), strict=True):
        books.hold(key, ELSEWHERE, lost)
    store.delete(keys[1])
    store.take_over(keys[2], ANOTHER)
    store.delete(keys[3])
    books.let_go(keys[3], ELSEWHERE)
    await runtime.let_pass()
    await runtime.let_pass()
    assert told == ["two", "three"]
    assert store.get(keys[0]).lease_expires_at == runtime.now() + LEASE


async def test_the_runner_before_lets_go_of_its_own_lease(books: Books, store: Watched, runtime: Beats) -> None:
    """A meeting that was taken over within one process is held by its new runner, whatever the old one does."""
    (key,) = begun(store, "one")
    lost = asyncio.Event()
    books.hold(key, ELSEWHERE, lost.set)
    store.take_over(key, ANOTHER)
    books.hold(key, ANOTHER, never)
    await runtime.let_pass()
    await lost.wait()
    books.let_go(key, ELSEWHERE)
    await runtime.let_pass()
    assert store.get(key).lease_expires_at == runtime.now() + LEASE


async def test_one_that_is_just_finished_is_not_lost(books: Books, store: Watched, runtime: Beats) -> None:
    """A renewal that finds a meeting finished by its own driver lets this driver come to its end."""
    (key,) = begun(store, "one")
    books.hold(key, ELSEWHERE, never)
    store.complete(key, ELSEWHERE, b"{}")
    store.gate.clear()
    beat = asyncio.create_task(runtime.let_pass())
    await store.has_begun.wait()
    books.let_go(key, ELSEWHERE)
    store.gate.set()
    await beat


async def test_progress_comes_with_the_renewal(books: Books, store: Watched, runtime: Beats) -> None:
    """At most once in 5 s, and only when there is news of it."""
    one, two = begun(store, "one", "two")
    books.hold(one, ELSEWHERE, never)
    shares = []
    for said in ([0.1, 0.2, 0.5], [0.505], [0.495, 0.52], [], [0.0]):
        for share in said:
            await books.journal(one, ELSEWHERE).progress(share)
            await books.journal(two, ELSEWHERE).progress(share)
        await runtime.let_pass()
        shares.append(store.get(one).progress)
    assert shares == [0.5, 0.5, 0.52, 0.52, 0.0]
    assert store.renewals == [1, 0, 1, 0, 1]
    assert store.get(two).progress == 0.0


async def test_a_store_that_is_away_loses_nothing_at_once(
    books: Books, store: Watched, runtime: Beats, store_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A renewal that fails is told to the log; the next one finds the lease still there."""
    (key,) = begun(store, "one")
    books.hold(key, ELSEWHERE, never)
    with closing(sqlite3.connect(store_path)) as connection:
        connection.execute("CREATE TRIGGER away BEFORE UPDATE ON meetings BEGIN SELECT RAISE(ABORT, 'away'); END")
        await runtime.let_pass()
        connection.execute("DROP TRIGGER away")
    assert "cannot be used: away" in caplog.text
    await runtime.let_pass()
    assert store.get(key).lease_expires_at == runtime.now() + LEASE


async def test_closing_writes_what_waits(store: Watched, runtime: Beats) -> None:
    """Whoever waits is answered; no task and no thread is left, and no lease is renewed any more."""
    (key,) = begun(store, "one")
    before = asyncio.all_tasks()
    books = Books(store, runtime)
    books.hold(key, ELSEWHERE, never)
    store.gate.clear()
    first = asyncio.create_task(books.keep(key, ELSEWHERE, ["1"]))
    await store.has_begun.wait()
    second = asyncio.create_task(books.keep(key, ELSEWHERE, ["2"]))
    await settled()
    closing_books = asyncio.create_task(books.aclose())
    await settled()
    store.gate.set()
    await closing_books
    await books.aclose()
    await asyncio.gather(first, second)
    assert store.checkpoints(key) == ["1", "2"]
    assert asyncio.all_tasks() == before
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("remote-meeting-books")]
    runtime.advance(60)
    await settled()
    assert store.renewals == []


async def test_books_that_nobody_used_are_closed(store: Watched, runtime: Beats) -> None:
    """Making them starts nothing."""
    before = asyncio.all_tasks(), threading.active_count()
    books = Books(store, runtime)
    assert (asyncio.all_tasks(), threading.active_count()) == before
    await books.aclose()
