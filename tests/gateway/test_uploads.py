"""Meetings that are uploaded: heard by the emulator's service, told to the app, fetched by id, whatever breaks."""

from __future__ import annotations

import contextlib
import gc
import json
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from remote_meeting.gateway import create_app
from remote_meeting.gateway.settings import Limits, Settings
from remote_meeting.meetings import Meetings
from remote_meeting_backends import (
    Connection,
    ManualRuntime,
    MeetingInterrupted,
    MeetingNotReady,
    SystemRuntime,
    Transcript,
)
from remote_meeting_backends.legacy import CAUSE_HEADER
from remote_meeting_backends.live import BYTES_A_SECOND
from remote_meeting_backends.store import MeetingKey, MeetingStore
from remote_meeting_backends.testing import SpeechEmulator
from support.good_morning import SCRIPT, SECOND, SOUND, TOLD, noise
from support.rest_clients import items
from support.servers import serving
from support.uploader import ASYNC, LIVE, Uploader, eightfold

pytestmark = pytest.mark.anyio


class Running:
    """A gateway on a thread of this process.

    Args:
        url: Where it listens.
        app: What listens.
    """

    def __init__(self, url: str, app: Any) -> None:
        self.url = url
        self.gateway = app.state.gateway

    async def task(self, meeting_id: str, key: str, method: str = "GET") -> httpx.Response:
        """OfflineTask, as the app of that key sees it."""
        async with httpx.AsyncClient(verify=False, timeout=60) as client:
            headers = {"Ocp-Apim-Subscription-Key": key}
            url = f"{self.url}/api/v1/OfflineTask"
            return await client.request(method, url, params={"id": meeting_id}, headers=headers)

    async def status(self, meeting_id: str, key: str) -> int:
        """processingStatus."""
        return int((await self.task(meeting_id, key)).json()["processingStatus"])

    async def over(self, meeting_id: str, key: str) -> httpx.Response:
        """The answer once it is final."""
        while True:
            answer = await self.task(meeting_id, key)
            if answer.json()["processingStatus"] > 1:
                return answer

    def transcript(self, meeting_id: str, key: str) -> Transcript:
        """What the store has, with its notes."""
        store: MeetingStore = self.gateway.house.store
        raw = store.transcript(MeetingKey(store.owner_of(key), meeting_id))
        assert raw is not None
        return Transcript.model_validate_json(raw)


@contextlib.contextmanager
def running(folder: Path, emulator: SpeechEmulator, **changes: Any) -> Iterator[Running]:
    """A gateway whose live meetings are heard by the emulator, with the callers' own keys."""
    runtime = changes.pop("runtime", None)
    place = Connection(endpoint=emulator.url)
    settings = replace(Settings(backend="realtime", async_backend="fast", connection=place), **changes)
    app = create_app(folder / "gateway.db", settings=settings, runtime=runtime)
    with serving(app) as url:
        yield Running(url, app)


@pytest.fixture
def emulator(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """It says what the script says, once it has heard so far."""
    speech_emulator.script(SCRIPT)
    return speech_emulator


async def test_a_live_meeting(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Told as it is heard, then fetched by id by whoever has its key."""
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, emulator.key, "stand-up", LIVE, participants=("katie", "steve")) as app:
            await app.started()
            assert await gateway.status("stand-up", emulator.key) == 0
            await app.upload(eightfold(SOUND))
            assert app.told == TOLD
            assert app.hypotheses
            assert app.statuses == ["EndOfDictation"]
            assert [one.is_end for one in app.detected] == [False, True]
        answer = await gateway.over("stand-up", emulator.key)
        assert (answer.json()["processingStatus"], items(answer.json())) == (2, TOLD)
        assert (await gateway.task("stand-up", "another")).status_code == 404
        assert "The 7 microphones of the array were mixed" in " ".join(
            gateway.transcript("stand-up", emulator.key).notes
        )
    assert not list((tmp_path / "spool").rglob("*.wav"))


@pytest.mark.parametrize("channels", [1, 2, 8])
async def test_a_meeting_for_later(emulator: SpeechEmulator, tmp_path: Path, channels: int) -> None:
    """Nothing is told but that it was taken; its id gives the rest, whatever form the audio had."""
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, emulator.key, "later", ASYNC, channels=channels) as app:
            await app.upload(b"".join(SOUND[at : at + 2] * channels for at in range(0, len(SOUND), 2)))
            assert (app.told, app.statuses, app.detected) == ([], [], [])
        answer = await gateway.over("later", emulator.key)
        assert items(answer.json()) == TOLD
        record = gateway.gateway.house.store.get(
            MeetingKey(gateway.gateway.house.store.owner_of(emulator.key), "later")
        )
        assert (record.mode, record.backend, record.audio_seconds) == ("async", "fast", 4.5)
        noted = " ".join(gateway.transcript("later", emulator.key).notes)
        assert ("The 2 channels were mixed to one." in noted) == (channels == 2)


@pytest.mark.parametrize("continues", [True, False], ids=["reliable reconnect", "by the samples"])
@pytest.mark.parametrize("mode", [LIVE, ASYNC])
async def test_a_connection_that_breaks(emulator: SpeechEmulator, tmp_path: Path, continues: bool, mode: str) -> None:
    """The app comes back, sends again what it must, and the meeting has nothing twice and lacks nothing."""
    half = len(SOUND) // 2
    with running(tmp_path, emulator) as gateway:
        app = Uploader(gateway.url, emulator.key, "cut", mode, continues=continues)
        await app.connect()
        await app.send(eightfold(SOUND[:half]))
        if mode == LIVE:
            await app.until(lambda: bool(app.phrases))
        await app.cut()
        await app.come_back()
        await app.resume()
        await app.send(eightfold(SOUND[half:]))
        await app.end()
        await app.finished()
        assert app.told == (TOLD if mode == LIVE else [])
        await app.aclose()
        assert items((await gateway.over("cut", emulator.key)).json()) == TOLD
        assert gateway.transcript("cut", emulator.key).audio_duration_ticks == len(SOUND) // 2 * 625


async def test_an_app_that_is_started_anew(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Under the same id: what it sends is new audio, behind what is there; its own clock begins at 0."""
    with running(tmp_path, emulator) as gateway:
        first = Uploader(gateway.url, emulator.key, "anew", LIVE)
        await first.connect()
        await first.send(eightfold(SOUND[: 2 * BYTES_A_SECOND]))
        await first.until(lambda: bool(first.phrases))
        await first.cut()
        async with Uploader(gateway.url, emulator.key, "anew", LIVE) as second:
            await second.upload(eightfold(noise(2.5, seed=7)))
            assert [told[0] for told in second.told] == [0, 15_000_000]
        assert items((await gateway.over("anew", emulator.key)).json()) == TOLD


@pytest.mark.parametrize("cut", [False, True], ids=["closed", "cut"])
async def test_a_connection_that_ended_is_freed(emulator: SpeechEmulator, tmp_path: Path, *, cut: bool) -> None:
    """At once: what only the garbage collector frees makes a busy gateway large, and stops it now and then."""
    with running(tmp_path, emulator) as gateway:
        gc.disable()
        try:
            app = Uploader(gateway.url, emulator.key, "freed", LIVE)
            await app.connect()
            await app.send(eightfold(SOUND[:BYTES_A_SECOND]))
            await app.started()
            talks = [weakref.ref(talk) for talk in gateway.gateway.house.talks]
            await (app.cut() if cut else app.aclose())
            for _ in range(500):
                if talks[0]() is None:
                    break
                await gateway.status("freed", emulator.key)
            assert (len(talks), talks[0]()) == (1, None)
        finally:
            gc.enable()


async def test_a_second_connection_takes_the_meeting_over(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """The first is told so, for good."""
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, emulator.key, "mine", LIVE) as first:
            await first.send(eightfold(SOUND[:BYTES_A_SECOND]))
            await first.started()
            async with Uploader(gateway.url, emulator.key, "mine", LIVE) as second:
                ended = await first.ending()
                assert (ended.code, ended.reason) == (4000, "Another connection has taken over this meeting.")
                await second.upload(eightfold(SOUND))
                assert second.told == TOLD


async def test_an_id_whose_meeting_is_over(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Is not used again; but whoever was cut off before the end was told is told it."""
    with running(tmp_path, emulator) as gateway:
        app = Uploader(gateway.url, emulator.key, "over", LIVE)
        await app.connect()
        await app.send(eightfold(SOUND))
        await app.until(lambda: len(app.phrases) == 2)
        heard = list(app.told)
        await app.end()
        await app.cut()
        await gateway.over("over", emulator.key)
        await app.come_back()
        await app.resume()
        await app.finished()
        assert (heard, app.told) == (TOLD[:2], TOLD)
        await app.aclose()
        async with Uploader(gateway.url, emulator.key, "over", LIVE) as other:
            ended = await other.ending()
            assert (ended.code, ended.reason) == (4000, "Meeting 'over' has had its end: choose another id.")


async def test_an_app_that_never_comes_back(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Its meeting is finished with what arrived, and says so."""
    runtime = ManualRuntime()
    with running(tmp_path, emulator, runtime=runtime, limits=Limits(idle_seconds=50)) as gateway:
        async with Uploader(gateway.url, emulator.key, "gone", LIVE) as app:
            await app.send(eightfold(SOUND[: 3 * BYTES_A_SECOND + 3200]))
            await app.until(lambda: len(app.phrases) == 2)
            await app.cut()
        assert await gateway.status("gone", emulator.key) == 0
        while await gateway.status("gone", emulator.key) < 2:
            runtime.advance(30)
        answer = await gateway.over("gone", emulator.key)
        assert items(answer.json())[:2] == TOLD[:2]
        assert "connection ended 3.1 s into the audio" in " ".join(gateway.transcript("gone", emulator.key).notes)


@pytest.mark.parametrize("mode", [LIVE, ASYNC])
async def test_a_gateway_that_restarts(emulator: SpeechEmulator, tmp_path: Path, mode: str) -> None:
    """Apps are handed a reconnect; the next process goes on where the one before ended."""
    half = len(SOUND) // 2
    app = None
    with running(tmp_path, emulator) as first:
        app = Uploader(first.url, emulator.key, "moved", mode)
        await app.connect()
        await app.send(eightfold(SOUND[:half]))
        await app.until(lambda: bool(app.phrases) or mode == ASYNC)
        await app.started()
    ended = await app.ending()
    assert ended.code == 1012
    with running(tmp_path, emulator) as second:
        app.url = second.url
        await app.come_back()
        await app.resume()
        await app.send(eightfold(SOUND[half:]))
        await app.end()
        await app.finished()
        await app.aclose()
        assert app.told == (TOLD if mode == LIVE else [])
        assert items((await second.over("moved", emulator.key)).json()) == TOLD


@pytest.mark.parametrize("sends", [True, False], ids=["sends it again", "sends nothing"])
async def test_an_app_that_comes_behind_the_end(emulator: SpeechEmulator, tmp_path: Path, *, sends: bool) -> None:
    """All audio had come when the gateway died; whoever comes after it is told the rest, on its own clock, and once."""
    with running(tmp_path, emulator) as first:
        app = Uploader(first.url, emulator.key, "rest", LIVE, continues=False)
        await app.connect()
        await app.send(eightfold(SOUND))
        await app.until(lambda: len(app.phrases) == 2)
        (upload,) = first.gateway.house.uploads.values()
        # As far as it came with the end of the audio.
        upload.audio.mark_end([])
    await app.ending()
    with running(tmp_path, emulator) as second:
        anew = Uploader(second.url, emulator.key, "rest", LIVE, continues=False)
        await anew.connect()
        if sends:
            await anew.send(eightfold(SOUND[3 * BYTES_A_SECOND :]))
            await anew.end()
        await anew.until(lambda: anew.turns_ended == 1)
        await anew.aclose()
        rest = [(TOLD[2][0] - 3 * SECOND, *TOLD[2][1:])]
        # What the dead process had written down counts as told to an app that does not say how far it heard.
        assert anew.told == rest or (not sends and anew.told == [])
        assert items((await second.over("rest", emulator.key)).json()) == TOLD


async def test_a_meeting_whose_key_is_away(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Keys are not stored: after a restart it waits until its caller asks for it."""
    with running(tmp_path, emulator) as first:
        async with Uploader(first.url, emulator.key, "waits", LIVE) as app:
            await app.send(eightfold(SOUND))
            await app.until(lambda: len(app.phrases) == 2)
    runtime = ManualRuntime(start=SystemRuntime().now())
    with running(tmp_path, emulator, runtime=runtime, limits=Limits(idle_seconds=50)) as second:
        key = MeetingKey(second.gateway.house.store.owner_of(emulator.key), "waits")
        while key not in second.gateway.house.uploads:
            runtime.advance(10)
            await second.task("waits", "a stranger's")
        upload = second.gateway.house.uploads[key]
        assert upload.account is None
        assert await second.status("waits", emulator.key) == 0
        while await second.status("waits", emulator.key) < 2:
            runtime.advance(30)
        assert items((await second.over("waits", emulator.key)).json()) == TOLD


async def test_a_second_hearing(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """The app has its live phrases at once; the id gives what the second backend heard, and says so."""
    with running(tmp_path, emulator, refine="fast") as gateway:
        async with Uploader(gateway.url, emulator.key, "twice", LIVE) as app:
            await app.upload(eightfold(SOUND))
            assert app.told == TOLD
        assert items((await gateway.over("twice", emulator.key)).json()) == TOLD
        transcript = gateway.transcript("twice", emulator.key)
        store = gateway.gateway.house.store
        record = store.get(MeetingKey(store.owner_of(emulator.key), "twice"))
        assert transcript.backend == "fast"
        assert "Heard live by realtime, and once more by fast" in " ".join(transcript.notes)
        assert record.routing_reason.endswith("heard once more by fast when it is over")


async def test_a_second_hearing_that_fails(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """What was heard live stays, with the reason."""
    emulator.fault("transcribe", "status", status=422)
    with running(tmp_path, emulator, refine="fast") as gateway:
        async with Uploader(gateway.url, emulator.key, "once", LIVE) as app:
            await app.upload(eightfold(SOUND))
        assert items((await gateway.over("once", emulator.key)).json()) == TOLD
        transcript = gateway.transcript("once", emulator.key)
        assert transcript.backend == "realtime"
        assert "The second hearing by fast failed" in " ".join(transcript.notes)


@pytest.mark.parametrize("mode", [LIVE, ASYNC])
async def test_a_key_that_the_service_refuses(emulator: SpeechEmulator, tmp_path: Path, mode: str) -> None:
    """Live the app is told at once, later by a poll; the cause stands in the header, without the key."""
    wrong = "0123456789abcdef0123456789abcdef"
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, wrong, "refused", mode) as app:
            if mode == LIVE:
                await app.send(eightfold(SOUND))
                ended = await app.ending()
                assert (ended.code, app.statuses) == (4000, [])
                assert "refused" in ended.reason
            else:
                await app.upload(eightfold(SOUND))
        answer = await gateway.over("refused", wrong)
        assert answer.json()["processingStatus"] == 3
        assert "401" in answer.headers[CAUSE_HEADER]
        assert wrong not in answer.headers[CAUSE_HEADER]


async def test_deleted_while_it_is_spoken(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """The app's connection ends, the audio is gone, the id stays taken."""
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, emulator.key, "away", LIVE) as app:
            await app.send(eightfold(SOUND[:BYTES_A_SECOND]))
            await app.started()
            assert (await gateway.task("away", emulator.key, "DELETE")).status_code == 200
            assert (await app.ending()).code == 4000
        assert await gateway.status("away", emulator.key) == 4
        assert not list((tmp_path / "spool").rglob("*.wav"))
        async with Uploader(gateway.url, emulator.key, "away", LIVE) as again:
            assert (await again.ending()).reason == "Meeting 'away' was deleted: choose another id."


async def test_a_deleted_meeting_is_not_gone_on_with(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Not by the app that was cut off from it, either, which says where it was."""
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, emulator.key, "away", LIVE) as app:
            await app.send(eightfold(SOUND))
            await app.until(lambda: bool(app.phrases))
            await app.cut()
            assert (await gateway.task("away", emulator.key, "DELETE")).status_code == 200
            await app.come_back()
            assert (await app.ending()).reason == "Meeting 'away' was deleted: choose another id."


async def test_no_meeting_begins_while_the_gateway_ends(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """An app that was connected before is told to come again, and nothing is written down."""
    with running(tmp_path, emulator) as gateway:
        app = Uploader(gateway.url, emulator.key, "late", LIVE)
        await app.open()
        gateway.gateway.house.is_draining = True
        for frame in app.lines.opening():
            await app.say(frame)
        await app.say(app.lines.audio(SOUND[:3200]))
        ended = await app.ending()
        assert (ended.code, ended.reason) == (1013, "The gateway is about to end: come again.")
        assert (await gateway.task("late", emulator.key)).status_code == 404


async def test_voice_signatures_are_noted_once(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Whoever joins with one, now or later."""
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, emulator.key, "voices", LIVE) as app:
            for name in ("join", "join"):
                event = json.loads(str(app.lines.event(name, ["katie"])).partition("\r\n\r\n")[2])
                event["meeting"]["attendees"][0]["voice"] = '{"Version":0,"Tag":"x","Data":"y"}'
                await app.say(app.lines.text("speech.event", event))
            await app.upload(eightfold(SOUND))
        await gateway.over("voices", emulator.key)
        notes = gateway.transcript("voices", emulator.key).notes
        assert sum("Voice signatures were given" in note for note in notes) == 1


async def test_no_audio_at_all(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Is a meeting that failed, and says why."""
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, emulator.key, "empty", ASYNC) as app:
            await app.end()
            await app.finished()
        answer = await gateway.over("empty", emulator.key)
        assert answer.json()["processingStatus"] == 3
        assert answer.headers[CAUSE_HEADER].endswith("The app sent no audio.")


async def test_a_meeting_of_a_gateway_that_is_gone(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Is shown as what it is, and is not gone on with from elsewhere."""
    with running(tmp_path, emulator) as gateway:
        async with Uploader(gateway.url, emulator.key, "left", LIVE) as app:
            await app.send(eightfold(SOUND[:BYTES_A_SECOND]))
            await app.started()
    meetings = Meetings(None, SystemRuntime(), store=tmp_path / "gateway.db")
    standing = await meetings.look("left")
    assert isinstance(standing.problem, MeetingInterrupted)
    assert "came in through a gateway" in standing.problem.message
    with pytest.raises(MeetingNotReady, match="where remote-meeting serve runs"):
        await meetings.resume("left")
    await meetings.aclose()


@pytest.mark.parametrize("is_over", [False, True], ids=["while it is heard", "when it is over"])
@pytest.mark.parametrize("mode", [LIVE, ASYNC])
async def test_a_client_that_says_nothing_more(
    emulator: SpeechEmulator, tmp_path: Path, mode: str, is_over: bool
) -> None:
    """The SDK for JavaScript, cut off behind the end of its audio, comes back under its connection id, and waits."""
    with running(tmp_path, emulator) as gateway:
        app = Uploader(gateway.url, emulator.key, "quiet", mode, continues=False, connection_id="c" * 32)
        await app.connect()
        await app.send(eightfold(SOUND))
        await app.until(lambda: len(app.phrases) == 2 or mode == ASYNC)
        await app.started()
        await app.end()
        await app.cut()
        if is_over:
            await gateway.over("quiet", emulator.key)
        await app.come_back()
        await app.until(lambda: app.turns_ended == 1)
        # What was on its way when the connection broke counts as told.
        assert app.told[:2] == (TOLD[:2] if mode == LIVE else [])
        await app.aclose()
        stranger = Uploader(gateway.url, emulator.key, "quiet", mode, continues=False)
        await gateway.over("quiet", emulator.key)
        await stranger.connect()
        assert (await stranger.ending()).code == 4000
