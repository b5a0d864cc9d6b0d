"""RM803: the array's 8 channels given to a replacement that takes one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..generations import Generation
from ..model import Way
from ..rule import Example, Match, Rule
from ..syntax import arguments
from .samples import DIARIZATION_DOCS

if TYPE_CHECKING:
    from ..source import Source

_FORMAT = re.compile(r"\b((?:get|Get)WaveFormat(?:PCM)?|AudioStreamFormat)\s*(\()")
_LABEL = re.compile(r"^channels\s*[:=]\s*")


def find(source: Source) -> Iterator[Match]:
    """A format of 8 channels in a file whose transcribers are all new ones."""
    if not source.is_code or not source.facts.may_be_speech or source.generations.present != {Generation.NEW}:
        return
    code = source.code
    for found in _FORMAT.finditer(code):
        given = [code[start:end] for start, end in arguments(code, found.start(2)) or []]
        labelled = [_LABEL.sub("", text) for text in given if _LABEL.match(text)]
        value = labelled[0] if labelled else given[2] if len(given) == 3 else ""
        if _is_eight(code, value):
            yield Match(*found.span(1))


def _is_eight(code: str, value: str) -> bool:
    value = re.sub(r"^\(\s*\w+\s*\)\s*", "", value.strip())
    if value == "8":
        return True
    name = re.fullmatch(r"(?:\w+\s*\.\s*)*([A-Za-z_]\w*)", value)
    return name is not None and bool(re.search(rf"\b{name.group(1)}\s*(?::\s*\w+\s*)?=\s*8\b", code))


RULE = Rule(
    id="RM803",
    name="eight-channels",
    family="Hazards",
    title="8 channels for a service that takes one",
    message="{what} with 8 channels: the new ConversationTranscriber takes one, and hears nothing, or stops, with "
    "the array's.",
    why="The meeting service took the 7 microphones and the reference channel of an array. Its replacements "
    "diarize one channel. "
    "Mix the array down, or take one microphone, before the audio is sent; the reference channel is no speech to keep.",
    find=find,
    triggers=("conversationtranscri",),
    ways={
        Way.FACADE: "remote_meeting knows the 7+1 array and mixes its microphones, without the reference channel.",
        Way.GATEWAY: "`remote-meeting serve` takes the array as it is.",
        Way.REWRITE: "Send one channel: GetWaveFormatPCM(16000, 16, 1), and mix the array down yourself.",
    },
    examples={
        "C#": Example(
            "AudioStreamFormat.GetWaveFormatPCM(16000, 16, 8)",
            {Way.REWRITE: "AudioStreamFormat.GetWaveFormatPCM(16000, 16, 1)"},
        ),
        "Python": Example(
            "speechsdk.audio.AudioStreamFormat(16000, 16, 8)",
            {Way.FACADE: "remote_meeting.audio.AudioStreamFormat(16000, 16, 8)"},
        ),
    },
    links=(DIARIZATION_DOCS,),
    hours=2.0,
)
