"""What a gateway takes of an app at the most: each limit with a small value, its closing code, and who goes on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from remote_meeting_backends.speech_protocol.messages import decode, encode, text_message
from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support.gateways import COMPLETED, UPLOADING, Gateway, running_gateway
from support.upload_lines import STAMP
from support.uploader import ASYNC, LIVE, Broken, Uploader, eightfold

pytestmark = pytest.mark.anyio

KEY, ANOTHER = "4b1d" * 8, "a11d" * 8
TOO_SLOW, TOO_LARGE, LATER, FINAL = 1008, 1009, 1013, 4000
SAID = ({"speaker": 1, "text": "All is well.", "offset_seconds": 0.1, "duration_seconds": 0.3},)
TOLD = [(1_000_000, 3_000_000, "All is well.", "Guest-1")]
SECOND = eightfold(bytes(range(256)) * 125)
MIB = 1 << 20
NUMBERS = itertools.count()

Start = Callable[..., AbstractContextManager[Gateway]]


@pytest.fixture(scope="module")
def _service() -> Iterator[SpeechEmulator]:
    with running_emulator(keys=(KEY, ANOTHER)) as emulator:
        emulator.script(SAID)
        yield emulator


@pytest.fixture
def limited(_service: SpeechEmulator, tmp_path: Path) -> Start:
    """Starts a gateway with limits, a scripted service behind it."""

    def start(*options: str, upstream: str = _service.realtime_url) -> AbstractContextManager[Gateway]:
        return running_gateway(tmp_path, "--backend", "realtime", "--upstream", upstream, *options)

    return start


def app_of(gateway: Gateway, key: str = KEY, mode: str = LIVE, meeting_id: str | None = None) -> Uploader:
    """An app with a meeting of its own."""
    return Uploader(gateway.url, key, meeting_id or f"meeting {next(NUMBERS)}", mode)


async def check_good(gateway: Gateway, key: str = KEY) -> None:
    """Whatever was refused: a meeting that keeps to the limits is served."""
    async with app_of(gateway, key) as app:
        await app.upload(SECOND)
        assert app.told == TOLD
    assert gateway.finished(app.meeting_id, key).json()["processingStatus"] == COMPLETED
    assert gateway.tracebacks == []


async def refused(app: Uploader, *frames: str | bytes) -> Broken:
    """How an app is refused that says so."""
    for frame in frames:
        try:
            await app.say(frame)
        except Broken:
            break
    return await app.ending()


@pytest.mark.parametrize("mode", [LIVE, ASYNC])
async def test_a_message_that_is_too_large(limited: Start, mode: str) -> None:
    """The limit itself is taken, a byte more is not; the meeting goes on where the app comes back."""
    with limited("--max-message-bytes", "65536") as gateway:
        async with app_of(gateway, mode=mode) as app:
            head = len(app.lines.audio(b""))
            await app.started()
            await app.say(app.lines.audio(bytes(65_536 - head)))
            assert (await refused(app, app.lines.audio(bytes(65_537 - head)))).code == TOO_LARGE
        assert gateway.offline_task(app.meeting_id, KEY).json()["processingStatus"] == UPLOADING
        await check_good(gateway)


async def test_too_many_meetings_of_a_key(limited: Start) -> None:
    """Another key has meetings of its own; a running one may come back; when one has ended another may begin."""
    with limited("--max-meetings-per-key", "2") as gateway:
        first, second = app_of(gateway), app_of(gateway)
        for app in (first, second):
            await app.connect()
            await app.send(SECOND)
            await app.started()
        third = app_of(gateway)
        await third.open()
        closed = await refused(third, *third.lines.opening())
        assert (closed.code, third.turns_started) == (LATER, 0)
        assert "2 meetings" in closed.reason
        assert gateway.offline_task(third.meeting_id, KEY).status_code == 404
        await check_good(gateway, ANOTHER)
        await second.cut()
        await second.come_back()
        await second.started()
        await first.end()
        await first.finished()
        gateway.finished(first.meeting_id, KEY)
        await check_good(gateway)
        for app in (first, second):
            await app.aclose()


@pytest.mark.parametrize("mode", [LIVE, ASYNC])
async def test_a_meeting_that_is_too_long(limited: Start, mode: str) -> None:
    """Its app is told so for good, also when it comes back; what came within the limit is kept and heard."""
    with limited("--max-hours", str(1.5 / 3600), "--idle-seconds", "1", "--async-backend", "local") as gateway:
        async with app_of(gateway, mode=mode) as app:
            closed = await refused(app, *(app.lines.audio(SECOND) for _ in range(3)))
        assert closed.code == FINAL
        assert "longer than" in closed.reason
        answer = gateway.finished(app.meeting_id, KEY)
        told = [(one["offsetInTicks"], one["text"]) for one in answer.json()["transcriptions"]]
        assert told == ([] if mode == ASYNC else [(TOLD[0][0], TOLD[0][2])])
        await app.open()
        assert (await refused(app, *app.lines.opening())).code == FINAL
        await check_good(gateway)


@pytest.mark.parametrize("chats", [False, True], ids=["silent", "telemetry only"])
async def test_an_app_without_audio(limited: Start, chats: bool) -> None:
    """It is closed; the meeting is finished with what arrived, and says so."""
    with limited("--idle-seconds", "1") as gateway:
        async with app_of(gateway) as app:
            await app.send(SECOND)
            await app.until(lambda: app.told == TOLD)
            async with chatting(app, "telemetry", chats):
                closed = await app.ending()
        assert closed.code == TOO_SLOW
        answer = gateway.finished(app.meeting_id, KEY).json()
        assert (answer["processingStatus"], answer["transcriptions"][0]["text"]) == (COMPLETED, TOLD[0][2])
        await check_good(gateway)


@pytest.mark.parametrize("chats", [False, True], ids=["silent", "speech.config only"])
@pytest.mark.parametrize("says", [0, 1, 2, 3], ids=["nothing", "speech.config", "+ speech.context", "+ speech.event"])
async def test_an_app_that_never_begins(limited: Start, says: int, chats: bool) -> None:
    """It is closed after the time for the handshake, however much it talks, and leaves no meeting."""
    with limited("--handshake-seconds", "2") as gateway:
        app = app_of(gateway)
        await app.open()
        for frame in app.lines.opening()[:says]:
            await app.say(frame)
        async with chatting(app, "speech.config", chats):
            closed = await app.ending()
        assert (closed.code, app.turns_started) == (TOO_SLOW, 0)
        assert gateway.offline_task(app.meeting_id, KEY).status_code == 404
        await check_good(gateway)


async def test_a_connection_that_never_asks(limited: Start) -> None:
    """Half a request is not waited for any longer than for the rest of a handshake."""
    with limited("--handshake-seconds", "2") as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"GET /speech/recognition/multiaudio HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nX-")
        await asyncio.wait_for(reader.read(), 30)
        writer.close()
        await check_good(gateway)


async def test_an_app_that_reads_nothing(limited: Start) -> None:
    """It is closed, what it was to be told piles up in no memory, and it hears of it when it comes back."""
    async with flooding() as upstream:
        with limited("--slow-seconds", "1", "--log-format", "text", upstream=upstream) as gateway:
            app = app_of(gateway)
            await app.connect()
            await app.started()
            before = gateway.rss_bytes()
            app.socket.transport.pause_reading()
            for _ in range(8):
                await app.send(SECOND)
            line = await asyncio.to_thread(gateway.said, f"{TOO_SLOW}")
            assert gateway.rss_bytes() - before < 64 * MIB
            assert "too slow" in line
            app.socket.transport.resume_reading()
            await app.ending()
            await app.come_back()
            await app.resume()
            await app.end()
            await app.finished()
            await app.aclose()
            assert [offset for offset, *_ in app.told] == [at * 1_000_000 for at in range(80)]
            assert gateway.tracebacks == []


async def test_a_spool_that_is_full(limited: Start) -> None:
    """No meeting can begin; the one that runs goes on in memory, loses nothing, and makes room when it is over."""
    with limited("--spool-bytes", "100000") as gateway:
        async with app_of(gateway) as app:
            for _ in range(10):
                await app.send(SECOND)
            await app.until(lambda: app.told == TOLD)
            for mode in (LIVE, ASYNC):
                late = app_of(gateway, ANOTHER, mode)
                await late.open()
                closed = await refused(late, *late.lines.opening())
                assert (closed.code, late.turns_started) == (LATER, 0)
                assert "spool is full" in closed.reason
                assert gateway.offline_task(late.meeting_id, ANOTHER).status_code == 404
            assert gateway.call("GET", "/readyz").status_code == 503
            await app.end()
            await app.finished()
            assert app.told == TOLD
        assert gateway.finished(app.meeting_id, KEY).json()["processingStatus"] == COMPLETED
        while gateway.call("GET", "/readyz").status_code == 503:
            continue
        await check_good(gateway)


@asynccontextmanager
async def chatting(app: Uploader, path: str, chats: bool) -> AsyncIterator[None]:
    """An app that says something now and then, and nothing of use: by the real clock, for its gateway is a process."""

    async def chat() -> None:
        while chats:
            await app.say(app.lines.text(path, {}))
            await asyncio.sleep(0.1)

    task = asyncio.create_task(chat())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def flooding() -> AsyncIterator[str]:
    """A service that answers each 100 ms with a phrase of 200 KB."""
    text = "word " * 40_000

    async def answer(socket: ServerConnection) -> None:
        request, at = "", 0
        try:
            async for frame in socket:
                message = decode(frame)
                if message.path == "speech.context":
                    request = message.request_id
                    await socket.send(encode(text_message("turn.start", request, {}, STAMP)))
                elif message.path == "audio" and not message.body:
                    await socket.send(encode(text_message("turn.end", request, {}, STAMP)))
                elif message.path == "audio" and "content-type" not in message.headers:
                    body = {"RecognitionStatus": "Success", "Id": f"{at}", "DisplayText": text, "SpeakerId": "Guest-1"}
                    place = {"Offset": at * 1_000_000, "Duration": 1_000_000}
                    await socket.send(encode(text_message("speech.phrase", request, body | place, STAMP)))
                    at += 1
        except ConnectionClosed:
            return

    async with serve(answer, "127.0.0.1", 0, compression=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
