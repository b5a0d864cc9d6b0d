"""What a batch job's reference holds: enough for any process to ask, to read the result, and to clear up."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, ValidationError

from ..backend import JobOptions
from ..errors import MeetingNotFound

# It becomes a part of a path.
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class JobReference(BaseModel):
    """A job at the service, and what its result is to be read with.

    Args:
        id: The service's id.
        meeting_id: The meeting.
        options: What was asked for.
        blob: Name of the staged copy of the audio; None when the audio was given by URL.
        inputs: Where the service fetched the audio, without the query.
        notes: What was decided before it was sent.
        seconds: Length of the audio, where it is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    id: str = ""
    meeting_id: str
    options: JobOptions
    blob: str | None = None
    inputs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float | None = None

    def __str__(self) -> str:
        return self.model_dump_json(exclude_defaults=True)

    @classmethod
    def parse(cls, text: str) -> JobReference:
        """Read what `str` wrote.

        Raises:
            MeetingNotFound: It is no such text.
        """
        try:
            found = cls.model_validate_json(text)
        except ValidationError:
            found = None
        if found is None or not _ID.fullmatch(found.id):
            raise MeetingNotFound(f"{text[:60]!r} is the reference of no batch job.", backend="batch")
        return found


class Attempt(BaseModel):
    """What is written down before a job is posted, so that a lost answer does not become a second job.

    Args:
        blob: Name under which the audio is staged; the upload goes on under it after a crash.
        mark: What tells this attempt's job from others of that name; in the job's custom properties.
        posted_at: When it was about to be posted, in seconds since 1970.
        reference: The job's reference, all but the id.
        refused: The service refused it: there is no job of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    blob: str | None = None
    mark: str | None = None
    posted_at: float | None = None
    reference: JobReference | None = None
    refused: bool = False

    @classmethod
    def read(cls, entries: Iterable[str]) -> list[Attempt]:
        """The attempts in a journal; what another backend wrote there before is passed over."""
        found = []
        for entry in entries:
            with contextlib.suppress(ValidationError):
                found.append(cls.model_validate_json(entry))
        return found
