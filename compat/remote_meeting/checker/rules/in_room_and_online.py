"""RM501: the property that made a conversation one of the meeting service's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..rule import Match, Rule
from .property_samples import PROPERTY_WAYS, find_property, property_examples
from .samples import MEETING_DOCS

if TYPE_CHECKING:
    from ..source import Source

NAME = "ConversationTranscriptionInRoomAndOnline"
# In pages whose conversations were renamed meetings; no SDK ever read it.
RENAMED = "MeetingTranscriptionInRoomAndOnline"


def find(source: Source) -> Iterator[Match]:
    """Its name as a whole string, in code or settings."""
    return find_property(source, NAME, RENAMED)


RULE = Rule(
    id="RM501",
    name="in-room-and-online",
    family="Properties",
    title=f"The property {NAME}",
    message="{what} asks for a service that {retired}; nothing else reads it.",
    why="With this property the SDKs of 1.8 and newer spoke to the meeting service that was open to everybody. No "
    "service that "
    "exists reads it. It may be set on the config or on the conversation's own properties.",
    find=find,
    triggers=("inroomandonline",),
    ways=PROPERTY_WAYS,
    examples=property_examples(NAME),
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=0.1,
)
