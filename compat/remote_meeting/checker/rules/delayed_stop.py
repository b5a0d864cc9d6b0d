"""RM801: uploads that a delay cuts short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..model import Way
from ..rule import Example, Match, Rule
from ..syntax import arguments

if TYPE_CHECKING:
    from ..source import Source

_RACE = re.compile(r"\bTask\s*\.\s*(WhenAny|WaitAny)\s*(\()")
_DELAY = re.compile(r"\bTask\s*\.\s*Delay\s*\(")
_TRANSCRIBES = re.compile(r"\b(?:Start|Stop)TranscribingAsync\b")


def find(source: Source) -> Iterator[Match]:
    """`WhenAny(…, Task.Delay(…))` in a file that starts or stops a transcriber."""
    if not source.is_code or not source.facts.may_be_speech or not _TRANSCRIBES.search(source.code):
        return
    for found in _RACE.finditer(source.code):
        given = arguments(source.code, found.start(2)) or []
        if any(_DELAY.search(source.code[start:end]) for start, end in given):
            yield Match(found.start(1), found.end(1))


RULE = Rule(
    id="RM801",
    name="delayed-stop",
    family="Hazards",
    title="An upload that a delay cuts short",
    message="{what} with a delay: when the delay is over before the audio is, the rest of the meeting is lost in "
    "silence.",
    why="Samples of the retired client waited for the session's end or ten seconds, whichever came first, and then "
    "stopped: a "
    "ten-minute meeting came back with its first seconds and the status Completed. Copied code does so with any "
    "transcriber.",
    find=find,
    triggers=(
        "whenany",
        "waitany",
    ),
    ways={
        Way.FACADE: "remote_meeting ends with the audio; wait for the operation with a deadline that names the "
        "meeting.",
        Way.GATEWAY: "Wait for SessionStopped alone, or for a limit longer than any meeting, and treat the limit "
        "as an error.",
        Way.REWRITE: "Wait for SessionStopped or Canceled; a limit that fires is an error, not an end.",
    },
    examples={
        "C#": Example(
            before="await Task.WhenAny(stopped.Task, Task.Delay(TimeSpan.FromSeconds(10)));\n"
            "await transcriber.StopTranscribingAsync();",
            after={
                Way.REWRITE: "await stopped.Task.WaitAsync(TimeSpan.FromHours(5));   // throws TimeoutException\n"
                "await transcriber.StopTranscribingAsync();"
            },
        ),
    },
    links=("https://github.com/Azure-Samples/cognitive-services-speech-sdk/issues/1216",),
    hours=0.5,
)
