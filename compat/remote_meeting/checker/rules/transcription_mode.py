"""RM503: the service property transcriptionMode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..model import Way
from ..rule import Match, Rule
from ..strings import named, setting_call
from ..syntax import assigned_name
from .property_samples import find_property, property_examples
from .samples import MEETING_DOCS

if TYPE_CHECKING:
    from ..source import Source

NAME = "transcriptionMode"


def find(source: Source) -> Iterator[Match]:
    """The quoted name as a property's key: an enum, a label or a JSON key of the app's own is none."""
    if not source.is_code or source.facts.is_sdk:
        return
    keys = {literal.start for literal in named(source, (NAME,)) if _is_key(source, literal.start)}
    for match in find_property(source, NAME):
        if match.start in keys:
            yield match


def _is_key(source: Source, at: int) -> bool:
    literal = source.literal_at(at)
    if literal is not None and setting_call(source, literal):
        return True
    # A constant that is given to such a call.
    name = assigned_name(source.code, at - 1)
    return bool(name) and bool(
        re.search(rf"(?i:set_?(?:service_?)?property\w*)\s*\(\s*(?:\w+\s*\.\s*)*{name}\b", source.code)
    )


RULE = Rule(
    id="RM503",
    name="transcription-mode",
    family="Properties",
    title="The service property transcriptionMode",
    message="{what} chose between live and later results at a service that {retired}; nothing else reads it.",
    why="`async` asked for a transcript to be fetched later, `RealTimeAndAsync` for both. It went into the URL's "
    "query. The "
    "replacements are separate services: real-time transcription for the one, batch or fast for the other.",
    find=find,
    triggers=("transcriptionmode",),
    ways={
        Way.FACADE: "remote_meeting reads it: `async` is transcribed when the audio has ended.",
        Way.GATEWAY: "Keep it: `remote-meeting serve` reads it as the old service did.",
        Way.REWRITE: "Remove it; take real-time transcription for live results, batch or fast for later ones.",
    },
    examples=property_examples(NAME, "async"),
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=0.5,
)
