"""What a request must be before anything happens: versions, JSON, pages, and the rules that no type can say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from ..speech_rest.endpoint import API_VERSIONS
from .bodies import Definition2024, Definition2025, Submission2024, Submission2025, Update2024, Update2025
from .filters import Filter, FilterError, Kind, parse_filter
from .locales import is_locale
from .problems import Problem, invalid
from .settings import LARGEST_PAGE

MOST_URLS: Final = 1000
MOST_CANDIDATES: Final = 10
LARGEST_INT32: Final = 2**31 - 1
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_JSON: Final = ("application/json",)
JSON_OR_MERGE: Final = ("application/json", "application/merge-patch+json")
# The service's finer code for a field; what is not named here is an invalid payload.
_INNER: Final[Mapping[str, str]] = {
    "timeToLiveHours": "InvalidTimeToLive",
    "channels": "InvalidChannels",
    "contentUrls": "InvalidRecordingsUri",
    "contentContainerUrl": "InvalidRecordingsUri",
    "audioUrl": "InvalidRecordingsUri",
    "locale": "InvalidLocale",
    "locales": "InvalidLocale",
    "candidateLocales": "InvalidLocale",
    "model": "InvalidModelUri",
    "models": "InvalidModelUri",
    "speechModelMapping": "InvalidModelUri",
    "webUrl": "InvalidCallbackUri",
    "maxSpeakers": "InvalidParameterValue",
    "customProperties": "InvalidParameterValue",
}

Model = TypeVar("Model", bound=BaseModel)


def api_version(given: str | None) -> str:
    """The version whose contract answers. A date newer than any known here is answered as the newest.

    Raises:
        Problem: None is given, or one that no contract belongs to.
    """
    if not given:
        raise invalid(
            "The api-version query parameter (?api-version=) is required for all requests.",
            inner="InvalidParameterValue",
            target="api-version",
        )
    if given in API_VERSIONS:
        return given
    if _DATE.fullmatch(given) and given > API_VERSIONS[0]:
        return API_VERSIONS[0]
    raise invalid(
        f"The api-version {given[:40]!r} is not supported: use {' or '.join(API_VERSIONS)}.",
        inner="InvalidParameterValue",
        target="api-version",
    )


def json_body(raw: bytes, content_type: str | None, model: type[Model], kinds: Sequence[str] = _JSON) -> Model:
    """A body as its model.

    Raises:
        Problem: Not JSON, or not what the contract says.
    """
    if (content_type or "").partition(";")[0].strip().lower() not in kinds:
        raise Problem(415, f"The content type must be {' or '.join(kinds)}.")
    if not raw.strip():
        raise invalid("The request body is empty.", inner="EmptyRequest")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise invalid("The request body begins with a byte order mark.", inner="NoUtf8WithBom")
    return validated(raw, model)


def validated(raw: bytes | str, model: type[Model]) -> Model:
    """JSON as its model. Raises Problem with the field and the code that belongs to it."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    names = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        raise invalid(f"The request body is no JSON: {first['msg']}.", inner="InvalidRequestBodyFormat")
    inner = "InvalidPayload"
    if first["type"] != "extra_forbidden":
        inner = next((_INNER[name] for name in reversed(names) if name in _INNER), inner)
    raise invalid(f"{'.'.join(names) or 'The request body'}: {first['msg']}.", inner=inner, target=".".join(names))


def check_submission(body: Submission2024) -> None:
    """The rules of a job beyond its types. Raises Problem."""
    _check_locale(body.locale, "locale")
    if body.dataset is not None:
        raise invalid("The emulator has no datasets: give contentUrls.", inner="InvalidDataset", target="dataset")
    if isinstance(body, Submission2025) and body.project is not None:
        raise invalid("The emulator has no projects: leave project out.", inner="InvalidProject", target="project")
    if (body.content_urls is None) == (body.content_container_url is None):
        raise invalid(
            "Exactly one of contentUrls, contentContainerUrl and dataset must be given.",
            inner="OnlyOneOfUrlsOrContainerOrDataset",
        )
    if body.content_urls is not None and not body.content_urls:
        raise invalid("contentUrls is empty.", inner="InvalidRecordingsUri", target="contentUrls")
    if len(body.content_urls or ()) > MOST_URLS:
        raise invalid(
            f"contentUrls holds more than {MOST_URLS}.", inner="ExceededNumberOfRecordingsUris", target="contentUrls"
        )
    _check_channels(body.properties.channels)
    asked = body.properties.language_identification
    if asked is not None:
        if len(asked.candidate_locales) < 2 or (
            asked.mode == "Continuous" and len(asked.candidate_locales) > MOST_CANDIDATES
        ):
            raise invalid(
                f"candidateLocales must hold 2 to {MOST_CANDIDATES} locales.",
                inner="InvalidParameterValue",
                target="candidateLocales",
            )
        for locale in asked.candidate_locales:
            _check_locale(locale, "candidateLocales")


def check_update(update: Update2024) -> None:
    """What cannot be changed here. Raises Problem."""
    if isinstance(update, Update2025) and update.project is not None:
        raise invalid("The emulator has no projects: leave project out.", inner="InvalidProject", target="project")


def check_definition(definition: Definition2024) -> None:
    """The rules of a fast transcription beyond its types, as far as no audio is needed. Raises Problem."""
    for locale in definition.locales:
        _check_locale(locale, "locales")
    _check_channels(definition.channels or [])
    if isinstance(definition, Definition2025):
        enhanced = definition.enhanced_mode
        if enhanced is not None and enhanced.enabled and enhanced.task == "translate":
            raise invalid("The emulator cannot translate.", inner="InvalidParameterValue", target="enhancedMode.task")


def _check_channels(channels: Sequence[int]) -> None:
    if len(set(channels)) != len(channels):
        raise invalid("A channel is named twice.", inner="InvalidChannels", target="channels")


def _check_locale(locale: str, target: str) -> None:
    if not is_locale(locale):
        raise invalid(f"The locale {locale[:40]!r} is not supported.", inner="InvalidLocale", target=target)


def entity_id(text: str) -> str:
    """An id in the form in which it is kept; what is no uuid names nothing. Raises Problem 404."""
    try:
        return str(UUID(text))
    except ValueError:
        raise Problem(404, f"There is no entity of the id {text[:40]!r}.") from None


def page_of(query: Mapping[str, str], size: int) -> tuple[int, int]:
    """`skip` and `top` of a list. Raises Problem for what is no count."""
    return _count(query, "skip", 0, LARGEST_INT32), _count(query, "top", size, LARGEST_PAGE)


def minutes_of(query: Mapping[str, str], default: int, longest: int) -> int:
    """`sasLifetimeMinutes` of a call for files. Raises Problem."""
    text = query.get("sasLifetimeMinutes")
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:12]) <= longest:
        raise invalid(
            f"sasLifetimeMinutes must be 1 to {longest}.",
            inner="InvalidSasValidityDuration",
            target="sasLifetimeMinutes",
        )
    return int(text)


def filter_of(query: Mapping[str, str], properties: Mapping[str, Kind]) -> Filter:
    """`filter` of a list; without one everything passes. Raises Problem for one that cannot be understood."""
    text = query.get("filter")
    if not text:
        return lambda _values: True
    try:
        return parse_filter(text, properties)
    except FilterError as error:
        raise invalid(f"The filter is not supported: {error}", inner="UnsupportedFilter", target="filter") from error


def known_query(query: Mapping[str, Any], names: Sequence[str]) -> None:
    """Only what the operation takes may be asked. Raises Problem."""
    for name in query:
        if name in ("$orderby", "orderby"):
            raise invalid("Lists cannot be ordered.", inner="UnsupportedOrderBy", target=name)
        if name not in names and name != "api-version":
            raise invalid(f"There is no query parameter {name[:40]!r} here.", inner="InvalidParameter", target=name)


def _count(query: Mapping[str, str], name: str, default: int, largest: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or int(text[:12]) > LARGEST_INT32:
        raise invalid(f"{name} must be a whole number from 0.", inner="UnsupportedPagination", target=name)
    return min(int(text), largest)
