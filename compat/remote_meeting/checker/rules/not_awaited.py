"""RM802: starts and joins that nobody waits for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..kinds import Kind
from ..model import Way
from ..rule import Example, Match, Rule
from ..syntax import closing, statement_start

if TYPE_CHECKING:
    from ..source import Source

_COMPILED = re.compile(
    r"(?:\.|->|\?\.)\s*((?:StartTranscribing|startTranscribing|[jJ]oinMeeting|[jJ]oinConversation)Async)\s*(\()"
)
# The SDK for Python begins as it is called, and its samples leave it at that; a join must be over before the start.
_PYTHON = re.compile(r"\.\s*(join_(?:meeting|conversation)_async)\s*(\()")
_KINDS = frozenset({Kind.CSHARP, Kind.JAVA, Kind.KOTLIN, Kind.SCALA, Kind.CPP, Kind.PYTHON})
_RECEIVER = re.compile(r"\s*[\w$.!?\[\]>\-]+\s*\Z")


def find(source: Source) -> Iterator[Match]:
    """A call that is a whole statement; the SDK for JavaScript has callbacks instead, and is left out."""
    if source.code_kind not in _KINDS or not source.facts.may_be_speech:
        return
    code = source.code
    pattern = _PYTHON if source.code_kind is Kind.PYTHON else _COMPILED
    for found in pattern.finditer(code):
        # Zoom's and Slack's joins are other people's.
        if "oin" in found.group(1) and not source.usage.is_retired:
            continue
        end = closing(code, found.start(2))
        if end is None or not _ends_there(code, end + 1, source.code_kind):
            continue
        begin = statement_start(code, found.start())
        if source.code_kind in (Kind.PYTHON, Kind.KOTLIN, Kind.SCALA):
            begin = max(begin, code.rfind("\n", 0, found.start()) + 1)
        if _RECEIVER.fullmatch(code, begin, found.start()):
            yield Match(*found.span(1))


def _ends_there(code: str, at: int, kind: Kind) -> bool:
    if kind in (Kind.PYTHON, Kind.KOTLIN, Kind.SCALA):
        return bool(re.compile(r"[ \t]*(?:;|\r?\n(?!\s*\.)|\Z)").match(code, at))
    return bool(re.compile(r"\s*;").match(code, at))


RULE = Rule(
    id="RM802",
    name="not-awaited",
    family="Hazards",
    title="A start or a join that nobody waits for",
    message="Nobody waits for {what}: when it fails, the session ends without a word.",
    why="The SDK's calls return before they are done. A join that is not over when the transcriber starts, or a "
    "start whose error "
    "nobody fetches, ends a session with no message.",
    find=find,
    triggers=(
        "transcribingasync",
        "joinmeeting",
        "joinconversation",
        "join_meeting",
        "join_conversation",
    ),
    ways={
        Way.FACADE: "Wait for it here, too: `.get()`, or `await` in remote_meeting.aio.",
        Way.GATEWAY: "Wait for it: await, .get(), .wait().",
        Way.REWRITE: "Wait for it: await, .get(), .wait(); and subscribe to Canceled.",
    },
    examples={
        "C#": Example(
            "transcriber.StartTranscribingAsync();", {Way.REWRITE: "await transcriber.StartTranscribingAsync();"}
        ),
        "Java": Example(
            "transcriber.startTranscribingAsync();", {Way.REWRITE: "transcriber.startTranscribingAsync().get();"}
        ),
        "Python": Example(
            "transcriber.join_meeting_async(meeting)", {Way.FACADE: "transcriber.join_meeting_async(meeting).get()"}
        ),
        "C++": Example(
            "transcriber->StartTranscribingAsync();", {Way.REWRITE: "transcriber->StartTranscribingAsync().get();"}
        ),
    },
    links=("https://github.com/Azure-Samples/cognitive-services-speech-sdk/issues/1655",),
    hours=0.25,
)
