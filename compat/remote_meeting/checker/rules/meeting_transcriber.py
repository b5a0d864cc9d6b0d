"""RM201: MeetingTranscriber."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..facade import facade_edits
from ..kinds import Kind
from ..rule import Match, Rule
from .samples import DIARIZATION_DOCS, MEETING_DOCS, TRANSCRIBER, TRANSCRIBER_WAYS

if TYPE_CHECKING:
    from ..source import Source

_RELATED = ("MeetingTranscriptionEventArgs", "MeetingTranscriptionCanceledEventArgs", "MeetingTranscriptionResult")
_NATIVE = re.compile(r"\b(?:recognizer_(?:join|leave)_meeting|recognizer_create_meeting_transcriber\w*)\b")


def find(source: Source) -> Iterator[Match]:
    """The class and what its events carry, wherever they are named; the native functions in bindings."""
    if not source.is_code:
        return
    for wanted in ("MeetingTranscriber", *_RELATED):
        for start, end in source.usage.mentions(wanted):
            yield Match(start, end, **facade_edits(source, start, end))
    if source.code_kind in (Kind.RUST, Kind.C, Kind.CPP) and not source.facts.is_sdk:
        for found in _NATIVE.finditer(source.code):
            yield Match(*found.span())


RULE = Rule(
    id="RM201",
    name="meeting-transcriber",
    family="Meeting transcriber",
    title="MeetingTranscriber",
    message="{what} streams a meeting to a service that {retired}.",
    why="MeetingTranscriber (ConversationTranscriber before SDK 1.31) streamed the 8 channels of a microphone "
    "array and named "
    "the speakers by their voice signatures. The SDKs still ship it, so it builds and loads, and fails as it connects.",
    find=find,
    triggers=(
        "meetingtranscri",
        "recognizer_join_meeting",
        "recognizer_leave_meeting",
        "recognizer_create_meeting",
    ),
    ways=TRANSCRIBER_WAYS,
    examples=TRANSCRIBER,
    links=(MEETING_DOCS, DIARIZATION_DOCS),
    retirement=MULTICHANNEL,
    hours=2.0,
    once=8.0,
)
