"""The audio of a meeting on disk: what was written is read, by whoever comes next, whatever happened in between."""

from __future__ import annotations

import resource
import signal
import threading
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.gateway.spool import Spool, default_spool
from remote_meeting.gateway.spooled import (
    MOST_HELD_BYTES,
    SpooledAudio,
    SpoolFull,
    has_ended,
    read_notes,
    remove,
    write_about,
)
from remote_meeting.recording import is_spooled
from remote_meeting_backends import InvalidInput, ManualRuntime
from remote_meeting_backends.store import MeetingKey

pytestmark = pytest.mark.anyio


def always(_size: int) -> bool:
    """There is room."""
    return True


def block(number: int, samples: int = 1600) -> bytes:
    """Audio that is told from other."""
    return number.to_bytes(2, "little", signed=True) * samples


def read_all(audio: SpooledAudio, begin: int = 0) -> bytes:
    """Everything from a place on."""
    parts = []
    while part := audio.read(begin, 1 << 20):
        parts.append(part)
        begin += len(part)
    return b"".join(parts)


def opened(folder: Path, room: Callable[[int], bool] = always) -> SpooledAudio:
    """The audio of a meeting, taken."""
    audio = SpooledAudio.open(folder / "meeting", room)
    audio.take()
    return audio


async def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The newest block, an older one, a part of one, and none behind the end."""
    audio = opened(tmp_path)
    for number in range(5):
        audio.append(block(number))
    assert audio.end == 5 * 3200
    assert audio.read(4 * 3200, 3200) == block(4)
    assert audio.read(0, 3200) == block(0)
    assert audio.read(3200 - 2, 4) == block(0)[:2] + block(1)[:2]
    assert audio.read(5 * 3200, 10) == b""
    assert audio.seconds == 0.5
    audio.close()


async def test_whoever_comes_next_goes_on_where_it_ended(tmp_path: Path) -> None:
    """What the one before writes after that, because it does not know, is never read."""
    before = opened(tmp_path)
    before.append(block(1))
    after = opened(tmp_path)
    assert after.end == 3200
    before.append(block(7))
    after.append(block(2))
    before.append(block(7))
    after.append(block(3))
    assert read_all(after) == block(1) + block(2) + block(3)
    third = opened(tmp_path)
    assert read_all(third) == block(1) + block(2) + block(3)
    for audio in (before, after, third):
        audio.close()


async def test_two_that_come_at_once_do_not_write_into_one_file(tmp_path: Path) -> None:
    """The one whose segment is the later wins whole."""
    first, second = opened(tmp_path), opened(tmp_path)
    first.append(block(1))
    second.append(block(2))
    first.append(block(1))
    assert read_all(opened(tmp_path)) == block(2)
    first.close()
    second.close()


@pytest.mark.parametrize("holders", [1, 3])
async def test_the_whole_is_a_wav_file(tmp_path: Path, holders: int) -> None:
    """Of one segment the segment itself, of several a copy; any reader takes it."""
    expected = b""
    for number in range(holders):
        audio = opened(tmp_path)
        audio.append(block(number))
        audio.append(block(-number, 10))
        expected += block(number) + block(-number, 10)
        path = audio.whole()
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 16_000, 2)
        assert file.readframes(1 << 20) == expected
    assert read_all(audio) == expected


async def test_the_end_is_known_to_others(tmp_path: Path) -> None:
    """Once it was written down; what comes after it is not awaited."""
    audio = opened(tmp_path)
    audio.append(block(1))
    assert not has_ended(audio.folder)
    assert await audio.more(0)
    audio.complete()
    audio.mark_end()
    assert not await audio.more(audio.end)
    assert has_ended(audio.folder)
    again = opened(tmp_path)
    assert again.is_complete
    await again.completed()
    audio.close()


async def test_without_room_it_waits_in_memory(tmp_path: Path) -> None:
    """It is read from there, written when there is room, and refused when there is too much of it."""
    has_room = True
    audio = opened(tmp_path, lambda size: has_room or size < 0)
    audio.append(block(1))
    has_room = False
    audio.append(block(2))
    audio.append(block(3))
    assert (audio.held_bytes, audio.settle()) == (6400, False)
    assert read_all(audio) == block(1) + block(2) + block(3)
    with pytest.raises(SpoolFull):
        audio.append(bytes(MOST_HELD_BYTES))
    has_room = True
    audio.append(block(4))
    assert audio.held_bytes == 9600
    assert audio.settle()
    audio.append(block(5))
    assert audio.held_bytes == 0
    expected = b"".join(block(number) for number in range(1, 6))
    assert read_all(audio) == expected
    audio.close()
    assert read_all(opened(tmp_path)) == expected


async def test_a_full_disk_is_no_defect(tmp_path: Path) -> None:
    """The kernel's own word for it: nothing of a block that did not fit whole is left behind."""
    audio = opened(tmp_path)
    audio.append(block(1))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (44 + 3200 + 1000, hard))
    try:
        audio.append(block(2))
        assert audio.held_bytes == 3200
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert audio.settle()
    assert read_all(audio) == block(1) + block(2)
    audio.close()
    assert read_all(opened(tmp_path)) == block(1) + block(2)


def test_it_lets_its_file_go(tmp_path: Path) -> None:
    """And can be read all the same."""
    before = list(Path("/proc/self/fd").iterdir())
    audio = opened(tmp_path)
    audio.append(block(1))
    audio.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)
    assert read_all(audio) == block(1)


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=20))
def test_any_order_of_writers(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bool]]) -> None:
    """Whoever holds it writes, now and then another takes it over: the audio is what the holders wrote, in order."""
    folder = tmp_path_factory.mktemp("spool")
    expected = b""
    audio = opened(folder)
    others: list[SpooledAudio] = []
    for number, (samples, is_taken) in enumerate(steps):
        if is_taken:
            others.append(audio)
            audio = opened(folder)
        audio.append(block(number, samples))
        expected += block(number, samples)
        for other in others:
            other.append(block(-1, 3))
    assert read_all(audio) == expected
    assert read_all(opened(folder)) == expected
    for one in (audio, *others):
        one.close()


async def test_notes_stand_beside_it(tmp_path: Path) -> None:
    """And are gone with it."""
    folder = tmp_path / "ab" / "meeting"
    assert read_notes(folder) == []
    write_about(folder, {"notes": ["ä"]})
    assert read_notes(folder) == ["ä"]
    audio = SpooledAudio.open(folder, always)
    audio.append(block(1))
    audio.mark_end(["ä", "ö"])
    audio.close()
    assert read_notes(folder) == ["ä", "ö"]
    remove(folder)
    remove(folder)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x", "a/b", "🙂", "x" * 256, ".", "اجتماع"])
def test_an_id_is_no_path(tmp_path: Path, name: str) -> None:
    """Whatever stands in it, its folder is within the spool, and another than any other's."""
    spool = Spool(tmp_path, 1000, ManualRuntime())
    address = spool.address(MeetingKey("owner", name))
    assert is_spooled(address)
    assert spool.folder(address).parent.parent == tmp_path
    assert address != spool.address(MeetingKey("other", name))


def test_the_spool_is_bounded(tmp_path: Path) -> None:
    """What is written is counted, and what was there before; what is removed makes room."""
    runtime = ManualRuntime()
    spool = Spool(tmp_path / "spool", 100_000, runtime)
    spool.prepare()
    assert spool.room(60_000)
    assert not spool.is_full
    assert not spool.room(50_000)
    assert spool.room(20_000)
    assert spool.is_full
    spool.measure()
    assert not spool.is_full
    address = spool.address(MeetingKey("owner", "m"))
    audio = spool.take(address)
    audio.append(bytes(90_000))
    audio.close()
    other = Spool(tmp_path / "spool", 100_000, runtime)
    other.prepare()
    assert (other.used_bytes, other.is_full) == (90_044, True)
    other.remove(address)
    assert (other.used_bytes, other.is_full) == (0, False)


def test_others_remove_while_it_is_counted(tmp_path: Path) -> None:
    """Replicas share the folder: what goes meanwhile is not there, and keeps nobody from cleaning."""
    runtime = ManualRuntime()
    spool = Spool(tmp_path / "spool", 100_000, runtime)
    spool.prepare()
    is_over = threading.Event()

    def come_and_go() -> None:
        for number in range(400):
            address = spool.address(MeetingKey("owner", str(number)))
            write_about(spool.folder(address), {"notes": []})
            remove(spool.folder(address))
        is_over.set()

    other = threading.Thread(target=come_and_go)
    other.start()
    while not is_over.is_set():
        spool.measure()
        assert spool.remove_stale(3600.0) == 0
    other.join()
    spool.measure()
    assert spool.used_bytes == 0


def test_a_spool_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    """With the option that names another."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="name another with --spool"):
        Spool(tmp_path / "file" / "spool", 1000, ManualRuntime()).prepare()


def test_where_it_lies_unless_told(tmp_path: Path) -> None:
    """Beside the store; a database elsewhere has no beside."""
    assert default_spool(str(tmp_path / "m.db")) == tmp_path / "spool"
    assert default_spool("postgresql+psycopg://host/db").name == "spool"


async def test_closing_twice_and_syncing_nothing(tmp_path: Path) -> None:
    """Are no errors."""
    audio = opened(tmp_path)
    audio.sync()
    audio.close()
    audio.append(block(1))
    audio.sync()
    audio.sync()
    audio.close()
    audio.close()
    assert read_all(opened(tmp_path)) == block(1)
