"""RM101: the client that fetched finished meetings, under both of its names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..kinds import Kind
from ..model import Way
from ..rule import Match, Rule
from .samples import MEETING_DOCS, REMOTE_CLIENT

if TYPE_CHECKING:
    from ..source import Source

_TYPES = re.compile(r"(?<![\w$])Remote(?:Meeting|Conversation)Transcription(?:Client|Operation|Result)\b")
_NAMESPACE = re.compile(
    r"CognitiveServices\s*\.\s*Speech\s*\.\s*Remote(?:Meeting|Conversation)\b|"
    r"cognitiveservices\s*\.\s*speech\s*\.\s*remote(?:meeting|conversation)\b"
)
_MEMBERS = re.compile(
    r"(?<=\.)(?:get)?(?:Meeting|Conversation)TranscriptionResults\b|"
    r"(?<=\.)(?:[gG]etTranscriptionOperation|[dD]eleteRemoteTranscription(?:Async)?)\b"
)


def find(source: Source) -> Iterator[Match]:
    """Its types wherever they are named, its namespace, and its members next to them."""
    if not source.is_code or source.facts.is_sdk or not (_TYPES.search(source.text) or _NAMESPACE.search(source.text)):
        return
    # The SDK for Python never had it: what has it there is the facade, or code that was never run.
    if source.code_kind is Kind.PYTHON and not source.facts.is_speech:
        return
    code = source.code
    named = [found.span() for pattern in (_TYPES, _NAMESPACE) for found in pattern.finditer(code)]
    named = [span for span in named if not source.facts.is_others(code[slice(*span)])]
    if named:
        named += [found.span() for found in _MEMBERS.finditer(code)]
    for start, end in named:
        yield Match(start, end)


RULE = Rule(
    id="RM101",
    name="remote-client",
    family="Remote client",
    title="RemoteMeetingTranscriptionClient, under both of its names",
    message="{what} asks a service that {retired}: no meeting is found there any more.",
    why="The client asked the meeting service for the transcript of an uploaded meeting. The service is gone; the "
    "class "
    "still loads, and every call fails as it runs. RemoteConversationTranscriptionClient is the same one before "
    "SDK 1.31.",
    find=find,
    triggers=(
        "remotemeeting",
        "remoteconversation",
    ),
    ways={
        Way.FACADE: "In Python, remote_meeting has the same client; `submit` takes the place of the upload.",
        Way.GATEWAY: "Point its SpeechConfig at `remote-meeting serve`: the same questions, answered.",
        Way.REWRITE: "Submit the recording to batch transcription (or fast, under two hours) with diarization, and "
        "keep the "
        "job's id where the meeting id was.",
    },
    examples=REMOTE_CLIENT,
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=2.0,
    once=8.0,
)
