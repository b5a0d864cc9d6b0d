"""What an HTTP answer means: one map from statuses to errors, with the service's own words and what usually helps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .connection import redact, without_query
from .errors import (
    AuthenticationFailed,
    BadRequest,
    MeetingNotFound,
    RemoteMeetingError,
    ServiceUnavailable,
    ServiceUnreachable,
    Throttled,
    UnexpectedReply,
)
from .speech_rest.causes import cure, read_problem

SHOWN_CHARACTERS = 300
# Codes of a ServiceUnreachable whose request may have been got: no answer in time, or the connection broke.
LATE, LOST = "timeout", "no_answer"
REQUEST_ID_HEADERS = ("apim-request-id", "x-requestid", "x-ms-request-id", "x-request-id")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> str | None:
        """The service's id for this exchange, to quote to its support."""
        return next((self.headers[name] for name in REQUEST_ID_HEADERS if name in self.headers), None)

    def retry_after_seconds(self, now: datetime) -> float | None:
        """The service's word on when to come back: seconds, or a date (RFC 9110, 10.2.3)."""
        from email.utils import parsedate_to_datetime

        said = self.headers.get("retry-after", "").strip()
        if said.isdecimal():
            return float(said)
        try:
            return max(0.0, (parsedate_to_datetime(said) - now).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return None


def problem_of(
    reply: Reply, url: str, *, backend: str, advice: Mapping[int, str], secrets: Iterable[str]
) -> RemoteMeetingError:
    """The error that an answer stands for.

    Args:
        reply: The answer.
        url: What was asked; its query is not shown.
        backend: Name for the message.
        advice: What to do about a status, where the usual words do not fit.
        secrets: What must not be printed.
    """
    secrets = tuple(secrets)
    kind, usual = _KINDS.get(reply.status, (UnexpectedReply, ""))
    if reply.status >= 500:
        kind, usual = ServiceUnavailable, "it has trouble; try again later"
    # Masked before it is read, for what is read is cut: half a key is a leak, too.
    problem = read_problem(_masked(reply.body, secrets))
    said = _short(problem.words, secrets)
    helps = cure(problem) or advice.get(reply.status, usual)
    sentence = f"{without_query(url)} answered {reply.status}"
    if said:
        sentence += f" ({said})"
    if helps:
        sentence += f": {helps}"
    return kind(
        redact(f"{sentence}.", secrets),
        backend=backend,
        code=_name(problem.code, secrets),
        inner_code=_name(problem.inner_code, secrets),
        target=_name(problem.target, secrets),
        request_id=_name(reply.request_id, secrets),
        status_code=reply.status,
    )


def is_in_doubt(error: RemoteMeetingError) -> bool:
    """True when a request that ended so may have been obeyed: no answer came, or one of something in between."""
    if isinstance(error, ServiceUnreachable):
        return error.code in (LATE, LOST)
    return error.status_code in (502, 504)


_KINDS: dict[int, tuple[type[RemoteMeetingError], str]] = {
    400: (BadRequest, "it does not understand the request; check the meeting id"),
    401: (AuthenticationFailed, "check the key or token, and that it belongs to this region or resource"),
    403: (AuthenticationFailed, "this key or token may not do that"),
    404: (
        MeetingNotFound,
        "it knows no such meeting; check the id, and that the key and region are those of its upload",
    ),
    409: (BadRequest, "it cannot do that in the state that the job is in"),
    413: (BadRequest, "it takes less than that"),
    415: (BadRequest, "it does not take audio of that kind"),
    422: (BadRequest, "it cannot work with this audio or these options"),
    429: (Throttled, "it asks to slow down; try again later"),
}


def _masked(body: bytes, secrets: Iterable[str]) -> bytes:
    """A body without the secrets that it echoes, also as JSON writes them."""
    plain = tuple(secrets)
    escaped = [json.dumps(secret)[1:-1] for secret in plain]
    slashed = [secret.replace("/", "\\/") for secret in escaped]
    return redact(body.decode("utf-8", errors="replace"), (*plain, *escaped, *slashed)).encode()


def _name(text: str | None, secrets: Iterable[str]) -> str | None:
    return _short(text, secrets) if text else None


def _short(text: str, secrets: Iterable[str]) -> str:
    # Masked before it is cut: half a key is a leak, too.
    text = " ".join(redact(text, secrets).encode("utf-8", errors="replace").decode().split()).rstrip(".")
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
