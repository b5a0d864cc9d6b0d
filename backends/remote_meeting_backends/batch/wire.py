"""What is written to the batch service, and how its answers on jobs and files are read.

Sources: the published contracts of 2024-11-15 and 2025-10-15 (`Transcription`, `PaginatedTranscriptions`,
`PaginatedFiles`); the older shapes that some published examples still show (`diarizationEnabled`, `timeToLive`) are
never written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ..backend import JobOptions
from ..errors import InvalidInput
from ..speech_rest.causes import Problem, problem_of
from ..speech_rest.options import PROFANITY, PUNCTUATION, languages, model_url, refuse
from ..speech_rest.replies import object_of, read_object, text_of, unexpected
from ..speech_rest.speakers import diarization
from ..speech_rest.times import DURATION, moment, ticks_of
from ..transcript import MeetingStatus

BACKEND: Final = "batch"
# How long the service keeps a job after its end: its own advice, and its bounds.
DEFAULT_TIME_TO_LIVE_HOURS: Final = 48
TIME_TO_LIVE_HOURS: Final = (6, 744)
MOST_URLS: Final = 1000
MOST_CANDIDATES: Final = 10
MOST_PROPERTIES, LONGEST_KEY, LONGEST_VALUE = 10, 64, 256
TRANSCRIPTION: Final = "Transcription"
REPORT: Final = "TranscriptionReport"

_STATUSES = {
    "NotStarted": MeetingStatus.PROCESSING,
    "Running": MeetingStatus.PROCESSING,
    "Succeeded": MeetingStatus.COMPLETED,
    "Failed": MeetingStatus.FAILED,
}
_JOB_URL = re.compile(r"https?://[^?#]*/transcriptions/([0-9A-Za-z][0-9A-Za-z-]{0,127})/?(?:\?.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Job:
    """One job as the service describes it.

    Args:
        id: The service's own.
        status: Where the meeting stands with it.
        service_status: The service's word: NotStarted, Running, Succeeded or Failed.
        created: When it was made.
        last_action: When it came to its status.
        display_name: What we called it.
        custom: Our own properties.
        error: Why it failed, where the service says so.
        duration_ticks: Length of all its audio, where it is known.
    """

    id: str
    status: MeetingStatus
    service_status: str
    created: datetime | None
    last_action: datetime | None
    display_name: str
    custom: Mapping[str, str] = field(hash=False)
    error: Problem | None = None
    duration_ticks: int | None = None


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file of a job: `TRANSCRIPTION` for each audio, one `REPORT` for all, kinds that we do not know.

    Args:
        name: The service's; it does not say which input it belongs to.
        kind: What is in it.
        url: Where its content is, a SAS included; empty where a file of another kind has none.
        size: Bytes, where they are known.
    """

    name: str
    kind: str
    url: str = field(repr=False)
    size: int | None = None


def submission(
    display_name: str,
    custom: Mapping[str, str],
    options: JobOptions,
    *,
    api_version: str,
    urls: Sequence[str] = (),
    container: str | None = None,
    destination: str | None = None,
    channels: Sequence[int] | None = None,
    diarize: bool = True,
    base_url: str | None = None,
) -> dict[str, Any]:
    """The body of a new job.

    Args:
        display_name: What a lost job is found by.
        custom: Our own properties; at most 10, keys of 64 and values of 256 characters.
        options: What was asked for.
        api_version: The version of the URLs in it.
        urls: Where the files are, at most 1,000.
        container: Where every file is, instead.
        destination: Where results go, instead of to the service's own storage.
        channels: Which are heard; None for the service's default, the first two.
        diarize: Whether speakers may be told apart; `options` may still say that they need not.
        base_url: The URL that operations' paths are added to; needed where the model is given by its id.

    Raises:
        OptionNotSupported: An option that the service has no words for.
        InvalidInput: No source, both, or too much of something.
    """
    if not display_name or bool(urls) == (container is not None) or len(urls) > MOST_URLS:
        raise InvalidInput(
            f"A batch job needs a name, and either a container or 1 to {MOST_URLS} URLs of audio: it was given "
            f"{len(urls)} URLs{' and a container' if container is not None else ''}.",
            backend=BACKEND,
        )
    if options.phrases:
        raise refuse("phrases", "it has no phrase list", backend=BACKEND, way_out="fast")
    body: dict[str, Any] = {
        "displayName": display_name,
        "customProperties": _checked(custom),
        "locale": options.language,
        "properties": _properties(options, channels=channels, diarize=diarize, destination=destination),
    }
    if container is not None:
        body["contentContainerUrl"] = container
    else:
        body["contentUrls"] = list(urls)
    if options.model is not None:
        body["model"] = {"self": model_url(options.model, base_url=base_url, api_version=api_version)}
    return body


def name_filter(display_name: str) -> str:
    """The filter that lists the jobs of this name."""
    doubled = display_name.replace("'", "''")
    return f"displayName eq '{doubled}'"


def read_job(body: bytes) -> Job:
    """Read a job. Raises UnexpectedReply when it is none, or stands where no job can."""
    what = "the job"
    return _job(read_object(body, what, BACKEND), body, what)


def read_jobs(body: bytes) -> tuple[tuple[Job, ...], str | None]:
    """Read a page of jobs, and the URL of the next one.

    A job that cannot be read is an error of the whole page: one that was overlooked might be submitted twice.

    Raises:
        UnexpectedReply: It is no such page.
    """
    what = "the list of jobs"
    values, following = _page(body, what)
    return tuple(_job(value, body, what) for value in values), following


def read_files(body: bytes) -> tuple[tuple[ResultFile, ...], str | None]:
    """Read a page of a job's files, and the URL of the next one.

    Raises:
        UnexpectedReply: It is no such page, or a file that we need has no URL.
    """
    what = "the job's files"
    values, following = _page(body, what)
    return tuple(_file(value, body, what) for value in values), following


def _properties(
    options: JobOptions, *, channels: Sequence[int] | None, diarize: bool, destination: str | None
) -> dict[str, Any]:
    hours = options.time_to_live_hours if options.time_to_live_hours is not None else DEFAULT_TIME_TO_LIVE_HOURS
    shortest, longest = TIME_TO_LIVE_HOURS
    if not shortest <= hours <= longest:
        raise refuse(f"a time to live of {hours} hours", f"it takes {shortest} to {longest}", backend=BACKEND)
    speakers = diarization(options, diarize=diarize, backend=BACKEND)
    spoken = languages(options)
    if len(spoken) > MOST_CANDIDATES:
        raise refuse(
            f"{len(spoken)} candidate languages", f"it takes {MOST_CANDIDATES}, the main one included", backend=BACKEND
        )
    given = {
        "diarization": speakers,
        "channels": list(channels) if channels is not None else None,
        "profanityFilterMode": PROFANITY[options.profanity] if options.profanity is not None else None,
        "punctuationMode": PUNCTUATION[options.punctuation] if options.punctuation is not None else None,
        "languageIdentification": ({"candidateLocales": spoken, "mode": "Continuous"} if len(spoken) > 1 else None),
        "destinationContainerUrl": destination,
    }
    return {
        "wordLevelTimestampsEnabled": True,
        "timeToLiveHours": hours,
        **{name: value for name, value in given.items() if value is not None},
    }


def _checked(custom: Mapping[str, str]) -> dict[str, str]:
    if len(custom) > MOST_PROPERTIES:
        raise InvalidInput(f"A job has at most {MOST_PROPERTIES} properties of ours: {len(custom)} were given.")
    for key, value in custom.items():
        if not key or len(key) > LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise InvalidInput(
                f"The property {key[:LONGEST_KEY]!r} of a job is too long: {LONGEST_KEY} characters for its name and "
                f"{LONGEST_VALUE} for its value is what the service takes."
            )
    return dict(custom)


def _job(fields: Mapping[str, Any], body: bytes, what: str) -> Job:
    status = text_of(fields.get("status"))
    if status not in _STATUSES:
        raise unexpected(body, what, f"holds no status that is known ({', '.join(_STATUSES)})", BACKEND)
    found = _JOB_URL.fullmatch(text_of(fields.get("self")))
    if found is None:
        raise unexpected(body, what, "holds no URL that ends in a job's id", BACKEND)
    properties = object_of(fields.get("properties"))
    error = object_of(properties.get("error"))
    custom = object_of(fields.get("customProperties"))
    return Job(
        id=found[1],
        status=_STATUSES[status],
        service_status=status,
        created=moment(fields.get("createdDateTime")),
        last_action=moment(fields.get("lastActionDateTime")),
        display_name=text_of(fields.get("displayName")),
        custom={key: value for key, value in custom.items() if isinstance(value, str)},
        error=problem_of(error) if error else None,
        # 0 is the contract's default for a job whose audio was not measured yet.
        duration_ticks=max(0, ticks_of(properties, DURATION) or 0) or None,
    )


def _page(body: bytes, what: str) -> tuple[list[dict[str, Any]], str | None]:
    fields = read_object(body, what, BACKEND)
    values = fields.get("values")
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise unexpected(body, what, "holds no list of values", BACKEND)
    following = fields.get("@nextLink")
    if following and not (isinstance(following, str) and following.startswith(("http://", "https://"))):
        raise unexpected(body, what, "names a next page that is no URL", BACKEND)
    return values, following or None


def _file(fields: Mapping[str, Any], body: bytes, what: str) -> ResultFile:
    kind = text_of(fields.get("kind"))
    url = text_of(object_of(fields.get("links")).get("contentUrl"))
    if not url.startswith(("http://", "https://")):
        if kind in (TRANSCRIPTION, REPORT):
            raise unexpected(body, what, f"holds a file of kind {kind} without the URL of its content", BACKEND)
        url = ""
    size = object_of(fields.get("properties")).get("size")
    return ResultFile(text_of(fields.get("name")), kind, url, size if type(size) is int and size >= 0 else None)
