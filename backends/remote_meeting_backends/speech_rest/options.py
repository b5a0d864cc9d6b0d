"""What both services are told in the same words: languages, profanity, a custom model."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlsplit

from ..backend import JobOptions
from ..errors import InvalidInput, OptionNotSupported

PROFANITY: Final = {"none": "None", "masked": "Masked", "removed": "Removed", "tags": "Tags"}
PUNCTUATION: Final = {
    "none": "None",
    "dictated": "Dictated",
    "automatic": "Automatic",
    "dictated_and_automatic": "DictatedAndAutomatic",
}
_MODEL_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")


def languages(options: JobOptions) -> list[str]:
    """The main language, then the others that may be spoken; each once, whatever its case."""
    found: dict[str, str] = {}
    for language in (options.language, *options.candidate_languages):
        found.setdefault(language.lower(), language)
    return list(found.values())


def model_url(model: str, *, base_url: str | None, api_version: str) -> str:
    """Where a custom model is, from its URL or its id.

    Args:
        model: What the caller gave.
        base_url: The URL that operations' paths are added to; needed for an id.
        api_version: Version that the URL is written for.

    Raises:
        InvalidInput: It is neither a URL nor an id.
    """
    if "://" in model:
        parts = urlsplit(model)
        if parts.scheme in ("http", "https") and parts.netloc and not re.search(r"\s", model):
            return model
    elif base_url is not None and _MODEL_ID.fullmatch(model):
        return f"{base_url.rstrip('/')}/models/{quote(model)}?api-version={api_version}"
    raise InvalidInput("The model cannot be used: give the whole URL of a custom model, or its id.")


def refuse(option: str, why: str, *, backend: str, way_out: str | None = None) -> OptionNotSupported:
    """The error for an option that a service has no words for."""
    instead = f"leave it out, or use the {way_out} backend" if way_out else "leave it out"
    return OptionNotSupported(
        f"The {backend} backend cannot honour {option} ({why}): {instead}.", backend=backend, way_out=way_out
    )
