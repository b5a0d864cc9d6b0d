"""What stands in `cassettes/realtime`: who speaks to the real-time service, and what it was told to do meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from remote_meeting_backends import Connection, JobOptions, JobRequest, ManualRuntime, RemoteMeetingError, Runtime
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.realtime import RealtimeBackend
from remote_meeting_backends.realtime.endpoint import PATH, websocket_url
from remote_meeting_backends.testing import record_frames, running_emulator
from sample.make_sample import LINES
from support import sdk_peers
from support.cassettes import FOLDER
from support.sound import save, speech
from support.speech_cassettes import Account, RealTime, check_recordable
from support.spoken import as_told

Told = list[tuple[int, int, str, str]]
SECONDS = 12.2
SPEAKERS = {"slt": 1, "awb": 2, "rms": 3}
# The first three lines of the bundled sample; times in whole milliseconds, as the emulator is told them.
SCRIPT = [
    {
        "text": line.text,
        "speaker": SPEAKERS[line.speaker],
        "offset_seconds": line.start,
        "duration_seconds": round(line.end - line.start, 3),
    }
    for line in LINES[:3]
]
SAID: Told = [
    (
        round(line.start * 10_000_000),
        round((line.end - line.start) * 10_000_000),
        line.text,
        f"Guest-{SPEAKERS[line.speaker]}",
    )
    for line in LINES[:3]
]
WRONG_KEY = "0" * 32
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One cassette.

    Args:
        client: `ours`, `native` or `javascript`.
        what: What happens.
        fault: What the emulator is told to do; Azure cannot be.
        key: One that is used in the place of the account's.
        ends: What our client raises in the end.
    """

    client: str
    what: str
    fault: Mapping[str, Any] | None = None
    key: str | None = None
    ends: str | None = None

    @property
    def name(self) -> str:
        """The cassette's, without its suffix."""
        return f"{self.client}_{self.what}"

    @property
    def path(self) -> Path:
        """The cassette."""
        return FOLDER / "realtime" / f"{self.name}.yaml"


_TURNS = {"kind": "turn_ended", "every_seconds": 4.0}
_CUT = {"kind": "ws_drop", "at": 4}
SCENARIOS = {
    found.name: found
    for found in (
        *(Scenario(client, "whole") for client in ("ours", "native", "javascript")),
        *(Scenario(client, "turns", _TURNS) for client in ("ours", "native", "javascript")),
        *(Scenario(client, "cut", _CUT) for client in ("ours", "native", "javascript")),
        *(Scenario(client, "options") for client in ("ours", "native")),
        Scenario("ours", "refused_401", key=WRONG_KEY, ends="AuthenticationFailed"),
        Scenario("ours", "throttled_429", {"kind": "status", "status": 429, "retry_after": 7}),
        Scenario("ours", "closed_4000", {"kind": "ws_drop", "at": 3, "close": 4000}, ends="BadRequest"),
    )
}


def client_of(client: str) -> str:
    """A client with its version, as the cassette has it."""
    match client:
        case "native":
            return f"azure-cognitiveservices-speech {version('azure-cognitiveservices-speech')} (Python)"
        case "javascript":
            package = Path(sdk_peers.javascript_modules() or "", sdk_peers.PACKAGE, "package.json")
            return f"{sdk_peers.PACKAGE} {json.loads(package.read_text())['version']} (Node)"
    return f"remote-meeting-compat {version('remote-meeting-compat')}"


def azure_service(account: Account) -> str:
    """The region's own host. Raises InvalidInput when the region is none of Azure's names."""
    account.host()
    return websocket_url(Connection(region=account.region), "en-US", None).partition(PATH)[0]


def make_wav(folder: Path) -> Path:
    """The audio that is sent: two speakers of the bundled sample and the third's first words."""
    return save(folder / "meeting.wav", speech(SECONDS), subtype="PCM_16")


def spoken_to(scenario: Scenario, url: str, key: str, wav: Path, runtime: Runtime | None = None) -> Told | str:
    """Let a scenario's client speak to a service.

    Args:
        scenario: Whose.
        url: `ws://HOST:PORT`.
        key: The account's.
        wav: What is said.
        runtime: Our client's clock; a manual one where nothing is given.

    Returns:
        What it was told, or the name of our client's error.
    """
    asks = scenario.what == "options"
    if scenario.client == "ours":
        options = JobOptions(profanity="masked", phrases=sdk_peers.PHRASES) if asks else JobOptions()
        return asyncio.run(_ours(url + PATH, scenario.key or key, wav, options, runtime or ManualRuntime()))
    if scenario.client == "native":
        events = sdk_peers.native(url + PATH, key, wav, *(("masked", "phrases") if asks else ()))
    else:
        events = sdk_peers.javascript(url + PATH, key, wav)
    ends = [(event["event"], event.get("reason", "")) for event in events if event["event"] != "transcribed"]
    assert ends == [("canceled", "EndOfStream"), ("stopped", "")], events
    return sdk_peers.phrases(events)


async def _ours(url: str, key: str, wav: Path, options: JobOptions, runtime: Runtime) -> Told | str:
    backend = RealtimeBackend.open(Connection(key=key, endpoint=url), runtime)
    try:
        job = await backend.submit(JobRequest("meeting", wav, options), MemoryJournal())
        transcript = await asyncio.wait_for(backend.result(job), PATIENCE_SECONDS)
    except RemoteMeetingError as error:
        return type(error).__name__
    finally:
        await backend.aclose()
    return [as_told(phrase) for phrase in transcript.phrases]


@contextlib.contextmanager
def recorded(scenario: Scenario, account: Account | None, path: Path) -> Iterator[tuple[str, str, Runtime]]:
    """A service to record from; yields where the recorder is, the key, and our client's clock.

    Raises:
        NotRecorded: The cassette has to stay as it is.
    """
    check_recordable(path, account, needs_emulator=scenario.fault is not None, needs_url=False)
    client = client_of(scenario.client)
    if account is not None:
        with record_frames(
            path, azure_service(account), source="azure", client=client, secrets=(account.key,)
        ) as recorder:
            yield recorder.url, account.key, RealTime()
        return
    with running_emulator(runtime=ManualRuntime()) as emulator:
        emulator.script(SCRIPT)
        if scenario.fault is not None:
            emulator.fault("realtime", **scenario.fault)
        faults = "none" if scenario.fault is None else "injected"
        service = f"ws{emulator.url.removeprefix('http')}"
        with record_frames(
            path, service, source="emulator", client=client, faults=faults, secrets=(emulator.key,)
        ) as recorder:
            yield recorder.url, emulator.key, ManualRuntime()
