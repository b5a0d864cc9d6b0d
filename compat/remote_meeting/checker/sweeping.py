"""Walk, read and search in one: what is left is what has to be looked into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .kinds import Kind, refine
from .model import NotRead
from .prefilter import Prefilter
from .reading import HEAD, LIMIT, decode, read
from .walking import Candidate, Met, Skipped


@dataclass(slots=True)
class Tally:
    """What was met on the way and needs no further look.

    Args:
        clean: How many files were read and hold none of the words, by language.
        skipped: How many files and folders were left out, by reason.
        not_read: What could not be read.
    """

    clean: Counter[Kind] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    not_read: list[NotRead] = field(default_factory=list)


def sweep(
    met: Iterable[Met], prefilter: Prefilter, tally: Tally, *, limit: int = LIMIT
) -> Iterator[tuple[Candidate, bytes]]:
    """The files that may hold something, with their bytes; of one file at a time.

    Args:
        met: What a walk gives.
        prefilter: What says whether a file can hold anything.
        tally: Gets everything else.
        limit: How many bytes of a file are read at most.
    """
    passes, clean = prefilter.passes, tally.clean
    for item in met:
        if isinstance(item, NotRead):
            tally.not_read.append(item)
            continue
        if isinstance(item, Skipped):
            tally.skipped[item.reason] += 1
            continue
        data = read(item.path, limit=limit)
        if isinstance(data, str):
            tally.not_read.append(NotRead(item.shown, data))
            continue
        kind = refine(item.kind, data)
        if kind is None:
            continue
        if b"\0" in data[:HEAD] and isinstance(reason := decode(data), str):
            tally.not_read.append(NotRead(item.shown, reason))
        elif passes(data):
            yield (item if kind is item.kind else Candidate(item.path, item.shown, kind)), data
        else:
            clean[kind] += 1
