"""When each word was said, and by how much two transcripts differ in it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from remote_meeting_backends import Phrase

from .words import tokens


@dataclass(frozen=True, slots=True)
class Placed:
    """A word in its place.

    Args:
        text: Without case and punctuation.
        speaker: Who said it.
        offset_ticks: When it begins, from the start of the audio.
    """

    text: str
    speaker: str
    offset_ticks: int


@dataclass(frozen=True, slots=True)
class Drift:
    """By how much the second transcript is later than the first, at words that both have.

    Args:
        words: How many were compared.
        median_ticks: Below zero where the second is earlier.
        most_ticks: 95 of 100 words are off by no more than this, whichever way.
    """

    words: int
    median_ticks: int
    most_ticks: int


def placed_words(phrases: Iterable[Phrase]) -> list[Placed]:
    """The words of phrases, in the order of time; where a backend gives no times of words, spread over the phrase."""
    placed = []
    for phrase in sorted(phrases, key=lambda one: one.offset_ticks):
        said = tokens(phrase.text)
        timed = [(text, word.offset_ticks) for word in phrase.words for text in tokens(word.text)]
        # What is shown is written otherwise than it was said: numbers, abbreviations.
        if [text for text, _ in timed] != said:
            step = phrase.duration_ticks / max(1, len(said))
            timed = [(text, phrase.offset_ticks + round(step * place)) for place, text in enumerate(said)]
        placed += [Placed(text, phrase.speaker, offset) for text, offset in timed]
    return placed


def drift(reference: Sequence[Placed], other: Sequence[Placed], same: Sequence[tuple[int, int]]) -> Drift | None:
    """Measure it; None where the two have no word in common."""
    shifts = [other[there].offset_ticks - reference[here].offset_ticks for here, there in same]
    if not shifts:
        return None
    sizes = sorted(map(abs, shifts))
    return Drift(len(shifts), round(statistics.median(shifts)), sizes[-(-len(sizes) * 95 // 100) - 1])
