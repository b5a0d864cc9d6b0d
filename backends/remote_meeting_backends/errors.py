"""Everything that can go wrong, each situation one class, each instance one sentence.

::

    RemoteMeetingError
    ├── InvalidInput (ValueError)        what the caller gave cannot be used
    │   ├── AudioError
    │   │   ├── AudioNotFound            no file there, a directory, or not readable
    │   │   ├── NotAudio                 a file, but not audio that can be decoded
    │   │   ├── EmptyAudio               no samples: an empty file, a header only
    │   │   ├── TruncatedAudio           shorter than its header promises
    │   │   └── ChannelChoiceNeeded      several channels and no word on what to do with them
    │   ├── OptionNotSupported           the chosen backend cannot honour an option
    │   └── BadRequest                   the service refused the request as malformed (400)
    ├── MeetingError                     about one meeting
    │   ├── MeetingNotFound (LookupError)
    │   ├── MeetingDeleted
    │   ├── MeetingFailed                the service gave up; the cause is in the message
    │   ├── MeetingExists                the id is taken: submitted before
    │   ├── MeetingBusy                  another process is at work on it
    │   ├── MeetingInterrupted           its process ended; the work can be resumed
    │   └── MeetingNotReady              a value was asked for before there is one
    ├── AuthenticationFailed             key or token missing or refused (401, 403)
    ├── DeadlineExceeded (TimeoutError)  the wait ended before the meeting did
    ├── ServiceError
    │   ├── Throttled                    429, still after the retries
    │   ├── ServiceUnavailable           5xx, still after the retries
    │   ├── ServiceUnreachable           no connection, or it broke
    │   └── UnexpectedReply              an answer that cannot be understood
    ├── BackendFailed                    a backend on this machine broke
    ├── CannotListen                     an address is taken, or not this machine's
    ├── NoBackend                        no backend of that name, or none that fits
    ├── MissingExtra (ImportError)       an optional package is not installed
    └── StoreError                       meetings cannot be kept: unreadable, full, too new
"""

from __future__ import annotations

from typing import ClassVar, Self


class RemoteMeetingError(Exception):
    """Base of every error raised here.

    Args:
        message: One sentence: what is wrong, where, what to do.
        backend: Name of the backend that was asked, if one was.
        meeting_id: The meeting it is about, if it is about one.
        code: The service's own error code, or ours where there is no service.
        request_id: The service's request id, to quote to its support.
        status_code: HTTP status, when there was an answer.
        inner_code: The service's finer error code, where it gave one.
        target: What of the request the service objects to, where it said so.
        way_out: Name of the backend that can do what this one refused.
    """

    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        backend: str | None = None,
        meeting_id: str | None = None,
        code: str | None = None,
        request_id: str | None = None,
        status_code: int | None = None,
        inner_code: str | None = None,
        target: str | None = None,
        way_out: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.backend = backend
        self.meeting_id = meeting_id
        self.code = code or self.default_code
        self.request_id = request_id
        self.status_code = status_code
        self.inner_code = inner_code
        self.target = target
        self.way_out = way_out

    def about(self, *, meeting_id: str, backend: str | None = None) -> Self:
        """Fill in the meeting and the backend where the place that raised did not know them."""
        self.meeting_id = self.meeting_id or meeting_id
        self.backend = self.backend or backend
        return self

    def __str__(self) -> str:
        known = [
            f"{name} {value}"
            for name, value in (("backend", self.backend), ("request id", self.request_id))
            if value is not None
        ]
        return f"{self.message} ({', '.join(known)})" if known else self.message


class InvalidInput(RemoteMeetingError, ValueError):
    default_code = "invalid_input"


class AudioError(InvalidInput):
    default_code = "audio"


class AudioNotFound(AudioError):
    default_code = "audio_not_found"


class NotAudio(AudioError):
    default_code = "not_audio"


class EmptyAudio(AudioError):
    default_code = "empty_audio"


class TruncatedAudio(AudioError):
    default_code = "truncated_audio"


class ChannelChoiceNeeded(AudioError):
    default_code = "channel_choice_needed"


class OptionNotSupported(InvalidInput):
    default_code = "option_not_supported"


class BadRequest(InvalidInput):
    default_code = "bad_request"


class MeetingError(RemoteMeetingError):
    default_code = "meeting"


class MeetingNotFound(MeetingError, LookupError):
    default_code = "not_found"


class MeetingDeleted(MeetingError):
    default_code = "deleted"


class MeetingFailed(MeetingError):
    default_code = "failed"


class MeetingExists(MeetingError):
    default_code = "exists"


class MeetingBusy(MeetingError):
    default_code = "busy"


class MeetingInterrupted(MeetingError):
    default_code = "interrupted"


class MeetingNotReady(MeetingError):
    default_code = "not_ready"


class AuthenticationFailed(RemoteMeetingError):
    default_code = "authentication"


class DeadlineExceeded(RemoteMeetingError, TimeoutError):
    default_code = "deadline"


class ServiceError(RemoteMeetingError):
    default_code = "service"


class Throttled(ServiceError):
    default_code = "throttled"


class ServiceUnavailable(ServiceError):
    default_code = "unavailable"


class ServiceUnreachable(ServiceError):
    default_code = "unreachable"


class UnexpectedReply(ServiceError):
    default_code = "unexpected_reply"


class BackendFailed(RemoteMeetingError):
    default_code = "backend"


class CannotListen(RemoteMeetingError):
    default_code = "cannot_listen"


class NoBackend(RemoteMeetingError):
    default_code = "no_backend"


class MissingExtra(RemoteMeetingError, ImportError):
    default_code = "missing_extra"


class StoreError(RemoteMeetingError):
    default_code = "store"
