"""The meeting store, on SQLite and on PostgreSQL: what is written is there again, and no state is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from remote_meeting_backends import (
    ManualRuntime,
    MeetingBusy,
    MeetingExists,
    MeetingNotFound,
    MeetingStatus,
)
from remote_meeting_backends.store import ANYONE, ErrorRecord, MeetingKey, MeetingStore, Scope
from support.stores import ANOTHER, ELSEWHERE, ended_runner, new_meeting

pytest_plugins = ("support.postgres",)

NEW = new_meeting()
KEY = NEW.key
CAUSE = ErrorRecord("quota", "The quota is used up.", "request-1")


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


def test_a_new_meeting_is_there_again(store: MeetingStore, runtime: ManualRuntime) -> None:
    """What was given comes back, Uploading, with its runner's lease."""
    created = store.create(NEW, ELSEWHERE)
    assert store.get(KEY) == created == store.find(ANYONE, "standup")
    assert (created.status, created.progress, created.job, created.error) == (MeetingStatus.UPLOADING, 0.0, None, None)
    assert (created.runner, created.lease_expires_at) == (ELSEWHERE, runtime.now() + timedelta(seconds=20))
    given = (created.mode, created.backend, created.routing_reason, created.options, created.audio)
    assert given == (NEW.mode, NEW.backend, NEW.routing_reason, NEW.options, NEW.audio)
    assert (created.audio_fingerprint, created.audio_seconds) == (NEW.audio_fingerprint, NEW.audio_seconds)


def test_times_are_aware_and_exact(store: MeetingStore, runtime: ManualRuntime) -> None:
    """A time comes back in UTC, to the microsecond."""
    created = store.create(NEW, None)
    assert created.created_at == created.updated_at == runtime.now()
    assert created.created_at.utcoffset() == timedelta(0)
    assert created.finished_at is None


def test_an_id_is_taken_once(store: MeetingStore) -> None:
    """The same caller cannot create an id twice; another caller can."""
    store.create(NEW, None)
    with pytest.raises(MeetingExists, match="standup exists already") as caught:
        store.create(NEW, ELSEWHERE)
    assert caught.value.meeting_id == "standup"
    assert store.get(KEY).runner is None
    store.create(new_meeting(owner="ann"), None)


def test_any_text_comes_back(store: MeetingStore) -> None:
    """Ids, paths and transcripts hold what people write."""
    new = new_meeting("Jour fixe № 7 🎙 ' \" % \\", audio="/ton/Größe ü.wav")
    store.create(new, ELSEWHERE)
    store.checkpoint(new.key, ELSEWHERE, ["日本語", ""])
    assert store.checkpoints(new.key) == ["日本語", ""]
    store.complete(new.key, ELSEWHERE, "Grüße\0".encode(), b"\x00\xff")
    assert store.get(new.key).audio == new.audio
    assert (store.transcript(new.key), store.raw_result(new.key)) == ("Grüße\0".encode(), b"\x00\xff")


def test_a_meeting_that_is_not_there(store: MeetingStore) -> None:
    """A wrong id is named, and so is the store."""
    with pytest.raises(MeetingNotFound, match="no meeting nothing in the store") as caught:
        store.get(MeetingKey("", "nothing"))
    assert store.name in str(caught.value)
    assert store.find(ANYONE, "nothing") is None
    assert store.transcript(MeetingKey("", "nothing")) is None


@pytest.mark.parametrize(
    ("owners", "found"),
    [(("ann", ""), "ann"), (("", "ann"), ""), (("carl", ""), ""), (("carl",), None), ((), None)],
)
def test_who_sees_what(store: MeetingStore, owners: tuple[str, ...], found: str | None) -> None:
    """A caller sees its own meetings first, then unowned ones, never another's."""
    for owner in ("bob", "", "ann"):
        store.create(new_meeting(owner=owner), None)
    record = store.find(Scope(owners), "standup")
    assert (record.key.owner if record else None) == found
    assert {record.key.owner for record in store.newest(Scope(owners))} == set(owners) & {"", "ann", "bob"}


def test_the_holder_of_the_store_sees_all(store: MeetingStore) -> None:
    """Whoever holds the store finds anybody's meeting, and is told when an id is not enough."""
    store.create(new_meeting(owner="ann"), None)
    found = store.find(ANYONE, "standup")
    assert found is not None
    assert found.key.owner == "ann"
    store.create(new_meeting(owner="bob"), None)
    with pytest.raises(MeetingExists, match="2 callers have a meeting standup"):
        store.find(ANYONE, "standup")


def test_the_newest_come_first(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Meetings are listed by age, as many as asked for."""
    for name in ("first", "second", "third"):
        store.create(new_meeting(name), None)
        runtime.advance(0.001)
    assert [record.meeting_id for record in store.newest(ANYONE)] == ["third", "second", "first"]
    assert [record.meeting_id for record in store.newest(ANYONE, limit=2)] == ["third", "second"]


def test_from_beginning_to_end(store: MeetingStore, runtime: ManualRuntime) -> None:
    """Each step of a meeting that goes well is written down."""
    store.create(NEW, ELSEWHERE)
    store.start(KEY, ELSEWHERE, "job-1")
    store.checkpoint(KEY, ELSEWHERE, ["one", "two"])
    store.checkpoint(KEY, ELSEWHERE, [])
    store.checkpoint(KEY, ELSEWHERE, ["three"])
    runtime.advance(3)
    store.progress(KEY, ELSEWHERE, 0.75)
    now = store.get(KEY)
    assert (now.status, now.job, now.progress) == (MeetingStatus.PROCESSING, "job-1", 0.75)
    assert now.updated_at - now.created_at == timedelta(seconds=3)
    assert store.checkpoints(KEY) == ["one", "two", "three"]
    store.complete(KEY, ELSEWHERE, b"{}", b"raw")
    done = store.get(KEY)
    assert (done.status, done.progress, done.runner, done.lease_expires_at) == (
        MeetingStatus.COMPLETED,
        1.0,
        None,
        None,
    )
    assert done.finished_at == runtime.now()
    assert store.checkpoints(KEY) == []
    assert (store.transcript(KEY), store.raw_result(KEY)) == (b"{}", b"raw")


def test_pieces_belong_to_one_meeting(store: MeetingStore) -> None:
    """Two callers' meetings of one id keep their pieces apart."""
    for owner in ("ann", "bob"):
        store.create(new_meeting(owner=owner), ELSEWHERE)
        store.checkpoint(MeetingKey(owner, "standup"), ELSEWHERE, [owner])
    store.delete(MeetingKey("bob", "standup"))
    assert store.checkpoints(MeetingKey("ann", "standup")) == ["ann"]


def test_a_failed_meeting_can_be_tried_again(store: MeetingStore) -> None:
    """A failure keeps its cause and its pieces; a new attempt keeps the pieces alone."""
    store.create(NEW, ELSEWHERE)
    store.start(KEY, ELSEWHERE, "job-1")
    store.checkpoint(KEY, ELSEWHERE, ["one"])
    store.fail(KEY, ELSEWHERE, CAUSE, b"raw")
    failed = store.get(KEY)
    assert (failed.status, failed.error, failed.runner) == (MeetingStatus.FAILED, CAUSE, None)
    again = store.claim(failed, ANOTHER)
    assert (again.status, again.error, again.finished_at, again.job) == (MeetingStatus.UPLOADING, None, None, None)
    assert again.runner == ANOTHER
    assert store.checkpoints(KEY) == ["one"]


def test_a_cause_may_hold_a_nul(store: MeetingStore) -> None:
    """What a broken program says is kept, whichever characters it says it with."""
    store.create(NEW, ELSEWHERE)
    store.fail(KEY, ELSEWHERE, ErrorRecord("broken", "before\0after"))
    assert store.get(KEY).error == ErrorRecord("broken", "before after")


def test_a_job_that_was_handed_over_has_no_runner(store: MeetingStore) -> None:
    """Whoever hears of its end may write it down, and only the first does."""
    store.create(NEW, ELSEWHERE)
    store.start(KEY, ELSEWHERE, "far/1", handed_over=True)
    now = store.get(KEY)
    assert (now.status, now.job, now.runner) == (MeetingStatus.PROCESSING, "far/1", None)
    store.complete(KEY, None, b"first")
    with pytest.raises(MeetingBusy):
        store.complete(KEY, None, b"second")
    assert store.transcript(KEY) == b"first"


CHANGES: dict[str, Callable[[MeetingStore], None]] = {
    "start": lambda store: store.start(KEY, ELSEWHERE, "job-2"),
    "progress": lambda store: store.progress(KEY, ELSEWHERE, 0.5),
    "checkpoint": lambda store: store.checkpoint(KEY, ELSEWHERE, ["more"]),
    "complete": lambda store: store.complete(KEY, ELSEWHERE, b"other"),
    "complete by nobody": lambda store: store.complete(KEY, None, b"other"),
    "fail": lambda store: store.fail(KEY, ELSEWHERE, CAUSE),
    "fail by nobody": lambda store: store.fail(KEY, None, CAUSE),
    "renew": lambda store: store.renew(KEY, ELSEWHERE),
}
STATES: dict[str, Callable[[MeetingStore], None]] = {
    "completed": lambda store: store.complete(KEY, ELSEWHERE, b"done"),
    "failed": lambda store: store.fail(KEY, ELSEWHERE, CAUSE),
    "deleted": lambda store: store.delete(KEY),
    "let go": lambda store: store.release(KEY, ELSEWHERE),
    "taken over": lambda store: (store.release(KEY, ELSEWHERE), store.claim(store.get(KEY), ANOTHER)),
}
ALLOWED = {("let go", "complete by nobody"), ("let go", "fail by nobody")}


@pytest.mark.parametrize("state", STATES)
def test_a_meeting_that_is_no_longer_ones_own(store: MeetingStore, state: str) -> None:
    """Whoever lost a meeting, or finished it, cannot change it any more."""
    store.create(NEW, ELSEWHERE)
    store.start(KEY, ELSEWHERE, "job-1")
    STATES[state](store)
    before = store.get(KEY), store.checkpoints(KEY), store.transcript(KEY)
    for name, change in CHANGES.items():
        if (state, name) not in ALLOWED:
            with pytest.raises(MeetingBusy, match="deleted, finished or taken over"):
                change(store)
            assert (store.get(KEY), store.checkpoints(KEY), store.transcript(KEY)) == before, name


@pytest.mark.parametrize("state", ["completed", "deleted"])
def test_an_ended_meeting_cannot_be_claimed(store: MeetingStore, state: str) -> None:
    """There is nothing left to work on."""
    store.create(NEW, ELSEWHERE)
    STATES[state](store)
    with pytest.raises(MeetingBusy):
        store.claim(store.get(KEY), ANOTHER)


def test_a_live_meeting_cannot_be_claimed(store: MeetingStore, runtime: ManualRuntime) -> None:
    """While its lease lasts a meeting is its runner's, who is named."""
    store.create(NEW, ELSEWHERE)
    runtime.advance(19)
    store.renew(KEY, ELSEWHERE)
    runtime.advance(19)
    with pytest.raises(MeetingBusy, match="4711 on elsewhere"):
        store.claim(store.get(KEY), ANOTHER)
    runtime.advance(1)
    assert store.claim(store.get(KEY), ANOTHER).runner == ANOTHER


def test_a_runner_that_ended_holds_nothing(store: MeetingStore) -> None:
    """A process of this host that is gone loses its meetings at once."""
    store.create(NEW, ended_runner())
    assert store.claim(store.get(KEY), ANOTHER).runner == ANOTHER


def test_of_two_who_saw_the_same_one_wins(store: MeetingStore, runtime: ManualRuntime) -> None:
    """A claim rests on what was seen: whoever comes second has seen too little."""
    seen = store.create(NEW, ELSEWHERE)
    runtime.advance(21)
    assert store.claim(seen, ANOTHER).runner == ANOTHER
    with pytest.raises(MeetingBusy):
        store.claim(seen, ELSEWHERE)
    assert store.get(KEY).runner == ANOTHER


def test_a_late_renewal_defeats_a_claim(store: MeetingStore, runtime: ManualRuntime) -> None:
    """A runner that was only slow keeps its meeting when it is heard of before the claim."""
    seen = store.create(NEW, ELSEWHERE)
    runtime.advance(21)
    store.renew(KEY, ELSEWHERE)
    with pytest.raises(MeetingBusy):
        store.claim(seen, ANOTHER)


def test_letting_go_is_for_the_holder(store: MeetingStore) -> None:
    """Another's release changes nothing, and neither does one after the end."""
    store.create(NEW, ELSEWHERE)
    store.release(KEY, ANOTHER)
    assert store.get(KEY).runner == ELSEWHERE
    store.complete(KEY, ELSEWHERE, b"done")
    done = store.get(KEY)
    store.release(KEY, ELSEWHERE)
    assert store.get(KEY) == done


def test_a_deleted_meeting_leaves_a_stone(store: MeetingStore, runtime: ManualRuntime) -> None:
    """What was said is gone; that there was a meeting, and when it was deleted, stays."""
    store.create(NEW, ELSEWHERE)
    store.checkpoint(KEY, ELSEWHERE, ["one"])
    store.fail(KEY, ELSEWHERE, CAUSE, b"raw")
    runtime.advance(5)
    store.delete(KEY)
    stone = store.get(KEY)
    assert (stone.status, stone.finished_at) == (MeetingStatus.DELETED, runtime.now())
    assert (stone.audio, stone.audio_fingerprint, stone.options, stone.job) == (None, None, None, None)
    assert stone.error is None or CAUSE.message not in stone.error.message
    assert (store.transcript(KEY), store.raw_result(KEY), store.checkpoints(KEY)) == (None, None, [])
    runtime.advance(5)
    store.delete(KEY)
    assert store.get(KEY) == stone
    store.delete(MeetingKey("", "never there"))


def test_owners_are_hashes_of_their_store(store: MeetingStore, database: str, runtime: ManualRuntime) -> None:
    """The same key is the same owner each time, and nobody without the store can tell whose."""
    owner = store.owner_of("the-key")
    again = MeetingStore(database, runtime)
    assert again.owner_of("the-key") == owner != again.owner_of("the-other-key")
    again.close()
    assert len(owner) == 64
    assert "the-key" not in owner


def test_a_closed_store_opens_again(store: MeetingStore) -> None:
    """Closing lets connections go, not meetings."""
    store.create(NEW, None)
    store.close()
    store.close()
    assert store.get(KEY).meeting_id == "standup"


def test_what_is_owed_to_a_deleted_meeting_is_kept(store: MeetingStore) -> None:
    """A job that its service has yet to delete: its reference alone is left, for its owner, until it is gone."""
    store.create(NEW, ELSEWHERE)
    store.start(KEY, ELSEWHERE, "job-1", handed_over=True)
    store.delete(KEY, owed="job-1")
    deleted = store.get(KEY)
    assert (deleted.status, deleted.job, deleted.options, deleted.audio) == (MeetingStatus.DELETED, "job-1", None, None)
    assert [record.key for record in store.owed(ANYONE)] == [KEY]
    assert store.owed(Scope(("ann",))) == []
    store.owe(KEY, None)
    assert store.owed(ANYONE) == []
    assert store.get(KEY).status is MeetingStatus.DELETED


def test_nothing_is_owed_to_a_meeting_that_is_there(store: MeetingStore) -> None:
    """A job of its own is not taken away by it."""
    store.create(NEW, ELSEWHERE)
    store.start(KEY, ELSEWHERE, "job-1", handed_over=True)
    store.owe(KEY, "job-2")
    assert store.get(KEY).job == "job-1"
    assert store.owed(ANYONE) == []


def test_another_backend_takes_over(store: MeetingStore) -> None:
    """With its reason, under the same lease; who has lost the meeting cannot send it elsewhere."""
    store.create(NEW, ELSEWHERE)
    moved = store.reroute(KEY, ELSEWHERE, "batch", "batch: after fast\0")
    assert (moved.backend, moved.routing_reason, moved.runner) == ("batch", "batch: after fast ", ELSEWHERE)
    with pytest.raises(MeetingBusy):
        store.reroute(KEY, ANOTHER, "local", "local")
