"""Meetings as the store takes them, and runners on hosts of their own."""

from __future__ import annotations

import subprocess
import sys

from remote_meeting_backends import JobOptions
from remote_meeting_backends.store import MeetingKey, NewMeeting, Runner

ELSEWHERE = Runner("elsewhere", 4711, "a" * 32)
ANOTHER = Runner("another-host", 4712, "b" * 32)


def new_meeting(meeting_id: str = "standup", *, owner: str = "", audio: str = "/audio/standup.wav") -> NewMeeting:
    """A meeting that nobody has begun."""
    return NewMeeting(
        key=MeetingKey(owner, meeting_id),
        mode="async",
        backend="here",
        routing_reason="here: asked for by name",
        options=JobOptions(language="de-DE"),
        audio=audio,
        audio_fingerprint="f" * 32,
        audio_seconds=12.5,
    )


def ended_runner() -> Runner:
    """A runner on this host whose process has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return Runner(Runner.here("").host, process.pid, "c" * 32)
