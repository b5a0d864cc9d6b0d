"""The legacy backend uploads to a gateway: the facade's files and streams, live and for later, whatever breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from remote_meeting import SpeechConfig
from remote_meeting.aio import RemoteMeetingTranscriptionClient
from remote_meeting.gateway import create_app
from remote_meeting.gateway.settings import Settings
from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    Connection,
    JobOptions,
    JobRequest,
    ManualRuntime,
    MeetingFailed,
    MeetingStatus,
)
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.legacy import LegacyBackend
from remote_meeting_backends.live import LiveAudio, LiveEvent, SessionStopped, Transcribed, Transcribing
from remote_meeting_backends.testing import SpeechEmulator
from support.servers import serving
from support.sound import save, tone

pytestmark = pytest.mark.anyio

SCRIPT = (
    {"speaker": 1, "text": "Good morning, Steve.", "offset_seconds": 0.5, "duration_seconds": 1.0},
    {"speaker": 2, "text": "Good morning, Katie.", "offset_seconds": 2.0, "duration_seconds": 1.0},
)
TOLD = [(5_000_000, "Good morning, Steve.", "Guest-1"), (20_000_000, "Good morning, Katie.", "Guest-2")]


@pytest.fixture
def gateway(speech_emulator: SpeechEmulator, tmp_path: Path) -> Iterator[str]:
    """A gateway elsewhere."""
    speech_emulator.script(SCRIPT)
    place = Connection(endpoint=speech_emulator.url)
    settings = Settings(backend="realtime", async_backend="fast", connection=place)
    with serving(create_app(tmp_path / "elsewhere.db", settings=settings)) as url:
        yield url


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Some audio; the emulator says what its script says."""
    return save(tmp_path / "meeting.wav", tone(4))


@contextlib.asynccontextmanager
async def client_of(url: str, key: str, folder: Path) -> AsyncIterator[RemoteMeetingTranscriptionClient]:
    """The facade, with the legacy backend by name."""
    config = SpeechConfig(subscription=key, endpoint=f"{url}/api/v1/")
    async with RemoteMeetingTranscriptionClient(
        config, backend="legacy", store=folder / "here.db", runtime=ManualRuntime()
    ) as client:
        yield client


def said(events: list[LiveEvent]) -> list[tuple[int, str, str]]:
    """The phrases that a listener was told."""
    return [(e.phrase.offset_ticks, e.phrase.text, e.phrase.speaker) for e in events if isinstance(e, Transcribed)]


async def test_a_file(gateway: str, speech_emulator: SpeechEmulator, recording: Path, tmp_path: Path) -> None:
    """Uploaded for later, asked for by its id."""
    async with client_of(gateway, speech_emulator.key, tmp_path) as client:
        operation = await client.submit(recording, meeting_id="stand-up")
        result = await operation.wait_for_completion()
        items = result.meeting_transcription_results
        assert [(item.offset_in_ticks, item.text, item.user_id) for item in items] == TOLD
        assert (await client.meetings.look("stand-up")).backend == "legacy"


async def test_a_file_with_a_listener(
    gateway: str, speech_emulator: SpeechEmulator, recording: Path, tmp_path: Path
) -> None:
    """Is told what is heard while it is uploaded."""
    events: list[LiveEvent] = []
    async with client_of(gateway, speech_emulator.key, tmp_path) as client:
        operation = await client.submit(recording, meeting_id="told", listener=events.append)
        await operation.wait_for_completion()
    assert said(events) == TOLD
    assert any(isinstance(event, Transcribing) for event in events)
    assert isinstance(events[-1], SessionStopped)


async def test_audio_as_it_is_spoken(gateway: str, speech_emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Phrases come while more is said."""
    events: list[LiveEvent] = []
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    heard = asyncio.Event()

    def listen(event: LiveEvent) -> None:
        events.append(event)
        if isinstance(event, Transcribed):
            heard.set()

    async with client_of(gateway, speech_emulator.key, tmp_path) as client:
        operation = await client.submit(LiveAudio.from_queue(queue), meeting_id="spoken", listener=listen)
        queue.put_nowait(bytes(64_000))
        await heard.wait()
        assert said(events) == TOLD[:1]
        queue.put_nowait(bytes(64_000))
        queue.put_nowait(None)
        result = await operation.wait_for_completion()
    assert [item.text for item in result.meeting_transcription_results] == [text for _, text, _ in TOLD]
    assert said(events) == TOLD


async def test_a_submission_that_is_made_again(
    gateway: str, speech_emulator: SpeechEmulator, recording: Path, tmp_path: Path
) -> None:
    """By a process that does not know how far the one before came: what is there whole is simply there."""
    backend = LegacyBackend.open(Connection(key=speech_emulator.key, endpoint=gateway), ManualRuntime())
    journal, request = MemoryJournal(), JobRequest("again", recording, JobOptions())
    assert await backend.submit(request, journal) == "again"
    assert await backend.submit(request, journal) == "again"
    while (status := await backend.status("again")).status is not MeetingStatus.COMPLETED:
        assert not status.status.is_final
    assert status.transcript is not None
    assert len(status.transcript.phrases) == 2
    with pytest.raises(BadRequest, match="has had its end") as caught:
        await backend.submit(request, MemoryJournal())
    assert (caught.value.meeting_id, caught.value.backend) == ("again", "legacy")
    await backend.aclose()


async def test_an_upload_that_is_cancelled_goes_on_later(
    gateway: str, speech_emulator: SpeechEmulator, tmp_path: Path
) -> None:
    """From the samples that are there."""
    path = save(tmp_path / "long.wav", tone(30))
    backend = LegacyBackend.open(Connection(key=speech_emulator.key, endpoint=gateway), ManualRuntime())
    journal, events = MemoryJournal(), list[LiveEvent]()
    heard = asyncio.Event()
    request = JobRequest("broken", path, JobOptions(), listener=lambda event: heard.set())
    uploading = asyncio.create_task(backend.submit(request, journal))
    await heard.wait()
    uploading.cancel()
    await asyncio.gather(uploading, return_exceptions=True)
    await backend.submit(JobRequest("broken", path, JobOptions(), listener=events.append), journal)
    while (status := await backend.status("broken")).status is not MeetingStatus.COMPLETED:
        assert not status.status.is_final
    assert status.transcript is not None
    assert [phrase.text for phrase in status.transcript.phrases] == [text for _, text, _ in TOLD]
    await backend.aclose()


async def test_a_key_that_the_gateway_s_service_refuses(gateway: str, recording: Path, tmp_path: Path) -> None:
    """The cause comes back, without the key."""
    wrong = "0123456789abcdef0123456789abcdef"
    async with client_of(gateway, wrong, tmp_path) as client:
        operation = await client.submit(recording, meeting_id="refused")
        with pytest.raises(MeetingFailed, match="401") as caught:
            await operation.wait_for_completion()
        assert wrong not in str(caught.value)


async def test_a_gateway_that_takes_other_keys(recording: Path, tmp_path: Path) -> None:
    """Is a matter of authentication, at once."""
    from remote_meeting.gateway.callers import KeyFile, hash_of

    listed = tmp_path / "keys.txt"
    listed.write_text(f"somebody {hash_of('another')}\n")
    listed.chmod(0o600)
    runtime = ManualRuntime()
    with serving(create_app(tmp_path / "elsewhere.db", keys=KeyFile(listed, runtime))) as url:
        backend = LegacyBackend.open(Connection(key="mine", endpoint=url), runtime)
        with pytest.raises(AuthenticationFailed, match="was refused"):
            await backend.submit(JobRequest("m", recording, JobOptions()), MemoryJournal())
        await backend.aclose()
