"""RM504: the message properties that made one channel pass for a microphone array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..model import Way
from ..rule import Example, Match, Rule
from ..strings import named, removed_call, setting_call

if TYPE_CHECKING:
    from ..source import Source

NAMES = ("MicSpec", "DisableReferenceChannel")


def find(source: Source) -> Iterator[Match]:
    """The names in a call that sets a message's property, and settings that have the value beside them."""
    if source.facts.is_sdk:
        return
    for literal in named(source, NAMES):
        call = setting_call(source, literal)
        if call:
            edits = removed_call(source, call[1])
            yield Match(literal.start, literal.end, fix="Remove the property" if edits else "", edits=edits)
        elif "1_0_0" in source.text[literal.start : literal.start + 80]:
            yield Match(literal.start, literal.end)


RULE = Rule(
    id="RM504",
    name="mic-spec",
    family="Properties",
    title="MicSpec 1_0_0: one channel for an array",
    message="{what} made a service that {retired} take one channel for an array of microphones; what replaces it "
    "takes one.",
    why="The meeting service wanted 8 channels. These two undocumented properties of its first message were passed "
    "around to "
    "make it take mono. Every replacement takes mono as it is.",
    find=find,
    triggers=(
        "micspec",
        "disablereferencechannel",
    ),
    ways={
        Way.GATEWAY: "Keep it or remove it: `remote-meeting serve` looks at the audio itself.",
        Way.REWRITE: "Remove it: the new ConversationTranscriber, batch and fast take one channel.",
    },
    examples={
        "C#": Example(
            before='connection.SetMessageProperty("speech.config", "MicSpec", "\\"1_0_0\\"");',
            after={Way.REWRITE: "// nothing"},
        ),
        "Python": Example(
            before='connection.set_message_property("speech.config", "MicSpec", \'"1_0_0"\')',
            after={Way.REWRITE: "# nothing"},
        ),
    },
    links=("https://github.com/Azure-Samples/cognitive-services-speech-sdk/issues/1470",),
    retirement=MULTICHANNEL,
    hours=0.25,
)
