"""What a backend is: capabilities as data, and four verbs.

A job is one backend's work on one meeting. Some backends keep the job at a service, which any process may ask
about; others work in the process that submitted it (`Capabilities.runs_here`), and keep a journal so that the next
process goes on where the last one ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .connection import Connection, Limits
from .errors import RemoteMeetingError
from .runtime import Runtime
from .transcript import MeetingStatus, Transcript

if TYPE_CHECKING:
    from .live import Listener, LiveAudio


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do; None means that there is no limit we know of.

    Args:
        files: Takes an audio file of this machine.
        urls: Takes a URL that the service can read.
        live: Takes audio as it is spoken.
        runs_here: The job lives in the process that submitted it.
        needs_storage: Takes a file only where a storage is given to stage it.
        needs_account: Cannot be used without a key or token and a place to go.
        diarizes: Tells speakers apart.
        speaker_count: Can be told how many speakers there are.
        words: Gives words with times.
        separate_channels: Can keep channels apart.
        locales: Languages it knows.
        max_seconds: Longest audio.
        max_bytes: Largest file.
        max_diarized_seconds: Longest audio when speakers are told apart.
        max_speakers: Most speakers it can be told of.
        regions: Azure regions where it is offered.
        options: Names of the JobOptions beyond the common ones that it honours.
    """

    files: bool = False
    urls: bool = False
    live: bool = False
    runs_here: bool = False
    needs_storage: bool = False
    needs_account: bool = True
    diarizes: bool = True
    speaker_count: bool = False
    words: bool = False
    separate_channels: bool = False
    locales: frozenset[str] | None = None
    max_seconds: float | None = None
    max_bytes: int | None = None
    max_diarized_seconds: float | None = None
    max_speakers: int | None = None
    regions: frozenset[str] | None = None
    options: frozenset[str] = frozenset()

    def within(self, limits: Limits | None) -> Capabilities:
        """The same, with a caller's own limits in place of the published ones."""
        if limits is None:
            return self
        given = {name: value for name, value in asdict(limits).items() if value is not None}
        return replace(self, **given)


class SpeakerCount(BaseModel):
    """How many people speak: exactly (`minimum == maximum`) or between two bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    minimum: int = Field(ge=1, le=50)
    maximum: int = Field(ge=1, le=50)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("the smaller number of speakers comes first")
        return self

    @classmethod
    def parse(cls, text: str) -> SpeakerCount:
        """Read `3` or `2-5`.

        Raises:
            ValueError: It is neither.
        """
        low, dash, high = text.strip().partition("-")
        if not low.strip().isdecimal() or (dash and not high.strip().isdecimal()):
            raise ValueError(f"{text!r} is not a number of speakers: give N or MIN-MAX, such as 2 or 2-5")
        lowest, highest = int(low), int(high) if dash else int(low)
        if not 1 <= lowest <= highest <= 50:
            raise ValueError(f"{text!r} is not a number of speakers: from 1 to 50, the smaller first")
        return cls(minimum=lowest, maximum=highest)

    def __str__(self) -> str:
        return str(self.minimum) if self.minimum == self.maximum else f"{self.minimum}-{self.maximum}"


class JobOptions(BaseModel):
    """What the caller asked for; stored with the meeting, so that a resumed job is the same job.

    Args:
        language: BCP-47.
        speakers: How many people speak; None to estimate it.
        channels: `mix`, `separate` or a channel's number.
        allow_truncated: Take a file that is shorter than its header promises.
        profanity: What becomes of swear words.
        punctuation: Where punctuation comes from.
        candidate_languages: Other languages that may be spoken.
        model: Id or URL of a custom model.
        phrases: Words that are likely to be said.
        time_to_live_hours: How long the service keeps its job after its end, 6 to 744.
        container: The audio is every blob of a container.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    language: str = "en-US"
    speakers: SpeakerCount | None = None
    channels: str | None = None
    allow_truncated: bool = False
    profanity: Literal["none", "masked", "removed", "tags"] | None = None
    punctuation: Literal["none", "dictated", "automatic", "dictated_and_automatic"] | None = None
    candidate_languages: tuple[str, ...] = ()
    model: str | None = None
    phrases: tuple[str, ...] = ()
    time_to_live_hours: int | None = Field(default=None, ge=6, le=744)
    container: bool = False

    @property
    def diarizes(self) -> bool:
        """True when speakers have to be told apart by their voices."""
        return self.channels != "separate" and (self.speakers is None or self.speakers.maximum > 1)


# What every backend must answer for; the others are honoured by those that name them.
COMMON_OPTIONS = frozenset({"language", "speakers", "channels", "allow_truncated"})


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One meeting's audio, ready to be worked on.

    Args:
        meeting_id: The meeting.
        audio: A file of this machine; None when the audio is elsewhere.
        options: What was asked for.
        urls: Where the audio is, for a service to fetch; a query may hold a SAS, and is never shown or stored.
        live: The audio, where it is still being spoken; `audio` and `urls` are empty then.
        listener: Told of what is recognized, by backends that tell before the end (`Capabilities.live`).
    """

    meeting_id: str
    audio: Path | None
    options: JobOptions
    urls: tuple[str, ...] = field(default=(), repr=False)
    live: LiveAudio | None = None
    listener: Listener | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What a backend says of a job now.

    Args:
        status: Where it stands.
        progress: Share done, 0 to 1, where it is known.
        retry_after_seconds: The service's own word on when to ask again.
        cause: Why it failed, where it did.
        raw: The body of the answer as it came, where there was one.
        transcript: The transcript, when the same answer carried it.
        detail: What a person who waits wants to know: in the queue, for how long.
        error: The cause as the error it is, with the service's code and request id, where it is known so well.
    """

    status: MeetingStatus
    progress: float | None = None
    retry_after_seconds: float | None = None
    cause: str | None = None
    raw: bytes | None = None
    transcript: Transcript | None = None
    detail: str | None = None
    error: RemoteMeetingError | None = None


class Journal(Protocol):
    """Where a job that runs here writes down how far it came. A call raises MeetingBusy once the job was taken over."""

    async def progress(self, fraction: float) -> None:
        """Say which share is done, 0 to 1."""

    async def checkpoint(self, entries: Sequence[str]) -> None:
        """Keep finished pieces, in order; they are there after a crash."""

    async def checkpoints(self) -> list[str]:
        """Every piece kept so far, in order."""


class Backend(Protocol):
    """The seam. All verbs are async, safe to cancel, and raise only RemoteMeetingErrors."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    @classmethod
    def missing(cls) -> str | None:
        """What must be installed before it works, as one sentence; None when it is available."""

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        """Make one. Nothing is started or connected yet."""

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        """Begin the work on a meeting and return the job's reference."""

    async def status(self, job: str) -> JobStatus:
        """Ask how the job is. Raises MeetingNotFound when there is none of that reference."""

    async def result(self, job: str) -> Transcript:
        """The transcript. A job that runs here is waited for; elsewhere MeetingNotReady is raised before the end."""

    async def delete(self, job: str) -> None:
        """Forget the job; one that runs here is stopped first. Deleting twice is no error.

        A backend whose service keeps the job is also given what it wrote into the journal of a submission that broke
        off: whatever that began is deleted, too.

        Raises:
            MeetingBusy: The service deletes nothing that it still works on: delete it again later.
        """

    async def aclose(self) -> None:
        """Stop what runs here and let connections go. A stopped job can be resumed from its journal."""
