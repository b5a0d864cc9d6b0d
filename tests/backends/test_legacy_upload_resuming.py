"""An upload that breaks: over connections, over processes, after the meeting's end; nothing is lost or told twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from remote_meeting_backends import (
    BadRequest,
    Connection,
    JobOptions,
    JobRequest,
    ManualRuntime,
    MeetingStatus,
)
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.legacy import LegacyBackend
from remote_meeting_backends.live import (
    Canceled,
    LiveAudio,
    LiveEvent,
    SessionStarted,
    SessionStopped,
    Transcribed,
)
from remote_meeting_backends.phrases_kept import dump_phrase
from support.legacy_service import KEY, LegacyService, Upset
from support.legacy_uploads import PCM, calling, heard, wav_in
from support.live import blocks
from support.spoken import as_told, lines, spoken

pytestmark = pytest.mark.anyio

SAID = lines(7)
TOLD = [as_told(phrase) for phrase in SAID]
# Three messages, the header and 80 frames; the last ones are the end of the audio and that of the meeting.
OPENING, END = 4, 85


@pytest.fixture(params=[False, True], ids=["by samples", "acknowledged"])
def service(request: pytest.FixtureRequest) -> Iterator[LegacyService]:
    """With and without reliable reconnect."""
    with LegacyService(SAID, acknowledges=request.param).running() as running:
        yield running


@pytest.fixture
async def backend(service: LegacyService) -> AsyncIterator[LegacyBackend]:
    """A caller with the right key."""
    async with calling(service) as opened:
        yield opened


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """The meeting's audio as a file."""
    return wav_in(tmp_path)


@pytest.mark.parametrize("close", [None, 1001])
@pytest.mark.parametrize("is_deaf", [False, True])
async def test_cut_anywhere(
    backend: LegacyBackend, service: LegacyService, *, close: int | None, is_deaf: bool
) -> None:
    """The first connection ends after each message in turn: all audio arrives, every phrase is told once."""
    wrong = []
    for at in (*range(1, OPENING + 3), *range(OPENING + 3, END, 7)):
        events: list[LiveEvent] = []
        service.script = [Upset(after=at, close=close, is_deaf=is_deaf)]
        name = f"cut-{at}"
        live = LiveAudio(blocks(PCM))
        await backend.submit(JobRequest(name, None, JobOptions(), live=live, listener=events.append), MemoryJournal())
        ends = [type(event) for event in events if isinstance(event, SessionStarted | Canceled | SessionStopped)]
        if heard(events) != TOLD or ends != [SessionStarted, Canceled, SessionStopped]:
            wrong.append(f"{at}: {heard(events)}, {ends}")
        if bytes(service.meetings[name].pcm) != PCM:
            wrong.append(f"{at}: {len(service.meetings[name].pcm)} bytes came")
    assert wrong == []
    starts = [one.first for one in service.connections]
    assert any(first for first in starts), "nobody went on behind a phrase"


async def test_cut_while_nothing_is_told(backend: LegacyBackend, service: LegacyService, wav: Path) -> None:
    """No phrase says what was heard: the audio is sent again from where it is kept, and is there once."""
    for at in (1, 4, 5, 40, 84):
        service.script = [Upset(after=at), Upset(after=at, close=1012)]
        await backend.submit(JobRequest(f"cut-{at}", wav, JobOptions()), MemoryJournal())
        assert bytes(service.meetings[f"cut-{at}"].pcm) == PCM


async def test_a_long_meeting_may_break_often(service: LegacyService) -> None:
    """Where nothing is told, a connection that took in new audio was a good one: more than eight may break."""
    pcm, runtime = spoken(180.0), ManualRuntime()
    backend = LegacyBackend.open(Connection(key=KEY, endpoint=f"{service.url}/api/v1/"), runtime)
    # Each comes 12 s further than the one before it.
    service.script = [Upset(after=OPENING + 120 * number) for number in range(1, 13)]
    live = LiveAudio(blocks(pcm))
    await backend.submit(JobRequest("m", None, JobOptions(), live=live), MemoryJournal())
    await backend.aclose()
    assert bytes(service.meetings["m"].pcm) == pcm
    assert len(service.connections) == 13


@pytest.mark.parametrize("is_told", [False, True])
async def test_another_process_goes_on(
    backend: LegacyBackend, service: LegacyService, wav: Path, *, is_told: bool
) -> None:
    """Where the phrases end that the first one was told; nobody is told them again."""
    journal, first, second = MemoryJournal(), list[LiveEvent](), list[LiveEvent]()
    service.script = [Upset(after=OPENING + 45, close=1007)]
    with pytest.raises(BadRequest, match="1007"):
        await backend.submit(JobRequest("m", wav, JobOptions(), listener=first.append if is_told else None), journal)
    assert (await backend.status("m")).status is MeetingStatus.UPLOADING
    told = second.append if is_told else None
    assert await backend.submit(JobRequest("m", wav, JobOptions(), listener=told), journal) == "m"
    assert bytes(service.meetings["m"].pcm) == PCM
    if is_told:
        assert heard(first) + heard(second) == TOLD
        assert heard(first)
        assert service.connections[1].first != 0


@pytest.mark.parametrize("status", [MeetingStatus.PROCESSING, MeetingStatus.COMPLETED, MeetingStatus.FAILED])
async def test_a_meeting_that_had_its_end_is_simply_there(
    backend: LegacyBackend, service: LegacyService, wav: Path, status: MeetingStatus
) -> None:
    """What an earlier process uploaded is asked for, and whoever listens hears of an end without an error."""
    journal, events = MemoryJournal(), list[LiveEvent]()
    request = JobRequest("m", wav, JobOptions(), listener=events.append)
    await backend.submit(request, journal)
    events.clear()
    service.finish("m", status, "It was too quiet.")
    assert await backend.submit(request, journal) == "m"
    assert (await backend.status("m")).status is status
    assert [type(event) for event in events] == [SessionStarted, Canceled, SessionStopped]
    assert events[1] == Canceled()


async def test_the_last_word_was_lost(backend: LegacyBackend, service: LegacyService, wav: Path) -> None:
    """The end arrived, and the answer did not: the next connection is refused, and the meeting is there."""
    service.script = [Upset(after=END, is_deaf=True)]
    events: list[LiveEvent] = []
    request = JobRequest("m", wav, JobOptions(), listener=events.append)
    assert await backend.submit(request, MemoryJournal()) == "m"
    assert len(service.connections) == 2
    assert events[-2] == Canceled()


@pytest.mark.parametrize("is_begun", [False, True])
async def test_the_meeting_of_somebody_else(
    backend: LegacyBackend, service: LegacyService, wav: Path, *, is_begun: bool
) -> None:
    """An id that had its end before the service took anything of ours is not ours, however often it is tried."""
    service.finish("m", MeetingStatus.COMPLETED)
    journal = MemoryJournal()
    for _ in range(1 + is_begun):
        with pytest.raises(BadRequest, match="4000: The meeting has had its end: choose another id"):
            await backend.submit(JobRequest("m", wav, JobOptions()), journal)


async def test_a_meeting_that_was_deleted_is_not_there(
    backend: LegacyBackend, service: LegacyService, wav: Path
) -> None:
    """Its id cannot be used again, which is an error."""
    journal = MemoryJournal()
    await backend.submit(JobRequest("m", wav, JobOptions()), journal)
    await backend.delete("m")
    with pytest.raises(BadRequest, match="4000"):
        await backend.submit(JobRequest("m", wav, JobOptions()), journal)


async def test_what_a_broken_submission_began_is_deleted(
    backend: LegacyBackend, service: LegacyService, wav: Path
) -> None:
    """By what stands in its journal; of that only what names the meeting is sent anywhere."""
    journal, events = MemoryJournal(), list[LiveEvent]()
    service.script = [Upset(after=OPENING + 45, close=1007)]
    with pytest.raises(BadRequest):
        await backend.submit(JobRequest("m", wav, JobOptions(), listener=events.append), journal)
    assert any(dump_phrase(event.phrase) in journal.entries for event in events if isinstance(event, Transcribed))
    for entry in journal.entries:
        await backend.delete(entry)
    assert (await backend.status("m")).status is MeetingStatus.DELETED
    assert list(service.meetings) == ["m"]
