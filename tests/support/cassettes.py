"""Cassettes: how they are written, and the gateway that those of the retired service are recorded from."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serialize import serialize

from remote_meeting.gateway import create_app
from remote_meeting_backends import JobOptions, ManualRuntime, MeetingStatus
from remote_meeting_backends.store import ErrorRecord, MeetingKey, MeetingStore, NewMeeting, Runner
from support.faults import Fault, Faulty
from support.leaks import KEY, TOKEN, problems
from support.scripted import transcript_of
from support.scrubbing import Scrubber
from support.servers import serving

FOLDER = Path(__file__).parents[2] / "cassettes"
BASE = "http://legacy.test/api/v1/"
CAUSE = "The audio ended after 3 s: büro-mikrofon.wav is damaged."


@dataclass
class Service:
    """Where a test's calls go: the gateway while recording, a name that nobody answers to in replay.

    Args:
        base: Base URL of OfflineTask.
        faults: What goes wrong with the next requests; only looked at while recording.
    """

    base: str = BASE
    faults: list[Fault] = field(default_factory=list)
    recorder: Recorder | None = None


@contextlib.contextmanager
def recorded_gateway(folder: Path) -> Iterator[Service]:
    """The real gateway on loopback, with one meeting of each status in its store."""
    runtime = ManualRuntime()
    store = MeetingStore(folder / "gateway.db", runtime)
    for status in MeetingStatus:
        keep(store, status.lower(), status)
    store.close()
    app = Faulty(create_app(folder / "gateway.db", runtime=runtime))
    with serving(app) as url:
        recorder = Recorder("gateway", "OfflineTask", lambda: app.injected > 0, secrets=(KEY,))
        yield Service(f"{url}/api/v1/", app.script, recorder)


def keep(
    store: MeetingStore, meeting_id: str, status: MeetingStatus, *, secret: str | None = KEY, cause: str = CAUSE
) -> None:
    """Put a meeting into a store, as the process that works on it would.

    Args:
        store: The store.
        meeting_id: Its id.
        status: Where it stands.
        secret: What its caller was told by; None for a meeting without an owner.
        cause: Why it failed, where it did.
    """
    key = MeetingKey("" if secret is None else store.owner_of(secret), meeting_id)
    runner = Runner.here("test")
    new = NewMeeting(key, "async", "local", "local: asked for by name", JobOptions(), "/meeting.wav", "f00", 12.5)
    store.create(new, runner)
    if status is not MeetingStatus.UPLOADING:
        store.start(key, runner, "job-1")
    if status is MeetingStatus.COMPLETED:
        store.complete(key, runner, transcript_of(meeting_id).model_dump_json().encode())
    elif status is MeetingStatus.FAILED:
        store.fail(key, runner, ErrorRecord("not_audio", cause))
    elif status is MeetingStatus.DELETED:
        store.delete(key)


class Recorder:
    """Writes a cassette with a note of where it comes from, and refuses to write one that is not clean.

    Args:
        source: Who answered.
        api: In which version.
        faults_were_injected: Whether somebody told it to misbehave.
        secrets: Keys and tokens that are sent.
    """

    def __init__(
        self, source: str, api: str, faults_were_injected: Callable[[], bool], *, secrets: tuple[str, ...] = ()
    ) -> None:
        self._source = source
        self._api = api
        self._faults_were_injected = faults_were_injected
        self._secrets = secrets

    def __deepcopy__(self, _memo: object) -> Recorder:
        return self  # pytest-recording copies its configuration

    def load_cassette(self, path: str, serializer: Any) -> Any:
        return FilesystemPersister.load_cassette(path, serializer)

    def save_cassette(self, path: str, cassette: dict[str, Any], serializer: Any) -> None:
        recorded = {
            "from": self._source,
            "faults": "injected" if self._faults_were_injected() else "none",
            "on": datetime.now(UTC).date().isoformat(),
            "api": self._api,
        }
        text = yaml.safe_dump({"recorded": recorded}, sort_keys=False) + serialize(cassette, serializer)
        found = problems(text.encode(), sources=frozenset({self._source}), secrets=self._secrets)
        if found:
            raise ValueError(f"{path} was not written: {'; '.join(found)}")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")


def vcr_options(service: Service) -> dict[str, Any]:
    """The configuration for pytest-recording, of the retired service."""
    here, named = urlsplit(service.base).netloc, urlsplit(BASE).netloc
    return played_with(Scrubber(((here, named),), (KEY, TOKEN)), service.recorder)


def played_with(scrubber: Scrubber, recorder: Recorder | None) -> dict[str, Any]:
    """The same for any service: whatever its host is called, a request is known by the rest of it."""
    options: dict[str, Any] = {
        "match_on": ["method", "path", "query", "body"],
        "before_record_request": scrubber.request,
        "before_record_response": scrubber.response,
        "decode_compressed_response": True,
    }
    return options | ({"persister": recorder} if recorder else {})
