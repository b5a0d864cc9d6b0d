"""What a batch job is, and the only statuses it can have: a state machine without clock or I/O."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from .settings import Progression

STUCK: Final = "stuck"


class Status(StrEnum):
    """The closed enumeration of the contract."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """True when nothing more will happen."""
        return self in (Status.SUCCEEDED, Status.FAILED)


class ResultFile(BaseModel):
    """A file that a job made.

    Args:
        id: A uuid.
        name: Such as `contenturl_0.json`.
        kind: `Transcription` or `TranscriptionReport`.
        content: Its bytes.
        created: When.
        url: Where it is, when it was put into a container of the caller's; without a SAS.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    id: str
    name: str
    kind: str
    content: bytes
    created: datetime
    url: str | None = None


class Outcome(BaseModel):
    """What a job came to, which it may keep to itself for a while.

    Args:
        at: When the last file had been listened to.
        milliseconds: Audio of all files.
        error: Code and message, when no file could be transcribed.
        files: Results first, the report last.
    """

    at: datetime
    milliseconds: int = 0
    error: dict[str, str] | None = None
    files: list[ResultFile] = Field(default_factory=list)

    @property
    def status(self) -> Status:
        """How the job ends."""
        return Status.SUCCEEDED if self.error is None else Status.FAILED


class Job(BaseModel):
    """A batch transcription.

    Args:
        id: A uuid.
        version: The API version it was submitted with.
        created: When.
        entered: When its status was entered.
        body: What an answer repeats of the submission.
        urls: contentUrls; with their SAS, for a restart listens to them again.
        container: contentContainerUrl.
        destination: destinationContainerUrl.
        host: `scheme://host` under which the emulator was asked.
        progression: When it is over.
        status: Where it stands.
        begun: Its audio is being listened to.
        polls: How often it was asked for.
        flaws: Faults that it drew at its submission, with their details.
        outcome: What it came to; None before.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    id: str
    version: str
    created: datetime
    entered: datetime
    body: dict[str, Any]
    urls: list[str] = Field(default_factory=list)
    container: str | None = None
    destination: str | None = None
    host: str = ""
    progression: Progression = Progression()
    status: Status = Status.NOT_STARTED
    begun: bool = False
    polls: int = 0
    flaws: dict[str, dict[str, Any]] = Field(default_factory=dict)
    outcome: Outcome | None = None

    @property
    def is_settled(self) -> bool:
        """Nothing is left to be done for it."""
        return self.outcome is not None

    def expires(self) -> datetime | None:
        """When it goes by itself; None before its end."""
        if not self.status.is_final:
            return None
        return self.entered + timedelta(hours=self.body["properties"]["timeToLiveHours"])

    def may_end(self, now: datetime) -> bool:
        """Whether its progression lets it end."""
        if STUCK in self.flaws:
            return False
        if self.progression.mode == "polls":
            return self.polls >= self.progression.amount
        return self.progression.mode == "immediate" or now >= self._after(1.0)

    def advance(self, now: datetime) -> list[Status]:
        """Enter every status that is due; returns those that were entered, in order."""
        entered: list[Status] = []
        if not self.status.is_final and self.outcome is not None and self.may_end(now):
            ended = max(self.outcome.at, self._after(1.0)) if self.progression.mode == "seconds" else now
            entered += self._enter(Status.RUNNING, ended) + self._enter(self.outcome.status, min(ended, now))
        elif self._runs(now):
            entered += self._enter(Status.RUNNING, self._after(0.5) if self.progression.mode == "seconds" else now)
        return entered

    def _runs(self, now: datetime) -> bool:
        if STUCK in self.flaws:
            return False
        if self.progression.mode == "polls":
            return self.polls > 1
        return self.begun if self.progression.mode == "immediate" else now >= self._after(0.5)

    def _enter(self, status: Status, when: datetime) -> list[Status]:
        order = (Status.NOT_STARTED, Status.RUNNING, Status.SUCCEEDED)
        if self.status.is_final or (status in order and order.index(status) <= order.index(self.status)):
            return []
        self.status, self.entered = status, when
        return [status]

    def _after(self, share: float) -> datetime:
        return self.created + timedelta(seconds=self.progression.amount * share)
