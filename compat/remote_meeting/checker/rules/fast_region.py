"""RM804: fast transcription asked for in a region that does not have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from ..model import Way
from ..rule import Example, Match, Rule
from ..strings import spoken
from .samples import FAST_DOCS

if TYPE_CHECKING:
    from ..source import Source

# Regions of Azure Speech of which fast transcription lacks some (Speech service regions, 2026).
_CANDIDATES = frozenset(
    {
        "canadaeast",
        "centralus",
        "eastasia",
        "norwayeast",
        "qatarcentral",
        "southafricanorth",
        "switzerlandnorth",
        "switzerlandwest",
        "uaenorth",
        "westcentralus",
    }
)
_FAST = re.compile(r"transcriptions:transcribe\b|\bTranscriptionClient\b")
_HOST = re.compile(r"https?://([a-z0-9]+)\.(?:api\.cognitive|stt\.speech)\.microsoft\.com", re.IGNORECASE)


@cache
def without() -> frozenset[str]:
    """The regions that do not have it, by the fast backend's own table."""
    from remote_meeting_backends.fast.limits import REGIONS

    return _CANDIDATES - REGIONS


def find(source: Source) -> Iterator[Match]:
    """A region named as a whole string, or in a host, in a file that calls fast transcription."""
    if not any(_FAST.search(literal.value) for literal in source.literals) and not (
        source.is_code and "azure.ai.transcription" in source.content
    ):
        return
    for literal in source.literals:
        if literal.is_quoted and literal.value.lower() in without() and not spoken(source, literal):
            yield Match(literal.start, literal.end)
        for found in _HOST.finditer(literal.value):
            if found.group(1).lower() in without():
                yield Match(literal.start + found.start(1), literal.start + found.end(1))


RULE = Rule(
    id="RM804",
    name="fast-region",
    family="Hazards",
    title="A region without fast transcription",
    message="{what} has no fast transcription (nor do two of the four regions of the retired service).",
    why="Meetings lived in centralus, eastasia, eastus and westeurope. Fast transcription is not in centralus or "
    "eastasia: a "
    "resource there answers that it knows no such operation. Batch transcription is in every region.",
    find=find,
    triggers=(
        "transcriptions:transcribe",
        "azure.ai.transcription",
    ),
    ways={
        Way.FACADE: 'Take backend="batch", or a resource in another region.',
        Way.REWRITE: "Take batch transcription, or a resource in another region.",
    },
    examples={
        "Python": Example(
            'url = "https://centralus.api.cognitive.microsoft.com/speechtotext/transcriptions:transcribe?api-version=2025-10-15"',
            {
                Way.REWRITE: 'url = "https://eastus.api.cognitive.microsoft.com/speechtotext/transcriptions:transcribe?api-version=2025-10-15"'
            },
        ),
    },
    links=(FAST_DOCS, "https://learn.microsoft.com/azure/ai-services/speech-service/regions"),
    hours=0.5,
)
