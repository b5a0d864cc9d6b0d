"""RM703: clients that are generated from the specification of v3.x."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import REST_V3
from ..model import Certainty, Way
from ..rest_api import SPECIFICATION
from ..rule import Example, Match, Rule
from ..strings import spoken
from .samples import BATCH_DOCS, REST_WAYS

if TYPE_CHECKING:
    from ..source import Source


def find(source: Source) -> Iterator[Match]:
    """Links to the specification outside comments: most generate a client, some only point to it."""
    for literal in source.literals:
        for found in SPECIFICATION.finditer(literal.value):
            if not spoken(source, literal):
                yield Match(literal.start + found.start(), literal.start + found.end(), certainty=Certainty.UNSURE)


RULE = Rule(
    id="RM703",
    name="rest-generated-client",
    family="REST",
    title="A client generated from the specification of v3.x",
    message="{what}: a client generated from this specification speaks a version that {retired}; could not tell "
    "whether one is.",
    why="The specification's address is no address of the service, but whoever names it in a build usually "
    "generates a client of "
    "that version. Its classes were renamed since: generate it anew from 2024-11-15 or newer.",
    find=find,
    triggers=("speechtotext/",),
    ways={Way.REWRITE: REST_WAYS[Way.REWRITE]},
    examples={
        "Shell": Example(
            before="autorest --input-file=…/SpeechToText/stable/v3.1/speechtotext.json",
            after={Way.REWRITE: "autorest --input-file=…/SpeechToText/stable/2024-11-15/speechtotext.json"},
        ),
    },
    links=(BATCH_DOCS,),
    retirement=REST_V3,
    hours=4.0,
)
