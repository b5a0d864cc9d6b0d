"""The fast backend against the emulator over real sockets: one request, one transcript, no second by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    Connection,
    InvalidInput,
    JobOptions,
    JobRequest,
    Limits,
    ManualRuntime,
    MeetingStatus,
    OptionNotSupported,
    ServiceUnavailable,
    ServiceUnreachable,
    SpeakerCount,
    Throttled,
    Transcript,
)
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.fast import FastBackend
from remote_meeting_backends.fast.backend import ANSWERED
from remote_meeting_backends.fast.limits import patience_seconds
from remote_meeting_backends.testing import SpeechEmulator
from support.cloud import SAID
from support.servers import free_port
from support.sound import save, tone

pytestmark = pytest.mark.anyio

TWO = SpeakerCount(minimum=2, maximum=2)


@pytest.fixture
def runtime() -> ManualRuntime:
    """No test waits."""
    return ManualRuntime()


@pytest.fixture
async def backend(cloud: SpeechEmulator, runtime: ManualRuntime) -> AsyncIterator[FastBackend]:
    """A caller of the emulator."""
    opened = FastBackend.open(cloud.connection(), runtime)
    yield opened
    await opened.aclose()


@pytest.fixture
def url(cloud: SpeechEmulator, audio: Path) -> str:
    """The same where the service can read it."""
    return cloud.audio("a.wav", audio.read_bytes())


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Four seconds of a tone."""
    return save(tmp_path / "meeting.wav", tone(4))


async def heard(backend: FastBackend, audio: Path, journal: MemoryJournal | None = None, **options: Any) -> Transcript:
    """Submit a file and wait for its transcript."""
    job = await backend.submit(JobRequest("stand-up", audio, JobOptions(**options)), journal or MemoryJournal())
    return await backend.result(job)


async def test_who_said_what(backend: FastBackend, cloud: SpeechEmulator, audio: Path) -> None:
    """One request; labels by first appearance, raw ones kept, milliseconds as ticks, words with their times."""
    transcript = await heard(backend, audio, speakers=TWO)
    assert [(phrase.speaker, phrase.text) for phrase in transcript.phrases] == SAID
    assert [phrase.raw_speaker for phrase in transcript.phrases] == ["3", "1"]
    assert [phrase.offset_ticks for phrase in transcript.phrases] == [5_000_000, 20_000_000]
    assert all(phrase.words for phrase in transcript.phrases)
    assert transcript.audio_duration_ticks == 40_000_000
    assert cloud.log()["transcribed"] == 1


async def test_audio_by_url(backend: FastBackend, cloud: SpeechEmulator, url: str) -> None:
    """The service fetches it; 2024-11-15 cannot, and says who can."""
    request = JobRequest("stand-up", None, JobOptions(speakers=TWO), (url,))
    transcript = await backend.result(await backend.submit(request, MemoryJournal()))
    assert [phrase.text for phrase in transcript.phrases] == [text for _, text in SAID]
    old = FastBackend.open(cloud.connection(api_version="2024-11-15"), ManualRuntime())
    job = await old.submit(request, MemoryJournal())
    with pytest.raises(OptionNotSupported, match="2024-11-15 takes files only"):
        await old.result(job)
    await old.aclose()


async def test_the_older_version_is_spoken_too(cloud: SpeechEmulator, audio: Path) -> None:
    """Without a phrase list, which it does not have."""
    old = FastBackend.open(cloud.connection(api_version="2024-11-15"), ManualRuntime())
    assert len((await heard(old, audio, speakers=TWO)).phrases) == 2
    with pytest.raises(OptionNotSupported, match="phrase"):
        await heard(old, audio, phrases=("Contoso",))
    await old.aclose()


async def test_two_channels_are_two_speakers(backend: FastBackend, cloud: SpeechEmulator, tmp_path: Path) -> None:
    """Nobody is told apart by voice then; with diarization the pair is refused before a byte is sent."""
    stereo = save(tmp_path / "stereo.wav", np.stack([tone(2), tone(2, frequency=900)], axis=1))
    transcript = await heard(backend, stereo, channels="separate")
    assert {phrase.channel for phrase in transcript.phrases} <= {0, 1}
    assert cloud.log()["transcribed"] == 1


@pytest.mark.parametrize("region", ["centralus", "eastasia", " CentralUS "])
async def test_a_region_without_it_is_refused_before_a_byte_is_sent(audio: Path, region: str) -> None:
    """Two of the old service's four regions have none; batch is everywhere."""
    backend = FastBackend.open(Connection(key="k", region=region), ManualRuntime())
    with pytest.raises(InvalidInput, match="no fast transcription in the region") as caught:
        await heard(backend, audio)
    await backend.aclose()
    assert caught.value.way_out == "batch"


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(max_bytes=1000), "at most 0.001 MB"),
        (Limits(max_seconds=3), "of audio"),
        (Limits(max_diarized_seconds=3), "where speakers are told apart"),
    ],
)
async def test_a_limit_of_the_account_counts(cloud: SpeechEmulator, audio: Path, limits: Limits, why: str) -> None:
    """Checked before a byte is sent, with the backend that takes more."""
    backend = FastBackend.open(cloud.connection(limits={"fast": limits}), ManualRuntime())
    with pytest.raises(InvalidInput, match=why) as caught:
        await heard(backend, audio)
    await backend.aclose()
    assert caught.value.way_out == "batch"
    assert cloud.log()["requests"] == []


@pytest.mark.parametrize("status", [413, 422])
async def test_what_is_too_hard_names_the_way_out(
    backend: FastBackend, cloud: SpeechEmulator, audio: Path, status: int
) -> None:
    """With what the service was given, which it does not say itself."""
    cloud.fault("transcribe", "status", status=status, code="UnprocessableEntity", message="No.")
    with pytest.raises(BadRequest, match=r"it was given 4\.0 s, \d+ bytes of audio/wav.*--backend batch") as caught:
        await heard(backend, audio, speakers=TWO)
    assert caught.value.way_out == "batch"
    assert cloud.log()["transcribed"] == 0


@pytest.mark.beyond_contract
@pytest.mark.parametrize("shape", ["flat", "wrapped"])
async def test_a_service_that_cannot_tell_speakers_apart_now(
    backend: FastBackend, cloud: SpeechEmulator, audio: Path, shape: str
) -> None:
    """503 diarization_unavailable lasts: after a few tries batch is the way out."""
    cloud.fault(
        "transcribe", "status", status=503, code="diarization_unavailable", message="Off.", shape=shape, times=9
    )
    with pytest.raises(ServiceUnavailable, match="batch") as caught:
        await heard(backend, audio)
    assert caught.value.way_out == "batch"


@pytest.mark.parametrize("status", [429, 503, 500, 408])
async def test_a_refusal_is_tried_again(
    backend: FastBackend, cloud: SpeechEmulator, runtime: ManualRuntime, audio: Path, status: int
) -> None:
    """It was answered, so nothing was transcribed; the service's pause is kept."""
    cloud.fault("transcribe", "status", status=status, retry_after=3)
    assert len((await heard(backend, audio)).phrases) == 2
    assert runtime.slept == [3.0]
    assert cloud.log()["transcribed"] == 1


@pytest.mark.parametrize(
    ("fault", "details", "kind"),
    [
        ("drop_after", {}, ServiceUnreachable),
        ("drop_before", {}, ServiceUnreachable),
        ("truncate", {"bytes": 20}, ServiceUnreachable),
        ("status", {"status": 502}, ServiceUnavailable),
        ("status", {"status": 504}, ServiceUnavailable),
    ],
)
async def test_a_lost_answer_is_not_paid_for_twice(
    backend: FastBackend, cloud: SpeechEmulator, audio: Path, fault: str, details: dict[str, Any], kind: type[Exception]
) -> None:
    """Whether it was transcribed cannot be told, so it is told, and whoever pays decides."""
    cloud.fault("transcribe", fault, **details)
    with pytest.raises(kind, match="may be billed again: give the same command to try again"):
        await heard(backend, audio)
    assert [request["operation"] for request in cloud.log()["requests"]] == ["transcribe"]


async def test_the_next_attempt_says_what_the_last_may_have_cost(
    backend: FastBackend, cloud: SpeechEmulator, audio: Path
) -> None:
    """The service keeps no job that could be looked up."""
    journal = MemoryJournal()
    cloud.fault("transcribe", "drop_after")
    with pytest.raises(ServiceUnreachable):
        await heard(backend, audio, journal)
    assert "it may have been billed" in (await heard(backend, audio, journal)).notes[0]
    assert not [note for note in (await heard(backend, audio)).notes if "billed" in note]


async def test_keys_are_checked(cloud: SpeechEmulator, audio: Path) -> None:
    """A wrong one is told, without it; too many requests stay Throttled."""
    stranger = FastBackend.open(Connection(key="0" * 32, endpoint=cloud.url), ManualRuntime())
    with pytest.raises(AuthenticationFailed, match="check the key or token") as caught:
        await heard(stranger, audio)
    await stranger.aclose()
    assert "0" * 32 not in str(caught.value)


async def test_a_quota_that_stays_used_up(backend: FastBackend, cloud: SpeechEmulator, audio: Path) -> None:
    """After the last try the throttling is told; nothing was transcribed, so nothing is in doubt."""
    cloud.fault("transcribe", "status", status=429, times=9)
    with pytest.raises(Throttled, match="ask less often") as caught:
        await heard(backend, audio)
    assert "billed" not in str(caught.value)


async def test_a_token_opens_it_too(cloud: SpeechEmulator, audio: Path) -> None:
    """As Authorization: Bearer."""
    backend = FastBackend.open(Connection(token=cloud.token(), endpoint=cloud.url), ManualRuntime())
    assert len((await heard(backend, audio)).phrases) == 2
    await backend.aclose()


async def test_leaving_stops_waiting(backend: FastBackend, audio: Path) -> None:
    """A deleted job is stopped; closing with one at work is safe."""
    job = await backend.submit(JobRequest("a", audio, JobOptions()), MemoryJournal())
    assert (await backend.status(job)).status is MeetingStatus.PROCESSING
    await backend.delete(job)
    await backend.submit(JobRequest("b", audio, JobOptions()), MemoryJournal())


@pytest.mark.parametrize(("size", "seconds"), [(0, 0.0), (500_000_000, 18_000.0)])
def test_patience_grows_with_the_audio(size: int, seconds: float) -> None:
    """Minutes for a minute, hours for hours: short time-outs break long uploads."""
    assert patience_seconds(size, seconds) >= 120 + seconds
    assert patience_seconds(size, seconds) <= 120 + seconds + size / 100_000


async def test_what_never_got_there_is_in_no_doubt(audio: Path) -> None:
    """Nobody listens: nothing was sent, nothing was done, nothing can have been billed."""
    backend = FastBackend.open(Connection(key="k", endpoint=f"http://127.0.0.1:{free_port()}"), ManualRuntime())
    journal = MemoryJournal()
    with pytest.raises(ServiceUnreachable, match="cannot be reached") as caught:
        await heard(backend, audio, journal)
    await backend.aclose()
    assert "billed" not in str(caught.value)
    assert journal.entries[-1] == ANSWERED
