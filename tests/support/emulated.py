"""A client of the emulator as a test needs it: every exchange is held to the published contract."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

import httpx

from remote_meeting_backends.testing import SpeechEmulator
from support.contract_files import check_exchange, check_result

KEY = "Ocp-Apim-Subscription-Key"
SAID = (
    {"speaker": 1, "text": "Good morning, Steve.", "offset_seconds": 1.0, "duration_seconds": 1.0},
    {"speaker": 2, "text": "Good morning, Katie.", "offset_seconds": 2.5, "duration_seconds": 1.25},
)


def _client(**options: Any) -> httpx.Client:
    # Nothing here speaks TLS, and loading the certificates takes longer than most tests.
    return httpx.Client(timeout=60, verify=False, **options)


def download(url: str, **headers: str) -> httpx.Response:
    """GET by somebody who has nothing but a URL."""
    with _client() as client:
        return client.get(url, headers=headers)


class Api:
    """The speech to text REST API of an emulator.

    Args:
        emulator: Which.
        version: The api-version of its requests.
        watched: Exchanges are held to the contract.
    """

    def __init__(self, emulator: SpeechEmulator, version: str = "2025-10-15", *, watched: bool = True) -> None:
        self.emulator = emulator
        self.version = version
        hooks = {"response": [check_exchange]} if watched else {}
        self.client = _client(headers={KEY: emulator.key}, event_hooks=hooks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def url(self, path: str, **query: Any) -> str:
        """An absolute URL; `http…` is one already."""
        if path.startswith("http"):
            return path
        asked = {"api-version": self.version, **query}
        return str(httpx.URL(f"{self.emulator.url}/speechtotext/{path}", params=asked))

    def call(self, method: str, path: str, *, query: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        """Any request."""
        return self.client.request(method, self.url(path, **(query or {})), **options)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET."""
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any) -> httpx.Response:
        """POST of JSON."""
        return self.call("POST", path, json=body)

    def submission(self, **changes: Any) -> dict[str, Any]:
        """A body to submit; `properties` are added to the usual ones, a field of None is left out."""
        properties = {"timeToLiveHours": 48, **changes.pop("properties", {})}
        body = {"displayName": "standup", "locale": "en-US", "properties": properties, **changes}
        if not {"contentUrls", "contentContainerUrl"} & set(body):
            body["contentUrls"] = [self.emulator.audio("meeting.wav", b"no audio, but scripted")]
        return {name: value for name, value in body.items() if value is not None}

    def submit(self, **changes: Any) -> dict[str, Any]:
        """A new job, as the answer shows it."""
        answer = self.post("transcriptions:submit", self.submission(**changes))
        assert answer.status_code == 201, answer.text
        job: dict[str, Any] = answer.json()
        return job

    def status(self, job: dict[str, Any]) -> str:
        """Ask once for a job's status."""
        return str(self.get(job["self"]).json()["status"])

    def files(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """Every file of a job, over all pages."""
        found, link = [], job["links"]["files"]
        while link:
            answer = self.get(link).json()
            found += answer["values"]
            link = answer.get("@nextLink")
        return found

    def contents(self, job: dict[str, Any]) -> dict[str, Any]:
        """The content of every file of a job, by name; results are held to their schema."""
        contents = {}
        for file in self.files(job):
            answer = download(file["links"]["contentUrl"])
            assert answer.status_code == 200, answer.text
            assert len(answer.content) == file["properties"]["size"]
            contents[file["name"]] = json.loads(answer.content)
            if file["kind"] == "Transcription":
                check_result(contents[file["name"]])
        return contents

    def transcribe(
        self, definition: dict[str, Any] | str | None = None, audio: bytes | None = b"no audio, but scripted"
    ) -> httpx.Response:
        """A fast transcription."""
        parts: dict[str, Any] = {}
        if definition is not None:
            text = definition if isinstance(definition, str) else json.dumps(definition)
            parts["definition"] = (None, text, "application/json")
        if audio is not None:
            parts["audio"] = ("meeting.wav", audio, "audio/wav")
        return self.call("POST", "transcriptions:transcribe", files=parts)
