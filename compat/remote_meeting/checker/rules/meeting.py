"""RM202: Meeting, and joining it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..facade import facade_edits
from ..rule import Match, Rule
from .samples import MEETING_DOCS, TRANSCRIBER, TRANSCRIBER_WAYS

if TYPE_CHECKING:
    from ..source import Source

_CALLS = r"(?:join|leave|start|end|delete|lock|unlock)_?meeting(?:_?async)?"


def find(source: Source) -> Iterator[Match]:
    """Meetings made and declared, and what is called on them; Zoom's and Teams' meetings are other classes."""
    usage = source.usage
    if not source.is_code or not usage.has_meeting:
        return
    for start, end in usage.created_meetings:
        yield Match(start, end, **facade_edits(source, start, end))
    for start, end in usage.mentions("Meeting"):
        yield Match(start, end, **facade_edits(source, start, end))
    for _, (start, end) in usage.receivers(_CALLS):
        yield Match(start, end)


RULE = Rule(
    id="RM202",
    name="meeting",
    family="Meeting transcriber",
    title="Meeting: made, joined, left",
    message="{what} belongs to meetings of a service that {retired}.",
    why="A Meeting was the room that a MeetingTranscriber joined. What replaces it has no rooms: one stream is one "
    "session.",
    find=find,
    triggers=(
        "meetingtranscri",
        "createmeeting",
        "create_meeting",
        "speech.transcription",
        "transcription.meeting",
        "spxmeeting",
    ),
    ways=TRANSCRIBER_WAYS,
    examples=TRANSCRIBER,
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=0.5,
)
