"""RM702: request bodies that ask for diarization in the shape of v3.x or v2.0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import REST_V3
from ..rule import Match, Rule
from ..strings import named
from .samples import BATCH_DOCS, REST, REST_WAYS

if TYPE_CHECKING:
    from ..source import Source

_KEYS = ("diarizationEnabled", "DiarizationEnabled", "AddDiarization", "addDiarization")
_NAMES = r"(?:diarizationEnabled|DiarizationEnabled|diarization_enabled|AddDiarization)"
# A member that is set or declared; a variable or a parameter of this name is the app's own.
_MEMBERS = re.compile(
    rf"(?<=\.){_NAMES}\b(?!\s*\()|(?<![\w$.]){_NAMES}\s*(?:=(?![=>])|:(?!\s*[bB]ool))|\bbool\??\s+{_NAMES}\b(?=\s*\{{)"
)
_COUNTS = re.compile(
    r"[\"'`]?\b(?P<key>diarization|Diarization)\\*[\"'`]?\]?\s*(?:[:=]|=>|,)\s*[^;]{0,60}?\\*[\"'`]?\b(?:speakers|Speakers)\b\\*[\"'`]?\]?\s*(?:[:=]|=>|,)"
    r"[^;]{0,80}?\b(?:minCount|maxCount|MinCount|MaxCount|min_count|max_count)\b"
)
_CLIENT = re.compile(r"\bDiarization(?:Speakers)?Properties\b")
# Something of batch transcription beside it: other services have a key of this name, too.
_BATCH = re.compile(
    r"speechtotext|contentUrls\b|content_urls\b|contentContainerUrl|recordingsUrl|wordLevelTimestampsEnabled|word_level_timestamps_enabled|"
    r"WordLevelTimestampsEnabled|profanityFilterMode|ProfanityFilterMode|punctuationMode|PunctuationMode|swagger_client|cris\.ai|AddWordLevelTimestamps",
    re.IGNORECASE,
)


def find(source: Source) -> Iterator[Match]:
    """The old keys, in literals, members and settings, next to something else of batch transcription."""
    if source.facts.is_sdk or not _BATCH.search(source.text) or not _BATCH.search(source.content):
        return
    if source.is_code:
        for literal in named(source, _KEYS):
            yield Match(literal.start, literal.end)
        for literal in source.literals:
            yield from _embedded(literal.start, literal.value)
        for found in _MEMBERS.finditer(source.code):
            yield Match(*found.span())
        for found in _CLIENT.finditer(source.code):
            yield Match(*found.span())
    else:
        for found in re.finditer(
            r"(?<![\w$])(?:diarizationEnabled|AddDiarization)(?![\w$])", source.content, re.IGNORECASE
        ):
            yield Match(*found.span())
    for found in _COUNTS.finditer(source.content):
        yield Match(*found.span("key"))


def _embedded(start: int, value: str) -> Iterator[Match]:
    """JSON within a string: `"{\\"diarizationEnabled\\": true}"`."""
    if len(value) > len("diarizationEnabled"):
        for found in re.finditer(r"[\"'\\](diarizationEnabled|AddDiarization)[\"'\\]", value, re.IGNORECASE):
            yield Match(start + found.start(1), start + found.end(1))


RULE = Rule(
    id="RM702",
    name="rest-diarization",
    family="REST",
    title="Diarization in the shape of v3.x",
    message="{what}: API versions since 2024-11-15 take diarization as {{enabled, maxSpeakers}}; the "
    "last version with this shape {retired}.",
    why="v3.0 had `diarizationEnabled`, v3.1 and v3.2 a `diarization` with `speakers.minCount` and `maxCount` "
    "beside it, v2.0 "
    "`AddDiarization`. The present versions take `diarization: {enabled: true, maxSpeakers: n}`; without `enabled` "
    "there are no "
    "speakers at all, and without `maxSpeakers` there are two.",
    find=find,
    triggers=(
        "diarizationenabled",
        "diarization_enabled",
        "adddiarization",
        "diarizationproperties",
        "diarizationspeakers",
        "mincount",
        "maxcount",
        "min_count",
        "max_count",
    ),
    ways=REST_WAYS,
    examples=REST,
    links=(BATCH_DOCS,),
    retirement=REST_V3,
    hours=0.5,
)
