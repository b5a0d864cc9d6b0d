"""The phrases of both sides beside each other, with the words marked that only one has. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from remote_meeting_backends import Phrase

from .words import tokens


@dataclass(frozen=True, slots=True)
class Marked:
    """A phrase as it is shown.

    Args:
        phrase: Which.
        pieces: Its text in pieces, and whether the other side has each: a piece without letters is in both.
    """

    phrase: Phrase
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What was said at one time, on either side.

    Args:
        offset_ticks: When it begins, from the start of the audio.
        reference: Phrases of the first side.
        other: Phrases of the second side.
    """

    offset_ticks: int
    reference: tuple[Marked, ...]
    other: tuple[Marked, ...]


def mark(phrases: Iterable[Phrase], same: Collection[int]) -> list[Marked]:
    """Cut texts where what both have begins and ends.

    Args:
        phrases: Of one side.
        same: Places of its words that the other side has, counted over all phrases in the order of time.
    """
    marked, place = [], 0
    for phrase in sorted(phrases, key=lambda one: one.offset_ticks):
        runs: list[tuple[list[str], bool]] = []
        for piece in phrase.text.split():
            count = len(tokens(piece))
            is_same = all(at in same for at in range(place, place + count))
            place += count
            if runs and (count == 0 or runs[-1][1] is is_same):
                runs[-1][0].append(piece)
            else:
                runs.append(([piece], is_same))
        marked.append(Marked(phrase, tuple((" ".join(words), is_same) for words, is_same in runs)))
    return marked


def rows(reference: Sequence[Marked], other: Sequence[Marked]) -> list[Row]:
    """Bring together what overlaps in time; both sides in the order of their offsets."""
    both = [(one, True) for one in reference] + [(one, False) for one in other]
    both.sort(key=lambda pair: pair[0].phrase.offset_ticks)
    found: list[list[tuple[Marked, bool]]] = []
    end = 0
    for one, is_reference in both:
        if found and one.phrase.offset_ticks < end:
            found[-1].append((one, is_reference))
        else:
            found.append([(one, is_reference)])
        end = max(end, one.phrase.end_ticks)
    return [
        Row(
            group[0][0].phrase.offset_ticks,
            tuple(one for one, is_reference in group if is_reference),
            tuple(one for one, is_reference in group if not is_reference),
        )
        for group in found
    ]
