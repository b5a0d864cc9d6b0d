"""Many meetings at a time, in a store that several processes work on: SQLite and PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from typing import TYPE_CHECKING

import psycopg
import pytest

from remote_meeting_backends import ManualRuntime, MeetingBusy, MeetingNotFound, MeetingStatus, SystemRuntime
from remote_meeting_backends.store import ErrorRecord, Held, MeetingKey, MeetingRecord, MeetingStore, Runner
from remote_meeting_backends.store.location import open_engine, store_url
from support import racers
from support.stores import ANOTHER, ELSEWHERE, ended_runner, new_meeting

if TYPE_CHECKING:
    from support.postgres import Cluster

pytest_plugins = ("support.postgres",)

SPOOL = "spool://"
KEY = new_meeting().key
CAUSE = ErrorRecord("quota", "The quota is used up.")
# More than one statement names.
MANY = 450


@pytest.fixture
def runtime() -> ManualRuntime:
    """The store's clock."""
    return ManualRuntime(datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC))


@pytest.fixture
def store(database: str, runtime: ManualRuntime) -> Iterator[MeetingStore]:
    """A store with nothing in it."""
    made = MeetingStore(database, runtime)
    yield made
    made.close()


def begun(store: MeetingStore, *names: str, runner: Runner | None = ELSEWHERE, owner: str = "") -> list[MeetingKey]:
    """Meetings whose audio a gateway keeps."""
    made = [store.create(new_meeting(name, owner=owner, audio=f"{SPOOL}{name}"), runner) for name in names]
    return [record.key for record in made]


def claimed(
    store: MeetingStore, runtime: ManualRuntime, *, idle_seconds: float = 0, limit: int = 100, prefix: str = SPOOL
) -> list[MeetingRecord]:
    """What a process gets that takes in abandoned meetings."""
    tokens = count()
    return store.claim_abandoned(
        lambda: Runner("claimer", 1, f"{next(tokens)}"),
        audio_prefix=prefix,
        idle_since=runtime.now() - timedelta(seconds=idle_seconds) + timedelta(microseconds=1),
        limit=limit,
    )


LOST: dict[str, Callable[[MeetingStore, MeetingKey], object]] = {
    "completed": lambda store, key: store.complete(key, ELSEWHERE, b"done"),
    "failed": lambda store, key: store.fail(key, ELSEWHERE, CAUSE),
    "deleted": lambda store, key: store.delete(key),
    "let go": lambda store, key: store.release(key, ELSEWHERE),
    "taken over": lambda store, key: store.take_over(key, ANOTHER),
}


def test_leases_are_renewed_together(store: MeetingStore, runtime: ManualRuntime) -> None:
    """However many there are, each is its runner's for another 20 s; nobody else's is touched."""
    held: list[Held] = []
    for number in range(MANY):
        runner = Runner("elsewhere", 1, f"{number}")
        held.append((begun(store, f"m-{number}", runner=runner, owner=f"owner-{number % 7}")[0], runner))
    other = store.create(new_meeting(), ANOTHER)
    runtime.advance(19)
    assert store.renew_all(held) == []
    for key, runner in held[:: MANY // 10]:
        now = store.get(key)
        assert (now.runner, now.lease_expires_at) == (runner, runtime.now() + timedelta(seconds=20))
        assert (now.updated_at, now.status, now.progress) == (runtime.now(), MeetingStatus.UPLOADING, 0.0)
    assert store.get(KEY) == other
    assert store.renew_all([]) == []


def test_a_renewal_tells_how_far_it_came(store: MeetingStore) -> None:
    """Of those of which something is told; the others stay where they were."""
    one, two, three = begun(store, "one", "two", "three")
    store.progress(two, ELSEWHERE, 0.25)
    news = {(one, ELSEWHERE): 0.5, (three, ANOTHER): 0.75}
    assert store.renew_all([(key, ELSEWHERE) for key in (one, two, three)], news) == []
    assert [store.get(key).progress for key in (one, two, three)] == [0.5, 0.25, 0.0]


@pytest.mark.parametrize("how", LOST)
def test_who_lost_a_meeting_is_told(store: MeetingStore, how: str) -> None:
    """Renewing and writing name it, and leave it as it is; the others' are renewed and written all the same."""
    lost, kept, never = *begun(store, "lost", "kept"), MeetingKey("", "never there")
    LOST[how](store, lost)
    before = store.get(lost), store.checkpoints(lost)
    held = [(lost, ELSEWHERE), (kept, ELSEWHERE), (never, ELSEWHERE), (kept, ANOTHER)]
    told = [held[0], *held[2:]]
    assert store.renew_all(held, dict.fromkeys(held, 0.5)) == told
    assert store.checkpoint_all([(*one, ["piece"]) for one in held]) == told
    assert (store.get(lost), store.checkpoints(lost)) == before
    assert (store.get(kept).progress, store.checkpoints(kept)) == (0.5, ["piece"])


def test_pieces_of_many_meetings_are_kept_together(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Each after those that are there, in the order in which they were given, also of a meeting that is named twice."""
    one, two, three = begun(store, "one", "two", "three")
    store.checkpoint(one, ELSEWHERE, ["0"])
    runtime.advance(1)
    pieces = [(one, ELSEWHERE, ["1", "2"]), (two, ELSEWHERE, ["a"]), (one, ELSEWHERE, ["3"]), (three, ELSEWHERE, [])]
    assert store.checkpoint_all(pieces) == []
    store.checkpoint(one, ELSEWHERE, ["4"])
    assert store.checkpoint_all([(one, ELSEWHERE, ["5"])]) == []
    assert [store.checkpoints(key) for key in (one, two, three)] == [list("012345"), ["a"], []]
    assert [store.get(key).updated_at for key in (one, two, three)] == [runtime.now()] * 3
    assert store.checkpoint_all([]) == []


def test_very_many_pieces(store: MeetingStore) -> None:
    """More meetings than one statement names, several pieces each."""
    keys = begun(store, *(f"m-{number}" for number in range(MANY)))
    assert store.checkpoint_all([(key, ELSEWHERE, [key.meeting_id]) for key in (*keys, *reversed(keys))]) == []
    assert all(store.checkpoints(key) == [key.meeting_id] * 2 for key in keys[:: MANY // 10])


def test_renewals_and_pieces_do_not_stand_in_each_others_way(database: str) -> None:
    """Two threads that touch the same meetings in opposite orders wait for each other, and none is refused."""
    store = MeetingStore(database, SystemRuntime())
    keys = begun(store, *(f"m-{number}" for number in range(30)))
    start = Barrier(2)

    def renew() -> list[list[Held]]:
        start.wait()
        return [store.renew_all([(key, ELSEWHERE) for key in keys]) for _ in range(20)]

    def write() -> list[list[Held]]:
        start.wait()
        return [store.checkpoint_all([(key, ELSEWHERE, ["x"]) for key in reversed(keys)]) for _ in range(20)]

    with ThreadPoolExecutor(2) as pool:
        assert [one.result() for one in (pool.submit(renew), pool.submit(write))] == [[[]] * 20] * 2
    assert [len(store.checkpoints(key)) for key in keys] == [20] * 30
    store.close()


def test_an_app_that_comes_elsewhere_takes_its_meeting_along(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Whoever holds it, alive or not: status, job and pieces stay, and the one before can write no more."""
    (key,) = begun(store, "one")
    store.start(key, ELSEWHERE, "job-1")
    store.checkpoint(key, ELSEWHERE, ["piece"])
    runtime.advance(1)
    taken = store.take_over(key, ANOTHER)
    assert taken == store.get(key)
    assert (taken.status, taken.job, taken.runner) == (MeetingStatus.PROCESSING, "job-1", ANOTHER)
    assert (taken.updated_at, taken.lease_expires_at) == (runtime.now(), runtime.now() + timedelta(seconds=20))
    with pytest.raises(MeetingBusy, match="taken over"):
        store.checkpoint(key, ELSEWHERE, ["late"])
    store.release(key, ELSEWHERE)
    assert store.get(key) == taken
    assert store.checkpoints(key) == ["piece"]


@pytest.mark.parametrize("runner", [None, ELSEWHERE], ids=["nobody's", "held"])
def test_a_new_meeting_is_taken_over(store: MeetingStore, runner: Runner | None) -> None:
    """Also one that nobody works on."""
    (key,) = begun(store, "one", runner=runner)
    assert store.take_over(key, ANOTHER).status is MeetingStatus.UPLOADING
    assert store.renew_all([(key, ANOTHER)]) == []


@pytest.mark.parametrize("how", ["completed", "failed", "deleted"])
def test_what_is_over_is_not_taken_over(store: MeetingStore, how: str) -> None:
    """The refusal says which end it had."""
    (key,) = begun(store, "one")
    LOST[how](store, key)
    before = store.get(key)
    with pytest.raises(MeetingBusy, match=f"Meeting one is {how.capitalize()}") as caught:
        store.take_over(key, ANOTHER)
    assert caught.value.meeting_id == "one"
    assert store.get(key) == before


def test_what_is_not_there_is_not_taken_over(store: MeetingStore) -> None:
    """An id that nobody used."""
    with pytest.raises(MeetingNotFound, match="no meeting standup in the store"):
        store.take_over(KEY, ANOTHER)


def test_abandoned_meetings_are_claimed(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Those without a runner, with one that was not heard of, or with one whose process is gone; each for its own."""
    begun(store, "expired", "processing")
    store.start(MeetingKey("", "processing"), ELSEWHERE, "job-1")
    runtime.advance(20)
    begun(store, "live")
    begun(store, "live here", runner=Runner.here("t"))
    begun(store, "nobody's", runner=None)
    begun(store, "gone", runner=ended_runner())
    before = {name: store.get(MeetingKey("", name)) for name in ("live", "live here")}
    got = claimed(store, runtime)
    assert {record.meeting_id for record in got} == {"expired", "processing", "nobody's", "gone"}
    assert len({record.runner for record in got}) == 4
    assert got == [store.get(record.key) for record in got]
    assert {record.lease_expires_at for record in got} == {runtime.now() + timedelta(seconds=20)}
    processing = store.get(MeetingKey("", "processing"))
    assert (processing.status, processing.job) == (MeetingStatus.PROCESSING, "job-1")
    assert {name: store.get(MeetingKey("", name)) for name in before} == before
    assert claimed(store, runtime) == []


@pytest.mark.parametrize("how", ["completed", "failed", "deleted"])
def test_what_is_over_is_not_claimed(store: MeetingStore, runtime: ManualRuntime, how: str) -> None:
    """There is nothing left to do."""
    LOST[how](store, begun(store, "one")[0])
    runtime.advance(60)
    assert claimed(store, runtime) == []


def test_a_failed_meeting_that_is_tried_again_counts_again(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Once it is resumed it is under way like any other."""
    (key,) = begun(store, "one")
    store.fail(key, ELSEWHERE, CAUSE)
    store.claim(store.get(key), ANOTHER)
    assert store.unfinished("") == 1
    assert store.renew_all([(key, ANOTHER)]) == []
    runtime.advance(20)
    assert [record.key for record in claimed(store, runtime)] == [key]


def test_one_that_was_just_let_go_is_left_for_a_moment(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Its app is about to come back: it is claimed when nothing has been heard of it for some time."""
    (key,) = begun(store, "one")
    runtime.advance(10)
    store.checkpoint(key, ELSEWHERE, ["piece"])
    store.release(key, ELSEWHERE)
    runtime.advance(4)
    assert claimed(store, runtime, idle_seconds=5) == []
    runtime.advance(1)
    assert [record.key for record in claimed(store, runtime, idle_seconds=5)] == [key]


def test_those_that_lie_longest_come_first(store: MeetingStore, runtime: ManualRuntime) -> None:
    """As many as are asked for; one that is claimed and let go again stands behind the others."""
    for name in ("first", "second", "third"):
        begun(store, name, runner=None)
        runtime.advance(1)
    (first,) = claimed(store, runtime, limit=1)
    assert first.meeting_id == "first"
    assert first.runner is not None
    store.release(first.key, first.runner)
    assert [record.meeting_id for record in claimed(store, runtime)] == ["second", "third", "first"]


@pytest.mark.parametrize("prefix", [SPOOL, "50%_/"], ids=["plain", "with wildcards"])
def test_only_what_lies_in_the_spool(store: MeetingStore, runtime: ManualRuntime, prefix: str) -> None:
    """Whose audio begins exactly so: meetings of other programs in the same store are theirs."""
    elsewhere = (
        prefix.upper() + "x",
        "/audio/" + prefix,
        prefix[:-1] + "x",
        "500_/x",
        "50%%/x",
        "live:",
        "",
        prefix[:-1],
    )
    kept = [f"{prefix}one", f"{prefix}ü/% _", f"{prefix}\U0001f399"]
    for number, audio in enumerate((*kept, *(other for other in elsewhere if not other.startswith(prefix)))):
        for name, owner in ((f"u-{number}", "ann"), (f"f-{number}", "bob")):
            store.create(new_meeting(name, owner=owner, audio=audio), None)
        store.complete(MeetingKey("bob", f"f-{number}"), None, b"{}")
    assert store.unfinished("ann", audio_prefix=prefix) == len(kept)
    later = runtime.now() + timedelta(seconds=1)
    finished = store.finished_before(later, audio_prefix=prefix, limit=100)
    assert sorted(record.audio or "" for record in finished) == sorted(kept)
    assert sorted(record.audio or "" for record in claimed(store, runtime, prefix=prefix)) == sorted(kept)


def test_audio_that_is_whole_goes_to_another_backend(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Where it lies, what it is and who works on it now; status and lease stay, the job before is forgotten."""
    (key,) = begun(store, "one")
    store.start(key, ELSEWHERE, "job-1")
    runtime.advance(1)
    file = f"{SPOOL}whole"
    moved = store.move(
        key, ELSEWHERE, audio=file, fingerprint="f2", seconds=2.5, backend="batch", reason="batch: it is long\0"
    )
    assert moved == store.get(key)
    assert (moved.audio, moved.audio_fingerprint, moved.audio_seconds) == (file, "f2", 2.5)
    assert (moved.backend, moved.routing_reason, moved.job) == ("batch", "batch: it is long ", None)
    assert (moved.status, moved.runner, moved.updated_at) == (MeetingStatus.PROCESSING, ELSEWHERE, runtime.now())


@pytest.mark.parametrize("how", LOST)
def test_a_meeting_that_is_lost_is_not_moved(store: MeetingStore, how: str) -> None:
    """Whoever has it now decides."""
    (key,) = begun(store, "one")
    LOST[how](store, key)
    before = store.get(key)
    with pytest.raises(MeetingBusy):
        store.move(key, ELSEWHERE, audio="x", fingerprint="", seconds=None, backend="batch", reason="")
    assert store.get(key) == before


def test_meetings_are_counted(store: MeetingStore) -> None:
    """An owner's unfinished ones, and all by status."""
    assert (store.by_status(), store.unfinished("ann")) == ({}, 0)
    keys = begun(store, "one", "two", "three", "four", "five", owner="ann")
    begun(store, "one", owner="bob")
    store.create(new_meeting("a file", owner="ann"), ELSEWHERE)
    store.start(keys[0], ELSEWHERE, "job-1")
    for key, how in zip(keys[1:4], ("completed", "failed", "deleted"), strict=True):
        LOST[how](store, key)
    assert store.by_status() == {
        MeetingStatus.UPLOADING: 3,
        MeetingStatus.PROCESSING: 1,
        MeetingStatus.COMPLETED: 1,
        MeetingStatus.FAILED: 1,
        MeetingStatus.DELETED: 1,
    }
    assert (store.unfinished("ann"), store.unfinished("ann", audio_prefix=SPOOL)) == (3, 2)
    assert (store.unfinished("bob"), store.unfinished("carl")) == (1, 0)


def test_audio_that_is_needed_no_more_is_found(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Of meetings that ended before a moment, oldest first; what was cleaned is not found again."""
    first, second, third, late, deleted, _ = begun(store, "1st", "2nd", "3rd", "late", "deleted", "under way")
    store.delete(deleted)
    for key in (second, first, third):
        store.complete(key, ELSEWHERE, b"{}") if key != first else store.fail(key, ELSEWHERE, CAUSE)
        runtime.advance(1)
    moment = runtime.now()
    store.complete(late, ELSEWHERE, b"{}")
    runtime.advance(1)

    def found(limit: int = 100) -> list[MeetingKey]:
        return [record.key for record in store.finished_before(moment, audio_prefix=SPOOL, limit=limit)]

    assert found() == [second, first, third]
    assert found(limit=2) == [second, first]
    before = store.get(first)
    store.forget_audio(first)
    after = store.get(first)
    assert (after.audio, after.audio_fingerprint, after.error) == (before.audio, None, CAUSE)
    assert (after.finished_at, after.updated_at) == (before.finished_at, before.updated_at)
    assert found() == [second, third]


def test_audio_of_a_meeting_under_way_is_not_forgotten(store: MeetingStore) -> None:
    """A late cleaner comes too late: it is worked on again."""
    (key,) = begun(store, "one")
    before = store.get(key)
    store.forget_audio(key)
    store.forget_audio(MeetingKey("", "never there"))
    assert store.get(key) == before


def test_a_store_of_before_goes_on(database: str, runtime: ManualRuntime) -> None:
    """One that was written without the newer indexes gets them when it is opened, and keeps what is in it."""
    store = MeetingStore(database, runtime)
    (key,) = begun(store, "one")
    store.close()
    engine = open_engine(store_url(database))
    names = ("ix_meetings_status", "ix_meetings_unfinished", "ix_meetings_kept_audio")
    with engine.begin() as connection:
        assert all(engine.dialect.has_index(connection, "meetings", name) for name in names)
        for name in names:
            connection.exec_driver_sql(f"DROP INDEX {name}")
    engine.dispose()
    assert store.renew_all([(key, ELSEWHERE)]) == []
    with engine.begin() as connection:
        assert all(engine.dialect.has_index(connection, "meetings", name) for name in names)
    engine.dispose()
    store.close()


def test_a_store_whose_tables_are_somebody_elses(cluster: Cluster) -> None:
    """Who may read and write them, but not make an index, works without."""
    database = cluster.new_database()
    owner = MeetingStore(database, ManualRuntime())
    (key,) = begun(owner, "one")
    owner.close()
    name = database.rpartition("/")[2]
    cluster.run("DROP INDEX ix_meetings_unfinished", name)
    cluster.run("CREATE ROLE guest LOGIN", name)
    cluster.run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest", name)
    guest = MeetingStore(database.replace("store@", "guest@"), ManualRuntime())
    assert guest.renew_all([(key, ELSEWHERE)]) == []
    assert guest.unfinished("") == 1
    guest.close()


def test_what_another_is_about_to_claim_is_not_waited_for(cluster: Cluster, runtime: ManualRuntime) -> None:
    """A row that somebody's transaction holds is passed over at once."""
    database = cluster.new_database()
    store = MeetingStore(database, runtime)
    begun(store, "one", "two", "three", runner=None)
    with psycopg.connect(database) as other:
        other.execute("SELECT 1 FROM meetings WHERE meeting_id = 'two' FOR UPDATE")
        assert {record.meeting_id for record in claimed(store, runtime)} == {"one", "three"}
    assert [record.meeting_id for record in claimed(store, runtime)] == ["two"]
    store.close()


def test_what_is_written_while_a_meeting_is_deleted_goes_too(cluster: Cluster, runtime: ManualRuntime) -> None:
    """A piece whose commit comes between is no words that a deleted meeting leaves behind."""
    database = cluster.new_database()
    store = MeetingStore(database, runtime)
    (key,) = begun(store, "one")
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database) as writer:
        writer.execute("UPDATE meetings SET updated_at = updated_at")
        writer.execute("INSERT INTO checkpoints VALUES ('', 'one', 0, 'we buy the company')")
        deletion = pool.submit(store.delete, key)
        while cluster.run(waits, database.rpartition("/")[2]) != [(1,)]:
            assert not deletion.done()
        writer.commit()
        deletion.result()
    assert store.checkpoints(key) == []
    store.close()


def test_each_abandoned_meeting_is_claimed_once(database: str) -> None:
    """Of several processes that take in what is abandoned each gets others, and all are taken in."""
    store = MeetingStore(database, SystemRuntime())
    gone = ended_runner()
    names = [f"m-{number}" for number in range(60)]
    for number, name in enumerate(names):
        begun(store, name, runner=gone if number % 2 else None)
    begun(store, "live")
    got = racers.race(4, racers.claim_all, database, SPOOL, SystemRuntime().now(), 7)
    assert Counter(name for one in got for name in one) == Counter(names)
    store.close()


def test_of_many_who_take_over_one_has_it(database: str) -> None:
    """Each of several meetings ends up with one process, which alone can write, whoever came last."""
    store = MeetingStore(database, SystemRuntime())
    keys = begun(store, *(f"m-{number}" for number in range(10)))
    kept = racers.race(4, racers.take_all, database, keys)
    assert [sum(one) for one in zip(*kept, strict=True)] == [1] * len(keys)
    for key in keys:
        runner = store.get(key).runner
        assert runner is not None
        assert store.checkpoints(key) == [runner.token]
    store.close()
