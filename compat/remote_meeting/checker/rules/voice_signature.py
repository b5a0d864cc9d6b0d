"""RM401: voice signatures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..model import Way
from ..rule import Example, Match, Rule
from ..strings import spoken
from .samples import MEETING_DOCS

if TYPE_CHECKING:
    from ..source import Source

_CALL = re.compile(
    r"(?:api/v1/)?Signature/GenerateVoiceSignature(?:From\w+)?|\bGenerateVoiceSignatureFrom(?:ByteArray|FormData)\b"
)


def find(source: Source) -> Iterator[Match]:
    """The call that made a signature, in strings and settings, and the SDK's type for one."""
    for literal in source.literals:
        for found in _CALL.finditer(literal.value):
            if not spoken(source, literal):
                yield Match(literal.start + found.start(), literal.start + found.end())
    if source.is_code and source.usage.is_retired and not source.facts.is_declared("VoiceSignature"):
        for start, end in source.usage.mentions("VoiceSignature"):
            yield Match(start, end)


RULE = Rule(
    id="RM401",
    name="voice-signature",
    family="Voice signatures",
    title="Voice signatures",
    message="{what} made a voice signature for a service that {retired}. Nothing replaces it: speakers get labels, "
    "no names.",
    why="A voice signature was the print of a voice by which the meeting service named a speaker. No service takes "
    "one any more, "
    "and none makes one. What is kept of them is biometric data about people: find it, and delete it.",
    find=find,
    triggers=("voicesignature",),
    ways={
        Way.GATEWAY: "`remote-meeting serve` takes participants with signatures and does not use them to tell "
        "voices apart.",
        Way.REWRITE: "Remove the enrolment, delete stored signatures, and give labels names after the meeting.",
    },
    examples={
        "C#": Example(
            before='var uri = $"https://signature.{region}.cts.speech.microsoft.com/api/v1/Signature/'
            'GenerateVoiceSignatureFromByteArray";\nvar answer = await client.PostAsync(uri, wav);',
            after={
                Way.REWRITE: 'var names = new Dictionary<string, string> { ["Guest-1"] = "Katie" };   // after the '
                "meeting"
            },
        ),
        "Python": Example(
            before='url = f"https://signature.{region}.cts.speech.microsoft.com/api/v1/Signature/'
            'GenerateVoiceSignatureFromByteArray"\nsignature = requests.post(url, data=wav).json()["Signature"]',
            after={Way.REWRITE: 'names = {"Guest-1": "Katie"}  # after the meeting'},
        ),
    },
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=1.0,
    once=2.0,
)
