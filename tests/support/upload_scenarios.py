"""What stands in `cassettes/legacy/upload-*`: the official SDKs' MeetingTranscriber, as it uploads to the gateway."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from remote_meeting.gateway import create_app
from remote_meeting.gateway.settings import Settings
from remote_meeting_backends import Connection
from remote_meeting_backends.testing import record_frames, running_emulator
from support import meeting_peers
from support.cassettes import FOLDER
from support.cutter import RESTARTS, cutting
from support.frame_scenarios import client_of
from support.meeting_peers import ASYNC, LIVE, PATH, Plan
from support.servers import serving
from support.sound import save, speech

Said = list[tuple[int, int, str, str]]
# Longer than what the SDKs send at once: a client that is cut off has audio left.
SECONDS = 8.0
MEETING = "weekly review"
SCRIPT = (
    {"speaker": 1, "text": "Good morning, Steve.", "offset_seconds": 0.5, "duration_seconds": 1.0},
    {"speaker": 2, "text": "Good morning, Katie.", "offset_seconds": 2.5, "duration_seconds": 1.0},
    {"speaker": 1, "text": "Shall we begin?", "offset_seconds": 6.0, "duration_seconds": 1.5},
)
SAID: Said = [
    (5_000_000, 10_000_000, "Good morning, Steve.", "Guest-1"),
    (25_000_000, 10_000_000, "Good morning, Katie.", "Guest-2"),
    (60_000_000, 15_000_000, "Shall we begin?", "Guest-1"),
]
_JOINING = (
    ("audio", 2.0),
    ("hear", 1),
    ("join", "late@example.com"),
    ("audio", 2.0),
    ("hear", 2),
    ("leave", "katie@example.com"),
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One cassette.

    Args:
        client: `native` or `javascript`.
        what: What happens.
        changes: Of the plan.
        code: The connection ends with it after the first phrase; None where it just breaks.
    """

    client: str
    what: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    code: int | None = None

    @property
    def name(self) -> str:
        """The cassette's, without its suffix."""
        return f"upload-{self.client}-{self.what}"

    @property
    def path(self) -> Path:
        """The cassette."""
        return FOLDER / "legacy" / f"{self.name}.yaml"

    @property
    def is_live(self) -> bool:
        """The app is told what is said."""
        return self.changes.get("mode", LIVE) == LIVE

    @property
    def is_cut(self) -> bool:
        """The connection breaks."""
        return self.what == "cut"

    def upload(self, url: str, key: str, wav: Path) -> list[dict[str, Any]]:
        """Let the SDK upload to `ws://HOST:PORT`; gives its events."""
        peer: Callable[[Plan], list[dict[str, Any]]] = getattr(meeting_peers, self.client)
        return peer(Plan(url + PATH, key, MEETING, str(wav), **self.changes))


def _scenarios(client: str, code: int | None) -> Iterator[Scenario]:
    two = ("katie@example.com", "steve@example.com")
    yield Scenario(client, "live")
    yield Scenario(client, "async", {"mode": ASYNC})
    yield Scenario(client, "participants", {"participants": two, "steps": _JOINING})
    yield Scenario(client, "cut", {"hastens": False}, code)


# To a connection that breaks with audio under way the SDK for JavaScript does not always come back: it runs against
# its own error, at random. Handed a close frame it does.
SCENARIOS = {found.name: found for found in (*_scenarios("native", None), *_scenarios("javascript", RESTARTS))}


def make_wav(folder: Path) -> Path:
    """The audio that is sent: mono, as a file."""
    return save(folder / "meeting.wav", speech(SECONDS), subtype="PCM_16")


@contextlib.contextmanager
def scripted_gateway(folder: Path) -> Iterator[tuple[str, str]]:
    """A gateway in front of an emulator that says the script; yields `http://HOST:PORT` and a key."""
    with running_emulator(script_needs_audio=True) as emulator:
        emulator.script(SCRIPT)
        place = Connection(endpoint=emulator.url)
        settings = Settings(backend="realtime", async_backend="fast", connection=place)
        with serving(create_app(folder / "gateway.db", settings=settings)) as url:
            yield url, emulator.key


@contextlib.contextmanager
def recorded(scenario: Scenario, folder: Path, path: Path) -> Iterator[tuple[str, str]]:
    """A gateway to record from; yields where the recorder is, and the key."""
    with contextlib.ExitStack() as stack:
        url, key = stack.enter_context(scripted_gateway(folder))
        service = f"ws{url.removeprefix('http')}"
        if scenario.is_cut:
            service, _ = stack.enter_context(cutting(service, code=scenario.code))
        faults = "injected" if scenario.is_cut else "none"
        client = client_of(scenario.client)
        recorder = stack.enter_context(
            record_frames(path, service, source="gateway", client=client, faults=faults, secrets=(key,))
        )
        yield recorder.url, key
