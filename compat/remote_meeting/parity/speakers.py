"""Whether the right person said it: the word errors that are left when labels are matched to labels as well as it goes.

This is cpWER, concatenated minimum-permutation word error rate (Watanabe and others, CHiME-6, 2020): all that a speaker
said is one text, the texts of both sides are paired one to one so that the errors are fewest, and a speaker without a
partner counts with all words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remote_meeting_backends.extras import need

from .words import EXTRA, WHAT, rate_of


@dataclass(frozen=True, slots=True)
class SpeakerErrors:
    """How two sets of speakers fit.

    Args:
        words: Words of the first side.
        errors: Word errors of all pairs, and all words of those without a partner.
        pairs: Which label of the second side each label of the first is; None where nobody is left.
        others: Labels of the second side that nobody is.
    """

    words: int
    errors: int
    pairs: tuple[tuple[str, str | None], ...]
    others: tuple[str, ...]

    @property
    def rate(self) -> float | None:
        """cpWER; None where the reference has no words."""
        return rate_of(self.errors, self.words)


def match_speakers(reference: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> SpeakerErrors:
    """Pair the labels so that the word errors are fewest.

    Args:
        reference: The words of each speaker of the first side, in the order of time.
        other: Those of the second.

    Raises:
        MissingExtra: The extra `compare` is not installed.
    """
    distance = need("rapidfuzz.distance", extra=EXTRA, what=WHAT).Levenshtein.distance
    assign = need("scipy.optimize", extra=EXTRA, what=WHAT).linear_sum_assignment
    mine, theirs = list(reference), list(other)
    size = max(len(mine), len(theirs))
    # Whoever has no partner is paired with somebody who said nothing.
    said = [*(list(reference[label]) for label in mine), *([[]] * (size - len(mine)))]
    heard = [*(list(other[label]) for label in theirs), *([[]] * (size - len(theirs)))]
    costs = [[int(distance(left, right)) for right in heard] for left in said]
    chosen: dict[int, int] = {}
    if size:
        rows, columns = assign(costs)
        chosen = {int(row): int(column) for row, column in zip(rows, columns, strict=True)}
    # A pair without a word in common is none: any other would have cost as much.
    partner = {
        row: theirs[column]
        for row, column in chosen.items()
        if row < len(mine) and column < len(theirs) and costs[row][column] < max(len(said[row]), len(heard[column]))
    }
    return SpeakerErrors(
        words=sum(map(len, said)),
        errors=sum(costs[row][column] for row, column in chosen.items()),
        pairs=tuple((label, partner.get(row)) for row, label in enumerate(mine)),
        others=tuple(label for label in theirs if label not in partner.values()),
    )
