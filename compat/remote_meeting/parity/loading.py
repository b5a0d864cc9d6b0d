"""A transcript from a file: any of the formats that are written here, or what a service itself has answered."""

from __future__ import annotations

import itertools
import json
import re
from html import unescape
from typing import Any, Final

from pydantic import ValidationError

from remote_meeting_backends import InvalidInput, JobOptions, MeetingStatus, Phrase, RemoteMeetingError, Transcript
from remote_meeting_backends.transcript import UNKNOWN_SPEAKER

from ..formats import TICKS_PER_MILLISECOND

# About as long as a word takes.
WORD_TICKS: Final = 4_000_000
NOT_KNOWN: Final = (
    "it is none of: a result of remote-meeting (text, json, vtt, srt, legacy-json), the answer of fast transcription, "
    "a result file of batch transcription"
)
_LINE: Final = re.compile(r"\[(\d{2,}:\d\d:\d\d\.\d{3})\] (.+?): (.*)")
_CLOCK: Final = r"(?:\d{2,}:)?\d\d:\d\d[.,]\d{3}"
_CUE: Final = re.compile(rf"({_CLOCK}) --> ({_CLOCK})[^\n]*\n(.*?)(?:\n\s*\n|\Z)", re.DOTALL)
_IS_CUES: Final = re.compile(rf"WEBVTT|\s*\d+\s*\n{_CLOCK} --> ")
_VOICE: Final = re.compile(r"<v(?:\.[^ >]*)? ([^>]+)>(.*?)(?:</v>)?\Z", re.DOTALL)


def read_transcript(content: bytes, name: str) -> Transcript:
    """Read a file's content.

    Args:
        content: UTF-8.
        name: What it is called, in messages and as the meeting's id where it has none.

    Raises:
        InvalidInput: It is no transcript that is known, or broken.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{name} is no transcript: it is not UTF-8 text.") from error
    if text.lstrip().startswith("{"):
        return _of_json(text, name)
    phrases = _cues(text) if _IS_CUES.match(text) else _lines(text)
    # Nobody spoke: that is a transcript, too.
    if not phrases and not text.startswith(("WEBVTT", "Note: ")):
        raise InvalidInput(f"{name} is no transcript: {NOT_KNOWN}.")
    return Transcript(meeting_id=name, backend="file", phrases=phrases)


def _of_json(text: str, name: str) -> Transcript:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{name} is no transcript: it is not whole JSON.") from error
    body = text.encode()
    try:
        if "recognizedPhrases" in fields:
            return _of_batch(body, fields, name)
        if "phrases" in fields and "meeting_id" in fields:
            return Transcript.model_validate(
                {key: value for key, value in fields.items() if key not in ("status", "speakers")}
            )
        if "phrases" in fields:
            return _of_fast(body, fields, name)
        if any(key.lower() == "processingstatus" for key in fields):
            return _of_legacy(body, name)
    except ValidationError as error:
        # What pydantic says quotes the text of the meeting.
        where = ".".join(map(str, error.errors()[0]["loc"])) or "its fields"
        raise InvalidInput(f"{name} is a result of remote-meeting, but {where} in it is not as it should be.") from None
    except InvalidInput:
        raise
    except RemoteMeetingError as error:
        raise InvalidInput(f"{name} is no transcript: {error.message}") from error
    raise InvalidInput(f"{name} is no transcript: {NOT_KNOWN}.")


def _of_fast(body: bytes, fields: dict[str, Any], name: str) -> Transcript:
    from remote_meeting_backends.fast.wire import read_reply

    diarized, separate = _kept_apart(fields["phrases"])
    return read_reply(body, name, JobOptions(), diarized=diarized, separate=separate)


def _of_batch(body: bytes, fields: dict[str, Any], name: str) -> Transcript:
    from remote_meeting_backends.batch.results import read_result, transcript

    diarized, separate = _kept_apart(fields["recognizedPhrases"])
    result = read_result(body)
    return transcript(name, JobOptions(), [result], [], [result.source], diarized=diarized, separate=separate)


def _of_legacy(body: bytes, name: str) -> Transcript:
    from remote_meeting_backends.legacy import read_offline_task

    task = read_offline_task(body, name)
    if task.status is not MeetingStatus.COMPLETED:
        raise InvalidInput(f"{name} holds no transcript: the meeting was {task.status} when it was asked for.")
    return task.transcript("legacy")


def _kept_apart(items: Any) -> tuple[bool, bool]:
    """Whether phrases say their speakers, and whether they come from more channels than one."""
    known = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    diarized = any(item.get("speaker") is not None for item in known)
    return diarized, not diarized and len({item.get("channel") for item in known}) > 1


def _cues(text: str) -> tuple[Phrase, ...]:
    phrases = []
    for number, (start, end, said) in enumerate(_CUE.findall(text + "\n"), start=1):
        voice = _VOICE.match(said.strip())
        if voice is not None:
            speaker, words = unescape(voice[1]), unescape(voice[2])
        else:
            who, colon, rest = said.partition(": ")
            speaker, words = (who, rest) if colon and "\n" not in who else (UNKNOWN_SPEAKER, said)
        begins = _ticks(start)
        shown = " ".join(words.split())
        phrases.append(Phrase(str(number), shown, speaker, begins, max(0, _ticks(end) - begins)))
    return tuple(phrases)


def _lines(text: str) -> tuple[Phrase, ...]:
    """Lines of text: a phrase lasts until the next one, the last as long as its words; no end is written down."""
    found = [match.groups() for line in text.splitlines() if (match := _LINE.fullmatch(line.rstrip()))]
    starts = [_ticks(start) for start, _, _ in found]
    ends = [max(start, after) for start, after in itertools.pairwise(starts)]
    ends += [starts[-1] + len(found[-1][2].split()) * WORD_TICKS] if found else []
    return tuple(
        Phrase(str(number), said, speaker, start, end - start)
        for number, ((_, speaker, said), start, end) in enumerate(zip(found, starts, ends, strict=True), start=1)
    )


def _ticks(clock: str) -> int:
    whole, _, milliseconds = clock.replace(",", ".").partition(".")
    total = 0
    for part in whole.split(":"):
        total = total * 60 + int(part)
    return (total * 1000 + int(milliseconds)) * TICKS_PER_MILLISECOND
