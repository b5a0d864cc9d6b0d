"""The legacy backend's upload half against a scripted service: both modes, what is said, refusals, contract."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from remote_meeting_backends import (
    AudioNotFound,
    AuthenticationFailed,
    BadRequest,
    Connection,
    JobOptions,
    JobRequest,
    ManualRuntime,
    MeetingFailed,
    MeetingStatus,
    OptionNotSupported,
    RemoteMeetingError,
    Runtime,
    ServiceUnavailable,
    ServiceUnreachable,
    Throttled,
)
from remote_meeting_backends.contract import BackendContract, MemoryJournal
from remote_meeting_backends.legacy import LegacyBackend
from remote_meeting_backends.live import (
    Canceled,
    LiveAudio,
    LiveEvent,
    SessionStarted,
    SessionStopped,
    Transcribed,
    Transcribing,
)
from remote_meeting_backends.phrases_kept import load_phrase
from support.legacy_service import ASYNC, KEY, LIVE, LegacyService, Upset
from support.legacy_uploads import PCM, calling, heard, wav_in
from support.live import blocks
from support.sound import save
from support.spoken import as_told, lines

pytestmark = pytest.mark.anyio

SAID = lines(7)
ORDER = ["speech.config", "speech.context", "speech.event", "audio", "speech.event"]


@pytest.fixture
def service() -> Iterator[LegacyService]:
    """One that knows what is said."""
    with LegacyService(SAID).running() as running:
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


class TestContract(BackendContract):
    """What every backend promises, of meetings that it uploaded itself."""

    backend_type = LegacyBackend

    @pytest.fixture(autouse=True)
    def _account(self, service: LegacyService, wav: Path) -> None:
        self._service, self._wav = service, wav

    def connection(self) -> Connection:
        """The service's."""
        return Connection(key=KEY, endpoint=f"{self._service.url}/api/v1/")

    def runtime(self) -> Runtime:
        """Nobody waits."""
        return ManualRuntime()

    def request(self) -> JobRequest:
        """Eight seconds of audio."""
        self._service.meetings.pop("m-1", None)
        return JobRequest("m-1", self._wav, JobOptions())


async def test_a_file_for_later(backend: LegacyBackend, service: LegacyService, wav: Path) -> None:
    """All of its audio arrives once, in the order of the protocol; the job is the meeting's id, and has its text."""
    journal = MemoryJournal()
    job = await backend.submit(JobRequest("stand-up", wav, JobOptions(language="de-DE")), journal)
    assert job == "stand-up"
    held, (connection,) = service.meetings[job], service.connections
    assert bytes(held.pcm) == PCM
    assert connection.query == {"language": "de-DE", "transcriptionMode": ASYNC}
    assert connection.paths[: len(ORDER) - 1] == ORDER[:-1]
    assert held.events[0] == {
        "id": "meeting",
        "name": "start",
        "meeting": {"id": job, "attendees": [], "DifferentiateGuestSpeakers": "true"},
    }
    assert [as_told(phrase) for phrase in (await backend.result(job)).phrases] == [as_told(one) for one in SAID]
    assert journal.fractions == sorted(journal.fractions)
    assert journal.fractions[-1] == 1.0


async def test_a_file_with_a_listener(backend: LegacyBackend, service: LegacyService, wav: Path) -> None:
    """It is told of everything while the audio goes out; a phrase is in the journal by then."""
    journal, events, kept = MemoryJournal(), list[LiveEvent](), list[bool]()

    def listen(event: LiveEvent) -> None:
        events.append(event)
        if isinstance(event, Transcribed):
            kept.append(load_phrase(journal.entries[-1]) == event.phrase)

    await backend.submit(JobRequest("told", wav, JobOptions(), listener=listen), journal)
    assert service.connections[0].query["transcriptionMode"] == LIVE
    assert heard(events) == [as_told(phrase) for phrase in SAID]
    assert kept == [True] * len(SAID)
    assert any(isinstance(event, Transcribing) for event in events)
    assert isinstance(events[0], SessionStarted)
    assert events[-2] == Canceled()
    assert isinstance(events[-1], SessionStopped)


@pytest.mark.parametrize("is_told", [False, True])
async def test_audio_as_it_is_spoken(backend: LegacyBackend, service: LegacyService, *, is_told: bool) -> None:
    """In both modes."""
    events: list[LiveEvent] = []
    live = LiveAudio(blocks(PCM))
    request = JobRequest("live", None, JobOptions(), live=live, listener=events.append if is_told else None)
    await backend.submit(request, MemoryJournal())
    assert bytes(service.meetings["live"].pcm) == PCM
    assert len(heard(events)) == (len(SAID) if is_told else 0)


async def test_a_file_is_sent_at_its_pace(service: LegacyService, wav: Path) -> None:
    """Five seconds at once, the other three at twice real time."""
    runtime = ManualRuntime()
    backend = LegacyBackend.open(Connection(key=KEY, endpoint=f"{service.url}/api/v1/"), runtime)
    await backend.submit(JobRequest("m", wav, JobOptions()), MemoryJournal())
    await backend.aclose()
    assert sum(runtime.slept) == pytest.approx(1.5, abs=0.1)


async def test_the_array_is_heard_as_one(backend: LegacyBackend, service: LegacyService, tmp_path: Path) -> None:
    """One channel goes out, whatever the file has."""
    one = np.frombuffer(PCM, dtype="<i2")
    stereo = save(tmp_path / "stereo.wav", np.stack([one, one * 0], axis=1), subtype="PCM_16")
    await backend.submit(JobRequest("m", stereo, JobOptions(channels="0")), MemoryJournal())
    assert bytes(service.meetings["m"].pcm) == PCM


async def test_what_is_wanted_is_said(backend: LegacyBackend, service: LegacyService, wav: Path) -> None:
    """The model and what becomes of swear words, in the query."""
    options = JobOptions(model="m-17", profanity="none", phrases=("Katie",))
    await backend.submit(JobRequest("m", wav, options), MemoryJournal())
    assert service.connections[0].query == {
        "language": "en-US",
        "cid": "m-17",
        "profanity": "raw",
        "transcriptionMode": ASYNC,
    }


async def test_a_token_opens_it(service: LegacyService, wav: Path) -> None:
    """It is sent as one, and no key beside it; a service that wants a key refuses."""
    backend = LegacyBackend.open(Connection(key=KEY, token="t" * 40, endpoint=service.url), ManualRuntime())
    with pytest.raises(AuthenticationFailed) as raised:
        await backend.submit(JobRequest("m", wav, JobOptions()), MemoryJournal())
    await backend.aclose()
    assert service.connections[0].headers["authorization"] == f"Bearer {'t' * 40}"
    assert "t" * 40 not in str(raised.value)


REFUSALS: dict[str, tuple[Upset, type[RemoteMeetingError], str]] = {
    "401": (Upset(status=401), AuthenticationFailed, "was refused by ws://.* check it"),
    "403": (Upset(status=403), AuthenticationFailed, "was refused by ws://"),
    "400": (Upset(status=400), BadRequest, "refused the connection"),
    "404": (Upset(status=404), BadRequest, "Nobody takes audio at this path of ws://.* check the endpoint"),
    "307": (Upset(status=307), BadRequest, "sends its callers elsewhere"),
    "1007": (Upset(after=3, close=1007, reason="A meeting id is a text."), BadRequest, "1007: A meeting id is a text"),
    "4000": (Upset(after=4, close=4000, reason="Too long."), BadRequest, "4000: Too long"),
}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("is_told", [False, True])
async def test_a_refusal_is_final(
    backend: LegacyBackend, service: LegacyService, wav: Path, name: str, *, is_told: bool
) -> None:
    """One connection, and an error with its cause, its meeting and no key; whoever listens is told of it."""
    upset, kind, words = REFUSALS[name]
    service.script = [upset] * 5
    events: list[LiveEvent] = []
    request = JobRequest("m", wav, JobOptions(), listener=events.append if is_told else None)
    with pytest.raises(kind, match=words) as raised:
        await backend.submit(request, MemoryJournal())
    assert len(service.connections) == 1
    assert KEY not in str(raised.value)
    assert raised.value.request_id
    assert (raised.value.meeting_id, raised.value.backend) == ("m", "legacy")
    if is_told:
        assert events[-2] == Canceled(raised.value)
        assert isinstance(events[-1], SessionStopped)


TROUBLES: dict[str, tuple[Upset, type[RemoteMeetingError], str]] = {
    "503": (Upset(status=503), ServiceUnavailable, "is not available"),
    "429": (Upset(status=429, retry_after="7"), Throttled, "too many sessions"),
    "1013": (Upset(after=4, close=1013, reason="The spool is full."), ServiceUnavailable, "1013: The spool is full"),
    "1012": (Upset(after=4, close=1012), ServiceUnavailable, "closed the connection .1012"),
    "broken": (Upset(after=4), ServiceUnreachable, "broke .1006"),
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_trouble_that_passes(service: LegacyService, wav: Path, name: str) -> None:
    """Another connection goes on, when the service says so."""
    service.script = [TROUBLES[name][0]] * 3
    runtime = ManualRuntime()
    backend = LegacyBackend.open(Connection(key=KEY, endpoint=f"{service.url}/api/v1/"), runtime)
    await backend.submit(JobRequest("m", wav, JobOptions()), MemoryJournal())
    await backend.aclose()
    assert bytes(service.meetings["m"].pcm) == PCM
    assert len(service.connections) == 4
    assert (7.0 in runtime.slept) is (name == "429")


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_trouble_that_stays(backend: LegacyBackend, service: LegacyService, wav: Path, name: str) -> None:
    """Eight connections, then its sentence; nothing is said of phrases where none were to come."""
    upset, kind, words = TROUBLES[name]
    service.script = [upset] * 50
    with pytest.raises(kind, match=rf"{words}.*8 connections in a row did not last. What arrived is kept") as raised:
        await backend.submit(JobRequest("m", wav, JobOptions()), MemoryJournal())
    assert len(service.connections) == 8
    assert KEY not in str(raised.value)


async def test_nobody_listens_at_the_address(wav: Path) -> None:
    """A sentence with the place, and no key."""
    backend = LegacyBackend.open(Connection(key=KEY, endpoint="ws://127.0.0.1:9/"), ManualRuntime())
    with pytest.raises(ServiceUnreachable, match=r"no connection to ws://127\.0\.0\.1:9") as raised:
        await backend.submit(JobRequest("m", wav, JobOptions()), MemoryJournal())
    await backend.aclose()
    assert KEY not in str(raised.value)


async def test_what_it_cannot_do_is_said(backend: LegacyBackend, service: LegacyService, tmp_path: Path) -> None:
    """Before anything is sent or written down."""
    stereo = save(tmp_path / "stereo.wav", np.zeros((1600, 2), dtype=np.float32))
    two = LiveAudio(blocks(b""), channels=2)
    journal = MemoryJournal()
    for request, words in (
        (JobRequest("m", None, JobOptions(), ("https://x.test/a.wav",)), "no URLs"),
        (JobRequest("m", stereo, JobOptions(channels="separate")), "no channels apart"),
        (JobRequest("m", None, JobOptions(), live=two), "no channels apart"),
        (JobRequest("m", stereo, JobOptions(channels="mix", profanity="tags")), "no tags around swear words"),
    ):
        with pytest.raises(OptionNotSupported, match=words):
            await backend.submit(request, journal)
    with pytest.raises(AudioNotFound):
        await backend.submit(JobRequest("m", tmp_path / "none.wav", JobOptions()), journal)
    assert (service.connections, journal.entries) == ([], [])


async def test_no_log_holds_the_key(backend: LegacyBackend, wav: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever logs everything finds neither the key nor what was said."""
    with caplog.at_level(logging.DEBUG):
        await backend.submit(JobRequest("m", wav, JobOptions(), listener=lambda event: None), MemoryJournal())
    assert KEY not in caplog.text
    assert "Phrase 1" not in caplog.text


async def test_a_listener_that_fails_stops_nothing(
    backend: LegacyBackend, service: LegacyService, wav: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged."""

    def fails(_event: object) -> None:
        raise ZeroDivisionError

    await backend.submit(JobRequest("m", wav, JobOptions(), listener=fails), MemoryJournal())
    assert bytes(service.meetings["m"].pcm) == PCM
    assert "Whoever listens" in caplog.text


async def test_a_source_that_breaks_is_not_the_end(backend: LegacyBackend, service: LegacyService) -> None:
    """What it gave is there, the service is told no end, and the error is the source's."""
    events, told = list[LiveEvent](), asyncio.Event()

    def listen(event: LiveEvent) -> None:
        events.append(event)
        if len(heard(events)) == 2:
            told.set()

    async def broken() -> AsyncIterator[bytes]:
        yield PCM[: 3 * 32_000]
        await told.wait()
        raise OSError("the microphone is unplugged")

    request = JobRequest("m", None, JobOptions(), live=LiveAudio(broken()), listener=listen)
    with pytest.raises(OSError, match="unplugged"):
        await backend.submit(request, MemoryJournal())
    arrived = bytes(service.meetings["m"].pcm)
    assert arrived
    assert PCM[: 3 * 32_000].startswith(arrived)
    assert (await backend.status("m")).status is MeetingStatus.UPLOADING
    assert isinstance(events[-2], Canceled)
    assert "unplugged" in str(events[-2].error)


async def test_an_upload_can_be_cancelled(backend: LegacyBackend, service: LegacyService) -> None:
    """Its connection ends, nothing of it goes on, and the service is told no end."""
    events, told = list[LiveEvent](), asyncio.Event()

    def listen(event: LiveEvent) -> None:
        events.append(event)
        if len(heard(events)) == len(SAID):
            told.set()

    async def endless() -> AsyncIterator[bytes]:
        yield PCM
        await asyncio.Event().wait()

    before = asyncio.all_tasks()
    request = JobRequest("m", None, JobOptions(), live=LiveAudio(endless()), listener=listen)
    uploading = asyncio.create_task(backend.submit(request, MemoryJournal()))
    await told.wait()
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploading
    assert asyncio.all_tasks() == before
    assert (await backend.status("m")).status is MeetingStatus.UPLOADING
    assert isinstance(events[-2], Canceled)
    assert (events[-2].error and events[-2].error.code) == "stopped"


async def test_a_live_meeting_whose_process_ended(backend: LegacyBackend, service: LegacyService) -> None:
    """The service finishes it with what arrived; it has none of a meeting that it never took."""
    journal = MemoryJournal()
    service.script = [Upset(after=30, close=1007)]
    with pytest.raises(BadRequest):
        await backend.submit(JobRequest("m", None, JobOptions(), live=LiveAudio(blocks(PCM))), journal)
    assert await backend.submit(JobRequest("m", None, JobOptions()), journal) == "m"
    assert (await backend.status("m")).status is MeetingStatus.UPLOADING
    with pytest.raises(MeetingFailed, match="before the service had taken any"):
        await backend.submit(JobRequest("n", None, JobOptions()), journal)
