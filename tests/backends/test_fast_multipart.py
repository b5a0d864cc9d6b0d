"""The form of fast transcription, as a server reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from remote_meeting_backends import Connection, ManualRuntime
from remote_meeting_backends.fast.multipart import upload
from remote_meeting_backends.http import ServiceClient
from support.servers import serving

pytestmark = pytest.mark.anyio

WANTED = {"locales": ["de-DE"], "diarization": {"enabled": True, "maxSpeakers": 3}, "phraseList": {"phrases": ["Käse"]}}


class Form:
    """Reads what it is sent, answers 503 as often as told, and keeps what it read."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.read: list[dict[str, object]] = []
        self.heads: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        self.heads.append(dict(request.headers))
        async with request.form() as form:
            read: dict[str, object] = {}
            for name, value in form.items():
                if isinstance(value, str):
                    read[name] = json.loads(value)
                else:
                    read[name] = (value.filename, value.content_type, await value.read())
        self.read.append(read)
        status = 503 if len(self.read) <= self.refusals else 200
        await JSONResponse({}, status)(scope, receive, send)


async def sent(form: Form, audio: Path | None) -> None:
    """Send it as the backend does."""
    service = ServiceClient(Connection(key="k"), ManualRuntime(), backend="fast")
    with serving(form) as url:
        body = upload(WANTED, audio, "audio/flac")
        await service.call("POST", url, params={}, meeting_id="m", body=body, repeatable=False, retried={503})
    await service.aclose()


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_000_001])
async def test_a_server_reads_both_parts(tmp_path: Path, size: int) -> None:
    """The definition as JSON in UTF-8, the audio byte by byte, its length told beforehand, its name not."""
    audio = tmp_path / "who said what.FLAC"
    audio.write_bytes(bytes(range(256)) * (size // 256) + bytes(size % 256))
    form = Form()
    await sent(form, audio)
    assert form.read == [{"definition": WANTED, "audio": ("audio.flac", "audio/flac", audio.read_bytes())}]
    assert int(form.heads[0]["content-length"]) > size
    assert "transfer-encoding" not in form.heads[0]


async def test_audio_by_url_is_the_definition_alone() -> None:
    """No empty audio part."""
    form = Form()
    await sent(form, None)
    assert form.read == [{"definition": WANTED}]


async def test_another_attempt_sends_all_of_it_again(tmp_path: Path) -> None:
    """From the first byte, with the same boundary: the same request is the same bytes."""
    audio = tmp_path / "a.flac"
    audio.write_bytes(b"sound" * 50_000)
    form = Form(refusals=2)
    await sent(form, audio)
    assert len(form.read) == 3
    assert form.read[0] == form.read[1] == form.read[2]
    assert len({head["content-type"] for head in form.heads}) == 1
