"""RM701: paths of speech to text REST v2.0 to v3.2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import REST_V2, REST_V3
from ..rest_api import paths, retirement_of
from ..rest_fix import call_edits
from ..rule import Match, Rule
from .samples import BATCH_DOCS, FAST_DOCS, REST, REST_WAYS

if TYPE_CHECKING:
    from ..source import Source

_OLDER = f"{{what}}: {REST_V2.what} was retired on {REST_V2.day}; the version stands in the query now (api-version=)."


def find(source: Source) -> Iterator[Match]:
    """The path part, wherever it stands: in code, settings, scripts, build files."""
    if source.facts.is_sdk:
        return
    for place in paths(source):
        message = _OLDER if retirement_of(place.version) is REST_V2 else None
        edits = call_edits(source, place)
        yield Match(place.start, place.end, message, fix="Speak the present API" if edits else "", edits=edits)


RULE = Rule(
    id="RM701",
    name="rest-path",
    family="REST",
    title="Paths of speech to text REST v2.0 to v3.2",
    message="{what}: this version {retired}; the version stands in the query now (api-version=).",
    why="Batch transcription's versions stood in its path up to v3.2; the versions since 2024-11-15 stand in the "
    "query. Paths, "
    "bodies and answers changed with it: `transcriptions:submit` creates, `timeToLiveHours` is required, "
    "diarization has another "
    "shape. One notice names v3.0 and the previews only, another all of them: do not count on v3.1 or v3.2.",
    find=find,
    triggers=(
        "speechtotext/",
        "speechtotext\\",
        'speechtotext"',
        "speechtotext'",
        "speechtotext`",
        "speechtotext$",
    ),
    ways=REST_WAYS,
    examples=REST,
    links=(REST_V3.source, BATCH_DOCS, FAST_DOCS),
    retirement=REST_V3,
    hours=1.0,
    once=4.0,
)
