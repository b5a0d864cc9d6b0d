"""The retired RemoteMeetingTranscriptionClient, kept: same interface, services that exist.

For asyncio: `remote_meeting.aio`, with the same names. The upload half stands in `remote_meeting.transcription` and
`remote_meeting.audio`, as in the Speech SDK for Python: `import remote_meeting as speechsdk`.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from ._version import __version__

if _TYPE_CHECKING:
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
    from .results import (
        MeetingTranscriptionResult,
        PropertyCollection,
        RemoteMeetingTranscriptionResult,
        ResultReason,
    )
    from .signals import EventSignal, PhraseListGrammar, ResultFuture

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

# Which module each name is in: it is imported by whoever asks for it; most ask for few.
_HOMES = {
    "client": ("RemoteMeetingTranscriptionClient",),
    "config": (
        "AzureOptions",
        "SpeechConfig",
    ),
    "conversation": (
        "ConversationTranscriptionResult",
        "RemoteConversationTranscriptionClient",
        "RemoteConversationTranscriptionOperation",
        "RemoteConversationTranscriptionResult",
    ),
    "operation": (
        "MeetingTranscriptionPoller",
        "RemoteMeetingTranscriptionOperation",
        "Subscription",
    ),
    "polling": (
        "LongRunningOperationStatus",
        "PollResponse",
        "PollValue",
    ),
    "properties": (
        "OutputFormat",
        "ProfanityOption",
        "PropertyId",
        "ServicePropertyChannel",
    ),
    "raw": ("RawResponse",),
    "results": (
        "MeetingTranscriptionResult",
        "PropertyCollection",
        "RemoteMeetingTranscriptionResult",
        "ResultReason",
    ),
    "signals": (
        "EventSignal",
        "PhraseListGrammar",
        "ResultFuture",
    ),
    "audio": (
        "AudioConfig",
        "AudioStreamContainerFormat",
        "AudioStreamWaveFormat",
    ),
    "recognition": (
        "CancellationDetails",
        "CancellationErrorCode",
        "CancellationReason",
        "NoMatchReason",
        "RecognitionEventArgs",
        "RecognitionResult",
        "SessionEventArgs",
        "SpeechRecognitionEventArgs",
    ),
}
_LATE = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> _Any:
    """A name as it is asked for the first time, and `remote_meeting.audio` and `remote_meeting.transcription`."""
    from importlib import import_module

    if name in _LATE:
        found = globals()[name] = getattr(import_module(f".{_LATE[name]}", __name__), name)
        return found
    if name in __all__:
        found = globals()[name] = getattr(import_module("remote_meeting_backends"), name)
        return found
    if name in _HOMES or name == "transcription":
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
