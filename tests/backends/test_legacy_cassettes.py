"""The legacy backend against recorded answers, one cassette a behaviour: `cassettes/legacy/BEHAVIOUR.yaml`.

The retired service cannot be asked any more, so these are recorded from this project's own gateway on loopback, with or
without SPEECH_KEY; where it would never answer so, the answer is injected before it (`faults: injected`).

Record anew with: pytest --record-mode=rewrite -n 0 tests/backends/test_legacy_cassettes.py
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from vcr.cassette import Cassette

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    Connection,
    ManualRuntime,
    MeetingDeleted,
    MeetingFailed,
    MeetingNotFound,
    MeetingNotReady,
    MeetingStatus,
    UnexpectedReply,
)
from remote_meeting_backends.legacy import LegacyBackend
from support.cassettes import CAUSE, FOLDER, KEY, Service, recorded_gateway, vcr_options
from support.faults import cut, instead

pytestmark = [pytest.mark.anyio, pytest.mark.vcr, pytest.mark.block_network(allowed_hosts=["nowhere"])]

HTML = b"<!DOCTYPE html><html><body><h1>Service retired</h1></body></html>"


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    """One folder a backend."""
    return str(FOLDER / "legacy")


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """A cassette is named for the behaviour that it shows."""
    return str(request.node.name).removeprefix("test_")


@pytest.fixture
def service(record_mode: str, tmp_path: Path) -> Iterator[Service]:
    """The gateway while recording; in replay no server at all."""
    if record_mode == "none":
        yield Service()
    else:
        with recorded_gateway(tmp_path) as gateway:
            yield gateway


@pytest.fixture
def vcr_config(service: Service) -> dict[str, object]:
    """Scrubbed as it is written, matched without the host."""
    return vcr_options(service)


@pytest.fixture(autouse=True)
def _played_to_its_end(vcr: Cassette, record_mode: str) -> Iterator[None]:
    """A replay asks for everything that was recorded, and for nothing else."""
    yield
    assert record_mode != "none" or vcr.all_played


@pytest.fixture
def runtime() -> ManualRuntime:
    """No test waits."""
    return ManualRuntime()


@pytest.fixture
async def backend(service: Service, runtime: ManualRuntime) -> AsyncIterator[LegacyBackend]:
    """A caller with the key that the meetings belong to."""
    opened = LegacyBackend.open(Connection(key=KEY, endpoint=service.base), runtime)
    yield opened
    await opened.aclose()


async def test_uploading(backend: LegacyBackend) -> None:
    """Status 0."""
    assert (await backend.status("uploading")).status is MeetingStatus.UPLOADING


async def test_processing(backend: LegacyBackend) -> None:
    """Status 1, and no result yet."""
    with pytest.raises(MeetingNotReady, match="Processing"):
        await backend.result("processing")


async def test_completed(backend: LegacyBackend) -> None:
    """Status 2 brings the transcript with it."""
    transcript = await backend.result("completed")
    assert [(phrase.speaker, phrase.text) for phrase in transcript.phrases] == [
        ("Guest-1", "hello"),
        ("Guest-2", "good morning"),
    ]
    assert transcript.phrases[1].offset_ticks == 10_000_000
    assert transcript.phrases[1].duration_ticks == 9_000_000


async def test_failed(backend: LegacyBackend) -> None:
    """Status 3, with the cause that the gateway puts into a header."""
    with pytest.raises(MeetingFailed, match=f"failed: .*{CAUSE}"):
        await backend.result("failed")


async def test_deleted(backend: LegacyBackend) -> None:
    """Status 4 is no empty result."""
    with pytest.raises(MeetingDeleted, match="was deleted"):
        await backend.result("deleted")


async def test_bad_request_400(backend: LegacyBackend) -> None:
    """An id that cannot be one is the caller's mistake."""
    with pytest.raises(BadRequest, match=r"answered 400 .*Name the meeting"):
        await backend.status("")


async def test_unauthorized_401(service: Service, runtime: ManualRuntime) -> None:
    """Without credentials the answer says what to send."""
    backend = LegacyBackend.open(Connection(endpoint=service.base), runtime)
    with pytest.raises(AuthenticationFailed, match="check the key or token") as caught:
        await backend.status("completed")
    await backend.aclose()
    assert caught.value.status_code == 401
    assert caught.value.code == "Unauthorized"


async def test_not_found_404(backend: LegacyBackend, runtime: ManualRuntime) -> None:
    """An unknown id is not asked for twice."""
    with pytest.raises(MeetingNotFound, match="check the id"):
        await backend.status("unheard-of")
    assert runtime.slept == []


async def test_throttled_429_retry_after(backend: LegacyBackend, service: Service, runtime: ManualRuntime) -> None:
    """The service's Retry-After is waited for, and the second answer counts."""
    service.faults += [instead(429, b'{"error":{"code":"TooManyRequests","message":"Slow down."}}', retry_after="7")]
    assert (await backend.status("completed")).status is MeetingStatus.COMPLETED
    assert runtime.slept == [7.0]


async def test_error_500_then_200(backend: LegacyBackend, service: Service, runtime: ManualRuntime) -> None:
    """A passing trouble of the service is not the caller's."""
    service.faults += [instead(500, b"Internal Server Error")]
    assert (await backend.status("completed")).status is MeetingStatus.COMPLETED
    assert runtime.slept == [0.5]


async def test_delete_200(backend: LegacyBackend) -> None:
    """A deleted meeting is Deleted from then on, and deleting it again is no error."""
    await backend.delete("completed")
    assert (await backend.status("completed")).status is MeetingStatus.DELETED
    await backend.delete("completed")


async def test_delete_204(backend: LegacyBackend, service: Service) -> None:
    """An empty answer means the same."""
    service.faults += [instead(204)]
    await backend.delete("completed")


async def test_truncated_body(backend: LegacyBackend, service: Service) -> None:
    """Half a transcript is an error, never a short meeting."""
    service.faults += [cut(90)]
    with pytest.raises(UnexpectedReply, match="answered 90 bytes, which is not whole JSON") as caught:
        await backend.status("completed")
    assert (caught.value.meeting_id, caught.value.backend) == ("completed", "legacy")


async def test_html_body(backend: LegacyBackend, service: Service) -> None:
    """A page of a proxy or a portal is shown as what it is."""
    service.faults += [instead(200, HTML, content_type="text/html")]
    with pytest.raises(UnexpectedReply, match="Service retired"):
        await backend.status("completed")
