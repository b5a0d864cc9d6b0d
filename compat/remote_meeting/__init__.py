"""The retired RemoteMeetingTranscriptionClient, kept: same interface, services that exist.

For asyncio: `remote_meeting.aio`, with the same names. The upload half stands in `remote_meeting.transcription` and
`remote_meeting.audio`, as in the Speech SDK for Python: `import remote_meeting as speechsdk`.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from remote_meeting_backends import (
    AudioError,
    AuthenticationFailed,
    BackendFailed,
    DeadlineExceeded,
    InvalidInput,
    Limits,
    ManualRuntime,
    MeetingBusy,
    MeetingDeleted,
    MeetingError,
    MeetingExists,
    MeetingFailed,
    MeetingInterrupted,
    MeetingNotFound,
    MeetingNotReady,
    MeetingStatus,
    MissingExtra,
    NoBackend,
    OptionNotSupported,
    Phrase,
    RemoteMeetingError,
    ServiceError,
    Storage,
    StoreError,
    Transcript,
    Word,
)

from ._version import __version__
from .client import RemoteMeetingTranscriptionClient
from .config import AzureOptions, SpeechConfig
from .conversation import (
    ConversationTranscriptionResult,
    RemoteConversationTranscriptionClient,
    RemoteConversationTranscriptionOperation,
    RemoteConversationTranscriptionResult,
)
from .operation import MeetingTranscriptionPoller, RemoteMeetingTranscriptionOperation, Subscription
from .polling import LongRunningOperationStatus, PollResponse, PollValue
from .properties import OutputFormat, ProfanityOption, PropertyId, ServicePropertyChannel
from .raw import RawResponse
from .results import (
    MeetingTranscriptionResult,
    PropertyCollection,
    RemoteMeetingTranscriptionResult,
    ResultReason,
)
from .signals import EventSignal, PhraseListGrammar, ResultFuture

if _TYPE_CHECKING:
    from .recognition import (
        CancellationDetails,
        CancellationErrorCode,
        CancellationReason,
        NoMatchReason,
        RecognitionEventArgs,
        RecognitionResult,
        SessionEventArgs,
        SpeechRecognitionEventArgs,
    )

__all__ = [
    "AudioError",
    "AuthenticationFailed",
    "AzureOptions",
    "BackendFailed",
    "CancellationDetails",
    "CancellationErrorCode",
    "CancellationReason",
    "ConversationTranscriptionResult",
    "DeadlineExceeded",
    "EventSignal",
    "InvalidInput",
    "Limits",
    "LongRunningOperationStatus",
    "ManualRuntime",
    "MeetingBusy",
    "MeetingDeleted",
    "MeetingError",
    "MeetingExists",
    "MeetingFailed",
    "MeetingInterrupted",
    "MeetingNotFound",
    "MeetingNotReady",
    "MeetingStatus",
    "MeetingTranscriptionPoller",
    "MeetingTranscriptionResult",
    "MissingExtra",
    "NoBackend",
    "NoMatchReason",
    "OptionNotSupported",
    "OutputFormat",
    "Phrase",
    "PhraseListGrammar",
    "PollResponse",
    "PollValue",
    "ProfanityOption",
    "PropertyCollection",
    "PropertyId",
    "RawResponse",
    "RecognitionEventArgs",
    "RecognitionResult",
    "RemoteConversationTranscriptionClient",
    "RemoteConversationTranscriptionOperation",
    "RemoteConversationTranscriptionResult",
    "RemoteMeetingError",
    "RemoteMeetingTranscriptionClient",
    "RemoteMeetingTranscriptionOperation",
    "RemoteMeetingTranscriptionResult",
    "ResultFuture",
    "ResultReason",
    "ServiceError",
    "ServicePropertyChannel",
    "SessionEventArgs",
    "SpeechConfig",
    "SpeechRecognitionEventArgs",
    "Storage",
    "StoreError",
    "Subscription",
    "Transcript",
    "Word",
    "__version__",
]


# What belongs to transcribers is imported by whoever asks for it: most do not.
_LATE = {
    **dict.fromkeys(("AudioConfig", "AudioStreamContainerFormat", "AudioStreamWaveFormat"), "audio"),
    **dict.fromkeys(
        (
            "CancellationDetails",
            "CancellationErrorCode",
            "CancellationReason",
            "NoMatchReason",
            "RecognitionEventArgs",
            "RecognitionResult",
            "SessionEventArgs",
            "SpeechRecognitionEventArgs",
        ),
        "recognition",
    ),
}


def __getattr__(name: str) -> _Any:
    """`remote_meeting.audio` and `remote_meeting.transcription`, and names of theirs that the SDK has at its top."""
    from importlib import import_module

    if name in ("audio", "transcription"):
        return import_module(f".{name}", __name__)
    if name in _LATE:
        found = globals()[name] = getattr(import_module(f".{_LATE[name]}", __name__), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
