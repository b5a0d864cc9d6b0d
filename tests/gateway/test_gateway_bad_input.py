"""What apps should not send: each is refused with a closing code and a sentence, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections.abc import Iterator

import pytest

from remote_meeting_backends.testing import running_emulator
from support.bad_input import MALFORMED, ODD, REQUESTS, SECOND, STRANGE_IDS, TABLE, Odd, Request, Row, meeting
from support.gateways import COMPLETED, UPLOADING, Gateway, running_gateway
from support.uploader import ASYNC, LIVE, Broken, Uploader

pytestmark = pytest.mark.anyio

GOOD_KEY = "600d" * 8
BAD_KEY = "bad0" * 8
FINAL = 4000
PATIENCE_SECONDS = 60
SAID = ({"speaker": 1, "text": "All is well.", "offset_seconds": 0.1, "duration_seconds": 0.3},)
TOLD = [(1_000_000, 3_000_000, "All is well.", "Guest-1")]
# The names of folders and files say nothing of an id.
SPOOLED = re.compile(r"spool/[0-9a-f]{2}/[0-9a-f]{40}/[\w.-]+")
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One for all rows, so that what a row breaks shows in the next; a scripted service behind it."""
    folder = tmp_path_factory.mktemp("gateway")
    with running_emulator(keys=(GOOD_KEY, BAD_KEY)) as emulator:
        emulator.script(SAID)
        options = ("--backend", "realtime", "--upstream", emulator.realtime_url, "--log-format", "text")
        with running_gateway(folder, *options) as running:
            yield running


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One that hears for itself, and one language only."""
    with running_gateway(tmp_path_factory.mktemp("local"), "--backend", "local", "--async-backend", "local") as running:
        yield running


async def check_unharmed(gateway: Gateway) -> None:
    """Whatever was sent: the gateway serves a good meeting, and has said nothing that it should not."""
    meeting_id = f"good {next(NUMBERS)}"
    async with Uploader(gateway.url, GOOD_KEY, meeting_id, participants=("katie", "steve")) as app:
        await app.upload(SECOND)
        assert app.told == TOLD
    assert gateway.finished(meeting_id, GOOD_KEY).json()["processingStatus"] == COMPLETED
    assert gateway.tracebacks == []
    assert not any(secret in line for line in gateway.lines for secret in (GOOD_KEY, BAD_KEY, TOLD[0][2]))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.does)
async def test_it_is_refused_with_a_sentence(gateway: Gateway, row: Row) -> None:
    """The code is one that the SDKs do not come back after; what there is of the meeting is nobody else's."""
    app = Uploader(gateway.url, BAD_KEY, f"bad {next(NUMBERS)}", row.mode)
    await app.open()
    closed = await says(app, *row.says(app.lines))
    assert (closed.code, row.words in closed.reason) == (row.code, True), closed.reason
    assert app.phrases == []
    assert gateway.offline_task(app.meeting_id, GOOD_KEY).status_code == 404
    await check_unharmed(gateway)


@pytest.mark.parametrize("name", STRANGE_IDS)
async def test_an_id_may_be_any_text_that_can_be_printed(gateway: Gateway, name: str) -> None:
    """It is found by that id, with its own key; its audio lies nowhere but in the spool."""
    meeting_id = STRANGE_IDS[name]
    app = Uploader(gateway.url, BAD_KEY, "")
    await app.open()
    for frame in meeting(meeting_id)(app.lines):
        await app.say(frame)
    await app.send(SECOND)
    await app.until(lambda: bool(app.phrases))
    known_as = meeting_id.replace("\ud83d", "\ufffd")
    assert gateway.offline_task(known_as, BAD_KEY).json() == {
        "id": known_as,
        "processingStatus": UPLOADING,
        "transcriptions": [],
    }
    assert gateway.offline_task(known_as, GOOD_KEY).status_code == 404
    assert all(SPOOLED.fullmatch(path) for path in files_of(gateway))
    await app.end()
    await app.finished()
    await app.aclose()
    answer = gateway.finished(known_as, BAD_KEY).json()
    assert [(one["offsetInTicks"], one["text"]) for one in answer["transcriptions"]] == [(TOLD[0][0], TOLD[0][2])]
    await check_unharmed(gateway)


def files_of(gateway: Gateway) -> set[str]:
    """All that there is in its folder, but for the store."""
    files = (path.relative_to(gateway.folder).as_posix() for path in gateway.folder.rglob("*") if path.is_file())
    return {name for name in files if not name.startswith("gateway.db")}


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.does)
async def test_what_is_odd_but_clear_is_taken(gateway: Gateway, odd: Odd) -> None:
    """Apps have been sending it, and nothing is lost by it."""
    app = Uploader(gateway.url, BAD_KEY, f"odd {next(NUMBERS)}", odd.mode, query=odd.query)
    await app.open()
    for frame in odd.says(app.lines):
        await app.say(frame)
    for at in range(0, len(SECOND), odd.step):
        await app.say(app.lines.audio(SECOND[at : at + odd.step]))
    await app.end()
    await app.finished()
    await app.aclose()
    assert app.told == TOLD
    assert gateway.finished(app.meeting_id, BAD_KEY).json()["processingStatus"] == COMPLETED
    await check_unharmed(gateway)


@pytest.mark.parametrize("end", ["completed", "deleted"])
@pytest.mark.parametrize("mode", [LIVE, ASYNC])
async def test_an_id_is_used_once(gateway: Gateway, end: str, mode: str) -> None:
    """A meeting that is over takes no more audio, whoever has deleted it; under another key the id is free."""
    meeting_id = f"once {next(NUMBERS)}"
    async with Uploader(gateway.url, BAD_KEY, meeting_id) as app:
        await app.upload(SECOND)
    told = gateway.finished(meeting_id, BAD_KEY).json()
    if end == "deleted":
        assert gateway.call("DELETE", "/api/v1/OfflineTask", BAD_KEY, params={"id": meeting_id}).status_code == 200
        told = gateway.offline_task(meeting_id, BAD_KEY).json()
    app = Uploader(gateway.url, BAD_KEY, meeting_id, mode)
    await app.open()
    closed = await says(app, *app.lines.opening())
    assert (closed.code, "choose another id" in closed.reason) == (FINAL, True), closed.reason
    assert gateway.offline_task(meeting_id, BAD_KEY).json() == told
    async with Uploader(gateway.url, GOOD_KEY, meeting_id) as app:
        await app.upload(SECOND)
        assert app.told == TOLD
    await check_unharmed(gateway)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: one.does)
async def test_http_that_is_none_of_ours(gateway: Gateway, request_: Request) -> None:
    """Is answered with the status that says what is wrong, in one short answer."""
    answer = await exchange(gateway.port, request_.sent)
    status = int(answer.split(b" ", 2)[1]) if answer else 0
    assert status in request_.statuses, answer
    assert len(answer) < 2_000
    await check_unharmed(gateway)


async def exchange(port: int, sent: bytes) -> bytes:
    """What comes back; who closes with something unread takes what it has answered with it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with contextlib.suppress(ConnectionError):
        writer.write(sent)
        while block := await asyncio.wait_for(reader.read(65536), PATIENCE_SECONDS):
            answer += block
    writer.close()
    return answer


@pytest.mark.parametrize("mode", [LIVE, ASYNC])
@pytest.mark.parametrize("language", ["de-DE", "x" * 5_000, "../../x", "en-US\r\nx: y", "🎧"])
async def test_a_language_that_nobody_hears(local: Gateway, language: str, mode: str) -> None:
    """It is refused before the app is told that it is heard, and leaves no meeting."""
    app = Uploader(local.url, BAD_KEY, f"language {next(NUMBERS)}", mode, language=language)
    await app.open()
    closed = await says(app, *app.lines.opening())
    assert (closed.code, app.turns_started) == (MALFORMED, 0), closed.reason
    assert local.offline_task(app.meeting_id, BAD_KEY).status_code == 404
    assert local.tracebacks == []


async def says(app: Uploader, *frames: str | bytes) -> Broken:
    """What becomes of an app that says so, as far as it is let."""
    for frame in frames:
        try:
            await app.say(frame)
        except Broken:
            break
    return await app.ending()
