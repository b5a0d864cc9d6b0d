"""Findings by file, and repeats of one rule in one file folded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..model import Certainty, Finding

SHOWN_OF_FOLDED = 3
LINES_NAMED = 12


@dataclass(frozen=True, slots=True)
class Fold:
    """Findings of one rule in one file that are only counted.

    Args:
        rule: The rule's id.
        certainty: Theirs.
        lines: Each line once, in order.
        count: How many findings.
    """

    rule: str
    certainty: Certainty
    lines: tuple[int, ...]
    count: int

    def say(self) -> str:
        """`… and 4 more of RM701 at lines 10, 12, …`."""
        more = "…" if len(self.lines) > LINES_NAMED else ""
        lines = ", ".join([*map(str, self.lines[:LINES_NAMED]), *filter(None, [more])])
        return f"… and {self.count} more of {self.rule} at line{'s' if len(self.lines) > 1 else ''} {lines}"


def by_file(findings: Sequence[Finding]) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Each path with its findings; a report has them in this order."""
    for path, group in groupby(findings, key=lambda finding: finding.path):
        yield path, tuple(group)


def folded(findings: Sequence[Finding], folds: int) -> Iterator[Finding | Fold]:
    """A file's findings in order; a fold stands where its first one would have stood.

    Args:
        findings: Those of one file.
        folds: How many of one rule are shown before they fold, of which the first three stay; 0 folds none.
    """
    counts = Counter((finding.rule, finding.certainty) for finding in findings)
    seen: defaultdict[tuple[str, Certainty], list[Finding]] = defaultdict(list)
    for finding in findings:
        kind = (finding.rule, finding.certainty)
        if not folds or counts[kind] <= folds:
            yield finding
            continue
        seen[kind].append(finding)
        if len(seen[kind]) <= SHOWN_OF_FOLDED:
            yield finding
        if len(seen[kind]) == counts[kind]:
            rest = seen[kind][SHOWN_OF_FOLDED:]
            yield Fold(*kind, lines=tuple(dict.fromkeys(one.line for one in rest)), count=len(rest))
