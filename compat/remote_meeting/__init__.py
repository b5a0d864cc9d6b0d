"""The retired RemoteMeetingTranscriptionClient, kept: same interface, services that exist.

For asyncio: `remote_meeting.aio`, with the same names. The upload half stands in `remote_meeting.transcription` and
`remote_meeting.audio`, as in the Speech SDK for Python: `import remote_meeting as speechsdk`.
"""

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


def __getattr__(name: str) -> _Any:
    """`remote_meeting.audio` and `remote_meeting.transcription` are imported by whoever asks for them: most do not."""
    if name in ("audio", "transcription"):
        from importlib import import_module

        return import_module(f".{name}", __name__)
    if name in ("AudioConfig", "AudioStreamContainerFormat", "AudioStreamWaveFormat"):
        from . import audio

        return getattr(audio, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
