"""What the store keeps of a meeting, and whose it is."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from ..backend import JobOptions
from ..transcript import MeetingStatus

LEASE_SECONDS: Final = 20.0
RENEW_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class MeetingKey:
    """A meeting's full name: ids are the caller's choice, so two callers may choose the same one."""

    owner: str
    meeting_id: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which owners' meetings a caller may see, in the order in which they are searched.

    Args:
        owners: Owners, the caller's own first; None for whoever holds the store itself (its file or its password).
    """

    owners: tuple[str, ...] | None


ANYONE: Final = Scope(None)


@dataclass(frozen=True, slots=True)
class Runner:
    """The process that works on a meeting; written as `host/pid/token`."""

    host: str
    pid: int
    token: str

    @classmethod
    def here(cls, token: str) -> Runner:
        """This process."""
        return cls(socket.gethostname().replace("/", "_"), os.getpid(), token)

    @classmethod
    def parse(cls, text: str) -> Runner:
        """Read what `str` wrote."""
        host, pid, token = text.split("/")
        return cls(host, int(pid), token)

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.token}"

    def is_gone(self) -> bool:
        """True when the process is known to have ended; False when it lives or cannot be seen from here."""
        if os.name != "posix" or self.host != Runner.here("").host:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


Held: TypeAlias = tuple[MeetingKey, Runner]


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """Why a meeting failed."""

    code: str
    message: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """What is written down before any work starts."""

    key: MeetingKey
    mode: str
    backend: str
    routing_reason: str
    options: JobOptions
    audio: str
    audio_fingerprint: str
    audio_seconds: float | None


@dataclass(frozen=True, slots=True)
class MeetingRecord:
    """What the store knows of a meeting; its transcript and raw result are fetched apart.

    Args:
        mode: `async` or `RealTimeAndAsync`, as the app asked.
        backend: Who works on it.
        routing_reason: Why that backend.
        job: The backend's reference to its work; None before it was submitted.
        options: What was asked for; None once deleted.
        audio: Path of the audio; None once deleted.
        audio_fingerprint: Tells one recording from another; None once the audio is gone.
        audio_seconds: Length of the audio.
        progress: Share done, 0 to 1.
        runner: The process that works on it, for jobs that run in one.
        lease_expires_at: When that process is taken for dead unless it is heard of again.
        finished_at: When it became Completed, Failed or Deleted.
    """

    key: MeetingKey
    status: MeetingStatus
    mode: str
    backend: str
    routing_reason: str
    job: str | None
    options: JobOptions | None
    audio: str | None
    audio_fingerprint: str | None
    audio_seconds: float | None
    progress: float
    runner: Runner | None
    lease_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    error: ErrorRecord | None

    @property
    def meeting_id(self) -> str:
        """The id the caller knows it by."""
        return self.key.meeting_id

    def has_live_runner(self, now: datetime) -> bool:
        """True while a process is at work on it, as far as can be told."""
        return (
            self.runner is not None
            and self.lease_expires_at is not None
            and self.lease_expires_at > now
            and not self.runner.is_gone()
        )
