"""The realtime backend against the emulator: files, resuming, refusals, sessions that are too short, the contract."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remote_meeting_backends import (
    AuthenticationFailed,
    Backend,
    BadRequest,
    Connection,
    JobOptions,
    JobRequest,
    Limits,
    ManualRuntime,
    MeetingFailed,
    OptionNotSupported,
    RemoteMeetingError,
    Runtime,
    ServiceUnavailable,
    ServiceUnreachable,
)
from remote_meeting_backends.contract import BackendContract, MemoryJournal
from remote_meeting_backends.live import Canceled, LiveAudio, Transcribed, Transcribing
from remote_meeting_backends.phrases_kept import dump_phrase, load_phrase
from remote_meeting_backends.realtime import RealtimeBackend
from remote_meeting_backends.testing import SpeechEmulator
from support.live import PCM, SAID, Meeting, blocks
from support.sound import save
from support.spoken import as_told, lines

pytestmark = pytest.mark.anyio


@pytest.fixture
def emulator(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """One that knows what is said."""
    speech_emulator.script(SAID)
    return speech_emulator


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """The scripted meeting's audio as a file."""
    return save(tmp_path / "meeting.wav", np.frombuffer(PCM, dtype="<i2"), subtype="PCM_16")


class TestContract(BackendContract):
    """What every backend promises."""

    backend_type = RealtimeBackend

    @pytest.fixture(autouse=True)
    def _account(self, emulator: SpeechEmulator, wav: Path) -> None:
        self._emulator, self._wav = emulator, wav

    def connection(self) -> Connection:
        """The emulator's."""
        return self._emulator.connection()

    def runtime(self) -> Runtime:
        """Nobody waits."""
        return ManualRuntime()

    def request(self) -> JobRequest:
        """Eight seconds of audio."""
        return JobRequest("standup", self._wav, JobOptions())


async def test_a_file(emulator: SpeechEmulator, wav: Path) -> None:
    """Its phrases with their words; each is in the journal, and told after what was understood so far of it."""
    outcome = await Meeting(emulator, wav).held()
    assert [phrase.text for phrase in outcome.transcript.phrases] == [line["text"] for line in SAID]
    assert [word.text for word in outcome.transcript.phrases[0].words] == ["Good", "morning,", "Steve."]
    assert outcome.transcript.audio_duration_ticks == 80_000_000
    kept = [load_phrase(entry) for entry in outcome.journal.entries if '"phrase"' in entry]
    assert kept == list(outcome.transcript.phrases)
    kinds = [type(event) for event in outcome.events if isinstance(event, Transcribed | Transcribing)]
    assert kinds == [Transcribing, Transcribed] * len(SAID)
    assert outcome.events[-2] == Canceled()


async def test_the_array_is_heard_as_one(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Its 7 microphones are mixed, and the result says so."""
    one = np.frombuffer(PCM, dtype="<i2")
    array = save(tmp_path / "array.wav", np.stack([one] * 7 + [one // 2], axis=1), subtype="PCM_16")
    outcome = await Meeting(emulator, array).held()
    assert len(outcome.told) == len(SAID)
    assert any("7 microphones" in note for note in outcome.transcript.notes)


async def test_two_channels_that_are_kept_apart(speech_emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Each is one speaker, also where they speak at once."""
    both = [{"text": f"I am {c}.", "offset_seconds": 1.0, "duration_seconds": 1.0, "channel": c} for c in (0, 1)]
    speech_emulator.script(both)
    one = np.frombuffer(PCM, dtype="<i2")
    stereo = save(tmp_path / "stereo.wav", np.stack([one, one[::-1]], axis=1), subtype="PCM_16")
    outcome = await Meeting(speech_emulator, stereo, JobOptions(channels="separate")).held()
    assert [(p.text, p.speaker, p.channel) for p in outcome.transcript.phrases] == [
        ("I am 0.", "Guest-1", 0),
        ("I am 1.", "Guest-2", 1),
    ]


@pytest.mark.parametrize("phrases", [0, 1, 3, 6])
async def test_another_process_goes_on(emulator: SpeechEmulator, wav: Path, phrases: int) -> None:
    """With the same audioSessionId, from the end of what was kept; nothing is sent or told twice."""
    whole = await Meeting(emulator, wav).held()
    entries = [entry for entry in whole.journal.entries if '"session' in entry or "realtime session" in entry][:1]
    entries += [dump_phrase(phrase) for phrase in whole.transcript.phrases[:phrases]]
    journal = MemoryJournal()
    await journal.checkpoint(entries)
    rest = await Meeting(emulator, wav, journal=journal).held()
    assert rest.told == whole.told
    assert len([event for event in rest.events if isinstance(event, Transcribed)]) == len(SAID) - phrases
    sessions = {json.loads(entry)["id"] for entry in journal.entries if "realtime session" in entry}
    assert len(sessions) == 1
    sent = [entry["received"] for entry in emulator.log()["requests"]]
    assert sent[1] < sent[0] or phrases == 0


async def test_a_live_meeting_whose_process_died(emulator: SpeechEmulator) -> None:
    """What was recognized is its transcript, and the note says from where on nobody listened."""
    journal = MemoryJournal()
    await journal.checkpoint([dump_phrase(phrase) for phrase in lines(3)])
    backend = RealtimeBackend.open(emulator.connection(), ManualRuntime())
    job = await backend.submit(JobRequest("standup", None, JobOptions()), journal)
    transcript = await backend.result(job)
    await backend.aclose()
    assert [as_told(phrase) for phrase in transcript.phrases] == [as_told(phrase) for phrase in lines(3)]
    assert "after 2.7 s was not heard" in transcript.notes[0]
    assert emulator.log()["requests"] == []


async def test_nothing_was_kept_of_it(emulator: SpeechEmulator) -> None:
    """Then there is no transcript, and the meeting has failed."""
    backend = RealtimeBackend.open(emulator.connection(), ManualRuntime())
    job = await backend.submit(JobRequest("standup", None, JobOptions()), MemoryJournal())
    with pytest.raises(MeetingFailed, match="before anything was recognized"):
        await backend.result(job)
    await backend.aclose()


async def test_audio_that_is_longer_than_a_session(emulator: SpeechEmulator, wav: Path) -> None:
    """It goes on in another where the last phrase ended, and the result says that labels may have changed. (A script
    begins anew in each session of the emulator; test_eight_hours.py has a service that knows its place.)
    """
    limits = {"realtime": Limits(max_diarized_seconds=4.0)}
    outcome = await Meeting(emulator, wav, account={"limits": limits}).held()
    offsets = [phrase.offset_ticks for phrase in outcome.transcript.phrases]
    assert offsets == sorted(offsets)
    assert any("same label may mean somebody else" in note for note in outcome.transcript.notes)
    sessions = [json.loads(entry) for entry in outcome.journal.entries if "realtime session" in entry]
    assert len({session["id"] for session in sessions}) == len(sessions) > 1
    ends = [phrase.end_ticks for phrase in outcome.transcript.phrases]
    assert all(session["start_ticks"] in (0, *ends) for session in sessions)


REFUSALS: dict[str, tuple[dict[str, Any], type[RemoteMeetingError], str]] = {
    "401": ({"kind": "status", "status": 401}, AuthenticationFailed, "was refused"),
    "403": ({"kind": "status", "status": 403}, AuthenticationFailed, "was refused"),
    "400": ({"kind": "status", "status": 400}, BadRequest, "refused the connection"),
    "404": ({"kind": "status", "status": 404}, BadRequest, "check the endpoint"),
    "1002": ({"kind": "ws_drop", "at": 1, "close": 1002}, BadRequest, "1002"),
    "1003": ({"kind": "ws_drop", "at": 2, "close": 1003}, BadRequest, "1003"),
    "1007": ({"kind": "ws_drop", "at": 3, "close": 1007}, BadRequest, "1007"),
    "4000": ({"kind": "ws_drop", "at": 4, "close": 4000}, BadRequest, "4000"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_is_final(emulator: SpeechEmulator, name: str) -> None:
    """One connection, and an error with its cause; whoever listens is told as well."""
    fault, kind, words = REFUSALS[name]
    emulator.fault("realtime", times=5, **fault)
    with pytest.raises(kind, match=words) as raised:
        await Meeting(emulator).held()
    assert raised.value.request_id
    assert len(emulator.log()["requests"]) == 1
    assert emulator.key not in str(raised.value)


async def test_a_wrong_key(emulator: SpeechEmulator) -> None:
    """Refused, and in no message."""
    with pytest.raises(AuthenticationFailed) as raised:
        await Meeting(emulator, account={"key": "f" * 32}).held()
    assert "f" * 32 not in str(raised.value)


async def test_no_log_holds_the_key(emulator: SpeechEmulator, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever logs everything finds neither the key nor what was said."""
    with caplog.at_level(logging.DEBUG):
        await Meeting(emulator).held()
    assert emulator.key not in caplog.text
    assert "Good morning" not in caplog.text


async def test_a_token_opens_it(emulator: SpeechEmulator) -> None:
    """In place of a key."""
    outcome = await Meeting(emulator, account={"key": None, "token": emulator.token()}).held()
    assert len(outcome.told) == len(SAID)


async def test_no_connection_lasts(emulator: SpeechEmulator) -> None:
    """After eight in a row that brought no phrase it gives up, says so, and what was recognized is kept."""
    journal = MemoryJournal()
    # With a close frame: a connection that just breaks may take its last message with it.
    emulator.fault("realtime", "ws_drop", at=5, close=1001)
    emulator.fault("realtime", "ws_drop", at=3, times=50)
    with pytest.raises(ServiceUnreachable, match="8 connections in a row brought no phrase"):
        await Meeting(emulator, journal=journal).held()
    assert len([entry for entry in journal.entries if '"phrase"' in entry]) == 1
    assert len(emulator.log()["requests"]) == 9


async def test_a_service_that_is_not_there(emulator: SpeechEmulator) -> None:
    """Tried again, with waits that grow; in the end it is told what was tried."""
    emulator.fault("realtime", "status", status=503, times=50)
    runtime = ManualRuntime()
    with pytest.raises(ServiceUnavailable, match="is not available"):
        await Meeting(emulator, runtime=runtime).held()
    assert runtime.slept == sorted(runtime.slept)
    assert len(runtime.slept) == 7


async def test_nobody_listens_at_the_address() -> None:
    """The network is gone: a sentence with the place, and no key."""
    connection = Connection(key="a" * 32, endpoint="ws://127.0.0.1:9/stt/speech/universal/v2")
    backend = RealtimeBackend.open(connection, ManualRuntime())
    request = JobRequest("standup", None, JobOptions(), live=LiveAudio(blocks(PCM)))
    job = await backend.submit(request, MemoryJournal())
    with pytest.raises(ServiceUnreachable, match=r"no connection to ws://127\.0\.0\.1:9") as raised:
        await backend.result(job)
    await backend.aclose()
    assert "a" * 32 not in str(raised.value)


async def test_no_speech_is_an_empty_transcript_with_a_note(speech_emulator: SpeechEmulator) -> None:
    """As the service ends such a session in order."""
    speech_emulator.script([])
    outcome = await Meeting(speech_emulator).held()
    assert outcome.transcript.phrases == ()
    assert "No speech was recognized." in outcome.transcript.notes


async def test_a_source_that_breaks(emulator: SpeechEmulator) -> None:
    """What it gave is recognized and kept; then its error is told."""

    async def broken() -> Any:
        yield PCM[: 3 * 32_000]
        raise OSError("the microphone is unplugged")

    journal = MemoryJournal()
    backend: Backend = RealtimeBackend.open(emulator.connection(), ManualRuntime())
    job = await backend.submit(JobRequest("m", None, JobOptions(), live=LiveAudio(broken())), journal)
    with pytest.raises(OSError, match="unplugged"):
        await backend.result(job)
    await backend.aclose()
    assert [load_phrase(entry).text for entry in journal.entries if '"phrase"' in entry][:2] == [
        "Good morning, Steve.",
        "Good morning, Katie.",
    ]


async def test_a_phrase_is_kept_before_it_is_told(emulator: SpeechEmulator) -> None:
    """At the moment when somebody hears of it, it stands in the journal."""
    journal, kept = MemoryJournal(), []

    def listener(event: object) -> None:
        if isinstance(event, Transcribed):
            kept.append(load_phrase(journal.entries[-1]) == event.phrase)

    backend = RealtimeBackend.open(emulator.connection(), ManualRuntime())
    request = JobRequest("m", None, JobOptions(), live=LiveAudio(blocks(PCM)), listener=listener)
    await backend.result(await backend.submit(request, journal))
    await backend.aclose()
    assert kept == [True] * len(SAID)


@pytest.mark.parametrize(
    ("options", "words"),
    [(JobOptions(profanity="tags"), "no tags around swear words"), (JobOptions(profanity="none"), None)],
)
async def test_swear_words(emulator: SpeechEmulator, options: JobOptions, words: str | None) -> None:
    """The service's three ways; what it has no way for is refused before anything is sent."""
    backend = RealtimeBackend.open(emulator.connection(), ManualRuntime())
    request = JobRequest("m", None, options, live=LiveAudio(blocks(PCM)))
    if words is None:
        await backend.result(await backend.submit(request, MemoryJournal()))
    else:
        with pytest.raises(OptionNotSupported, match=words):
            await backend.submit(request, MemoryJournal())
    await backend.aclose()
    assert len(emulator.log()["requests"]) == (words is None)


async def test_a_listener_that_fails_stops_nothing(emulator: SpeechEmulator, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged."""

    def fails(_event: object) -> None:
        raise ZeroDivisionError

    backend = RealtimeBackend.open(emulator.connection(), ManualRuntime())
    request = JobRequest("m", None, JobOptions(), live=LiveAudio(blocks(PCM)), listener=fails)
    transcript = await backend.result(await backend.submit(request, MemoryJournal()))
    await backend.aclose()
    assert len(transcript.phrases) == len(SAID)
    assert "Whoever listens" in caplog.text


async def test_what_it_cannot_do_is_said(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """URLs, and more than two channels apart."""
    backend = RealtimeBackend.open(emulator.connection(), ManualRuntime())
    with pytest.raises(OptionNotSupported, match="no URLs"):
        await backend.submit(JobRequest("m", None, JobOptions(), ("https://x.test/a.wav",)), MemoryJournal())
    quad = save(tmp_path / "quad.wav", np.zeros((1600, 4), dtype=np.float32))
    with pytest.raises(OptionNotSupported, match="at most 2 channels"):
        await backend.submit(JobRequest("m", quad, JobOptions(channels="separate")), MemoryJournal())
    with pytest.raises(OptionNotSupported, match="at most 2 channels"):
        await backend.submit(JobRequest("m", None, JobOptions(), live=LiveAudio(blocks(b""), 3)), MemoryJournal())
    await backend.aclose()


async def test_closing_stops_a_meeting_in_the_middle(emulator: SpeechEmulator) -> None:
    """No task is left behind, and the source is closed."""
    closed = asyncio.Event()

    async def endless() -> Any:
        try:
            yield PCM
            await asyncio.Event().wait()
        finally:
            closed.set()

    before = asyncio.all_tasks()
    heard = asyncio.Event()

    def listener(event: object) -> None:
        if isinstance(event, Transcribed):
            heard.set()

    backend = RealtimeBackend.open(emulator.connection(), ManualRuntime())
    request = JobRequest("m", None, JobOptions(), live=LiveAudio(endless()), listener=listener)
    await backend.submit(request, MemoryJournal())
    await asyncio.wait_for(heard.wait(), 30)
    await backend.aclose()
    await asyncio.wait_for(closed.wait(), 5)
    assert asyncio.all_tasks() == before
