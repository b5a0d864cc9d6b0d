"""The fast backend against recorded answers, one cassette a behaviour: `cassettes/fast/BEHAVIOUR.yaml`.

Record anew from the emulator: pytest --record-mode=rewrite -n 0 tests/backends/test_fast_cassettes.py

With SPEECH_KEY and SPEECH_REGION set the same command records from Azure, sending the bundled sample. It skips what
Azure cannot be told to do (whatever takes the fixture `emulator`), and leaves those cassettes as they are. A cassette
from Azure says `from: azure`, has to be named in tests/test_cassettes_clean.py, and is not recorded over from the
emulator.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from vcr.cassette import Cassette

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    JobOptions,
    JobRequest,
    MeetingNotFound,
    MeetingStatus,
    SpeakerCount,
    Throttled,
    Transcript,
)
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.fast import FastBackend
from sample.make_sample import SHIPPED
from support.cassettes import FOLDER
from support.leaks import KEY
from support.speech_cassettes import ACCOUNT, NotRecorded, Speech, check_sample, speech_for

pytestmark = [pytest.mark.anyio, pytest.mark.vcr, pytest.mark.block_network(allowed_hosts=["nowhere"])]

OLD = "2024-11-15"


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    """One folder a backend."""
    return str(FOLDER / "fast")


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """A cassette is named for the behaviour that it shows."""
    return str(request.node.name).removeprefix("test_")


@pytest.fixture
def speech(
    request: pytest.FixtureRequest, record_mode: str, vcr_cassette_dir: str, default_cassette_name: str
) -> Iterator[Speech]:
    """The service while recording; in replay no server at all."""
    cassette = Path(vcr_cassette_dir, f"{default_cassette_name}.yaml")
    version = {"api_version": OLD} if default_cassette_name.endswith(OLD.replace("-", "_")) else {}
    needs_emulator = "emulator" in request.fixturenames
    try:
        with speech_for(
            cassette, record_mode, ACCOUNT, needs_emulator=needs_emulator, needs_url=False, **version
        ) as speech:
            yield speech
    except NotRecorded as reason:
        pytest.skip(str(reason))


@pytest.fixture
def emulator(speech: Speech) -> Speech:
    """The service of a behaviour that Azure cannot be told to show."""
    return speech


@pytest.fixture
def vcr_config(speech: Speech) -> dict[str, object]:
    """Scrubbed as it is written; the audio is matched by its hash."""
    return speech.vcr_options()


@pytest.fixture(autouse=True)
def _played_to_its_end(vcr: Cassette, record_mode: str) -> Iterator[None]:
    """A replay asks for everything that was recorded, and for nothing else."""
    yield
    assert record_mode != "none" or vcr.all_played


@pytest.fixture
async def backend(speech: Speech) -> AsyncIterator[FastBackend]:
    """A caller with a key that is good."""
    opened = FastBackend.open(speech.connection, speech.runtime)
    yield opened
    await opened.aclose()


async def transcribed(backend: FastBackend, speakers: int = 3) -> Transcript:
    """What the service makes of the bundled sample."""
    options = JobOptions(speakers=SpeakerCount(minimum=speakers, maximum=speakers))
    job = await backend.submit(JobRequest("stand-up", SHIPPED, options), MemoryJournal())
    transcript = await backend.result(job)
    assert (await backend.status(job)).status is MeetingStatus.COMPLETED
    return transcript


async def test_success_2_speakers(backend: FastBackend, speech: Speech) -> None:
    """Numbers become labels in the order in which they speak."""
    said = speech.says(0, 1, 3)
    check_sample(await transcribed(backend, 2), said, 2)


async def test_success_3_speakers(backend: FastBackend, speech: Speech) -> None:
    """The number that was asked for goes with the request, and the third voice has a label of its own."""
    said = speech.says(0, 1, 2, 3)
    transcript = await transcribed(backend, 3)
    check_sample(transcript, said, 3)
    assert (transcript.backend, transcript.locale) == ("fast", "en-US")
    assert transcript.audio_duration_ticks == pytest.approx(318_200_000, abs=10_000_000)


async def test_words(backend: FastBackend, speech: Speech) -> None:
    """Words come with their times, inside of their phrase and in its order."""
    speech.says(1)
    transcript = await transcribed(backend)
    assert transcript.phrases
    for phrase in transcript.phrases:
        assert [word.text for word in phrase.words] == phrase.text.split()
        offsets = [word.offset_ticks for word in phrase.words]
        assert offsets == sorted(offsets)
        assert phrase.offset_ticks <= offsets[0]
        last = phrase.words[-1]
        assert last.duration_ticks > 0
        assert last.offset_ticks + last.duration_ticks <= phrase.end_ticks


async def test_api_version_2024_11_15(backend: FastBackend, speech: Speech) -> None:
    """The older version takes the same request and gives the same answer."""
    said = speech.says(0, 1, 2)
    check_sample(await transcribed(backend), said, 3)


async def test_unauthorized_401(speech: Speech) -> None:
    """A key that is none of the resource's is named as the cause, and not shown."""
    backend = FastBackend.open(replace(speech.connection, key=KEY), speech.runtime)
    with pytest.raises(AuthenticationFailed, match=r"answered 401 .*belongs to this region or resource") as caught:
        await transcribed(backend)
    await backend.aclose()
    assert caught.value.code in ("Unauthorized", "401")
    assert KEY not in str(caught.value)


async def test_forbidden_403(backend: FastBackend, emulator: Speech) -> None:
    """Who is known and may not is told of the role; the error may come wrapped."""
    emulator.fault("transcribe", "status", status=403, shape="wrapped", message="Principal does not have access.")
    with pytest.raises(AuthenticationFailed, match="role Cognitive Services Speech User") as caught:
        await transcribed(backend)
    assert (caught.value.status_code, caught.value.code) == (403, "Forbidden")


async def test_not_found_404(speech: Speech) -> None:
    """An endpoint without the service is no meeting that is gone."""
    backend = FastBackend.open(speech.elsewhere(), speech.runtime)
    with pytest.raises(MeetingNotFound, match="no fast transcription at this endpoint"):
        await transcribed(backend)
    await backend.aclose()
    assert speech.runtime.slept == []


async def test_unprocessable_422(backend: FastBackend, emulator: Speech) -> None:
    """What was sent stands beside the service's short word, and the batch backend as the way out."""
    emulator.fault("transcribe", "status", status=422, message="The audio could not be processed.")
    with pytest.raises(BadRequest, match=r"31\.\d s, 522881 bytes of audio/flac.*--backend batch") as caught:
        await transcribed(backend)
    assert (caught.value.way_out, caught.value.code) == ("batch", "UnprocessableEntity")
    assert emulator.runtime.slept == []


async def test_throttled_429_retry_after(backend: FastBackend, emulator: Speech) -> None:
    """The service's Retry-After is waited for, and the audio is sent again."""
    emulator.fault("transcribe", "status", status=429, retry_after=7)
    said = emulator.says(0, 1)
    check_sample(await transcribed(backend, 2), said, 2)
    assert emulator.runtime.slept == [7.0]


async def test_throttled_429(backend: FastBackend, emulator: Speech) -> None:
    """Without a word on when, the pauses grow, and in the end the caller is told."""
    emulator.fault("transcribe", "status", status=429, times=5)
    with pytest.raises(Throttled, match="answered 429"):
        await transcribed(backend)
    assert emulator.runtime.slept == [0.5, 1.0, 2.0, 4.0]


async def test_unavailable_503_then_200(backend: FastBackend, emulator: Speech) -> None:
    """503 is an answer, so nothing was transcribed, and the same request is sent again."""
    emulator.fault("transcribe", "status", status=503)
    said = emulator.says(0, 1)
    check_sample(await transcribed(backend, 2), said, 2)
    assert emulator.runtime.slept == [0.5]
