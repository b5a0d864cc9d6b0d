"""RM301: ConversationTranscriber as it was from SDK 1.8 to 1.30."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..facade import facade_edits
from ..generations import NAME, Generation
from ..model import Certainty
from ..rule import Match, Rule
from .samples import DIARIZATION_DOCS, MEETING_DOCS, OLD_TRANSCRIBER, OLD_TRANSCRIBER_WAYS

if TYPE_CHECKING:
    from ..source import Source

_UNSURE = (
    "Could not tell which ConversationTranscriber this is: with a SpeechConfig as its first argument (SDK 1.31 and "
    "newer) it "
    "is supported; with audio alone, joining a Conversation, its service {retired}."
)


def find(source: Source) -> Iterator[Match]:
    """Each old object, and the class where it is named and only old ones are."""
    if not source.is_code:
        return
    generations = source.generations
    made_at = {}
    for made, generation in generations.made:
        made_at[made.start] = generation
        if generation is Generation.SECOND:
            yield Match(made.start, made.end, **facade_edits(source, made.start, made.end))
        elif generation is Generation.UNKNOWN:
            yield Match(made.start, made.end, _UNSURE, Certainty.UNSURE)
    mentions = [span for span in source.usage.mentions(NAME) if span[0] not in made_at]
    if generations.present == {Generation.SECOND}:
        for start, end in mentions:
            yield Match(start, end, **facade_edits(source, start, end))
    elif Generation.SECOND in generations.present:
        for start, end in mentions:
            if _declared_as_old(source, end):
                yield Match(start, end)
    elif generations.present == {Generation.UNKNOWN} and not made_at and mentions:
        yield Match(*mentions[0], _UNSURE, Certainty.UNSURE)


def _declared_as_old(source: Source, end: int) -> bool:
    """True when the variable declared behind the class's name holds an old one."""
    declared = re.match(r"\s*[*&?>]*\s*([\w$]+)\s*(?:[;=,)]|$)", source.code[end : end + 100])
    return declared is not None and source.generations.of_variable(declared.group(1), end) is Generation.SECOND


RULE = Rule(
    id="RM301",
    name="old-conversation-transcriber",
    family="Old ConversationTranscriber",
    title="ConversationTranscriber of SDK 1.8 to 1.30",
    message="{what} as it is used here (audio first, a Conversation joined) streams to a service that {retired}.",
    why="Until SDK 1.30 ConversationTranscriber took audio alone and joined a Conversation: the service that was "
    "retired. SDK "
    "1.31 renamed it MeetingTranscriber and gave the name to another class, which takes a SpeechConfig first and "
    "is supported. "
    "Code of the old kind does not compile with a newer SDK, or fails as it runs.",
    find=find,
    triggers=("conversationtranscri",),
    ways=OLD_TRANSCRIBER_WAYS,
    examples=OLD_TRANSCRIBER,
    links=(MEETING_DOCS, DIARIZATION_DOCS),
    retirement=MULTICHANNEL,
    hours=2.0,
    once=8.0,
)
