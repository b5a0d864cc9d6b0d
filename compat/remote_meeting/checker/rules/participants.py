"""RM203: participants, and the user ids in results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..facade import facade_edits
from ..facts import PREFIXED
from ..kinds import Kind
from ..model import Way
from ..rule import Match, Rule
from .samples import MEETING_DOCS, TRANSCRIBER

if TYPE_CHECKING:
    from ..source import Source

_FACTORIES = re.compile(
    r"(?<![\w$])(?:Participant\s*(?:\.|::)\s*[fF]rom\w*|User\s*(?:\.|::)\s*[fF]rom(?:UserId|_user_id))\b"
)
_MEMBERS = re.compile(
    r"[rR]esult\w*+\s*+(?:\(\s*+\)\s*+)?[!?]*+\s*+(?:\.|->)\s*+(?P<name>UserId|getUserId|userId|user_id)\b"
)
_CALLS = r"(?:add|remove)_?participant(?:_?async)?"
_NATIVE = re.compile(
    r"\b(?:participant_set_voice_signature|participant_create_handle|conversation_update_participant\w*)\b"
)


def find(source: Source) -> Iterator[Match]:
    """Participants where a meeting or an old transcriber is; ConversationTranslator has classes of the same names."""
    usage, facts = source.usage, source.facts
    if not source.is_code or facts.is_sdk:
        return
    if source.code_kind in (Kind.RUST, Kind.C, Kind.CPP):
        for found in _NATIVE.finditer(source.code):
            yield Match(*found.span())
    if not facts.may_be_speech:
        return
    alone = not usage.is_retired
    if alone and (usage.names_translator or facts.is_declared("Participant")):
        return
    for found in _FACTORIES.finditer(source.code):
        if not facts.is_declared(found.group().split(".")[0].split(":")[0].strip()):
            yield Match(*found.span())
    if source.code_kind in PREFIXED:
        for found in re.finditer(r"\bSPXUser\b(?=\s+alloc\b|\s*\()", source.code):
            yield Match(*found.span())
    if alone:
        return
    for wanted in ("Participant", "User"):
        if not facts.is_declared(wanted) and (wanted == "Participant" or facts.imports(wanted)):
            for start, end in usage.mentions(wanted):
                yield Match(start, end, **facade_edits(source, start, end))
    if source.code_kind is Kind.PYTHON:
        for found in re.finditer(r"(?<![\w.])(?:\w+\.)*transcription\.(?P<name>Participant|User)\s*\(", source.code):
            start, end = found.span("name")
            yield Match(start, end, **facade_edits(source, start, end))
        for found in re.finditer(r"(?<![\w.])Participant(?=\s*\()", source.code):
            if facts.imports("Participant"):
                yield Match(*found.span())
    for _, (start, end) in usage.receivers(_CALLS):
        yield Match(start, end)
    for found in _MEMBERS.finditer(source.code):
        yield Match(*found.span("name"))


RULE = Rule(
    id="RM203",
    name="participants",
    family="Meeting transcriber",
    title="Participants and user ids",
    message="{what}: speakers by name were known to a service that {retired}; its replacements say Guest-1, Guest-2.",
    why="Participants brought voice signatures, and results said whose voice was heard (UserId). No replacement "
    "recognizes a "
    "voice: this is a loss, not a change. Keep the list of participants; give the labels names afterwards.",
    find=find,
    triggers=(
        "participant",
        "userid",
        "user_id",
    ),
    ways={
        Way.FACADE: "In Python, remote_meeting keeps the participants of a meeting with it; results have labels.",
        Way.GATEWAY: "`remote-meeting serve` takes participants as the old service did; results have labels.",
        Way.REWRITE: "Read SpeakerId (real-time) or `speaker` (batch, fast), and map labels to names yourself.",
    },
    examples=TRANSCRIBER,
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=1.0,
)
