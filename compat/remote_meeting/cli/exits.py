"""Exit codes: one meaning each. Scripts rely on them, so they never change."""

from __future__ import annotations

from remote_meeting_backends import (
    AudioError,
    AuthenticationFailed,
    BackendFailed,
    CannotListen,
    DeadlineExceeded,
    InvalidInput,
    MeetingBusy,
    MeetingDeleted,
    MeetingExists,
    MeetingFailed,
    MeetingInterrupted,
    MeetingNotFound,
    MeetingNotReady,
    MissingExtra,
    NoBackend,
    RemoteMeetingError,
    ServiceError,
    StoreError,
)


class CannotWrite(RemoteMeetingError):
    """What was asked for cannot be written where it was wanted."""

    default_code = "cannot_write"


CANNOT_LISTEN = 19
# Not an error: what was asked for is done, and its answer is no.
DIFFERS = 20
EXIT_CODES: tuple[tuple[type[RemoteMeetingError], int, str], ...] = (
    (AudioError, 3, "the audio cannot be used"),
    (MeetingNotFound, 4, "no such meeting"),
    (MeetingDeleted, 5, "the meeting was deleted"),
    (MeetingFailed, 6, "the meeting failed"),
    (MeetingExists, 7, "the meeting id is taken"),
    (MeetingBusy, 8, "another process works on the meeting"),
    (MeetingInterrupted, 9, "the meeting was interrupted and can be resumed"),
    (MeetingNotReady, 10, "the meeting is not finished yet"),
    (AuthenticationFailed, 11, "the key or token was refused"),
    (DeadlineExceeded, 12, "the deadline passed"),
    (ServiceError, 13, "the service cannot be reached or misbehaves"),
    (StoreError, 14, "the meeting store cannot be used"),
    (MissingExtra, 15, "an optional part is not installed"),
    (NoBackend, 16, "no backend fits"),
    (BackendFailed, 17, "a backend of this machine broke"),
    (CannotWrite, 18, "the output cannot be written"),
    (CannotListen, CANNOT_LISTEN, "serve or emulate cannot listen on that address"),
    (InvalidInput, 2, "wrong usage or an option that cannot be honoured"),
)
HUNG_UP = 129
INTERRUPTED = 130
PIPE_CLOSED = 141
TERMINATED = 143

MEANINGS: dict[int, str] = dict(
    sorted(
        {
            0: "done",
            1: "an error without a code of its own",
            **{code: meaning for _, code, meaning in EXIT_CODES},
            DIFFERS: "compare found more than --fail-above allows",
            HUNG_UP: "the terminal was closed (SIGHUP)",
            INTERRUPTED: "interrupted (Ctrl-C)",
            PIPE_CLOSED: "whoever read the output left",
            TERMINATED: "terminated (SIGTERM)",
        }.items()
    )
)


def exit_code(error: RemoteMeetingError) -> int:
    """The code of an error's situation; 1 for one that has none of its own."""
    return next((code for kind, code, _ in EXIT_CODES if isinstance(error, kind)), 1)
