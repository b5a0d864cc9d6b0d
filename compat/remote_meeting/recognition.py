"""What callbacks are told, in the Speech SDK for Python's shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Self

from remote_meeting_backends import (
    AuthenticationFailed,
    BadRequest,
    DeadlineExceeded,
    InvalidInput,
    Phrase,
    RemoteMeetingError,
    ServiceError,
    ServiceUnavailable,
    Throttled,
)
from remote_meeting_backends.legacy import transcription_item

from .properties import PropertyId
from .results import PropertyCollection, ResultReason


class CancellationReason(Enum):
    """Why a recognition ended; numbers as in the Speech SDK."""

    Error = 1
    EndOfStream = 2
    CancelledByUser = 3


class CancellationErrorCode(Enum):
    """What kind of error it was; numbers as in the Speech SDK."""

    NoError = 0
    AuthenticationFailure = 1
    BadRequest = 2
    TooManyRequests = 3
    Forbidden = 4
    ConnectionFailure = 5
    ServiceTimeout = 6
    ServiceError = 7
    ServiceUnavailable = 8
    RuntimeError = 9
    ServiceRedirectTemporary = 10
    ServiceRedirectPermanent = 11
    EmbeddedModelError = 12


class NoMatchReason(Enum):
    """Why nothing was recognized; numbers as in the Speech SDK. Nothing here tells of what it did not recognize."""

    NotRecognized = 1
    InitialSilenceTimeout = 2
    InitialBabbleTimeout = 3
    KeywordNotRecognized = 4
    EndSilenceTimeout = 5


_CODES: tuple[tuple[type[RemoteMeetingError], CancellationErrorCode], ...] = (
    (AuthenticationFailed, CancellationErrorCode.AuthenticationFailure),
    (BadRequest, CancellationErrorCode.BadRequest),
    (InvalidInput, CancellationErrorCode.BadRequest),
    (Throttled, CancellationErrorCode.TooManyRequests),
    (ServiceUnavailable, CancellationErrorCode.ServiceUnavailable),
    (DeadlineExceeded, CancellationErrorCode.ServiceTimeout),
    (ServiceError, CancellationErrorCode.ConnectionFailure),
)


@dataclass(frozen=True, slots=True)
class CancellationDetails:
    """Why a recognition ended.

    Args:
        reason: By the end of the audio, by the app, or by an error.
        code: The kind of the error.
        error_details: The error in a sentence; empty where there is none.
    """

    reason: CancellationReason
    code: CancellationErrorCode = CancellationErrorCode.NoError
    error_details: str = ""

    @classmethod
    def of(cls, error: RemoteMeetingError | None) -> CancellationDetails:
        """Of an error, or of the end of the audio."""
        if error is None:
            return cls(CancellationReason.EndOfStream)
        code = next((code for kind, code in _CODES if isinstance(error, kind)), CancellationErrorCode.RuntimeError)
        return cls(CancellationReason.Error, code, str(error))


class RecognitionResult:
    """What was recognized; times in ticks of 100 ns from the start of the meeting's audio."""

    # Of a result that is no recognition: why there is none.
    cancellation_details: CancellationDetails | None = None
    no_match_details: None = None
    error_json = ""

    def __init__(self, phrase: Phrase, reason: ResultReason) -> None:
        self._phrase = phrase
        self.reason = reason

    @classmethod
    def canceled(cls, details: CancellationDetails) -> Self:
        """The empty result of a recognition that ended."""
        result = cls(Phrase("", "", "", 0, 0), ResultReason.Canceled)
        result.cancellation_details = details
        return result

    @property
    def channel(self) -> int:
        """From 0, where channels are kept apart; else 0."""
        return self._phrase.channel or 0

    @property
    def text(self) -> str:
        """What was said."""
        return self._phrase.text

    @property
    def result_id(self) -> str:
        """Unique within the meeting, for final results."""
        return self._phrase.id

    @property
    def offset(self) -> int:
        """Start, in ticks."""
        return self._phrase.offset_ticks

    @property
    def duration(self) -> int:
        """Length in ticks."""
        return self._phrase.duration_ticks

    @property
    def json(self) -> str:
        """The item as the retired service's wire has it."""
        return json.dumps(transcription_item(self._phrase), ensure_ascii=False)

    @property
    def properties(self) -> PropertyCollection:
        """Holds `RESULT-Json`."""
        return PropertyCollection({PropertyId.SpeechServiceResponse_JsonResult.wire_name: self.json})

    @property
    def phrase(self) -> Phrase:
        """New beside the old: words with times, confidence, channel."""
        return self._phrase

    def __repr__(self) -> str:
        return f"{type(self).__name__}(speaker={self._phrase.speaker!r}, text={self.text!r})"


class MeetingTranscriptionResult(RecognitionResult):
    """With the speaker as MeetingTranscriber names it."""

    @property
    def user_id(self) -> str:
        """Who said it: a speaker label such as `Guest-1`, or `Unknown`."""
        return self._phrase.speaker

    @property
    def utterance_id(self) -> str:
        """The same for all results of one phrase."""
        return self._phrase.id


class ConversationTranscriptionResult(RecognitionResult):
    """With the speaker as ConversationTranscriber names it."""

    @property
    def speaker_id(self) -> str:
        """Who said it: a speaker label such as `Guest-1`, or `Unknown`."""
        return self._phrase.speaker


@dataclass(frozen=True, slots=True)
class SessionEventArgs:
    """A session began or ended."""

    session_id: str


@dataclass(frozen=True, slots=True)
class RecognitionEventArgs:
    """Speech began or ended; `offset` in ticks."""

    session_id: str
    offset: int


@dataclass(frozen=True, slots=True)
class MeetingTranscriptionEventArgs:
    """Something was said."""

    session_id: str
    offset: int
    result: RecognitionResult


@dataclass(frozen=True, slots=True)
class MeetingTranscriptionCanceledEventArgs:
    """The recognition ended."""

    session_id: str
    cancellation_details: CancellationDetails
    result: RecognitionResult
    offset: int = 0


# The names that annotations of callbacks use: one shape serves them all.
SpeechRecognitionEventArgs = MeetingTranscriptionEventArgs
ConversationTranscriptionEventArgs = MeetingTranscriptionEventArgs
ConversationTranscriptionCanceledEventArgs = MeetingTranscriptionCanceledEventArgs
