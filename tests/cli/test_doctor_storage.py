"""`remote-meeting doctor` on where batch stages files and puts results: SAS by their words, a real Azurite asked."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
import time
import uuid
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from command_line import Invoke

from remote_meeting.doctor import Account, Subject, examine
from remote_meeting_backends import Connection, Storage, SystemRuntime
from support.servers import free_port
from support.stagers import Credential

if TYPE_CHECKING:
    from support.azurite import Azurite

pytest_plugins = ("support.azurite",)

SIGNATURE = "c2VjcmV0LXNpZ25hdHVyZQ=="
CONTAINER = "https://me.blob.core.windows.net/meetings"


def sas(hours: float = 100, **fields: str) -> str:
    """A container's SAS by hand."""
    end = f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    given = {"sv": "2026-01-01", "sr": "c", "sp": "rwd", "se": end, "sig": SIGNATURE} | fields
    return "&".join(f"{name}={value}" for name, value in given.items())


def told(invoke: Invoke, check: str = "storage") -> tuple[str, str]:
    """Status and sentence; no signature in either."""
    done = invoke("doctor", "--json")
    assert SIGNATURE not in done.output
    (found,) = [one for one in json.loads(done.stdout)["checks"] if one["check"] == check]
    assert done.exit_code == (1 if found["status"] == "problem" else 0), done.output
    return found["status"], found["message"]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (f"{CONTAINER}?{sas(-1)}", "expired at"),
        (f"{CONTAINER}?{sas(sp='r')}", "may not write (w) or delete (d)"),
        (f"{CONTAINER}?{sas(sr='b')}", "is for one blob (sr=b), and a container is needed"),
        (f"{CONTAINER}?{sas(sig='')}", "has no signature"),
        (f"{CONTAINER}/standup.wav?{sas()}", "names a blob"),
        (f"https://me.queue.core.windows.net/meetings?{sas()}", "is not the blob service"),
        ("me, please", "neither a connection string"),
        ("AccountName=me;AccountKey=no base64", "not in base64"),
    ],
    # Their own hold the time.
    ids=["expired", "reads only", "one blob", "unsigned", "blob", "queue", "words", "no key"],
)
def test_what_cannot_stage(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, where: str, words: str) -> None:
    """Told before anybody is asked."""
    monkeypatch.setenv("SPEECH_STORAGE", where)
    status, sentence = told(invoke)
    assert status == "problem"
    assert words in sentence


@pytest.mark.parametrize(
    ("where", "status", "words"),
    [
        (f"{CONTAINER}?{sas()}", "ok", f"The SAS of {CONTAINER} may read and write."),
        (f"{CONTAINER}?{sas(3.9)}", "warning", "ends in 3."),
        (f"{CONTAINER}?{sas(sp='r')}", "problem", "may not write (w)"),
        (f"{CONTAINER}?{sas(-1)}", "problem", "expired at"),
        (CONTAINER, "warning", "has no SAS"),
        ("meetings", "problem", "is no URL of a container"),
    ],
    ids=["good", "ends soon", "reads only", "expired", "no SAS", "no URL"],
)
def test_where_results_are_put(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, where: str, status: str, words: str
) -> None:
    """By the URL alone: only a job writes there."""
    monkeypatch.setenv("SPEECH_DESTINATION", where)
    found, sentence = told(invoke, "destination")
    assert found == status
    assert words in sentence


@pytest.fixture
def container(azurite: Azurite) -> str:
    """A container that is there."""
    name = f"c{uuid.uuid4().hex}"
    azurite.create(name)
    return name


def test_a_sas_that_opens(azurite: Azurite, container: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day and more must be left of it."""
    where = f"{azurite.url}/{container}"
    later = datetime.now(UTC) + timedelta(days=3)
    monkeypatch.setenv("SPEECH_STORAGE", f"{where}?{azurite.container_sas(container, expiry=later)}")
    assert told(invoke) == ("ok", f"{where} answers, and may be read.")
    monkeypatch.setenv("SPEECH_STORAGE", f"{where}?{azurite.container_sas(container)}")
    status, sentence = told(invoke)
    assert status == "warning"
    assert "ends in 1.0 hours" in sentence


def test_a_container_that_is_missing(azurite: Azurite, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key makes it with the first file, and not before; a SAS cannot."""
    monkeypatch.setenv("SPEECH_STORAGE", azurite.connection_string)
    monkeypatch.setenv("SPEECH_STORAGE_CONTAINER", "nobodys")
    for _ in range(2):
        status, sentence = told(invoke)
        assert status == "ok"
        assert "is not there yet" in sentence
    monkeypatch.setenv("SPEECH_STORAGE", f"{azurite.url}/nobodys?{azurite.container_sas('nobodys')}")
    status, sentence = told(invoke)
    assert status == "problem"
    assert "does not exist" in sentence


def test_a_wrong_key(azurite: Azurite, container: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the storage's own words; the key is not repeated."""
    key = base64.b64encode(bytes(64)).decode()
    monkeypatch.setenv("SPEECH_STORAGE", f"{azurite.url}/{container}")
    monkeypatch.setenv("SPEECH_STORAGE_KEY", key)
    status, sentence = told(invoke)
    assert status == "problem"
    assert "answered 403 (AuthorizationFailure)" in sentence
    assert key not in sentence


def test_nobody_there(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told at once, by the address."""
    where = f"http://127.0.0.1:{free_port()}/me/meetings"
    monkeypatch.setenv("SPEECH_STORAGE", f"{where}?{sas()}")
    status, sentence = told(invoke)
    assert status == "problem"
    assert f"{where} cannot be reached" in sentence


@pytest.mark.anyio
async def test_a_sign_in(speech_emulator: Any) -> None:
    """It is asked for one token, and all services are shown it; one that gives none is told, and nobody is asked."""
    credential = Credential(speech_emulator.token())
    account = Account({}, Connection(endpoint=speech_emulator.url, credential=credential))
    found = {finding.check: finding async for finding in examine(Subject(account), SystemRuntime())}
    assert {found[name].status for name in ("credentials", "batch", "fast", "realtime")} == {"ok"}
    assert credential.scopes == ["https://cognitiveservices.azure.com/.default"]

    class Nobody(Credential):
        def get_token(self, *scopes: str, **_: Any) -> Any:
            raise RuntimeError("Please run az login.")

    account = Account({}, Connection(endpoint=speech_emulator.url, credential=Nobody()))
    found = {finding.check: finding async for finding in examine(Subject(account), SystemRuntime())}
    assert found["credentials"].status == "problem"
    assert "The credential Nobody gave no token" in found["credentials"].message
    assert "Please run az login" in found["credentials"].message
    assert found["batch"].status == "skipped"


def test_a_sign_in_that_hangs_holds_up_nobody() -> None:
    """It may look for programs and addresses for minutes; the end of the program does not wait for it."""
    over = threading.Event()

    class Slow(Credential):
        def get_token(self, *scopes: str, **_: Any) -> Any:
            over.wait(20)
            raise RuntimeError("Nobody waits.")

    account = Account({}, Connection(endpoint="http://127.0.0.1:1", credential=Slow()))

    async def run() -> dict[str, str]:
        return {found.check: found.message async for found in examine(Subject(account, seconds=0.1), SystemRuntime())}

    begun = time.monotonic()
    told = asyncio.run(run())
    assert time.monotonic() - begun < 10
    assert "no answer within 0.1 s" in told["credentials"]
    over.set()


@pytest.mark.anyio
async def test_whoever_leaves_early_ends_them_all() -> None:
    """Nobody goes on asking a storage that is silent."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        where = Storage(f"http://127.0.0.1:{silent.getsockname()[1]}/me/meetings?{sas()}")
        begun = time.monotonic()
        async with aclosing(examine(Subject(Account({}), storage=where, seconds=20), SystemRuntime())) as found:
            assert (await anext(found)).check == "credentials"
            visitor, _ = await asyncio.to_thread(silent.accept)
        visitor.close()
        assert time.monotonic() - begun < 10
