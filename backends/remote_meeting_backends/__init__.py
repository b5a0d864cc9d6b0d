"""Where the calls go: backends behind one protocol, the transcript they make, and the errors they raise."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

if _TYPE_CHECKING:
    from .backend import COMMON_OPTIONS, Backend, Capabilities, JobOptions, JobRequest, JobStatus, Journal, SpeakerCount
    from .connection import Connection, Limits, Storage
    from .errors import (
        AudioError,
        AudioNotFound,
        AuthenticationFailed,
        BackendFailed,
        BadRequest,
        CannotListen,
        ChannelChoiceNeeded,
        DeadlineExceeded,
        EmptyAudio,
        InvalidInput,
        MeetingBusy,
        MeetingDeleted,
        MeetingError,
        MeetingExists,
        MeetingFailed,
        MeetingInterrupted,
        MeetingNotFound,
        MeetingNotReady,
        MissingExtra,
        NoBackend,
        NotAudio,
        OptionNotSupported,
        RemoteMeetingError,
        ServiceError,
        ServiceUnavailable,
        ServiceUnreachable,
        StoreError,
        Throttled,
        TruncatedAudio,
        UnexpectedReply,
    )
    from .registry import backend_class, known_backends
    from .runtime import ManualRuntime, Runtime, SystemRuntime
    from .transcript import TICKS_PER_SECOND, MeetingStatus, Phrase, Transcript, Word

__all__ = [
    "COMMON_OPTIONS",
    "TICKS_PER_SECOND",
    "AudioError",
    "AudioNotFound",
    "AuthenticationFailed",
    "Backend",
    "BackendFailed",
    "BadRequest",
    "CannotListen",
    "Capabilities",
    "ChannelChoiceNeeded",
    "Connection",
    "DeadlineExceeded",
    "EmptyAudio",
    "InvalidInput",
    "JobOptions",
    "JobRequest",
    "JobStatus",
    "Journal",
    "Limits",
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
    "MissingExtra",
    "NoBackend",
    "NotAudio",
    "OptionNotSupported",
    "Phrase",
    "RemoteMeetingError",
    "Runtime",
    "ServiceError",
    "ServiceUnavailable",
    "ServiceUnreachable",
    "SpeakerCount",
    "Storage",
    "StoreError",
    "SystemRuntime",
    "Throttled",
    "Transcript",
    "TruncatedAudio",
    "UnexpectedReply",
    "Word",
    "backend_class",
    "known_backends",
]

# Which module each name is in: it is imported by whoever asks for it, as the whole takes a quarter of a second.
_HOMES = {
    "backend": (
        "COMMON_OPTIONS",
        "Backend",
        "Capabilities",
        "JobOptions",
        "JobRequest",
        "JobStatus",
        "Journal",
        "SpeakerCount",
    ),
    "connection": (
        "Connection",
        "Limits",
        "Storage",
    ),
    "errors": (
        "AudioError",
        "AudioNotFound",
        "AuthenticationFailed",
        "BackendFailed",
        "BadRequest",
        "CannotListen",
        "ChannelChoiceNeeded",
        "DeadlineExceeded",
        "EmptyAudio",
        "InvalidInput",
        "MeetingBusy",
        "MeetingDeleted",
        "MeetingError",
        "MeetingExists",
        "MeetingFailed",
        "MeetingInterrupted",
        "MeetingNotFound",
        "MeetingNotReady",
        "MissingExtra",
        "NoBackend",
        "NotAudio",
        "OptionNotSupported",
        "RemoteMeetingError",
        "ServiceError",
        "ServiceUnavailable",
        "ServiceUnreachable",
        "StoreError",
        "Throttled",
        "TruncatedAudio",
        "UnexpectedReply",
    ),
    "registry": (
        "backend_class",
        "known_backends",
    ),
    "runtime": (
        "ManualRuntime",
        "Runtime",
        "SystemRuntime",
    ),
    "transcript": (
        "TICKS_PER_SECOND",
        "MeetingStatus",
        "Phrase",
        "Transcript",
        "Word",
    ),
}

if not _TYPE_CHECKING:
    _MODULES = {name: module for module, names in _HOMES.items() for name in names}

    def __getattr__(name: str) -> object:
        """A name, or a module, as it is asked for the first time."""
        from importlib import import_module

        if name in _MODULES:
            found = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
            return found
        if name in _HOMES:
            return import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
