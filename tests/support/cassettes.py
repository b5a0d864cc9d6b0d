"""Cassettes: the gateway they are recorded from, how they are scrubbed, and what may never stand in one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import yaml
from vcr.persisters.filesystem import FilesystemPersister
from vcr.request import Request
from vcr.serialize import serialize

from remote_meeting.gateway import create_app
from remote_meeting_backends import JobOptions, ManualRuntime, MeetingStatus
from remote_meeting_backends.store import ErrorRecord, MeetingKey, MeetingStore, NewMeeting, Runner
from support.faults import Fault, Faulty
from support.scripted import transcript_of
from support.servers import serving

FOLDER = Path(__file__).parents[2] / "cassettes"
BASE = "http://legacy.test/api/v1/"
KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TOKEN = "eyJhbGciOiJub25lIn0.eyJ0ZXN0Ijp0cnVlfQ.c2lnbmF0dXJl"
CAUSE = "The audio ended after 3 s: büro-mikrofon.wav is damaged."
MASK = "scrubbed"
SECRET_NAMES = frozenset({"ocp-apim-subscription-key", "authorization", "set-cookie", "cookie", "api-key", "sig"})
SOURCES = frozenset({"gateway", "emulator"})
LARGEST_BYTES = 64 * 1024
_HERE = re.compile(r"(?:127\.0\.0\.1|localhost):\d+")
_SIGNATURE = re.compile(r"\bsig=(?!scrubbed)[^&\s\"']+")
_OURS = re.compile(f"{KEY}|{re.escape(TOKEN)}")
_BEARER = re.compile(r"\bbearer\s+[\w.~+/-]{8,}", re.IGNORECASE)
# A Speech resource's key: 32 hexadecimal digits, or 84 letters and digits since 2024.
_KEY_LIKE = re.compile(r"[0-9a-fA-F]{32}|[0-9A-Za-z]{84}")


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
        yield Service(f"{url}/api/v1/", app.script, Recorder(lambda: app.injected > 0))


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
    """Writes a cassette with a note of where it comes from, and refuses to write one that is not clean."""

    def __init__(self, faults_were_injected: Callable[[], bool]) -> None:
        self._faults_were_injected = faults_were_injected

    def __deepcopy__(self, _memo: object) -> Recorder:
        return self  # pytest-recording copies its configuration

    def load_cassette(self, path: str, serializer: Any) -> Any:
        return FilesystemPersister.load_cassette(path, serializer)

    def save_cassette(self, path: str, cassette: dict[str, Any], serializer: Any) -> None:
        recorded = {
            "from": "gateway",
            "faults": "injected" if self._faults_were_injected() else "none",
            "on": datetime.now(UTC).date().isoformat(),
            "api": "OfflineTask",
        }
        text = yaml.safe_dump({"recorded": recorded}, sort_keys=False) + serialize(cassette, serializer)
        found = problems(text.encode())
        if found:
            raise ValueError(f"{path} was not written: {'; '.join(found)}")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")


def vcr_options(service: Service) -> dict[str, Any]:
    """The configuration for pytest-recording."""
    options: dict[str, Any] = {
        "match_on": ["method", "path", "query", "body"],
        "before_record_request": scrub_request,
        "before_record_response": scrub_response,
    }
    return options | ({"persister": service.recorder} if service.recorder else {})


def scrub_request(request: Request) -> Request:
    """One host for all, and no secrets; the same for the request that is recorded and the one that is looked up."""
    parts = urlsplit(request.uri)
    query = [
        (name, MASK if name.lower() in SECRET_NAMES else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    request.uri = _clean(urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), "")))
    for name, value in list(request.headers.items()):
        request.headers[name] = MASK if name.lower() in SECRET_NAMES else _clean(value)
    return request


def scrub_response(response: dict[str, Any]) -> dict[str, Any]:
    """The same for what came back."""
    response["headers"] = {
        name: [MASK if name.lower() in SECRET_NAMES else _clean(value) for value in values]
        for name, values in response["headers"].items()
    }
    body = response["body"]
    body["string"] = _clean(body["string"].decode("latin-1")).encode("latin-1")
    return response


def _clean(text: str) -> str:
    text = _HERE.sub(urlsplit(BASE).netloc, text)
    for pattern, mask in ((_SIGNATURE, f"sig={MASK}"), (_BEARER, MASK), (_OURS, MASK)):
        text = pattern.sub(mask, text)
    return text


def problems(content: bytes, *, sources: frozenset[str] = SOURCES) -> list[str]:
    """What keeps a cassette out of the repository, each as a phrase; empty when nothing does.

    Args:
        content: The file.
        sources: Where a cassette may say that it comes from.
    """
    found = [f"larger than {LARGEST_BYTES} bytes"] if len(content) > LARGEST_BYTES else []
    try:
        cassette = yaml.safe_load(content)
        recorded, interactions = cassette["recorded"], cassette["interactions"]
        missing = {"from", "faults", "on", "api"} - set(recorded)
        found += [f"no word on {', '.join(sorted(missing))}"] if missing else []
        found += [f"comes from {recorded['from']!r}"] if recorded.get("from") not in sources else []
        for side in (interaction[name] for interaction in interactions for name in ("request", "response")):
            found += _secrets_by_name(side)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        return [*found, f"not a cassette with a `recorded` entry ({type(error).__name__}: {error})"]
    for text in _texts(cassette):
        found += [f"holds {what}" for what, is_there in _LEAKS.items() if is_there(text)]
    return sorted(set(found))


_LEAKS: Mapping[str, Callable[[str], object]] = {
    "the tests' key": lambda text: KEY in text,
    "the tests' token": lambda text: TOKEN in text,
    "a bearer token": _BEARER.search,
    "a signature (sig=)": _SIGNATURE.search,
    "an address of the machine that recorded it": _HERE.search,
}


def _secrets_by_name(side: Mapping[str, Any]) -> list[str]:
    headers = [(name.lower(), value) for name, values in side["headers"].items() for value in values]
    query = parse_qsl(urlsplit(side.get("uri", "")).query)
    named = [name for name, value in [*headers, *query] if name.lower() in SECRET_NAMES and value != MASK]
    alike = [name for name, value in headers if "requestid" not in name.replace("-", "") and _KEY_LIKE.fullmatch(value)]
    return [f"{name} is not scrubbed" for name in named] + [f"{name} looks like a key" for name in alike]


def _texts(value: object) -> Iterator[str]:
    """Every text in a cassette, names too; one that YAML keeps as binary is a text as well."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(name)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, str):
        yield value
