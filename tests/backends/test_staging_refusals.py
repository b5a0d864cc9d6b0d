"""What staging refuses and what it is refused: each situation by its name, with no secret in any word of it."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.responses import Response

from remote_meeting_backends import (
    AudioNotFound,
    AuthenticationFailed,
    BadRequest,
    InvalidInput,
    ManualRuntime,
    MissingExtra,
    RemoteMeetingError,
    ServiceUnavailable,
    SystemRuntime,
    Throttled,
)
from remote_meeting_backends.connection import Storage
from remote_meeting_backends.staging import Stager
from support.faults import Script
from support.servers import free_port, serving
from support.stagers import KEY, NAME, Counting, Credential, stager

if TYPE_CHECKING:
    from support.azurite import Azurite

pytest_plugins = ("support.azurite",)
pytestmark = pytest.mark.anyio


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file of one block."""
    path = tmp_path / "small.wav"
    path.write_bytes(b"RIFF" + bytes(1000))
    return path


@pytest.mark.parametrize(
    ("storage", "kind", "said"),
    [
        (lambda it: Storage(it.url, key=KEY), AuthenticationFailed, "key or SAS is of another"),
        (
            lambda it: Storage(f"{it.url}/con?{replace(it, key=KEY).container_sas('con')}"),
            AuthenticationFailed,
            "key or SAS is of another",
        ),
        (
            lambda it: Storage(f"{it.url}/con?{it.container_sas('con', expiry=datetime(2024, 5, 1, tzinfo=UTC))}"),
            InvalidInput,
            "expired at 2024-05-01T00:00:00Z",
        ),
        (lambda it: Storage(f"{it.url}/con?{it.container_sas('con', 'rl')}"), InvalidInput, r"write \(w\) or delete"),
    ],
    ids=["wrong key", "SAS by a wrong key", "expired SAS", "SAS that may not write"],
)
async def test_refused(
    azurite: Azurite,
    small: Path,
    caplog: pytest.LogCaptureFixture,
    storage: Callable[[Azurite], Storage],
    kind: type[RemoteMeetingError],
    said: str,
) -> None:
    """A refusal says why, and neither it, nor its causes, nor any log shows a key or a signature."""
    caplog.set_level(logging.DEBUG)
    where = storage(azurite)
    async with stager(where) as it:
        with pytest.raises(kind, match=said) as caught:
            await it.stage(small, NAME)
    seen = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(where) + repr(it._address)
    signature = parse_qs(urlsplit(where.where).query).get("sig", [KEY])[0]
    assert signature not in seen
    assert signature[:20] not in seen


def answer(status: int, code: str = "", **headers: str) -> Response:
    """An answer of the blob service."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>Words.</Message></Error>'
    return Response(body, status, {"x-ms-error-code": code, "x-ms-request-id": "r-1", **named}, "application/xml")


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (answer(403, "AuthorizationPermissionMismatch"), AuthenticationFailed, "Storage Blob Data Contributor"),
        (answer(403, "AuthorizationFailure"), AuthenticationFailed, "firewall"),
        (answer(403, "KeyBasedAuthenticationNotPermitted"), AuthenticationFailed, "give a credential"),
        (answer(403, "SomethingNew"), AuthenticationFailed, "check the key"),
        (answer(401, "InvalidAuthenticationInfo"), AuthenticationFailed, "tenant"),
        (answer(409, "ContainerBeingDeleted"), ServiceUnavailable, "being deleted"),
        (answer(412, "LeaseIdMissing"), BadRequest, "lease"),
        (answer(409, "SomethingNew"), BadRequest, "409"),
        (answer(429), Throttled, "slow down"),
        (answer(503, "ServerBusy"), Throttled, "slow down"),
        (answer(500, "InternalError"), ServiceUnavailable, "try again"),
    ],
)
async def test_answers(reply: Response, kind: type[RemoteMeetingError], said: str) -> None:
    """Each refusal is one situation, with the service's code and request id."""
    with serving(Script(reply)) as url:
        async with stager(Storage(f"{url}/meetings", key=KEY), ManualRuntime()) as it:
            with pytest.raises(kind, match=said) as caught:
                await it.delete(NAME)
    assert type(caught.value) is kind
    assert (caught.value.request_id, caught.value.status_code) == ("r-1", reply.status_code)
    assert caught.value.code == (reply.headers["x-ms-error-code"] or "throttled")


async def test_clock_is_named() -> None:
    """A refusal of somebody whose clock is wrong says by how much."""
    runtime = ManualRuntime(datetime.now(UTC) - timedelta(minutes=40))
    with serving(Script(answer(403, "AuthenticationFailed"))) as url:
        async with stager(Storage(f"{url}/meetings", key=KEY), runtime) as it:
            with pytest.raises(AuthenticationFailed, match="clock is 40 minutes behind"):
                await it.delete(NAME)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_retry_after(status: int) -> None:
    """What passes is waited for, as long as the service's own word says."""
    runtime = ManualRuntime()
    with serving(Script(answer(status, retry_after="7"), answer(202))) as url:
        async with stager(Storage(f"{url}/meetings", key=KEY), runtime) as it:
            await it.delete(NAME)
    assert runtime.slept == [7.0]


@pytest.mark.parametrize("module", ["azure.storage.blob", "aiohttp"])
def test_missing_extra(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """What is not installed ends in the line that installs it."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=r"pip install 'remote-meeting-compat\[azure\]'"):
        Stager(Storage("https://meetings.blob.core.windows.net", key=KEY), SystemRuntime())


async def test_container_is_missing(azurite: Azurite, small: Path) -> None:
    """A container SAS cannot make the container: that it is missing is what is said."""
    sas = azurite.container_sas("nowhere")
    async with stager(Storage(f"{azurite.url}/nowhere?{sas}")) as it:
        with pytest.raises(InvalidInput, match="container does not exist") as caught:
            await it.stage(small, NAME)
    assert caught.value.code == "ContainerNotFound"
    assert sas not in str(caught.value)


async def test_identity_has_seven_days(small: Path) -> None:
    """No identity signs for longer than a delegated key lives; nothing is asked of the service for that."""
    async with stager(Storage("https://meetings.blob.core.windows.net", credential=Credential())) as it:
        with pytest.raises(InvalidInput, match="7 days"):
            await it.read_url(NAME, hours=7 * 24)


async def test_credential_without_token(small: Path) -> None:
    """A credential that gives no token is a refusal with its own words."""

    class Broken:
        def get_token(self, *_: str, **__: Any) -> Any:
            raise RuntimeError("az login is needed")

    async with stager(Storage(f"https://127.0.0.1:{free_port()}/meetings", credential=Broken())) as it:
        with pytest.raises(AuthenticationFailed, match=r"Broken gave no token.*az login is needed"):
            await it.stage(small, NAME)


async def test_no_file(azurite: Azurite, tmp_path: Path) -> None:
    """A file that is not there is said before anything is asked of the service."""
    counting = Counting()
    async with stager(Storage(azurite.connection_string), transport=counting) as it:
        with pytest.raises(AudioNotFound, match=r"nothing\.wav"):
            await it.stage(tmp_path / "nothing.wav", NAME)
    assert counting.sent == []


@pytest.mark.parametrize("name", ["", "a//b", "../other/audio.wav", "x" * 1025])
async def test_no_name_for_a_blob(azurite: Azurite, small: Path, name: str) -> None:
    """A name that would lead elsewhere, or nowhere, is refused."""
    async with stager(Storage(azurite.connection_string)) as it:
        for call in (it.stage(small, name), it.read_url(name), it.delete(name)):
            with pytest.raises(InvalidInput, match="cannot name a blob"):
                await call
