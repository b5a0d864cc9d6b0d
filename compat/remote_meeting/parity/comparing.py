"""The comparison of two transcripts, as data. Pure, but for the libraries that count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from remote_meeting_backends import Phrase, Transcript
from remote_meeting_backends.transcript import TICKS_PER_SECOND, seconds

from .speakers import SpeakerErrors, match_speakers
from .times import Drift, Placed, drift, placed_words
from .words import WordErrors, word_errors

# Phrases begin and end a little differently in each service.
SHORTEST_TICKS: Final = 2 * TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two.

    Args:
        name: What it is called: a file, or a meeting's id.
        backend: Who made it, as far as it says.
        phrases: How many there are.
        words: How many there are.
        speakers: Labels in order of first appearance.
        end_ticks: Where the last phrase ends, from the start of the audio.
        confidence: Mean of the phrases that have one, weighed by their words; None where none has.
    """

    name: str
    backend: str
    phrases: int
    words: int
    speakers: tuple[str, ...]
    end_ticks: int
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Two seconds of phrases or more where the other side has none.

    Args:
        offset_ticks: Start, from the start of the audio.
        duration_ticks: Length.
        speaker: Of the phrase that it is in.
        text: The whole phrase.
    """

    offset_ticks: int
    duration_ticks: int
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the second transcript is to the first, the reference.

    Args:
        reference: The first.
        other: The second.
        words: Word errors, whoever said it.
        speakers: Word errors with speakers, and who is who.
        drift: In time; None where no word is in both.
        only_reference: Where the second has nothing.
        only_other: Where the first has nothing.
        same: Places of the words that both have, on each side, counted in the order of time.
    """

    reference: Side
    other: Side
    words: WordErrors
    speakers: SpeakerErrors
    drift: Drift | None
    only_reference: tuple[Stretch, ...]
    only_other: tuple[Stretch, ...]
    same: tuple[tuple[int, int], ...]

    @property
    def measures(self) -> dict[str, float | None]:
        """What a limit can be set to: rates, and seconds."""
        return {name: measured(self) for name, measured in MEASURES.items()}


def _drift_seconds(comparison: Comparison) -> float | None:
    return None if comparison.drift is None else abs(seconds(comparison.drift.median_ticks))


MEASURES: Final[Mapping[str, Callable[[Comparison], float | None]]] = {
    "wer": lambda comparison: comparison.words.rate,
    "cpwer": lambda comparison: comparison.speakers.rate,
    "drift": _drift_seconds,
    "missing": lambda comparison: seconds(sum(one.duration_ticks for one in comparison.only_reference)),
}


def compare(reference: Transcript, other: Transcript, names: tuple[str, str] | None = None) -> Comparison:
    """Compare two transcripts of the same audio.

    Args:
        reference: What the other is measured by.
        other: What is measured.
        names: What they are called; their meetings' ids where that is not said.

    Raises:
        MissingExtra: The extra `compare` is not installed.
    """
    here, there = placed_words(reference.phrases), placed_words(other.phrases)
    words, same = word_errors([word.text for word in here], [word.text for word in there])
    first, second = names or (reference.meeting_id, other.meeting_id)
    return Comparison(
        reference=_side(first, reference, here),
        other=_side(second, other, there),
        words=words,
        speakers=match_speakers(_by_speaker(here), _by_speaker(there)),
        drift=drift(here, there, same),
        only_reference=only(reference.phrases, other.phrases),
        only_other=only(other.phrases, reference.phrases),
        same=tuple(same),
    )


def only(phrases: Sequence[Phrase], others: Sequence[Phrase]) -> tuple[Stretch, ...]:
    """The stretches of `phrases` that none of `others` reaches into."""
    covered = _joined((one.offset_ticks, one.end_ticks) for one in others if one.text.strip())
    found, first = [], 0
    for phrase in sorted(phrases, key=lambda one: one.offset_ticks):
        # What has ended before this phrase has ended before all that follow.
        while first < len(covered) and covered[first][1] <= phrase.offset_ticks:
            first += 1
        at, place = phrase.offset_ticks, first
        gaps = []
        while place < len(covered) and covered[place][0] < phrase.end_ticks:
            gaps.append((at, covered[place][0]))
            at, place = covered[place][1], place + 1
        gaps.append((at, phrase.end_ticks))
        found += [
            Stretch(start, end - start, phrase.speaker, phrase.text)
            for start, end in gaps
            if end - start >= SHORTEST_TICKS and phrase.text.strip()
        ]
    return tuple(found)


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In the order of time, with what overlaps made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _by_speaker(words: Sequence[Placed]) -> dict[str, list[str]]:
    said: defaultdict[str, list[str]] = defaultdict(list)
    for word in words:
        said[word.speaker].append(word.text)
    return dict(said)


def _side(name: str, transcript: Transcript, words: Sequence[Placed]) -> Side:
    weighed = [
        (one.confidence, len(one.text.split())) for one in transcript.phrases if one.confidence is not None and one.text
    ]
    weight = sum(count for _, count in weighed)
    return Side(
        name=name,
        backend=transcript.backend,
        phrases=len(transcript.phrases),
        words=len(words),
        speakers=transcript.speakers,
        end_ticks=max((one.end_ticks for one in transcript.phrases), default=0),
        confidence=sum(share * count for share, count in weighed) / weight if weight else None,
    )
