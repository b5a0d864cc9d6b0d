"""What is answered instead of listening: a transcript, read from JSON in either of two shapes."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InvalidInput
from ..transcript import UNKNOWN_SPEAKER, Phrase, Transcript, Word, ticks

NAME = "script"


class _Line(BaseModel):
    """One phrase of a short script; times in seconds, one after the other where they are left out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    speaker: int | None = None
    offset_seconds: float | None = Field(default=None, ge=0)
    duration_seconds: float = Field(default=1.0, ge=0)
    channel: int | None = Field(default=None, ge=0)
    confidence: float = Field(default=0.9, ge=0, le=1)
    locale: str | None = None


class _Short(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    phrases: list[_Line]
    duration_seconds: float | None = Field(default=None, ge=0)
    locale: str | None = None


def parse_script(raw: bytes | str) -> Transcript:
    """Read a script.

    Args:
        raw: JSON: a Transcript of ours, or `{"phrases": [{"speaker": 1, "text": "…", "offset_seconds": 0.5,
            "duration_seconds": 2}, …]}`, where everything but the text may be left out.

    Raises:
        InvalidInput: It is neither.
    """
    try:
        parsed: Any = json.loads(raw)
        if isinstance(parsed, dict) and "meeting_id" in parsed:
            # `result --format json` adds these two.
            return Transcript.model_validate({k: v for k, v in parsed.items() if k not in ("status", "speakers")})
        return _told(_Short.model_validate(parsed))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise InvalidInput(f"This is no script: {place}: {first['msg']}; see remote-meeting emulate --help.") from error
    except ValueError as error:
        raise InvalidInput(f"This is no script, for it is no JSON: {error}.") from error


def _told(short: _Short) -> Transcript:
    phrases: list[Phrase] = []
    at = 0.0
    for number, line in enumerate(short.phrases, start=1):
        begin = at if line.offset_seconds is None else line.offset_seconds
        at = begin + line.duration_seconds
        phrases.append(
            Phrase(
                id=f"{number:08x}",
                text=line.text,
                speaker=UNKNOWN_SPEAKER if line.speaker is None else f"Guest-{line.speaker}",
                raw_speaker=None if line.speaker is None else str(line.speaker),
                offset_ticks=ticks(begin),
                duration_ticks=ticks(line.duration_seconds),
                channel=line.channel,
                confidence=line.confidence,
                locale=line.locale,
            )
        )
    return Transcript(
        meeting_id=NAME,
        backend=NAME,
        locale=short.locale,
        audio_duration_ticks=None if short.duration_seconds is None else ticks(short.duration_seconds),
        phrases=tuple(phrases),
    )


def words_of(phrase: Phrase) -> tuple[Word, ...]:
    """Its words; where a script gives none, its text cut at the blanks, each as long as the other."""
    texts = phrase.text.split()
    if phrase.words or not texts:
        return phrase.words
    length = phrase.duration_ticks // len(texts)
    return tuple(
        Word(text, phrase.offset_ticks + number * length, length, phrase.confidence)
        for number, text in enumerate(texts)
    )
