"""From what a service recognized to phrases of the domain model: the part that batch and fast do alike."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..backend import JobOptions
from ..transcript import Phrase, Word
from .replies import object_of, said, text_of
from .speakers import Labeller, raw_label, speaker_notes
from .times import DURATION, OFFSET, ticks_of

NO_SPEECH_NOTE = "The service found no speech in the audio."
_MOST_CHANNELS = 1024
_LONGEST_STATUS = 40


@dataclass(frozen=True, slots=True)
class RawPhrase:
    """One phrase of one file, as the service recognized it.

    Args:
        text: As it is displayed.
        offset_ticks: Start, in ticks from the start of its file.
        duration_ticks: Length in ticks.
        speaker: The service's own label.
        channel: Zero-based.
        confidence: 0 to 1.
        locale: BCP-47.
        words: With times from the start of the file.
    """

    text: str
    offset_ticks: int
    duration_ticks: int
    speaker: str | None = None
    channel: int | None = None
    confidence: float | None = None
    locale: str | None = None
    words: tuple[Word, ...] = ()

    @property
    def end_ticks(self) -> int:
        """Where it ends, in ticks from the start of its file."""
        return self.offset_ticks + self.duration_ticks


@dataclass(frozen=True, slots=True)
class Part:
    """The phrases of one file, and where on the meeting's timeline the file begins."""

    phrases: Sequence[RawPhrase]
    begins_ticks: int = 0


@contextmanager
def collector_paused() -> Iterator[None]:
    """Hold Python's cycle collector while a result is built: it holds no cycles, and half of the time would go into
    walks through it. Safe on several threads: whoever found it running starts it again."""
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()


class Reading:
    """Collects the phrases of one file as they are read, and counts what could not be taken as it came."""

    def __init__(self) -> None:
        self.phrases: list[RawPhrase] = []
        self._left_out: Counter[str] = Counter()
        self._untimed = 0

    def leave_out(self, status: str) -> None:
        """Count a phrase that holds no text, under the service's word for it."""
        self._left_out[said(status)[:_LONGEST_STATUS] or "no text"] += 1

    def add(self, fields: Mapping[str, Any], text: str, words: tuple[Word, ...], confidence: Any) -> None:
        """Take a phrase; one without a place in time begins with its first word, or where the one before it ends."""
        offset = ticks_of(fields, OFFSET)
        if offset is None:
            self._untimed += not words
            offset = words[0].offset_ticks if words else self.phrases[-1].end_ticks if self.phrases else 0
        duration = ticks_of(fields, DURATION)
        if duration is None:
            duration = max((word.offset_ticks + word.duration_ticks for word in words), default=offset) - offset
        channel = fields.get("channel")
        self.phrases.append(
            RawPhrase(
                text=text,
                offset_ticks=max(0, offset),
                duration_ticks=max(0, duration),
                speaker=raw_label(fields.get("speaker")),
                channel=channel if type(channel) is int and 0 <= channel < _MOST_CHANNELS else None,
                confidence=share(confidence),
                locale=text_of(fields.get("locale")) or None,
                words=words,
            )
        )

    def notes(self) -> tuple[str, ...]:
        """What is to be said about the phrases that were left out or came without a time."""
        notes = []
        if self._left_out:
            kinds = ", ".join(f"{status} {count}" for status, count in sorted(self._left_out.items()))
            total = self._left_out.total()
            notes.append(f"{_phrases(total)} left out, being without recognized text ({kinds}).")
        if self._untimed:
            notes.append(f"{_phrases(self._untimed)} put after the one before, being without a time.")
        return tuple(notes)


def read_words(items: Any, text_name: str) -> tuple[Word, ...]:
    """The words of a phrase, with times from the start of the file; what is no word is passed over.

    Args:
        items: As they came, or None; a list is emptied, so that a long result does not stand in memory twice.
        text_name: The field that holds the word.
    """
    words: list[Word] = []
    for item in emptied(items):
        text = item.get(text_name)
        offset = ticks_of(item, OFFSET)
        # A word without a place would stand anywhere: the phrase's text still holds it.
        if offset is None or not isinstance(text, str):
            continue
        # The schema allows durations down to -100,000 ms.
        duration = max(0, ticks_of(item, DURATION) or 0)
        words.append(Word(text, max(0, offset), duration, share(item.get("confidence"))))
    return tuple(words)


def emptied(items: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list in their order, each let go before the next; anything else in it is an empty object."""
    if not isinstance(items, list):
        return
    items.reverse()
    while items:
        yield object_of(items.pop())


def share(value: Any) -> float | None:
    """A confidence from 0 to 1; None when it is none."""
    if type(value) is float or type(value) is int:
        return float(value) if 0 <= value <= 1 else None
    return None


def has_text(items: Any, name: str) -> bool:
    """True where any of these objects has a text under this name."""
    return isinstance(items, list) and any(text_of(object_of(item).get(name)).strip() for item in items)


def assemble(
    parts: Iterable[Part], options: JobOptions, *, diarized: bool, separate: bool
) -> tuple[tuple[Phrase, ...], list[str]]:
    """Phrases in the order of their offsets, labelled and numbered, and what is to be noted about their speakers.

    Args:
        parts: In the order of their places on the timeline, which do not overlap.
        options: What was asked for.
        diarized: Whether the service was asked to tell speakers apart.
        separate: Whether each channel is one speaker.
    """
    labeller = Labeller()
    found: dict[Hashable, set[str]] = {}
    phrases: list[Phrase] = []
    one_speaker = options.speakers is not None and options.speakers.maximum == 1
    for number, part in enumerate(parts):
        for raw in sorted(part.phrases, key=_offset):
            if separate:
                speaker, label = labeller.label(str(raw.channel or 0), number)[0], raw.speaker
            elif one_speaker:
                speaker, label = labeller.label("the only one")[0], raw.speaker
            else:
                # The same number in another file or channel may be anybody.
                speaker, label = labeller.label(raw.speaker, (number, raw.channel))
            found.setdefault(number, set()).add(speaker)
            phrases.append(
                Phrase(
                    id=f"{len(phrases) + 1:08x}",
                    text=raw.text,
                    speaker=speaker,
                    offset_ticks=raw.offset_ticks + part.begins_ticks,
                    duration_ticks=raw.duration_ticks,
                    raw_speaker=label,
                    channel=(raw.channel or 0) if separate else None,
                    confidence=raw.confidence,
                    locale=raw.locale,
                    words=_shifted(raw.words, part.begins_ticks),
                )
            )
    return tuple(phrases), speaker_notes(options, found, diarized=diarized)


def _offset(phrase: RawPhrase) -> int:
    return phrase.offset_ticks


def _shifted(words: tuple[Word, ...], by_ticks: int) -> tuple[Word, ...]:
    if not by_ticks:
        return words
    return tuple(Word(word.text, word.offset_ticks + by_ticks, word.duration_ticks, word.confidence) for word in words)


def _phrases(count: int) -> str:
    return "1 phrase was" if count == 1 else f"{count} phrases were"
