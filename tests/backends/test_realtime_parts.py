"""The pure parts of the realtime backend: backlog, pace, addresses, and what the end of a connection means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    Connection,
    InvalidInput,
    RemoteMeetingError,
    ServiceUnavailable,
    Throttled,
)
from remote_meeting_backends.realtime import causes
from remote_meeting_backends.realtime.backlog import PIECE_BYTES, Backlog
from remote_meeting_backends.realtime.endpoint import websocket_url
from remote_meeting_backends.realtime.pace import AT_ONCE_SECONDS, Pace

KEY = "5ec7e75ec7e75ec7e75ec7e75ec7e75e"


@given(
    start=st.integers(0, 10_000),
    steps=st.lists(st.tuples(st.integers(0, 3 * PIECE_BYTES), st.floats(0, 1), st.floats(0, 1)), max_size=12),
)
def test_a_backlog_gives_back_what_it_was_given(start: int, steps: list[tuple[int, float, float]]) -> None:
    """Wherever it is read, in memory or on disk, and whatever was released before; nothing before or behind."""
    backlog = Backlog(start, memory_bytes=PIECE_BYTES)
    whole = bytearray()
    try:
        for size, read_share, release_share in steps:
            block = bytes((len(whole) + at) * 7 % 251 for at in range(size))
            whole += block
            backlog.append(block)
            place = start + int(len(whole) * read_share)
            expected = bytes(whole[place - start :][:5000]) if place >= backlog.start else b""
            assert backlog.read(place, 5000) == expected
            backlog.release(start + int(len(whole) * release_share * 0.5))
            assert (backlog.end, backlog.read(backlog.end, 10)) == (start + len(whole), b"")
    finally:
        backlog.close()


def test_a_backlog_keeps_little_in_memory() -> None:
    """What nobody has asked for is on disk but for the newest; released, it is nowhere."""
    backlog = Backlog(memory_bytes=2 * PIECE_BYTES)
    backlog.append(bytes(20 * PIECE_BYTES))
    assert backlog.spooled_bytes == 18 * PIECE_BYTES
    backlog.release(19 * PIECE_BYTES)
    assert backlog.spooled_bytes == 0
    backlog.append(bytes(20 * PIECE_BYTES))
    assert backlog.spooled_bytes > 0
    backlog.close()
    assert backlog.spooled_bytes == 0


@pytest.mark.parametrize(("lagging", "seconds"), [(False, (60 - AT_ONCE_SECONDS) / 2), (True, 60 - AT_ONCE_SECONDS)])
def test_the_pace(lagging: bool, seconds: float) -> None:
    """Five seconds at once, then twice real time; real time while the service is behind."""
    pace, now = Pace(0.0), 0.0
    waits = []
    for _ in range(600):
        waits.append(pace.wait_after(0.1, now, is_lagging=lagging))
        now += waits[-1]
    assert waits[:50] == [0.0] * 50
    assert now == pytest.approx(seconds, abs=0.2)


def test_a_pause_is_no_credit_for_later() -> None:
    """After an hour without audio there are five seconds at once again, not two hours."""
    pace = Pace(0.0)
    pace.wait_after(0.1, 3600.0, is_lagging=False)
    assert pace.wait_after(AT_ONCE_SECONDS + 1.9, 3600.0, is_lagging=False) == pytest.approx(1.0)


WORDS = "format=detailed&wordLevelTimestamps=true&wordLevelConfidence=true"
PLACES = {
    "region": (
        Connection(key=KEY, region="WestEurope"),
        "wss://westeurope.stt.speech.microsoft.com/stt/speech/universal/v2?language=de-DE&WORDS",
    ),
    "china": (
        Connection(key=KEY, region="chinaeast2"),
        "wss://chinaeast2.stt.speech.azure.cn/stt/speech/universal/v2?language=de-DE&WORDS",
    ),
    "government": (
        Connection(key=KEY, region="usgovvirginia"),
        "wss://usgovvirginia.stt.speech.azure.us/stt/speech/universal/v2?language=de-DE&WORDS",
    ),
    "container": (
        Connection(key=KEY, host="ws://localhost:5000"),
        "ws://localhost:5000/stt/speech/universal/v2?language=de-DE&WORDS",
    ),
    "emulator": (
        Connection(key=KEY, endpoint="http://127.0.0.1:8438"),
        "ws://127.0.0.1:8438/stt/speech/universal/v2?language=de-DE&WORDS",
    ),
    "custom domain": (
        Connection(key=KEY, endpoint="https://name.cognitiveservices.azure.com/"),
        "wss://name.cognitiveservices.azure.com/stt/speech/universal/v2?language=de-DE&WORDS",
    ),
    "the REST host of a region": (
        Connection(key=KEY, endpoint="https://westeurope.api.cognitive.microsoft.com/speechtotext"),
        "wss://westeurope.stt.speech.microsoft.com/stt/speech/universal/v2?language=de-DE&WORDS",
    ),
    "whole": (
        Connection(key=KEY, endpoint="wss://x.test/speech/universal/v2?language=fr-FR&x=1"),
        "wss://x.test/speech/universal/v2?language=fr-FR&WORDS&x=1",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_where_it_goes(name: str) -> None:
    """A region, a host, or an endpoint of any kind; one that names the path is used as it stands."""
    connection, url = PLACES[name]
    assert websocket_url(connection, "de-DE", None) == url.replace("WORDS", WORDS)


def test_a_custom_model_is_asked_for_by_its_id() -> None:
    """The model decides the language."""
    url = websocket_url(Connection(key=KEY, region="westeurope"), "de-DE", "a b", "masked")
    assert url.endswith(f"/stt/speech/universal/v2?cid=a+b&{WORDS}&profanity=masked")


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        (Connection(key=KEY), "needs a region or an endpoint"),
        (Connection(key=KEY, region=f"https://{KEY}"), "is no region"),
        (Connection(key=KEY, endpoint="nowhere"), "is no URL"),
    ],
)
def test_nowhere_to_go(connection: Connection, words: str) -> None:
    """Told in a sentence, without the key."""
    with pytest.raises(InvalidInput, match=words) as raised:
        websocket_url(connection, "en-US", None)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "kind", "again"),
    [
        (401, AuthenticationFailed, False),
        (403, AuthenticationFailed, False),
        (400, BadRequest, False),
        (404, BadRequest, False),
        (302, BadRequest, False),
        (429, Throttled, True),
        (408, ServiceUnavailable, True),
        (500, ServiceUnavailable, True),
        (503, ServiceUnavailable, True),
    ],
)
def test_an_upgrade_that_fails(status: int, kind: type[RemoteMeetingError], again: bool) -> None:
    """Final, or worth another try; the status and the service's words stand in the sentence."""
    found = causes.of_upgrade(status, "words", "7", "wss://x.test", "c1")
    error = found.error if isinstance(found, causes.Lost) else found
    assert isinstance(error, kind)
    assert (isinstance(found, causes.Lost), error.status_code, error.request_id) == (again, status, "c1")
    assert str(status) in str(error)
    if isinstance(found, causes.Lost):
        assert found.wait_seconds == 7


@pytest.mark.parametrize(
    ("code", "again"),
    [(1002, False), (1003, False), (1007, False), (4000, False)] + [(c, True) for c in (None, 1000, 1001, 1006, 1011)],
)
def test_a_connection_that_ends(code: int | None, again: bool) -> None:
    """Four codes are about the request and final; whatever else ends a connection, another may do."""
    found = causes.of_close(code, "reason", "wss://x.test", "c1")
    assert isinstance(found, causes.Lost) is again
    assert isinstance(found, BadRequest) is not again
    assert "reason" in str(found)


def test_waits_grow_and_have_an_end() -> None:
    """A quarter of a second first, half a minute at the most; the service's own word is taken."""
    lost = causes.Lost(ServiceUnavailable("down"))
    waits = [causes.wait_before(attempt, lost, 0.5) for attempt in range(1, 12)]
    assert waits[0] == 0.25
    assert waits == sorted(waits)
    assert waits[-1] == causes.LONGEST_WAIT_SECONDS
    assert causes.wait_before(1, causes.Lost(Throttled("busy")), 0.5) == causes.THROTTLED_WAIT_SECONDS
    assert causes.wait_before(3, causes.Lost(Throttled("busy"), 9.0), 0.5) == 9.0


@pytest.mark.parametrize("retry_after", [None, "", "soon", "0", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_retry_after_that_says_nothing(retry_after: str | None) -> None:
    """Dates and zero are no word."""
    found = causes.of_upgrade(503, "", retry_after, "wss://x.test", "c1")
    assert isinstance(found, causes.Lost)
    assert found.wait_seconds is None
