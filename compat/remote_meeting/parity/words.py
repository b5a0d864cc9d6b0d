"""Words, and how many of them differ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from remote_meeting_backends.extras import need

WHAT: Final = "Comparing transcripts"
EXTRA: Final = "compare"
# Written without spaces between words: each character counts as one.
_SPACELESS: Final = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
# An ellipsis is three dots by then.
_BREAKS: Final = re.compile(r"(?:[\s\-\u2010-\u2015/]|\.{2,})+")


@dataclass(frozen=True, slots=True)
class WordErrors:
    """What it takes to make the second text of the first.

    Args:
        words: Words of the first, the reference.
        substituted: Words that another stands for.
        deleted: Words that the second lacks.
        inserted: Words that the second has besides.
    """

    words: int
    substituted: int
    deleted: int
    inserted: int

    @property
    def errors(self) -> int:
        """All three together."""
        return self.substituted + self.deleted + self.inserted

    @property
    def rate(self) -> float | None:
        """Errors for each word of the reference, above 1 where much was added; None where it has no words."""
        return rate_of(self.errors, self.words)


def rate_of(errors: int, words: int) -> float | None:
    """Errors for each word; None where there are errors and no words."""
    if words == 0:
        return None if errors else 0.0
    return errors / words


def tokens(text: str) -> list[str]:
    """The words of a text, without case and punctuation. Chinese and Japanese characters are words of their own."""
    folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
    found = []
    for piece in _BREAKS.split(_SPACELESS.sub(r" \1 ", folded)):
        # Letters, the marks that belong to them, digits, and the apostrophes within.
        word = "".join(letter for letter in piece if letter == "'" or unicodedata.category(letter)[0] in "LMN")
        if word := word.strip("'"):
            found.append(word)
    return found


def word_errors(reference: Sequence[str], other: Sequence[str]) -> tuple[WordErrors, list[tuple[int, int]]]:
    """Count what differs, by the alignment with the fewest errors.

    Args:
        reference: Words of the first text.
        other: Words of the second.

    Returns:
        The counts, and the places of words that are the same in both, as pairs in their order.

    Raises:
        MissingExtra: The extra `compare` is not installed.
    """
    jiwer = need("jiwer", extra=EXTRA, what=WHAT)
    if not reference or not other:
        return WordErrors(len(reference), 0, len(reference), len(other)), []
    measured = jiwer.process_words(" ".join(reference), " ".join(other))
    same = [
        (chunk.ref_start_idx + step, chunk.hyp_start_idx + step)
        for chunk in measured.alignments[0]
        if chunk.type == "equal"
        for step in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]
    return WordErrors(len(reference), measured.substitutions, measured.deletions, measured.insertions), same
