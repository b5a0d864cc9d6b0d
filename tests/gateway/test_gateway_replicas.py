"""Several gateways on one PostgreSQL and one spool: a meeting goes on at whichever its app comes to, once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from remote_meeting.gateway.callers import hash_of
from remote_meeting_backends.testing import SpeechEmulator
from support.gateways import COMPLETED, DELETED, PATIENCE_SECONDS, UPLOADING, Gateway, running_gateway
from support.good_morning import SCRIPT, SOUND, TOLD
from support.rest_clients import items
from support.uploader import ASYNC, LIVE, Broken, Uploader, eightfold

if TYPE_CHECKING:
    from support.postgres import Cluster

pytestmark = pytest.mark.anyio
pytest_plugins = ("support.postgres",)

HALF = len(SOUND) // 2
MODES = pytest.mark.parametrize("mode", [LIVE, ASYNC])


class Replicas:
    """Gateways that share what outlives them.

    Args:
        emulator: The service that they ask.
        store: Their database.
        folder: For their spool.
        started: Takes them away again.
    """

    def __init__(self, emulator: SpeechEmulator, store: str, folder: Path, started: ExitStack) -> None:
        self.emulator = emulator
        self.spool = folder / "spool"
        self._store = store
        self._folder = folder
        self._started = started

    def start(self, *options: str, own_account: bool = False) -> Gateway:
        """One more, with the callers' keys or its own account."""
        given = ["--backend", "realtime", "--async-backend", "fast", "--upstream", self.emulator.url, *options]
        environment = {"SPEECH_KEY": self.emulator.key, "SPEECH_ENDPOINT": self.emulator.url} if own_account else {}
        started = running_gateway(self._folder, *given, environment=environment, store=self._store, spool=self.spool)
        return self._started.enter_context(started)

    def app(self, gateway: Gateway, meeting_id: str = "standup", mode: str = LIVE, **options: bool) -> Uploader:
        """An app at one of them."""
        return Uploader(gateway.url, self.emulator.key, meeting_id, mode, **options)

    def is_clean(self, gateway: Gateway) -> bool:
        """No audio is left in the spool, once a gateway has done what it does behind an end."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self._holds_audio() and time.monotonic() < until:
            gateway.is_healthy()
        return not self._holds_audio()

    def _holds_audio(self) -> bool:
        # Unlike a glob of Python 3.11 this passes over folders that are removed meanwhile.
        return any(name.endswith(".wav") for _, _, names in os.walk(self.spool) for name in names)


@pytest.fixture
def replicas(speech_emulator: SpeechEmulator, cluster: Cluster, tmp_path: Path) -> Iterator[Replicas]:
    """Gateways to be started."""
    speech_emulator.script(SCRIPT)
    with ExitStack() as started:
        yield Replicas(speech_emulator, cluster.new_database(), tmp_path, started)


def status(gateway: Gateway, meeting_id: str, key: str) -> int:
    """processingStatus."""
    return int(gateway.offline_task(meeting_id, key).json()["processingStatus"])


async def half_way(app: Uploader) -> None:
    """The first half of the meeting is there, and its first phrase told where phrases are told."""
    await app.connect()
    await app.send(eightfold(SOUND[:HALF]))
    await app.until(lambda: bool(app.phrases) or app.mode == ASYNC)
    await app.started()


async def elsewhere(app: Uploader, gateway: Gateway) -> None:
    """The rest of it, at another gateway."""
    app.url = gateway.url
    await app.come_back()
    await app.resume()
    await rest(app)


async def rest(app: Uploader) -> None:
    """The rest of it."""
    await app.send(eightfold(SOUND[HALF:]))
    await app.end()
    await app.finished()
    await app.aclose()


@MODES
@pytest.mark.parametrize("continues", [True, False], ids=["reliable reconnect", "by the samples"])
@pytest.mark.parametrize("ending", ["killed", "ended"])
async def test_a_replica_that_goes_away(replicas: Replicas, ending: str, continues: bool, mode: str) -> None:
    """Its app goes on at another one, which takes the meeting at once: every phrase whole, and once."""
    first, second = replicas.start(), replicas.start()
    app = replicas.app(first, mode=mode, continues=continues)
    await half_way(app)
    if ending == "killed":
        await asyncio.to_thread(first.kill)
        assert (await app.ending()).code == 1006
    else:
        assert await asyncio.to_thread(first.terminate) == 0
        assert (await app.ending()).code == 1012
    await elsewhere(app, second)
    assert app.told == (TOLD if mode == LIVE else [])
    assert items((await asyncio.to_thread(second.finished, "standup", app.key)).json()) == TOLD
    assert await asyncio.to_thread(replicas.is_clean, second)
    assert first.tracebacks == second.tracebacks == []


@MODES
async def test_an_app_that_moves_while_both_live(replicas: Replicas, mode: str) -> None:
    """The replica that it left hears of it, and its connection ends; nothing is heard twice."""
    first, second = replicas.start(), replicas.start()
    left = replicas.app(first, mode=mode)
    await half_way(left)
    app = replicas.app(second, mode=mode)
    await app.connect()
    await app.send(eightfold(SOUND))
    await app.end()
    await app.finished()
    assert app.told == (TOLD if mode == LIVE else [])
    await app.aclose()
    assert (await left.ending()).code == 4000
    await left.aclose()
    assert items((await asyncio.to_thread(first.finished, "standup", app.key)).json()) == TOLD
    assert first.tracebacks == second.tracebacks == []


async def test_a_meeting_is_seen_from_both(replicas: Replicas) -> None:
    """It can be asked for at either, whichever it was uploaded to, under its own key alone."""
    first, second = replicas.start(), replicas.start()
    app = replicas.app(first)
    await half_way(app)
    assert [status(one, "standup", app.key) for one in (first, second)] == [UPLOADING] * 2
    await rest(app)
    answers = [one.finished("standup", app.key) for one in (first, second)]
    assert [items(answer.json()) for answer in answers] == [TOLD, TOLD]
    assert answers[0].content == answers[1].content
    assert [one.offline_task("standup", "another").status_code for one in (first, second)] == [404, 404]


@MODES
async def test_a_meeting_is_deleted_at_another(replicas: Replicas, mode: str) -> None:
    """While it is spoken: the replica that hears it ends the app's connection, and nothing of it is left."""
    first, second = replicas.start(), replicas.start()
    app = replicas.app(first, mode=mode)
    await half_way(app)
    answer = second.call("DELETE", "/api/v1/OfflineTask", app.key, params={"id": "standup"})
    assert answer.status_code == 200
    assert (await app.ending()).code == 4000
    assert [status(one, "standup", app.key) for one in (first, second)] == [DELETED] * 2
    app.url = second.url
    await app.come_back()
    assert (await app.ending()).code == 4000
    await app.aclose()
    assert await asyncio.to_thread(replicas.is_clean, second)
    assert first.tracebacks == second.tracebacks == []


@MODES
async def test_what_a_dead_replica_leaves_is_finished_once(replicas: Replicas, tmp_path: Path, mode: str) -> None:
    """Nobody comes back: of the replicas that are left one takes each meeting in, and none is heard twice."""
    keys, key = tmp_path / "keys", "a key of this gateway"
    keys.write_text(f"app {hash_of(key)}\n")
    options = ("--api-keys", str(keys), "--idle-seconds", "1")
    first, *others = (replicas.start(*options, own_account=True) for _ in range(3))
    apps = [Uploader(first.url, key, f"m-{number}", mode) for number in range(8)]
    await asyncio.gather(*(half_way(app) for app in apps))
    await asyncio.to_thread(first.kill)
    for app in apps:
        with pytest.raises(Broken):
            await app.finished()
        await app.aclose()
    whole = [told for told in TOLD if told[0] + told[1] <= HALF // 2 * 625]
    for app in apps:
        for replica in others:
            answer = await asyncio.to_thread(replica.finished, app.meeting_id, key)
            assert answer.json()["processingStatus"] == COMPLETED
            texts = [told[2] for told in items(answer.json())]
            assert len(texts) == len(set(texts))
            assert set(whole) <= set(items(answer.json()))
    if mode == ASYNC:
        assert replicas.emulator.log()["transcribed"] == len(apps)
    assert await asyncio.to_thread(replicas.is_clean, others[0])
    assert [replica.tracebacks for replica in others] == [[], []]
