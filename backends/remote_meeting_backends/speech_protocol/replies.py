"""What the service says, typed: one class a message, times in ticks from the start of the turn's audio.

Source: protocol/realtime.md, "Messages". What the service adds to its messages later is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ..transcript import UNKNOWN_SPEAKER, Phrase, Word
from .messages import MalformedMessage, Message

CONTINUATION_HEADER: Final = "x-continuation-token"
ACKNOWLEDGED_HEADER: Final = "x-continuation-audio-streams-1-offset"
# A day is far beyond any turn; what is larger is no time.
LONGEST_TICKS: Final = 7 * 24 * 3600 * 10_000_000


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The service listens; the tag names its turn when a connection is continued."""

    service_tag: str


@dataclass(frozen=True, slots=True)
class SpeechDetected:
    """Speech begins, or ends (`is_end`), at an offset of the turn."""

    offset_ticks: int
    is_end: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A hypothesis, or a phrase (`is_final`), times from the start of the turn.

    Args:
        status: RecognitionStatus; `Success` for hypotheses.
        phrase: What was said, as far as anything was.
        is_final: It is a phrase.
    """

    status: str
    phrase: Phrase
    is_final: bool


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The service is done with the turn; audio may be left."""


Reply = TurnStarted | SpeechDetected | Said | TurnEnded


def read_reply(message: Message) -> Reply | None:
    """What a message of the service says; None for one that concerns nobody here.

    Raises:
        MalformedMessage: Its body is not what its path promises.
    """
    match message.path:
        case "turn.start":
            context = message.json().get("context")
            tag = context.get("serviceTag") if isinstance(context, dict) else None
            return TurnStarted(tag if isinstance(tag, str) else "")
        case "speech.startdetected" | "speech.enddetected":
            body = message.json()
            return SpeechDetected(_ticks(body, "Offset"), message.path == "speech.enddetected")
        case "speech.hypothesis" | "speech.fragment":
            return Said("Success", _phrase(message.json(), "Text"), is_final=False)
        case "speech.phrase":
            body = message.json()
            status = body.get("RecognitionStatus")
            if not isinstance(status, str):
                raise MalformedMessage("A phrase of the service has no RecognitionStatus.")
            return Said(status, _phrase(body, "DisplayText"), is_final=True)
        case "turn.end":
            return TurnEnded()
    return None


def _phrase(body: dict[str, Any], text_name: str) -> Phrase:
    best = body.get("NBest")
    first = best[0] if isinstance(best, list) and best and isinstance(best[0], dict) else {}
    text = body.get(text_name) or first.get("Display") or ""
    speaker = body.get("SpeakerId")
    locale = body.get("Language") or (body.get("PrimaryLanguage") or {})
    if isinstance(locale, dict):
        locale = locale.get("Language")
    channel = body.get("Channel")
    return Phrase(
        id=str(body.get("Id") or ""),
        text=str(text),
        speaker=speaker if isinstance(speaker, str) and speaker else UNKNOWN_SPEAKER,
        offset_ticks=_ticks(body, "Offset"),
        duration_ticks=_ticks(body, "Duration"),
        channel=channel if isinstance(channel, int) and not isinstance(channel, bool) and channel >= 0 else None,
        confidence=_confidence(first),
        locale=locale if isinstance(locale, str) else None,
        words=_words(first),
    )


def _words(best: dict[str, Any]) -> tuple[Word, ...]:
    """The words as they are shown where the service gives them, else as they were said."""
    given = best.get("DisplayWords") or best.get("Words") or []
    if not isinstance(given, list):
        raise MalformedMessage("The words of a phrase are no list.")
    words = []
    for one in given:
        if not isinstance(one, dict):
            raise MalformedMessage("A word of a phrase is no object.")
        words.append(
            Word(
                str(one.get("Word") or one.get("DisplayText") or ""),
                _ticks(one, "Offset"),
                _ticks(one, "Duration"),
                _confidence(one),
            )
        )
    return tuple(words)


def _confidence(body: dict[str, Any]) -> float | None:
    """From 0 to 1; what is no such number says nothing."""
    value = body.get("Confidence")
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def _ticks(body: dict[str, Any], name: str) -> int:
    value = body.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_TICKS:
        raise MalformedMessage(f"The {name} of a message of the service is no number of ticks.")
    return int(value)
