"""What the gateway keeps to itself: keys, URLs, and the operator's troubles."""

from __future__ import annotations

import hashlib
import http.client
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from remote_meeting.gateway import create_app
from remote_meeting_backends import ManualRuntime, MeetingStatus
from remote_meeting_backends.store import MeetingStore
from support.cassettes import KEY, TOKEN, keep
from support.servers import serving

NAME = "Ocp-Apim-Subscription-Key"
TASK = "/api/v1/OfflineTask"
SERVER_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every record at every level, the server's own loggers included, which hand nothing to the root."""
    caplog.set_level(logging.DEBUG)
    for name in SERVER_LOGGERS:
        logging.getLogger(name).addHandler(caplog.handler)
    yield caplog
    for name in SERVER_LOGGERS:
        logging.getLogger(name).removeHandler(caplog.handler)


def ask(url: str, method: str, target: str, **headers: str) -> int:
    """Ask without httpx, which logs the URLs that it is given; gives the status."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
    status = connection.getresponse().status
    connection.close()
    return status


def test_keys_and_urls_are_never_logged(store_path: Path, everything_logged: pytest.LogCaptureFixture) -> None:
    """Whatever is asked, and whatever becomes of it."""
    runtime = ManualRuntime()
    keep(MeetingStore(store_path, runtime), "m-1", MeetingStatus.COMPLETED)
    with serving(create_app(store_path, runtime=runtime)) as url:
        for name in SERVER_LOGGERS:
            logging.getLogger(name).setLevel(logging.DEBUG)
        in_query = f"{TASK}?id=m-1&{NAME}={KEY}"
        assert ask(url, "GET", in_query) == 200
        assert ask(url, "DELETE", in_query) == 200
        assert ask(url, "POST", in_query) == 405
        assert ask(url, "GET", f"/elsewhere?{NAME}={KEY}") == 404
        assert ask(url, "GET", f"{TASK}?id=&{NAME}={KEY}") == 400
        assert ask(url, "GET", f"{TASK}?id=m-2", authorization=f"Bearer {TOKEN}") == 404
        store_path.write_bytes(b"no database at all" * 1000)
    with serving(create_app(store_path, runtime=runtime)) as url:
        assert ask(url, "GET", in_query, authorization=f"Bearer {TOKEN}") == 503
    logged = everything_logged.text
    assert "deleted meeting 'm-1'" in logged
    assert "GET meeting 'm-1': The store" in logged
    for secret in (KEY, TOKEN, f"{NAME}=", "?id=", "elsewhere"):
        assert secret not in logged


def test_a_broken_store_is_the_operator_s_business(store_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The caller is told to come back; the path and the reason stand in the log."""
    store_path.write_bytes(b"no database at all" * 1000)
    with serving(create_app(store_path)) as url:
        response = httpx.get(f"{url}{TASK}?id=m-1", headers={NAME: KEY})
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert response.json() == {
        "code": "ServiceUnavailable",
        "message": "The meeting cannot be looked up now.",
    }
    (record,) = [record for record in caplog.records if record.name == "remote_meeting.gateway"]
    assert record.levelno == logging.ERROR
    assert str(store_path) in record.getMessage()
    assert "no SQLite database" in record.getMessage()


def test_a_key_is_not_in_the_store(store_path: Path) -> None:
    """Not as it is, and not as a hash that a list of keys could be tried against."""
    runtime = ManualRuntime()
    store = MeetingStore(store_path, runtime)
    keep(store, "m-1", MeetingStatus.COMPLETED)
    keep(store, "m-1", MeetingStatus.COMPLETED, secret=f"bearer {TOKEN}")
    with serving(create_app(store_path, runtime=runtime)) as url:
        assert ask(url, "GET", f"{TASK}?id=m-1&{NAME}={KEY}") == 200
        assert ask(url, "GET", f"{TASK}?id=m-1", authorization=f"Bearer {TOKEN}") == 200
        kept = b"".join(path.read_bytes() for path in store_path.parent.glob(f"{store_path.name}*"))
    store.close()
    assert b"good morning" in kept
    assert store.owner_of(KEY).encode() in kept
    for secret in (KEY, TOKEN, f"bearer {TOKEN}"):
        assert secret.encode() not in kept
        assert hashlib.sha256(secret.encode()).hexdigest().encode() not in kept


def test_the_store_is_opened_by_the_first_caller(store_path: Path) -> None:
    """Not when the app is made or the server starts, nor by somebody without a key."""
    app = create_app(store_path)
    with serving(app) as url:
        assert ask(url, "GET", f"{TASK}?id=m-1") == 401
        assert ask(url, "GET", "/") == 404
        assert not store_path.exists()
        assert ask(url, "GET", f"{TASK}?id=m-1&{NAME}={KEY}") == 404
        assert store_path.exists()
