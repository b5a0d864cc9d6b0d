"""The gateway's log: a line a record, for people or for machines, without secrets.

What is logged is chosen where it is logged. Here is the last line of defence: what looks like a key is masked.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from remote_meeting_backends import InvalidInput
from remote_meeting_backends.connection import MASK, redact

FORMATS: Final = ("text", "json")
LOGGERS: Final = ("remote_meeting", "remote_meeting_backends")
# What they complain of: requests that are none, tasks that broke. Below warnings they tell URLs and headers.
LIBRARIES: Final = ("uvicorn", "asyncio")
# What a record has of itself; anything else was given by `extra`.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Names whose values are secrets, as they stand in queries, in headers and in Python's and JSON's ways of writing both.
_NAMED: Final = re.compile(
    r"""(?ix)(?: \b | (?<=%3f) | (?<=%26) )(
        ocp-apim-subscription-key | subscription-?key | api[-_]?key | authorization | access[-_]?token | sig
    )
    ( = | %3d | \\?["']? \s* : \s* | \\?["'] , \s* )
    ( b? \\?["'] )?
    ( (?:bearer|basic) (?:\s|%20|\+)+ )?
    [^\s&"'\\,;)]+"""
)
_BEARER: Final = re.compile(r"(?i)\b(bearer(?:\s|%20|\+)+)[\w.~+/=%-]{8,}")
_HINTS: Final = ("key", "authorization", "token", "sig", "bearer", "account", "shared", "://", "%3a")


def shown(text: str) -> str:
    """A text on one line that steers no terminal: what cannot be printed is escaped, as `repr` would."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def mask(text: str) -> str:
    """A text without what looks like a key, a token, or the query of a URL."""
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return text
    text = _NAMED.sub(lambda found: f"{found[1]}{found[2]}{found[3] or ''}{found[4] or ''}{MASK}", text)
    return redact(_BEARER.sub(rf"\1{MASK}", text))


class MaskSecrets(logging.Filter):
    """Lets every record through, its message and its traceback masked."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A defect where it was logged; the arguments would be printed with the complaint.
            message = str(record.msg)
        record.msg, record.args = mask(message), None
        if record.exc_info and not record.exc_text and record.exc_info[1] is not None:
            record.exc_text = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        if record.exc_text:
            record.exc_text = mask(record.exc_text)
        return True


class JsonLines(logging.Formatter):
    """A JSON object a record, in ASCII: time, level, logger, message, and what was given by `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": shown(record.getMessage()),
        }
        told.update({name: value for name, value in _given(record).items() if name not in told})
        trace = _trace(self, record)
        if trace:
            told["exception"] = trace
        return json.dumps(told)


class TextLines(logging.Formatter):
    """A line a record for people; the traceback of a defect below it."""

    def format(self, record: logging.LogRecord) -> str:
        given = "".join(f" {name}={_plain(value)}" for name, value in _given(record).items())
        line = f"{_time(record)} {record.levelname} {record.name}: {shown(record.getMessage())}{given}"
        return "\n".join([line, *map(shown, _trace(self, record).splitlines())])


def handler_of(log_format: str, stream: TextIO | None = None) -> logging.Handler:
    """A handler that writes the log.

    Args:
        log_format: `text` or `json`.
        stream: Where; None for the standard error.

    Raises:
        InvalidInput: There is no such format.
    """
    if log_format not in FORMATS:
        raise InvalidInput(f"There is no log format {log_format!r}: choose text or json.")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    handler.addFilter(MaskSecrets())
    return handler


def show_logs(log_format: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Write the log of the gateway, its backends and its server; what wrote it before does so no more.

    Args:
        log_format: `text` or `json`.
        level: From which on; libraries tell no less than warnings.
        stream: Where; None for the standard error.

    Raises:
        InvalidInput: There is no such format.
    """
    handler = handler_of(log_format, stream)
    for name in (*LOGGERS, *LIBRARIES):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level if name in LOGGERS else max(level, logging.WARNING))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _given(record: logging.LogRecord) -> dict[str, Any]:
    """What was given by `extra`, as JSON has it; texts are masked, and made to show."""
    return {name: _value(value) for name, value in vars(record).items() if name not in _OWN and value is not None}


def _value(value: object) -> str | int | float | bool:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return value
    return shown(mask(str(value)))


def _plain(value: str | int | float | bool) -> str:
    """A value of a line: in quotes where it would not be seen where it ends."""
    text = str(value)
    return (
        text
        if text and " " not in text and '"' not in text and "=" not in text
        else json.dumps(text, ensure_ascii=False)
    )


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if record.exc_text:
        return record.exc_text
    return mask(formatter.formatException(record.exc_info)) if record.exc_info and record.exc_info[1] else ""
