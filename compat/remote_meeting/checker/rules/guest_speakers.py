"""RM502: the property that told guests apart, and its misspelling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..rule import Match, Rule
from .property_samples import PROPERTY_WAYS, find_property, property_examples
from .samples import MEETING_DOCS

if TYPE_CHECKING:
    from ..source import Source

NAME = "DifferentiateGuestSpeakers"
MISSPELT = "DifferenciateGuestSpeakers"


def find(source: Source) -> Iterator[Match]:
    """Its name as a whole string, spelt either way."""
    return find_property(source, NAME, MISSPELT)


RULE = Rule(
    id="RM502",
    name="guest-speakers",
    family="Properties",
    title=f"The property {NAME}, also misspelt",
    message="{what} told guests of a meeting apart at a service that {retired}; nothing else reads it.",
    why=f"Guests were `Unidentified` without it, and Guest_0, Guest_1 with it. Older SDKs read it as {MISSPELT}. The "
    "replacements diarize without being asked by a property.",
    find=find,
    triggers=("guestspeakers",),
    ways=PROPERTY_WAYS,
    examples=property_examples(NAME),
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=0.1,
)
