"""The local backend on real speech: who said what, once, and on from where an earlier process ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from anyio.lowlevel import checkpoint

from accuracy import KATIE_AND_STEVE_LINES, Notebook, score, transcribe
from remote_meeting_backends import (
    AudioNotFound,
    ChannelChoiceNeeded,
    Connection,
    JobOptions,
    JobRequest,
    MeetingError,
    MeetingFailed,
    MeetingNotFound,
    MeetingStatus,
    OptionNotSupported,
    SpeakerCount,
    SystemRuntime,
    Transcript,
    TruncatedAudio,
)
from remote_meeting_backends.local import LocalBackend
from remote_meeting_backends.transcript import seconds
from sample.make_sample import LINES, Line
from support.parts import shared_audio
from support.sound import RATE, SAMPLE, save, silence, speech

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("local")]

TWO = SpeakerCount(minimum=2, maximum=2)
# The first two lines of the sample, and the pause behind them.
OPENING_SECONDS = 8.5
Run = tuple[Transcript, Notebook]


class Stuck(Notebook):
    """A journal that keeps one piece and then waits for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def checkpoint(self, entries: Sequence[str]) -> None:
        await super().checkpoint(entries)
        self.reached.set()
        await asyncio.Event().wait()


class Broken(Notebook):
    """A journal with a defect."""

    async def checkpoint(self, entries: Sequence[str]) -> None:
        raise ValueError("a defect")


@pytest.fixture(scope="module")
def sample() -> Run:
    """The bundled sample, three speakers given, and the journal that was kept."""
    notebook = Notebook()
    return asyncio.run(transcribe(SAMPLE, 3, notebook)), notebook


@pytest.fixture(scope="module")
def katie_and_steve() -> Run:
    """Two real people, their number given."""
    notebook = Notebook()
    return asyncio.run(transcribe(shared_audio("katiesteve_mono.wav"), 2, notebook)), notebook


@pytest.fixture
async def backend() -> AsyncIterator[LocalBackend]:
    """A backend with one worker, stopped after the test."""
    backend = LocalBackend(SystemRuntime(), workers=1)
    yield backend
    await backend.aclose()


@pytest.fixture
def opening(tmp_path: Path) -> Path:
    """The sample's first two lines."""
    return save(tmp_path / "opening.flac", speech(OPENING_SECONDS))


def request_for(audio: Path, **options: object) -> JobRequest:
    """A request with some options."""
    return JobRequest("m1", audio, JobOptions.model_validate(options))


def guests(lines: Sequence[Line]) -> list[str]:
    """The labels that the speakers of lines should have: numbered by first appearance."""
    order: dict[str, int] = {}
    return [f"Guest-{order.setdefault(line.speaker, len(order)) + 1}" for line in lines]


def test_capabilities() -> None:
    """It runs here, without an account, and nothing is missing where its extra is installed."""
    assert LocalBackend.missing() is None
    assert LocalBackend.open(Connection(), SystemRuntime()).name == "local"
    assert LocalBackend.capabilities.runs_here
    assert not LocalBackend.capabilities.needs_account


@pytest.mark.parametrize("speakers", [3, None])
async def test_sample(sample: Run, speakers: int | None) -> None:
    """Nine phrases, each where it was said and by whom, with the number of speakers given and estimated."""
    transcript, notebook = sample
    if speakers is None:
        transcript = await transcribe(SAMPLE, None, Notebook(notebook.entries))
        assert transcript.notes == ("The number of speakers (3) was estimated.",)
    assert [phrase.speaker for phrase in transcript.phrases] == guests(LINES)
    for phrase, line in zip(transcript.phrases, LINES, strict=True):
        assert seconds(phrase.offset_ticks) == pytest.approx(line.start, abs=0.4)
        assert seconds(phrase.end_ticks) == pytest.approx(line.end, abs=0.4)
    assert transcript.audio_duration_ticks == 318_200_000
    assert (transcript.meeting_id, transcript.backend, transcript.locale) == ("sample", "local", "en-US")
    assert len({phrase.id for phrase in transcript.phrases}) == 9
    assert "can we begin the meeting" in transcript.phrases[0].text


def test_two_people(katie_and_steve: Run) -> None:
    """Two real people in turn: six phrases, alternating, at the seconds where they speak."""
    phrases = katie_and_steve[0].phrases
    assert [phrase.speaker for phrase in phrases] == ["Guest-1", "Guest-2"] * 3
    for phrase, line in zip(phrases, KATIE_AND_STEVE_LINES, strict=True):
        assert seconds(phrase.offset_ticks) == pytest.approx(line.start, abs=0.4)
        assert seconds(phrase.end_ticks) == pytest.approx(line.end, abs=0.4)


@pytest.mark.parametrize("run", ["sample", "katie_and_steve"])
def test_words(run: str, request: pytest.FixtureRequest) -> None:
    """Words make up their phrase, lie inside it one after the other, and have a confidence."""
    transcript: Transcript = request.getfixturevalue(run)[0]
    for phrase in transcript.phrases:
        assert phrase.text == " ".join(word.text for word in phrase.words)
        assert phrase.locale == "en-US"
        at = phrase.offset_ticks
        for word in phrase.words:
            assert at <= word.offset_ticks
            assert word.duration_ticks > 0
            assert word.confidence is not None
            assert 0 <= word.confidence <= 1
            at = word.offset_ticks + word.duration_ticks
        assert at <= phrase.end_ticks
        assert phrase.confidence is not None
        assert 0 <= phrase.confidence <= 1


def test_sample_is_heard_well(sample: Run) -> None:
    """The bar for the bundled sample: nine utterances of nine, and at most 30 words of 100 wrong."""
    result = score(sample[0], LINES)
    assert result.wer <= 0.30
    assert (result.right, result.total) == (9, 9)
    assert result.time_share >= 0.9


def test_real_people_are_told_apart(katie_and_steve: Run) -> None:
    """The bar for real speech: six utterances of six with the right speaker."""
    result = score(katie_and_steve[0], KATIE_AND_STEVE_LINES)
    assert (result.right, result.total) == (6, 6)
    assert result.time_share >= 0.9


def test_progress(sample: Run) -> None:
    """Progress is told after each piece, never goes back, and ends near the end."""
    shares = sample[1].shares
    assert len(shares) == 9
    assert shares == sorted(shares)
    assert 0.95 < shares[-1] <= 1


async def test_same_again(backend: LocalBackend, opening: Path, sample: Run) -> None:
    """A second run on the same worker, and a shorter file, give the same words."""
    runs = []
    for _ in range(2):
        job = await backend.submit(request_for(opening, speakers=TWO), Notebook())
        runs.append(await backend.result(job))
    assert runs[0] == runs[1]
    assert runs[0].phrases == sample[0].phrases[:2]


@pytest.mark.parametrize("kept", [7, 9])
async def test_resumed(sample: Run, kept: int) -> None:
    """What the journal holds is not recognized again; the result is that of an uninterrupted run."""
    transcript, notebook = sample
    resumed = Notebook(notebook.entries[:kept])
    assert await transcribe(SAMPLE, 3, resumed) == transcript
    assert resumed.entries == notebook.entries


async def test_journal_is_believed(sample: Run) -> None:
    """The proof that nothing is heard twice: a word changed in the journal stands in the result."""
    _, notebook = sample
    entries = [json.loads(entry) for entry in notebook.entries]
    entries[0][3][0][0] = "splendid"
    changed = await transcribe(SAMPLE, 3, Notebook([json.dumps(entry) for entry in entries]))
    assert changed.phrases[0].words[0].text == "splendid"


async def test_stopped_and_resumed(opening: Path) -> None:
    """A job that is stopped in the middle goes on in another backend from its journal."""
    stuck = Stuck()
    first = LocalBackend(SystemRuntime(), workers=1)
    job = await first.submit(request_for(opening, speakers=TWO), stuck)
    waiting = asyncio.create_task(first.result(job))
    await stuck.reached.wait()
    status = await first.status(job)
    assert status.status is MeetingStatus.PROCESSING
    await first.aclose()
    with pytest.raises(MeetingError, match="stopped before it ended"):
        await waiting
    with pytest.raises(MeetingNotFound):
        await first.status(job)
    resumed = Notebook(stuck.entries)
    transcript = await transcribe(opening, 2, resumed)
    assert len(stuck.entries) == 1
    assert len(resumed.entries) == 2
    assert [phrase.speaker for phrase in transcript.phrases] == ["Guest-1", "Guest-2"]


async def test_separate_channels(backend: LocalBackend, tmp_path: Path) -> None:
    """Each channel is a speaker, though one voice talks in both; phrases come in the order of time."""
    first, second = speech()[: int(3.6 * RATE)], speech()[int(12 * RATE) : int(14.9 * RATE)]
    left = np.concatenate([silence(4), first])
    right = np.concatenate([second, silence(8)])[: len(left)]
    audio = save(tmp_path / "stereo.wav", np.stack([left, right], axis=1))
    job = await backend.submit(request_for(audio, channels="separate"), Notebook())
    transcript = await backend.result(job)
    assert [(phrase.channel, phrase.speaker) for phrase in transcript.phrases] == [(1, "Guest-1"), (0, "Guest-2")]
    assert "can we begin the meeting" in transcript.phrases[1].text
    assert transcript.notes == ("Each of the 2 channels was taken as one speaker.",)


async def test_progress_never_goes_back(backend: LocalBackend, tmp_path: Path) -> None:
    """Two channels fall silent within the same second, the first one later: its end stands."""
    left, right = speech()[int(0.8 * RATE) : int(3.35 * RATE)], speech()[int(12.3 * RATE) : int(14.5 * RATE)]
    both = np.zeros((5 * RATE, 2), dtype=np.float32)
    both[: len(left), 0], both[: len(right), 1] = left, right
    notebook = Notebook()
    job = await backend.submit(request_for(save(tmp_path / "a.wav", both), channels="separate"), notebook)
    await backend.result(job)
    assert len(notebook.shares) == 2
    assert notebook.shares == sorted(notebook.shares)


async def test_status_to_the_end(backend: LocalBackend, opening: Path) -> None:
    """Processing, then completed; then the result at once, as often as asked; after deletion nothing."""
    job = await backend.submit(request_for(opening), Notebook())
    assert (await backend.status(job)).status is MeetingStatus.PROCESSING
    transcript = await backend.result(job)
    status = await backend.status(job)
    assert (status.status, status.progress, status.cause) == (MeetingStatus.COMPLETED, 1.0, None)
    assert await backend.result(job) == transcript
    await backend.delete(job)
    await backend.delete(job)
    for verb in (backend.status, backend.result):
        with pytest.raises(MeetingNotFound, match=f"This process runs no local job {job}"):
            await verb(job)


async def test_deleted_at_work(backend: LocalBackend, opening: Path) -> None:
    """Deleting a job stops it; who waits for it is told."""
    stuck = Stuck()
    job = await backend.submit(request_for(opening), stuck)
    waiting = asyncio.create_task(backend.result(job))
    await stuck.reached.wait()
    await backend.delete(job)
    with pytest.raises(MeetingError, match="stopped before it ended"):
        await waiting


async def test_waiting_is_cancelled(backend: LocalBackend, opening: Path) -> None:
    """Who stops waiting does not stop the work."""
    job = await backend.submit(request_for(opening), Notebook())
    waiting = asyncio.create_task(backend.result(job))
    await checkpoint()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len((await backend.result(job)).phrases) == 2


async def test_defect_in_the_journal(backend: LocalBackend, opening: Path) -> None:
    """A defect shows in the status and in the result, and deleting the job is no error."""
    job = await backend.submit(request_for(opening), Broken())
    with pytest.raises(ValueError, match="a defect"):
        await backend.result(job)
    status = await backend.status(job)
    assert (status.status, status.cause) == (MeetingStatus.FAILED, "a defect")
    await backend.delete(job)


async def test_silence(backend: LocalBackend, tmp_path: Path) -> None:
    """Audio without speech fails with a cause, not with an empty transcript."""
    audio = save(tmp_path / "silence.wav", silence(3))
    job = await backend.submit(request_for(audio), Notebook())
    with pytest.raises(MeetingFailed, match=r"No speech was found in the 3\.0 s of .*silence\.wav") as caught:
        await backend.result(job)
    assert (caught.value.code, caught.value.meeting_id, caught.value.backend) == ("no_speech", "m1", "local")
    status = await backend.status(job)
    assert status.status is MeetingStatus.FAILED
    assert "No speech was found" in (status.cause or "")


async def test_cut_file(backend: LocalBackend, tmp_path: Path) -> None:
    """A cut file is refused at once; where it is allowed, the result says so."""
    audio = save(tmp_path / "cut.wav", speech(OPENING_SECONDS))
    audio.write_bytes(audio.read_bytes()[: int(3.7 * 2 * RATE)])
    with pytest.raises(TruncatedAudio, match="--allow-truncated"):
        await backend.submit(request_for(audio), Notebook())
    job = await backend.submit(request_for(audio, allow_truncated=True, speakers=TWO), Notebook())
    transcript = await backend.result(job)
    assert len(transcript.phrases) == 1
    assert "its header promises 8.5 s and only 3.7 s are there." in transcript.notes[0]
    assert transcript.notes[1] == "2 speakers were asked for; only 1 could be told apart."


@pytest.mark.parametrize("language", ["de-DE", "en-GB", "en", ""])
async def test_other_languages(backend: LocalBackend, language: str) -> None:
    """Another language is refused before any work, not heard as English."""
    with pytest.raises(OptionNotSupported, match=rf"knows US English only: language {language} needs another backend"):
        await backend.submit(request_for(SAMPLE, language=language), Notebook())


async def test_refused_at_once(backend: LocalBackend, tmp_path: Path) -> None:
    """What cannot work is refused when it is submitted."""
    stereo = save(tmp_path / "stereo.wav", np.stack([silence(1)] * 2, axis=1))
    with pytest.raises(AudioNotFound):
        await backend.submit(request_for(tmp_path / "nowhere.wav"), Notebook())
    with pytest.raises(ChannelChoiceNeeded, match=r"stereo\.wav has 2 channels"):
        await backend.submit(request_for(stereo), Notebook())
    with pytest.raises(OptionNotSupported, match="leave the number of speakers out"):
        await backend.submit(request_for(stereo, channels="separate", speakers=TWO), Notebook())
    with pytest.raises(MeetingNotFound):
        await backend.status("nothing was begun")


async def test_recognizers_end_with_the_work(backend: LocalBackend, opening: Path) -> None:
    """Their models take more memory than anything else: none is kept when there is nothing to hear."""
    job = await backend.submit(request_for(opening), Notebook())
    await backend.result(job)
    assert not recognizers()


def recognizers() -> list[bytes]:
    """Command lines of the recognizing children that this process has."""
    while True:
        # A thread or a child may end between being listed and being read; its children are then another thread's.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            threads = Path("/proc/self/task").iterdir()
            children = [child for thread in threads for child in (thread / "children").read_text().split()]
            lines = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
            return [line for line in lines if b"local.worker" in line]
