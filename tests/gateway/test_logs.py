"""The gateway's log: for people or for machines, and never with a key in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from remote_meeting.gateway.logs import LIBRARIES, LOGGERS, handler_of, mask, show_logs, shown
from remote_meeting_backends import InvalidInput

KEY = "0123456789abcdef0123456789abcdef"
NAME = "Ocp-Apim-Subscription-Key"
Say = Callable[..., str]
BAD = "m\r\nERROR forged\x1b[31m\x9b\u202e\u2028\x00"


@pytest.fixture(params=["text", "json"])
def say(request: pytest.FixtureRequest) -> Iterator[Say]:
    """Logs a record, and gives what was written of it, in either format."""
    stream = io.StringIO()
    handler = handler_of(request.param, stream)
    logger = logging.getLogger("test.of.the.gateway.log")
    logger.propagate = False
    logger.addHandler(handler)

    def call(message: str, *arguments: object, **options: Any) -> str:
        stream.truncate(stream.seek(0))
        logger.error(message, *arguments, **options)
        return stream.getvalue()

    yield call
    logger.removeHandler(handler)


@pytest.fixture
def json_stream() -> Iterator[io.StringIO]:
    """The whole log as JSON; everything is as before when the test has ended."""
    loggers = [logging.getLogger(name) for name in (*LOGGERS, *LIBRARIES)]
    before = [(logger.handlers, logger.level) for logger in loggers]
    stream = io.StringIO()
    show_logs("json", stream=stream)
    yield stream
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        logger.handlers = handlers
        logger.setLevel(level)


def test_a_line_of_json(json_stream: io.StringIO) -> None:
    """Time in UTC, level, logger, message, and what else was given, by its own name and kind."""
    logging.getLogger("remote_meeting.gateway").warning(
        "closing %s", "now", extra={"meeting_id": "m-1", "code": 1013, "seconds": 0.5, "nothing": None, "live": True}
    )
    told = json.loads(json_stream.getvalue())
    assert told.pop("time").endswith("Z")
    assert told == {
        "level": "WARNING",
        "logger": "remote_meeting.gateway",
        "message": "closing now",
        "meeting_id": "m-1",
        "code": 1013,
        "seconds": 0.5,
        "live": True,
    }


def test_a_line_of_text(say: Say, request: pytest.FixtureRequest) -> None:
    """The same for people: one line, what was given behind the message."""
    line = say("closing", extra={"meeting_id": "jour fixe", "code": 1013})
    if "json" in request.node.name:
        assert json.loads(line)["meeting_id"] == "jour fixe"
    else:
        assert line.endswith('Z ERROR test.of.the.gateway.log: closing meeting_id="jour fixe" code=1013\n')


def test_an_id_cannot_forge_a_line_nor_steer_a_terminal(say: Say) -> None:
    """In the message as in what is given beside it: one line, and only what can be printed."""
    for line in (say("meeting %s", BAD), say("meeting", extra={"meeting_id": BAD}), say(BAD)):
        assert line.count("\n") == 1
        assert line.removesuffix("\n").isprintable()
        assert "forged" in line


def test_other_scripts_can_be_read() -> None:
    """What can be printed stays; the rest is escaped as repr does."""
    assert shown("会議 süß") == "会議 süß"
    assert shown("a\nb\x9b\u202e") == "a\\nb\\x9b\\u202e"


def test_a_value_that_json_lacks_is_written_as_text(json_stream: io.StringIO) -> None:
    """No NaN, which no parser takes; objects by their text."""
    logging.getLogger("remote_meeting.x").error("x", extra={"far": float("inf"), "what": ["a"], "message_id": b"m"})
    told = json.loads(json_stream.getvalue(), parse_constant=pytest.fail)
    assert (told["far"], told["what"], told["message_id"]) == ("inf", "['a']", "b'm'")


@pytest.mark.parametrize(
    "text",
    [
        f"GET /x?{NAME}={KEY}&id=1",
        f"GET /x?id=1&{NAME.lower()}={KEY}",
        f"Authorization: Bearer {KEY}",
        f"authorization=Bearer%20{KEY}",
        f"authorization=Bearer+{KEY}&x=1",
        f"Authorization: Basic {KEY}",
        f"{{'{NAME}': '{KEY}', 'x': 1}}",
        f'{{"{NAME}": "{KEY}"}}',
        f'{{\\"{NAME}\\": \\"{KEY}\\"}}',
        f"[(b'{NAME.lower()}', b'{KEY}')]",
        f"[('authorization', 'Bearer {KEY}')]",
        f"bearer {KEY}",
        f"wss://host/path?whatever={KEY}",
        f"https%3A%2F%2Fhost%2Fp%3Fsig%3D{KEY}",
        f"AccountName=a;AccountKey={KEY};",
        f"api_key={KEY}",
        f"access_token: {KEY}",
    ],
)
def test_what_looks_like_a_key_is_masked(say: Say, text: str) -> None:
    """In the message, in its arguments, in what is given beside it, and in a traceback."""
    try:
        raise ValueError(text)
    except ValueError as caught:
        error = caught
    lines = (say(text), say("%s", text), say("x", extra={"url": text}), say("x", exc_info=error))
    for line in lines:
        assert KEY not in line
        assert "***" in line
    assert "ValueError" in lines[-1]


@pytest.mark.parametrize(
    "text",
    [
        "deleted meeting 'm-1'",
        "the bearer of news",
        "Send Ocp-Apim-Subscription-Key, or a token.",
        "no key was found",
        "http://127.0.0.1:8437/api/v1/OfflineTask",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    """A log that masks words is of no use."""
    assert mask(text) == text


def test_a_defect_has_its_traceback(say: Say) -> None:
    """Each line of it printable."""
    try:
        raise RuntimeError("broken\x1b")
    except RuntimeError:
        said = say("it broke", exc_info=True)
    assert "Traceback (most recent call last)" in said
    assert "RuntimeError: broken\\" in said
    assert "\x1b" not in said


def test_a_message_that_does_not_fit_its_arguments_shows_none(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    """Python's own complaint would print them."""
    assert "%d %d" in say("%d %d", KEY)
    assert KEY not in "".join(capsys.readouterr())


def test_whoever_wrote_the_log_before_does_so_no_more(json_stream: io.StringIO) -> None:
    """Each record once; libraries tell warnings, and below nothing."""
    logging.getLogger("remote_meeting_backends.x").info("one")
    logging.getLogger("uvicorn.error").warning("two")
    logging.getLogger("uvicorn").info("three")
    logging.getLogger("asyncio").debug("four")
    assert [json.loads(line)["message"] for line in json_stream.getvalue().splitlines()] == ["one", "two"]


def test_an_unknown_format_is_a_sentence() -> None:
    """With those that there are."""
    with pytest.raises(InvalidInput, match="choose text or json"):
        handler_of("xml")


def test_every_way_of_writing_a_query_is_masked() -> None:
    """A URL within a URL's query too."""
    inner = f"https://host/p?{NAME}={KEY}"
    assert KEY not in mask(f"/go?to={quote(inner, safe='')}")
    assert KEY not in mask(quote(f"/x?{NAME}={KEY}"))
