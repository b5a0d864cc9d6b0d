"""A transcript as text, JSON, WebVTT, SubRip, or the retired service's own JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

from remote_meeting_backends import MeetingStatus, Phrase, Transcript
from remote_meeting_backends.legacy import write_offline_task

from .screen import plain

TICKS_PER_MILLISECOND = 10_000


def render(transcript: Transcript, format_name: str) -> str:
    """Write a transcript in one of FORMATS, with a newline at its end."""
    return FORMATS[format_name](transcript)


def text_line(phrase: Phrase) -> tuple[str, str, str]:
    """When, who, what: the three parts of a line, free of control characters."""
    return clock(phrase.offset_ticks, "."), plain(phrase.speaker), plain(phrase.text)


def clock(ticks: int, separator: str) -> str:
    """hh:mm:ss and milliseconds, rounded to the nearest."""
    milliseconds = (max(0, ticks) + TICKS_PER_MILLISECOND // 2) // TICKS_PER_MILLISECOND
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{separator}{milliseconds:03d}"


def _text(transcript: Transcript) -> str:
    lines = ["[{}] {}: {}".format(*text_line(phrase)) for phrase in transcript.phrases]
    lines += [f"Note: {plain(note)}" for note in transcript.notes]
    return "".join(f"{line}\n" for line in lines)


def _json(transcript: Transcript) -> str:
    fields = transcript.model_dump(mode="json")
    fields = {"meeting_id": fields.pop("meeting_id"), "status": MeetingStatus.COMPLETED.value, **fields}
    fields["speakers"] = list(transcript.speakers)
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


def _vtt(transcript: Transcript) -> str:
    cues = [
        f"{clock(phrase.offset_ticks, '.')} --> {clock(phrase.end_ticks, '.')}\n"
        f"<v {_voice(phrase.speaker)}>{escape(plain(phrase.text), quote=False)}\n"
        for phrase in transcript.phrases
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _voice(speaker: str) -> str:
    return escape(plain(speaker), quote=False)


def _srt(transcript: Transcript) -> str:
    cues = [
        f"{number}\n{clock(phrase.offset_ticks, ',')} --> {clock(phrase.end_ticks, ',')}\n"
        f"{plain(phrase.speaker)}: {plain(phrase.text)}\n"
        for number, phrase in enumerate(transcript.phrases, start=1)
    ]
    return "\n".join(cues)


def _legacy_json(transcript: Transcript) -> str:
    return write_offline_task(transcript.meeting_id, MeetingStatus.COMPLETED, transcript).decode() + "\n"


FORMATS: dict[str, Callable[[Transcript], str]] = {
    "text": _text,
    "json": _json,
    "vtt": _vtt,
    "srt": _srt,
    "legacy-json": _legacy_json,
}
