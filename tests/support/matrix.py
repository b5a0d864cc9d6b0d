"""The fault matrix as data: what may go wrong, where, and how it has to end.

A row is one fault at one stage, passing (it comes once) or lasting (until it is lifted). It ends in the transcript, or
in an error with a piece of its sentence, and in a number of jobs that the service has accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    DeadlineExceeded,
    MeetingFailed,
    MeetingNotFound,
    RemoteMeetingError,
    ServiceUnavailable,
    ServiceUnreachable,
    Throttled,
    Transcript,
    UnexpectedReply,
)

# What the emulator is told to hear, and what has to come of it.
LINES: Final = ({"speaker": 2, "text": "Good morning."}, {"speaker": 1, "text": "Hello, who is there?"})
WHOLE: Final = [("Guest-1", "Good morning."), ("Guest-2", "Hello, who is there?")]
DOUBT: Final = "it may have been billed"

ONCE, LASTING = 1, 99
RETRY_AFTER_SECONDS: Final = 7
# By the machine's clock, as the emulator delays; the clients of these tests are far less patient.
DELAY_SECONDS: Final = 1.0

FAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    **{str(status): {"kind": "status", "status": status} for status in (401, 403, 404, 408, 409, 422, 429)},
    "429 with Retry-After": {"kind": "status", "status": 429, "retry_after": RETRY_AFTER_SECONDS},
    **{str(status): {"kind": "status", "status": status} for status in (500, 502, 503, 504)},
    "drop before": {"kind": "drop_before"},
    "drop after": {"kind": "drop_after"},
    "truncate": {"kind": "truncate", "bytes": 20},
    "delay": {"kind": "delay", "seconds": DELAY_SECONDS},
    "expired content": {"kind": "expired_content"},
    "missing file": {"kind": "missing_file"},
    "file failed": {"kind": "file_failed", "message": "Only noise was recorded."},
    "job failed": {"kind": "job_failed", "code": "InvalidData", "message": "Nothing could be read."},
    "stuck": {"kind": "stuck"},
}
# What a stage of a meeting asks the service for, by the emulator's names. `look-up` is what follows a submission whose
# answer was lost.
OPERATIONS: Final = {
    "submit": "submit",
    "look-up": "list",
    "poll": "get",
    "files": "files",
    "result": "content",
    "delete": "delete",
    "transcribe": "transcribe",
}


@dataclass(frozen=True, slots=True)
class End:
    """How a row ends.

    Args:
        error: What is raised; None when it ends well, in the whole transcript or in a meeting that is deleted.
        says: Pieces of its sentence.
        accepted: Jobs (batch) or transcriptions (fast) that the service has taken on when the first process is done.
        again: The same when the fault was lifted and another process has submitted the meeting once more.
        doubtful: The second transcript says that an earlier request may have been billed.
    """

    error: type[RemoteMeetingError] | None = None
    says: tuple[str, ...] = ()
    accepted: int = 1
    again: int = 1
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix."""

    stage: str
    fault: str
    times: int
    end: End

    @property
    def order(self) -> dict[str, Any]:
        """The fault as the emulator takes it."""
        return {"on": OPERATIONS[self.stage], "times": self.times, **FAULTS[self.fault]}

    def __str__(self) -> str:
        return f"{self.stage}-{self.fault}-{'once' if self.times == ONCE else 'lasting'}".replace(" ", "-")


_DISCONNECTED = "cannot be reached: Server disconnected without sending a response"
_CUT = "cannot be reached: peer closed connection without sending complete message body"
_BEGUN = "whether the job was begun cannot be told: give the same command again, which looks it up first"
_CANNOT_TELL = "whether it was transcribed cannot be told, and another attempt may be billed again"
_SILENT = "cannot be reached: no answer within 100 s"

WELL: Final = End()
# For one fault: how it ends when it comes once, and when it lasts.
Ends = tuple[End, End]
Table = Mapping[str, Ends]


def passes(lasting: End) -> Ends:
    """Once is no harm."""
    return WELL, lasting


def ends(end: End) -> Ends:
    """Once is as bad as for ever: it is an answer that another attempt would not change, or it must not be repeated."""
    return end, end


def _error(kind: type[RemoteMeetingError], *says: str) -> End:
    """The question fails, the job goes on."""
    return End(kind, says)


def _refused(*says: str) -> End:
    """Nothing was begun, and the meeting is stored as failed, with the reason."""
    return End(MeetingFailed, says, accepted=0)


def _lost(*says: str, accepted: int) -> End:
    """Nobody can tell whether the service has worked: only the caller may begin again, and is told of the doubt."""
    return End(MeetingFailed, says, accepted=accepted, again=accepted + 1, doubtful=True)


def _left_open(asking: End) -> End:
    """The process that submits cannot find out: it stores that, and whoever waits hears of a failed meeting."""
    return asking if asking.error is None else End(MeetingFailed, (*asking.says, _BEGUN))


def _spoilt(*says: str) -> End:
    """The job is over without a transcript: another attempt is another job, in place of the first."""
    return End(MeetingFailed, says, again=2)


# A question about a job that is there. Errors are raised to whoever asks; the job goes on.
_ASKING: Table = {
    "401": ends(_error(AuthenticationFailed, "answered 401 (Unauthorized")),
    "403": ends(_error(AuthenticationFailed, "answered 403 (Forbidden")),
    "404": ends(_error(MeetingNotFound, "answered 404 (NotFound")),
    "408": passes(_error(UnexpectedReply, "answered 408")),
    "409": ends(_error(BadRequest, "answered 409 (Conflict")),
    "422": ends(_error(BadRequest, "answered 422 (UnprocessableEntity")),
    "429": passes(_error(Throttled, "answered 429 (TooManyRequests")),
    "429 with Retry-After": passes(_error(Throttled, "answered 429 (TooManyRequests")),
    "500": passes(_error(ServiceUnavailable, "answered 500 (InternalServerError")),
    "502": passes(_error(ServiceUnavailable, "answered 502")),
    "503": passes(_error(ServiceUnavailable, "answered 503 (ServiceUnavailable")),
    "504": passes(_error(ServiceUnavailable, "answered 504")),
    "drop before": passes(_error(ServiceUnreachable, _DISCONNECTED)),
    "drop after": passes(_error(ServiceUnreachable, _DISCONNECTED)),
    "truncate": passes(_error(ServiceUnreachable, _CUT)),
    # A call has so many seconds, retries included: a delay beyond them leaves none for a retry.
    "delay": ends(_error(ServiceUnreachable, _SILENT)),
}
_SUBMITTING: Table = {
    "401": ends(_refused("answered 401 (Unauthorized")),
    "403": ends(_refused("answered 403 (Forbidden")),
    "404": ends(_refused("answered 404 (NotFound")),
    "408": passes(_refused("answered 408")),
    "409": ends(_refused("answered 409 (Conflict")),
    "422": ends(_refused("answered 422 (UnprocessableEntity")),
    "429": passes(_refused("answered 429 (TooManyRequests")),
    "429 with Retry-After": passes(_refused("answered 429 (TooManyRequests")),
    "500": passes(_refused("answered 500 (InternalServerError")),
    "502": passes(_refused("answered 502")),
    "503": passes(_refused("answered 503 (ServiceUnavailable")),
    # Of something in between that has not waited: the service may still take the job, so nothing is posted again.
    "504": ends(_refused("answered 504", _BEGUN)),
    "drop before": passes(_refused(_DISCONNECTED)),
    # The job is there, and is found.
    "drop after": ends(WELL),
    "truncate": ends(WELL),
    "delay": ends(WELL),
}

# A stage has those rows that can happen there. The faults of a job (it fails, a file of it fails or is missing, it
# stays NotStarted) stand where they are noticed; that a job cannot be deleted needs one that is not over, and has tests
# of its own.
BATCH: Final[Mapping[str, Table]] = {
    "submit": _SUBMITTING,
    "look-up": {fault: (_left_open(once), _left_open(lasting)) for fault, (once, lasting) in _ASKING.items()},
    "poll": {
        **_ASKING,
        "job failed": ends(_spoilt("InvalidData: Nothing could be read")),
        "stuck": ends(
            _error(DeadlineExceeded, "was still Processing (NotStarted for ", "after 30 s: ask for it again by its id")
        ),
    },
    "files": _ASKING,
    "result": {
        **_ASKING,
        # A refusal of the storage may mean that the URL has expired: the files are asked for again.
        "401": passes(_error(AuthenticationFailed, "answered 401 (Unauthorized")),
        "403": passes(_error(AuthenticationFailed, "answered 403 (Forbidden")),
        "expired content": passes(_error(AuthenticationFailed, "the link has expired or may not read")),
        # Of storage a conflict is one of the moment.
        "409": passes(_error(BadRequest, "answered 409 (Conflict")),
        "delay": ends(_error(ServiceUnreachable, "cannot be reached: no answer within 600 s")),
        "missing file": ends(_spoilt("the service says that the job succeeded, but has no result for it")),
        "file failed": ends(_spoilt("InvalidData: Only noise was recorded")),
    },
    "delete": {
        **_ASKING,
        # What is not there is deleted, and an answer without a body cannot be cut.
        "404": ends(WELL),
        "truncate": ends(WELL),
    },
}
# One request, and its answer is the result: there is nothing to look up, to poll, to list or to delete, no content URL
# that could expire, and no job that could be stuck.
FAST: Final[Mapping[str, Table]] = {
    "transcribe": {
        **_SUBMITTING,
        "404": ends(_refused("there is no fast transcription at this endpoint")),
        "408": passes(_refused("the batch backend may take it (--backend batch)")),
        "422": ends(_refused("the batch backend may take it (--backend batch)")),
        # Of something between here and the service, which may be at work all the same.
        "502": ends(_lost("answered 502", accepted=0)),
        "504": ends(_lost("answered 504", accepted=0)),
        "drop before": ends(_lost(_CANNOT_TELL, accepted=0)),
        "drop after": ends(_lost(_CANNOT_TELL, accepted=1)),
        "truncate": ends(_lost(_CUT, accepted=1)),
        "delay": ends(_lost("cannot be reached: no answer within", accepted=1)),
    },
}


def rows(tables: Mapping[str, Table]) -> list[Row]:
    """Every row of them."""
    return [
        Row(stage, fault, times, end)
        for stage, table in tables.items()
        for fault, pair in table.items()
        for times, end in zip((ONCE, LASTING), pair, strict=True)
    ]


def said(transcript: Transcript) -> list[tuple[str, str]]:
    """Who said what."""
    return [(phrase.speaker, phrase.text) for phrase in transcript.phrases]
