"""Meetings by id: what a submit, a resume and a delete do in every state."""

from __future__ import annotations

from pathlib import Path

import pytest

from remote_meeting.meetings import Meetings
from remote_meeting_backends import (
    AudioNotFound,
    BackendFailed,
    Connection,
    InvalidInput,
    JobOptions,
    JobStatus,
    ManualRuntime,
    MeetingBusy,
    MeetingDeleted,
    MeetingExists,
    MeetingFailed,
    MeetingInterrupted,
    MeetingNotFound,
    MeetingStatus,
    NoBackend,
    OptionNotSupported,
    RemoteMeetingError,
)
from support import sound
from support.cores import KEY, OPTIONS, CoreMaker, Gate, done, submit
from support.scripted import FarBackend, HereBackend, transcript_of
from support.stores import new_meeting

pytestmark = pytest.mark.anyio


async def test_from_audio_to_transcript(core: CoreMaker, audio: Path, runtime: ManualRuntime) -> None:
    """A meeting is written down with its reason, worked on once, and fetched by any other core."""
    backend = HereBackend()
    meetings = core(backend)
    record = await meetings.submit(audio, "standup", OPTIONS, "RealTimeAndAsync")
    assert (record.status, record.backend, record.mode) == (MeetingStatus.UPLOADING, "here", "RealTimeAndAsync")
    assert record.routing_reason == "here: the first backend that fits"
    assert (record.audio, record.audio_seconds) == (str(audio), pytest.approx(0.2))
    assert await done(meetings) == transcript_of("standup")
    assert await done(core(HereBackend())) == transcript_of("standup")
    assert (backend.submissions, runtime.slept) == (1, [])
    assert [record.meeting_id for record in await meetings.newest()] == ["standup"]


async def test_an_id_is_made_where_none_is_given(core: CoreMaker, audio: Path) -> None:
    """A meeting without an id gets one."""
    record = await core(HereBackend()).submit(audio, None, OPTIONS, "async")
    assert len(record.meeting_id) == 32


async def test_a_relative_path_is_found_from_anywhere(
    core: CoreMaker, audio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored is the whole path."""
    monkeypatch.chdir(audio.parent)
    assert (await core(HereBackend()).submit(audio.name, "standup", OPTIONS, "async")).audio == str(audio)


@pytest.mark.parametrize("meeting_id", ["x" * 257, "a\nb", "a\0b", "\x1b[2J", "a\u2028b", "\ud800"])
async def test_an_id_that_cannot_be_one(core: CoreMaker, audio: Path, meeting_id: str) -> None:
    """Such an id is refused wherever it is given, and shown so that it harms no terminal."""
    meetings = core(HereBackend())
    for refused in (
        meetings.submit(audio, meeting_id, OPTIONS, "async"),
        meetings.look(meeting_id),
        meetings.resume(meeting_id),
        meetings.delete(meeting_id),
    ):
        with pytest.raises(InvalidInput, match="cannot be a meeting id") as caught:
            await refused
        assert str(caught.value).isprintable()
    assert await meetings.newest() == []


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("nothing.wav", OPTIONS, AudioNotFound),
        ("standup.wav", JobOptions(channels="7"), InvalidInput),
        ("stereo.wav", OPTIONS, InvalidInput),
    ],
)
async def test_bad_input_leaves_no_trace(
    core: CoreMaker, audio: Path, name: str, options: JobOptions, error: type[Exception]
) -> None:
    """What cannot be used is refused before anything is written down."""
    stereo = sound.tone(0.2)
    sound.save(audio.parent / "stereo.wav", sound.np.stack([stereo, stereo], axis=1))
    meetings = core(HereBackend())
    with pytest.raises(error):
        await submit(meetings, audio.with_name(name), options)
    assert await meetings.newest() == []


async def test_an_option_that_the_backend_cannot_honour(core: CoreMaker, audio: Path) -> None:
    """It is an error that names the option, not a silent difference."""
    options = JobOptions.model_validate({"speakers": {"minimum": 2, "maximum": 2}})
    meetings = core(FarBackend(), choice="far")
    with pytest.raises(OptionNotSupported, match="cannot be told the number of speakers"):
        await submit(meetings, audio, options)
    assert await meetings.newest() == []


async def test_a_backend_that_does_not_exist(core: CoreMaker) -> None:
    """A wrong name is told at once, with the right ones."""
    with pytest.raises(NoBackend, match="no backend named 'nowhere': choose one of here, far, or auto"):
        core(HereBackend(), FarBackend(), choice="nowhere")


async def test_an_id_that_nobody_knows(core: CoreMaker) -> None:
    """Asking, resuming and deleting name the id and the store."""
    meetings = core(HereBackend())
    for refused in (meetings.look("x"), meetings.resume("x"), meetings.delete("x"), meetings.wait("x", 1, 1)):
        with pytest.raises(MeetingNotFound, match=r"no meeting x in the store .*meetings\.db: check the id"):
            await refused


async def test_a_finished_meeting_is_not_done_again(core: CoreMaker, audio: Path) -> None:
    """A second submit, and a resume, say when it was completed."""
    backend = HereBackend()
    meetings = core(backend)
    await submit(meetings, audio)
    await done(meetings)
    for refused in (submit(meetings, audio), meetings.resume("standup")):
        with pytest.raises(MeetingExists, match=r"was completed on 2026-01-01 00:00 UTC: fetch it by its id"):
            await refused
    assert backend.submissions == 1


async def test_a_deleted_id_is_not_used_again(core: CoreMaker, audio: Path) -> None:
    """What was deleted stays deleted, and the reason is told to whoever waits or submits."""
    meetings = core(HereBackend())
    await submit(meetings, audio)
    await done(meetings)
    await meetings.delete("standup")
    await meetings.delete("standup")
    for refused in (submit(meetings, audio), meetings.resume("standup"), done(meetings)):
        with pytest.raises(MeetingDeleted, match="was deleted on 2026-01-01 00:00 UTC"):
            await refused


async def test_a_failed_meeting_is_told_and_tried_again(core: CoreMaker, audio: Path) -> None:
    """The waiter gets the cause once, with code and request id; another attempt starts where it failed."""
    error = BackendFailed("The model is broken.", code="model", request_id="r-1")
    meetings = core(HereBackend(error=error))
    await submit(meetings, audio)
    with pytest.raises(MeetingFailed) as caught:
        await done(meetings)
    assert str(caught.value) == "Meeting standup failed: The model is broken. (backend here, request id r-1)"
    assert (caught.value.code, caught.value.meeting_id) == ("model", "standup")
    again = HereBackend(("hello", "good morning", "bye"))
    meetings = core(again)
    await submit(meetings, audio)
    assert len((await done(meetings)).phrases) == 3
    assert again.heard == ["bye"]


async def test_a_live_meeting_is_left_to_its_runner(core: CoreMaker, audio: Path) -> None:
    """While somebody works on it, a second submit is refused."""
    gate = Gate()
    await submit(core(HereBackend(gate=gate)), audio)
    await gate.reached.wait()
    other = HereBackend()
    with pytest.raises(MeetingBusy, match="being transcribed by another process"):
        await submit(core(other), audio)
    assert other.submissions == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"options": JobOptions(language="de-DE")}, r"other options \(language was en-US\)"),
        ({"seconds": 0.3}, r"other audio \(.*standup\.wav\)"),
        ({"choice": "far"}, r"the backend here"),
    ],
)
async def test_a_resumed_job_is_the_same_job(
    core: CoreMaker, audio: Path, changes: dict[str, object], sentence: str
) -> None:
    """A meeting that broke off goes on only with the audio, options and backend it was begun with."""
    first = core(HereBackend(gate=Gate()))
    await submit(first, audio)
    await first.aclose()
    other = sound.save(audio.with_name("other.wav"), sound.tone(float(str(changes.get("seconds", 0.2)))))
    options = changes.get("options", OPTIONS)
    assert isinstance(options, JobOptions)
    second = core(HereBackend(), FarBackend(), choice=str(changes.get("choice", "auto")))
    with pytest.raises(MeetingExists, match=f"Meeting standup was begun with {sentence}"):
        await submit(second, other, options)
    assert isinstance((await second.look("standup")).problem, MeetingInterrupted)


async def test_the_same_audio_elsewhere_resumes(core: CoreMaker, audio: Path) -> None:
    """A copy under another name is the same recording."""
    first = core(HereBackend(gate=Gate()))
    await submit(first, audio)
    await first.aclose()
    second = core(HereBackend())
    await submit(second, sound.save(audio.with_name("copy.wav"), sound.tone(0.2)))
    assert await done(second) == transcript_of("standup")


async def test_closing_lets_the_meeting_go(core: CoreMaker, audio: Path) -> None:
    """What was stopped here is interrupted for everybody, and can be resumed at once."""
    gate = Gate()
    first = core(HereBackend(gate=gate))
    await submit(first, audio)
    await gate.reached.wait()
    await first.aclose()
    assert first.store.get(KEY).runner is None
    second = core(HereBackend())
    problem = (await second.look("standup")).problem
    assert isinstance(problem, MeetingInterrupted)
    with pytest.raises(MeetingInterrupted, match="go on with: remote-meeting transcribe --meeting-id standup"):
        await done(second)
    await second.resume("standup")
    assert await done(second) == transcript_of("standup")


async def test_a_finished_meeting_outlives_its_backend(core: CoreMaker, audio: Path) -> None:
    """A transcript can be fetched where the plugin that made it is not installed."""
    meetings = core(HereBackend())
    await submit(meetings, audio)
    await done(meetings)
    assert (await done(core(FarBackend()))).phrases == transcript_of("standup").phrases


async def test_every_error_knows_its_meeting(core: CoreMaker) -> None:
    """Whoever catches an error can tell which meeting it is about."""
    with pytest.raises(RemoteMeetingError) as caught:
        await core(HereBackend()).look("x")
    assert caught.value.meeting_id == "x"


async def test_deleted_between_two_questions(core: CoreMaker, audio: Path) -> None:
    """A transcript that went away after the look is Deleted, whoever else has a meeting of that id."""
    meetings = core(HereBackend())
    await submit(meetings, audio)
    standing = await meetings.wait("standup", 10, None)
    meetings.store.create(new_meeting(owner="ann"), None)
    meetings.store.delete(KEY)
    with pytest.raises(MeetingDeleted):
        await meetings.transcript(standing)


async def test_callers_do_not_meet(core: CoreMaker, store_path: Path, audio: Path, runtime: ManualRuntime) -> None:
    """A key sees its own meetings and those without an owner; the store's holder sees all."""
    ann, bob = (
        Meetings(Connection(key=key, region="r"), runtime, store=store_path, backends={"here": HereBackend()})
        for key in ("ann's", "bob's")
    )
    await ann.submit(audio, "standup", OPTIONS, "async")
    await ann.wait("standup", 10, None)
    with pytest.raises(MeetingNotFound):
        await bob.look("standup")
    with pytest.raises(MeetingNotFound):
        await bob.delete("standup")
    assert await bob.newest() == []
    await bob.submit(audio, "standup", OPTIONS, "async")
    await bob.wait("standup", 10, None)
    await core(HereBackend()).submit(audio, "ours", OPTIONS, "async")
    assert {record.meeting_id for record in await bob.newest()} == {"standup", "ours"}
    assert len(await core(HereBackend()).newest()) == 3
    for meetings in (ann, bob):
        await meetings.aclose()


@pytest.mark.parametrize("connection", [Connection(token="t", region="r"), Connection(key="k", token="t", region="r")])
async def test_a_token_owns_nothing(
    core: CoreMaker, store_path: Path, audio: Path, runtime: ManualRuntime, connection: Connection
) -> None:
    """Tokens change every few minutes, so what they submit has no owner."""
    meetings = Meetings(connection, runtime, store=store_path, backends={"here": HereBackend()})
    assert (await meetings.submit(audio, "standup", OPTIONS, "async")).key.owner == ""
    await meetings.aclose()


async def test_an_old_id_after_the_last_day(store_path: Path, runtime: ManualRuntime) -> None:
    """An app that asks for a meeting of the old service is told that it is gone, and since when."""
    meetings = Meetings(Connection(key="k", region="r"), runtime, store=store_path, backends={"here": HereBackend()})
    with pytest.raises(MeetingNotFound, match="the old service is gone since 2025-03-28"):
        await meetings.look("standup")
    await meetings.aclose()


async def test_an_old_id_at_a_named_endpoint(store_path: Path, runtime: ManualRuntime) -> None:
    """Where an endpoint is named, it is asked for what the store does not know."""
    legacy = FarBackend([JobStatus(MeetingStatus.COMPLETED, transcript=transcript_of("standup"))])
    connection = Connection(key="k", endpoint="https://gateway.example/")
    meetings = Meetings(connection, runtime, store=store_path, backends={"legacy": legacy})
    assert await done(meetings) == transcript_of("standup")
    await meetings.delete("standup")
    assert legacy.deleted == ["standup"]
    await meetings.aclose()
