"""What a service's error says, in whichever shape it comes, and what is most likely to cure it.

Sources: `Error`, `InnerError` and `DetailedErrorCode` of the published contracts (both API versions); for the vague
ones the public threads that found out what they meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .replies import object_of, parse, said

# An error inside an error inside an error: the service goes two deep.
DEEPEST = 16
_LONGEST_CODE = 100
# Blob Storage answers in XML: an expired content URL is one of its answers.
_XML_CODE = re.compile(r"<Code>([^<]{1,100})</Code>", re.IGNORECASE)
_XML_MESSAGE = re.compile(r"<Message>([^<]{1,2000})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error of the service; None where it did not say. Texts are one line each, without the queries of URLs.

    Args:
        code: The outer code, such as `InvalidRequest`.
        inner_code: The innermost and finest code, such as `InvalidSubscription`.
        message: The outer words.
        inner_message: The innermost words.
        target: What of the request it is about.
    """

    code: str | None = None
    inner_code: str | None = None
    message: str | None = None
    inner_message: str | None = None
    target: str | None = None

    @property
    def words(self) -> str:
        """Everything it says as one text: the codes, the outer words, the inner ones where they say more."""
        codes = "/".join(dict.fromkeys(code for code in (self.code, self.inner_code) if code))
        texts = list(dict.fromkeys(text for text in (self.message, self.inner_message) if text))
        return ": ".join([*([codes] if codes else []), *([" - ".join(texts)] if texts else [])])


def read_problem(body: bytes) -> Problem:
    """Read the body of an error: JSON, flat or wrapped in `error`; Blob Storage's XML; anything else as words."""
    try:
        found = parse(body)
    except ValueError:
        found = None
    if isinstance(found, dict):
        problem = problem_of(found)
        if problem.code or problem.message or problem.inner_code or problem.inner_message:
            return problem
    words = body.decode("utf-8", errors="replace")
    code, message = _XML_CODE.search(words), _XML_MESSAGE.search(words)
    if code:
        return Problem(code=said(code[1]) or None, message=said(message[1]) or None if message else None)
    return Problem(message=said(words) or None)


def problem_of(fields: Mapping[str, Any]) -> Problem:
    """The same from JSON that was read before, such as the `error` of a failed job."""
    levels = list(_levels(fields))
    codes = [code for level in levels if (code := _code(level.get("code")))]
    texts = [text for level in levels if (text := _message(level))]
    targets = [target for level in levels if (target := _text(level.get("target")))]
    code = _code(levels[0].get("code")) or (codes[0] if codes else None)
    message = _message(levels[0]) or (texts[0] if texts else None)
    return Problem(
        code=code,
        inner_code=codes[-1] if codes and codes[-1] != code else None,
        message=message,
        inner_message=texts[-1] if texts and texts[-1] != message else None,
        target=targets[-1] if targets else None,
    )


def cure(problem: Problem) -> str | None:
    """The likely cause and what to do, as one short clause; None when nothing is known beyond the service's words."""
    words = " ".join(text for text in (problem.message, problem.inner_message) if text)
    for pattern, clause in _BY_WORDS:
        if pattern.search(words):
            return clause
    return next((_BY_CODE[code] for code in (problem.inner_code, problem.code) if code in _BY_CODE), None)


def _levels(fields: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The error and the errors in it, from the outermost, their names in lower case."""
    level = _folded(fields)
    if isinstance(level.get("error"), dict):
        level = _folded(level["error"])
    elif isinstance(level.get("error"), str):
        level.setdefault("message", level["error"])
    for _ in range(DEEPEST):
        yield level
        details = level.get("details")
        first = details[0] if isinstance(details, list) and details else None
        inner = object_of(level.get("innererror")) or object_of(first)
        if not inner:
            return
        level = _folded(inner)


def _folded(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}


def _message(level: Mapping[str, Any]) -> str | None:
    """The words, also under the names that web frameworks and gateways give them."""
    return next((found for name in ("message", "detail", "title") if (found := _text(level.get(name)))), None)


def _text(value: Any) -> str | None:
    return (said(value) or None) if isinstance(value, str) else None


def _code(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
        return str(value)
    found = _text(value)
    return found[:_LONGEST_CODE] if found else None


_MONO = (
    "speakers can be told apart in one channel only: mix the channels, choose one, or keep them apart "
    "(channels mix, N or separate)"
)
_STANDARD = "the free tier (F0) can do neither batch nor fast transcription: use the key of a Standard (S0) resource"
_TOO_LONG = (
    "the audio is too long: with speakers told apart the batch service takes 240 minutes a file, the fast one less; "
    "cut it into parts"
)
_SOURCE = (
    "the service cannot read the audio: check that the URL is right, that its SAS has not expired and may read "
    "(r for a file, r and l for a container), and that the storage's firewall lets the service in"
)
_FORMAT = "the audio is in no format that the service decodes: convert it to WAV or FLAC, 16 kHz"
_LANGUAGE = "the language is none that the service transcribes: give a BCP-47 name such as en-US, and see its /locales"
_SLOWER = "the account's requests are used up for now: ask less often, and give the service time"
_WAIT = "the service has trouble of its own: try again later"
_KEY = (
    "check the key or token, that it belongs to this region or resource, and that a token is used with a custom domain"
)
_ROLE = "give it the role Cognitive Services Speech User: Owner and Contributor may not use the service"
_MODEL = "check the custom model: that it exists in this region, is deployed, fits the language and has not expired"

# What the service says is vaguer than what it means. Threads: stereo with diarization (SDK 1109, 1340, 399), the free
# tier (SDK 1307), the length with diarization (Q&A 1186058).
_BY_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"recordings? ur[il] contains invalid data", re.IGNORECASE), f"most often it is stereo: {_MONO}"),
    (re.compile(r"only .{0,3}standard.{0,3} subscriptions", re.IGNORECASE), _STANDARD),
    (re.compile(r"exceeds the limit for diarization", re.IGNORECASE), _TOO_LONG),
)
_BY_CODE: dict[str, str] = {
    "AudioLengthLimitExceeded": _TOO_LONG,
    "AuthenticationFailed": "the link has expired or may not read: a new list of the job's files gives new links",
    "BadChannelConfiguration": _MONO,
    "Conflict": "it is at work on this just now: try again when it has ended",
    "DeleteNotAllowed": "a job cannot be deleted before it has ended: delete it again then",
    "EmptyAudioFile": "the file holds no audio: check what was uploaded",
    "ExceededNumberOfRecordingsUris": "a job takes at most 1000 files: make several jobs",
    "Forbidden": _ROLE,
    "InaccessibleCustomerStorage": _SOURCE,
    "Internal": _WAIT,
    "InternalCommunicationFailed": _WAIT,
    "InternalServerError": _WAIT,
    "InvalidAudioFormat": _FORMAT,
    "InvalidBaseModel": _MODEL,
    "InvalidChannelSpecification": "the audio has no such channel: count from 0",
    "InvalidChannels": "the audio has no such channel: count from 0",
    "InvalidLocale": _LANGUAGE,
    "InvalidModel": _MODEL,
    "InvalidModelUri": _MODEL,
    "InvalidPermissions": _SOURCE,
    "InvalidRecordingsUri": _SOURCE,
    "InvalidSasValidityDuration": "the service refuses this life of its links: leave it to the service",
    "InvalidSubscription": _STANDARD,
    "InvalidTimeToLive": "the time to live goes from 6 to 744 hours",
    "InvalidUri": _SOURCE,
    "LimitExceeded": _TOO_LONG,
    "ModelDeprecated": _MODEL,
    "ModelMismatch": _MODEL,
    "MultipleLanguagesIdentified": "several languages were heard: give fewer candidates, or one file a language",
    "NoLanguageIdentified": "none of the candidate languages was heard: give others, or only the main one",
    "NotAllowed": "the service does not allow this now: a job can be changed or deleted when it has ended",
    "OnlyOneOfUrlsOrContainerOrDataset": "give either files or a container, not both",
    "QuotaViolation": _SLOWER,
    "ServiceUnavailable": _WAIT,
    "SkuLimitsExist": _STANDARD,
    "SubscriptionNotFound": _KEY,
    "Timeout": _WAIT,
    "TooManyRequests": _SLOWER,
    "Transient": _WAIT,
    "Unauthorized": _KEY,
    "UnprocessableEntity": (
        "most often the audio is too long, too large or not decoded; try WAV or FLAC, one channel, "
        "or leave the number of speakers out"
    ),
    "UnsupportedLanguageCode": _LANGUAGE,
    "UnsupportedMediaType": _FORMAT,
}
