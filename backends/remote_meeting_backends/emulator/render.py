"""A transcript as the service's result files and answers. Pure: no clock, no I/O.

Sources: the result schema of 2024-11-15 and the sample on the page about getting results (it writes the ticks of
phrases as floats), `TranscribeResult` of the published contracts, the report on the same page.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..transcript import TICKS_PER_SECOND, UNKNOWN_SPEAKER, Phrase
from .scripts import words_of

TICKS_PER_MILLISECOND = TICKS_PER_SECOND // 1000


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in one file: its length in ticks, and its phrases in any order."""

    duration_ticks: int
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch job asked for in its results.

    Args:
        words: wordLevelTimestampsEnabled.
        display_words: displayFormWordLevelTimestampsEnabled.
        speakers: diarization.enabled.
        locales: Languages are identified.
    """

    words: bool = False
    display_words: bool = False
    speakers: bool = False
    locales: bool = False


def batch_result(heard: Heard, wanted: Wanted, *, source: str, timestamp: str) -> dict[str, Any]:
    """A result file.

    Args:
        heard: What was heard.
        wanted: What was asked for.
        source: The content URL as it was given, or a blob's path in its container.
        timestamp: ISO 8601, of the transcription's creation.
    """
    numbers = speaker_numbers(heard.phrases)
    phrases = sorted(heard.phrases, key=lambda phrase: (phrase.channel or 0, phrase.offset_ticks))
    channels = sorted({phrase.channel or 0 for phrase in phrases}) or [0]
    return {
        "source": source,
        "timestamp": timestamp,
        "durationInTicks": heard.duration_ticks,
        "durationMilliseconds": heard.duration_ticks // TICKS_PER_MILLISECOND,
        "duration": iso_duration(heard.duration_ticks),
        "combinedRecognizedPhrases": [
            {"channel": channel, **_forms(phrase.text for phrase in phrases if (phrase.channel or 0) == channel)}
            for channel in channels
        ],
        "recognizedPhrases": [_batch_phrase(phrase, wanted, numbers) for phrase in phrases],
    }


def report(files: Sequence[tuple[str, str | None, str | None]]) -> dict[str, Any]:
    """The report file of a job: for each file its source, and the error's kind and words where it failed."""
    details: list[dict[str, str]] = []
    for source, kind, message in files:
        if kind is None:
            details.append({"source": source, "status": "Succeeded"})
        else:
            details.append({"source": source, "status": "Failed", "errorMessage": message or "", "errorKind": kind})
    failed = sum(kind is not None for _, kind, _ in files)
    return {
        "successfulTranscriptionsCount": len(files) - failed,
        "failedTranscriptionsCount": failed,
        "details": details,
    }


def fast_result(heard: Heard, *, speakers: bool, channels: bool, locale: str) -> dict[str, Any]:
    """The answer of a fast transcription.

    Args:
        heard: What was heard.
        speakers: Diarization is enabled; the documentation's example then has channel 0 on every phrase.
        channels: Channels are kept apart.
        locale: Of phrases that do not say theirs.
    """
    numbers = speaker_numbers(heard.phrases)
    phrases = sorted(heard.phrases, key=lambda phrase: phrase.offset_ticks)
    combined: list[dict[str, Any]] = [{"text": " ".join(phrase.text for phrase in phrases)}]
    if channels:
        combined = [
            {"channel": channel, "text": " ".join(one.text for one in phrases if (one.channel or 0) == channel)}
            for channel in sorted({phrase.channel or 0 for phrase in phrases}) or [0]
        ]
    told = []
    for phrase in phrases:
        one: dict[str, Any] = {}
        if channels or speakers:
            one["channel"] = phrase.channel or 0
        if speakers and phrase.speaker in numbers:
            one["speaker"] = numbers[phrase.speaker]
        told.append(
            one
            | _milliseconds(phrase.offset_ticks, phrase.duration_ticks)
            | {
                "text": phrase.text,
                "words": [
                    {"text": word.text, **_milliseconds(word.offset_ticks, word.duration_ticks)}
                    for word in words_of(phrase)
                ],
                "locale": phrase.locale or locale,
                "confidence": _confidence(phrase),
            }
        )
    return {
        "durationMilliseconds": heard.duration_ticks // TICKS_PER_MILLISECOND,
        "combinedPhrases": combined,
        "phrases": told,
    }


def speaker_numbers(phrases: Iterable[Phrase]) -> dict[str, int]:
    """The service's integer for each speaker label: the one of a script, else counted from 1 by appearance."""
    ordered = sorted(phrases, key=lambda phrase: phrase.offset_ticks)
    numbers = {one.speaker: int(raw) for one in ordered if (raw := one.raw_speaker or "").isdecimal()}
    for phrase in ordered:
        if phrase.speaker != UNKNOWN_SPEAKER and phrase.speaker not in numbers:
            numbers[phrase.speaker] = max(numbers.values(), default=0) + 1
    return numbers


def iso_duration(ticks: int) -> str:
    """As .NET writes a duration: hours, minutes and seconds, leaving out what is nothing."""
    sign, ticks = ("-", -ticks) if ticks < 0 else ("", ticks)
    whole, fraction = divmod(ticks, TICKS_PER_SECOND)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = "".join(f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M")) if value)
    if seconds or fraction or not text:
        text += f"{seconds}{f'.{fraction:07d}'.rstrip('0') if fraction else ''}S"
    return f"{sign}PT{text}"


def _batch_phrase(phrase: Phrase, wanted: Wanted, numbers: dict[str, int]) -> dict[str, Any]:
    best: dict[str, Any] = {"confidence": _confidence(phrase), **_forms([phrase.text])}
    words = words_of(phrase)
    if wanted.words:
        best["words"] = [
            {
                "word": _lexical(word.text),
                **_times(word.offset_ticks, word.duration_ticks),
                "confidence": best["confidence"] if word.confidence is None else word.confidence,
            }
            for word in words
        ]
    if wanted.display_words:
        best["displayWords"] = [
            {"displayText": _line(word.text), **_times(word.offset_ticks, word.duration_ticks)} for word in words
        ]
    told: dict[str, Any] = {"recognitionStatus": "Success", "channel": phrase.channel or 0}
    if wanted.speakers and phrase.speaker in numbers:
        told["speaker"] = numbers[phrase.speaker]
    if wanted.locales and phrase.locale:
        told["locale"] = phrase.locale
    return {**told, **_times(phrase.offset_ticks, phrase.duration_ticks), "nBest": [best]}


def _times(offset: int, duration: int) -> dict[str, Any]:
    return {
        "offset": iso_duration(offset),
        "duration": iso_duration(duration),
        "offsetInTicks": float(offset),
        "durationInTicks": float(duration),
        **_milliseconds(offset, duration),
    }


def _milliseconds(offset: int, duration: int) -> dict[str, int]:
    return {
        "offsetMilliseconds": offset // TICKS_PER_MILLISECOND,
        "durationMilliseconds": duration // TICKS_PER_MILLISECOND,
    }


def _forms(texts: Iterable[str]) -> dict[str, str]:
    display = _line(" ".join(texts))
    lexical = _lexical(display)
    return {"lexical": lexical, "itn": lexical, "maskedITN": lexical, "display": display}


def _line(text: str) -> str:
    """The schema has texts of one line."""
    return " ".join(text.split())


def _lexical(text: str) -> str:
    words = (word.strip(string.punctuation) for word in text.lower().split())
    return " ".join(word for word in words if word)


def _confidence(phrase: Phrase) -> float:
    return 0.9 if phrase.confidence is None else phrase.confidence
