"""How cassettes are recorded anew: from the emulator, or from Azure with an account, and never one as the other.

What Azure would answer stands in for it here (its words are of the published documents); nothing leaves this machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import vcr
import yaml
from vcr.serializers import yamlserializer

from remote_meeting_backends import Connection, InvalidInput, JobOptions, JobRequest, ManualRuntime, Transcript
from remote_meeting_backends.batch import BatchBackend
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.fast import FastBackend
from sample.make_sample import SHIPPED
from support.cassettes import FOLDER
from support.frame_scenarios import azure_service
from support.leaks import problems
from support.speech_cassettes import (
    AUDIO,
    Account,
    NotRecorded,
    RealTime,
    Speech,
    azure,
    check_recordable,
    replayed,
    source_of,
    speech_for,
)

ROOT = FOLDER.parent
KEY = "5ca1ab1e" * 4
HOST = "westeurope.api.cognitive.microsoft.com"
SIGNED = "https://mine.blob.core.windows.net/audio/sample.flac?sv=2022-11-02&sp=r&se=2099-01-01&sr=b&sig=Ab%2F12%3D"
GIVEN = {"SPEECH_KEY": KEY, "SPEECH_REGION": "westeurope", "CASSETTE_AUDIO_URL": SIGNED}
JOB = f"https://{HOST}/speechtotext/transcriptions/0b5a1d3c-30a5-4a6b-8f5c-6b4f9d1f0c77"
STORED = "https://spsvcprodweu.blob.core.windows.net/bestor-1/TranscriptionData/0_0.json?sv=2021-08-06&sig=q%2B1%3D"
RECORD = ("--record-mode=rewrite", "-n", "0")
SHOWN_BY_AZURE = ("success", "words", "api_version", "401", "404", "deleted", "whole", "options")


def account(**changes: str | None) -> Account:
    """The account that these variables give."""
    given = {name: value for name, value in {**GIVEN, **changes}.items() if value is not None}
    found = Account.given(given)
    assert found is not None
    return found


@pytest.mark.parametrize("missing", ["SPEECH_KEY", "SPEECH_REGION"])
def test_an_account_has_a_key_and_a_region(missing: str) -> None:
    """One without the other is no account: the emulator is recorded."""
    assert Account.given({**GIVEN, missing: ""}) is None


def test_the_regions_own_endpoint_is_asked() -> None:
    """The key goes there alone; an endpoint that happens to be set might be an emulator's."""
    speech = azure(account(SPEECH_ENDPOINT="http://127.0.0.1:8000"), "2025-10-15")
    connection = speech.connection
    assert (speech.source, speech.emulator, speech.audio) == ("azure", None, SIGNED)
    assert (connection.key, connection.region, connection.endpoint, connection.host) == (KEY, "westeurope", None, None)
    assert isinstance(speech.runtime, RealTime)
    assert KEY not in repr(account())
    assert "Ab%2F12" not in repr(account())


@pytest.mark.parametrize("region", ["127.0.0.1:8000", "localhost/x", "west europe"])
def test_a_region_is_a_name(region: str) -> None:
    """Nothing that could be a host of one's own."""
    with pytest.raises(InvalidInput, match="is no region"):
        azure(account(SPEECH_REGION=region), "2025-10-15")


def write(path: Path, source: str) -> Path:
    """A cassette from there."""
    path.write_text(yaml.safe_dump({"recorded": {"from": source}, "interactions": []}))
    return path


@pytest.mark.parametrize(
    ("source", "given", "needs", "reason"),
    [
        ("emulator", None, {}, None),
        ("emulator", None, {"needs_emulator": True}, None),
        ("azure", None, {}, "recorded from Azure"),
        (None, None, {}, None),
        ("emulator", account(), {}, None),
        ("azure", account(), {}, None),
        ("emulator", account(), {"needs_emulator": True}, "Azure cannot be told to do this"),
        ("emulator", account(CASSETTE_AUDIO_URL=None), {"needs_url": True}, "set CASSETTE_AUDIO_URL"),
        ("emulator", account(CASSETTE_AUDIO_URL=None), {}, None),
    ],
)
def test_what_is_recorded_over(
    source: str | None, given: Account | None, needs: dict[str, bool], reason: str | None, tmp_path: Path
) -> None:
    """The emulator replaces what it recorded itself; Azure replaces anything that it can show."""
    cassette = tmp_path / "behaviour.yaml"
    if source is not None:
        write(cassette, source)
    needed = {"needs_emulator": False, "needs_url": False, **needs}
    with pytest.raises(NotRecorded, match=reason) if reason else contextlib.nullcontext():
        check_recordable(cassette, given, **needed)


def test_a_replay_asks_nobody(tmp_path: Path) -> None:
    """Whatever account there is, a replay has a key of no use and a host that does not exist."""
    cassette = write(tmp_path / "behaviour.yaml", "azure")
    with speech_for(cassette, "none", account(), needs_emulator=True, needs_url=True) as speech:
        assert (speech.source, speech.recorder, speech.audio) == ("azure", None, AUDIO)
        assert speech.connection.key != KEY
        assert speech.connection.endpoint == "http://speech.test"
        assert type(speech.runtime) is ManualRuntime


def a_service(request: httpx.Request) -> httpx.Response:
    """What Azure answers, as far as the documents say: a job that has succeeded, its files, a fast answer."""
    headers = {"apim-request-id": "d3b0c442-98fc-4c14-9afb-f4c8996fb924", "x-ms-region": "West Europe"}
    created = {"createdDateTime": "2026-11-01T10:00:00Z", "lastActionDateTime": "2026-11-01T10:01:00Z"}
    job = {**created, "self": f"{JOB}?api-version=2025-10-15", "displayName": "stand-up", "locale": "en-US"}
    phrase = {"offsetInTicks": 6000000.0, "durationInTicks": 27550000.0, "channel": 0, "speaker": 1}
    best = {"confidence": 0.9, "display": "Good morning everyone."}
    result = {"source": SIGNED, "recognizedPhrases": [{"recognitionStatus": "Success", **phrase, "nBest": [best]}]}
    answer: dict[str, Any]
    match request.method, request.url.path:
        case "POST", "/speechtotext/transcriptions:transcribe":
            said = {"speaker": 1, "offsetMilliseconds": 600, "durationMilliseconds": 2755, "text": best["display"]}
            answer = {"durationMilliseconds": 31820, "phrases": [said]}
        case "POST", "/speechtotext/transcriptions:submit":
            answer = {**job, "status": "NotStarted"}
        case "GET", path if path.endswith("/files"):
            file = {"name": "contenturl_0.json", "kind": "Transcription", "links": {"contentUrl": STORED}}
            answer = {"values": [file]}
        case "GET", path if path.startswith("/bestor-1/"):
            answer = result
        case _:
            answer = {**job, "status": "Succeeded"}
    # As .NET writes it.
    content = json.dumps(answer).replace("&", "\\u0026").replace("+", "\\u002B").encode()
    return httpx.Response(200, headers=headers, content=content)


async def _by_batch(speech: Speech, transport: httpx.MockTransport | None) -> Transcript:
    backend = BatchBackend(speech.connection, speech.runtime, transport=transport)
    job = await backend.submit(JobRequest("stand-up", None, JobOptions(), (speech.audio,)), MemoryJournal())
    try:
        return await backend.result(job)
    finally:
        await backend.aclose()


async def _by_fast(speech: Speech, transport: httpx.MockTransport | None) -> Transcript:
    backend = FastBackend(speech.connection, speech.runtime, transport=transport)
    job = await backend.submit(JobRequest("stand-up", SHIPPED, JobOptions()), MemoryJournal())
    try:
        return await backend.result(job)
    finally:
        await backend.aclose()


@pytest.mark.anyio
@pytest.mark.block_network(allowed_hosts=["nowhere"])
@pytest.mark.parametrize("transcribed", [_by_batch, _by_fast])
async def test_azure_is_recorded_and_played(transcribed: Any, tmp_path: Path) -> None:
    """What the region's host answers is written down as Azure's, without the account, and plays without a network."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.scheme}://{request.url.host}")
        keys = request.headers.get_list("ocp-apim-subscription-key")
        assert keys == ([] if request.url.host.startswith("spsvc") else [KEY])
        return a_service(request)

    cassette = tmp_path / "behaviour.yaml"
    speech = azure(account(), "2025-10-15")
    with vcr.VCR(record_mode="new_episodes").use_cassette(str(cassette), **speech.vcr_options()):
        recorded = await transcribed(speech, httpx.MockTransport(answer))
    assert set(asked) <= {f"https://{HOST}", "https://spsvcprodweu.blob.core.windows.net"}
    assert asked[0] == f"https://{HOST}"

    kept = yaml.safe_load(cassette.read_text())["recorded"]
    today = datetime.now(UTC).date().isoformat()
    assert kept == {"from": "azure", "faults": "none", "on": today, "api": "2025-10-15"}
    assert problems(cassette.read_bytes(), sources=frozenset({"azure"}), secrets=(KEY, "q%2B1%3D", "Ab%2F12%3D")) == []
    for mine in (KEY, "westeurope", "mine.blob", "spsvcprodweu", "Ab%2F12"):
        assert mine not in cassette.read_text()

    played = replayed(source_of(cassette) or "", "2025-10-15")
    with vcr.VCR(record_mode="none").use_cassette(str(cassette), **played.vcr_options()) as tape:
        again = await transcribed(played, None)
    assert tape.all_played
    assert [(phrase.speaker, phrase.text) for phrase in again.phrases] == [("Guest-1", "Good morning everyone.")]
    assert again.phrases == recorded.phrases


@pytest.mark.anyio
@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "https://proxy.example.com"])
async def test_nothing_else_is_written_down_as_azures(endpoint: str, tmp_path: Path) -> None:
    """Answers of any other host are refused when they are to be written, whatever the test says that it asked."""
    speech = azure(account(), "2025-10-15")
    options = speech.vcr_options()
    recorder = options.pop("persister")
    other = Connection(key=KEY, endpoint=endpoint)
    backend = FastBackend(other, speech.runtime, transport=httpx.MockTransport(a_service))
    with vcr.VCR(record_mode="new_episodes").use_cassette(str(tmp_path / "unguarded.yaml"), **options) as tape:
        await backend.result(await backend.submit(JobRequest("m", SHIPPED, JobOptions()), MemoryJournal()))
    await backend.aclose()
    cassette = tmp_path / "behaviour.yaml"
    with pytest.raises(ValueError, match=r"was not written: .*asks "):
        recorder.save_cassette(str(cassette), {"requests": tape.requests, "responses": tape.responses}, yamlserializer)
    assert not cassette.exists()


@pytest.fixture(scope="module")
def copy_of_the_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests that record, where a recording replaces nothing of ours."""
    there = tmp_path_factory.mktemp("copy")
    for part in ("cassettes/fast", "cassettes/batch", "cassettes/realtime", "tests/support", "tests/sample"):
        shutil.copytree(ROOT / part, there / part, ignore=shutil.ignore_patterns("__pycache__"))
    (there / "tests" / "backends").mkdir()
    for part in (
        "pyproject.toml",
        "tests/conftest.py",
        "tests/backends/test_fast_cassettes.py",
        "tests/backends/test_batch_cassettes.py",
        "tests/backends/test_realtime_cassettes.py",
    ):
        shutil.copy(ROOT / part, there / part)
    (there / "compat" / "remote_meeting" / "data").mkdir(parents=True)
    shutil.copy(SHIPPED, there / "compat" / "remote_meeting" / "data")
    return there


def rerecorded(project: Path, behaviours: str, **environment: str) -> str:
    """What pytest says to recording these behaviours anew."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("SPEECH_", "PYTEST_"))}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--record-mode=rewrite",
            "-n",
            "0",
            "-q",
            "-rs",
            "-k",
            behaviours,
            "tests/backends",
        ],
        cwd=project,
        env={**known, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def interactions(cassette: Path) -> list[Any]:
    """What was asked and answered, all but the hour."""
    found: list[Any] = yaml.safe_load(cassette.read_text())["interactions"]
    for interaction in found:
        interaction["response"]["headers"].pop("date", None)
    return found


def said_by(cassette: Path, sender: str) -> list[dict[str, Any]]:
    """What one side said in a frame cassette, message by message, but for what it says of its machine in
    `speech.config`; how the sides interleave depends on the day.
    """
    talks = yaml.safe_load(cassette.read_text())["connections"]
    frames = [frame for talk in talks for frame in talk.get("frames", []) if frame["from"] == sender]
    return [frame for frame in frames if frame.get("path") != "speech.config"]


def test_recorded_anew_it_is_the_same(copy_of_the_project: Path) -> None:
    """The cassettes here are what the emulator really answers, and the command that records them works. In frame
    cassettes ids have the same names, for they are met in the same order.
    """
    names = ["success_2_speakers", "unauthorized_401", "throttled_429_retry_after"]
    frames = ["ours_whole", "ours_refused_401"]
    before = {name: interactions(FOLDER / "fast" / f"{name}.yaml") for name in names}
    of_fast = f"test_fast_cassettes and ({' or '.join(names)})"
    said = rerecorded(copy_of_the_project, f"({of_fast}) or (test_realtime_cassettes and ({' or '.join(frames)}))")
    assert "5 passed" in said
    folder = copy_of_the_project / "cassettes"
    for name in names:
        assert interactions(folder / "fast" / f"{name}.yaml") == before[name]
        assert source_of(folder / "fast" / f"{name}.yaml") == "emulator"
    for name in frames:
        there, here = (root / "realtime" / f"{name}.yaml" for root in (folder, FOLDER))
        for sender in ("client", "service"):
            assert said_by(there, sender) == said_by(here, sender)
        assert source_of(there) == "emulator"


def test_frames_are_recorded_from_the_regions_own_host() -> None:
    """And from no other, wherever else the account's requests may go."""
    assert azure_service(account()) == "wss://westeurope.stt.speech.microsoft.com"
    with pytest.raises(InvalidInput, match="is no region"):
        azure_service(account(SPEECH_REGION="127.0.0.1:8000"))


def test_with_an_account_what_azure_cannot_show_stays(copy_of_the_project: Path) -> None:
    """The emulator's bad days are skipped with the reason, and not a byte of their cassettes changes."""
    folder = copy_of_the_project / "cassettes"
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    said = rerecorded(copy_of_the_project, f"not ({' or '.join(SHOWN_BY_AZURE)})", **GIVEN)
    assert "passed" not in said
    assert "25 skipped" in said
    assert "Azure cannot be told to do this" in said
    assert KEY not in said
    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == before
