"""What it costs to change by hand what was found: a rough range, with its reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...wording import counted
from ..model import Certainty, Finding
from ..rule import Rule

# Estimates of small changes are off by about this factor, either way.
OPTIMIST = 0.5
PESSIMIST = 2.0
HOURS_A_DAY = 8
LONGEST_IN_HOURS = 16


@dataclass(frozen=True, slots=True)
class Effort:
    """A range of working hours.

    Args:
        low: If all goes well: what is certain, without the files that `--fix` mends whole.
        high: If it does not: with what could not be told.
        reasons: Where the figures come from, a sentence each.
    """

    low: float
    high: float
    reasons: tuple[str, ...]

    def say(self) -> str:
        """`Roughly 3 to 12 hours by hand`, `Roughly 3 hours to 4 working days by hand`."""
        if self.high <= LONGEST_IN_HOURS:
            low, high = f"{math.floor(self.low)}", counted(max(1, math.ceil(self.high)), "hour")
        else:
            high = counted(math.ceil(self.high / HOURS_A_DAY), "working day")
            is_days = self.low >= HOURS_A_DAY
            low = f"{self.low // HOURS_A_DAY:,.0f}" if is_days else counted(math.floor(self.low), "hour")
        return f"Roughly {low} to {high} by hand"


def estimate(findings: Sequence[Finding], rules: Mapping[str, Rule], spared: int = 0) -> Effort | None:
    """Each rule once for the project and once for each file with it; None where nothing was found.

    Args:
        findings: All of them.
        rules: By id; a finding of an unknown one costs nothing here.
        spared: How many of them the gateway answers.
    """
    if not findings:
        return None
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    low = high = 0.0
    reasons = []
    for rule_id, group in sorted(by_rule.items()):
        rule = rules.get(rule_id)
        if rule is None:
            continue
        files = {finding.path for finding in group}
        certain = {finding.path for finding in group if finding.certainty is Certainty.FOUND}
        by_hand = {finding.path for finding in group if finding.certainty is Certainty.FOUND and finding.fix is None}
        low += rule.hours * len(by_hand) + (rule.once if by_hand else 0)
        high += rule.hours * len(files) + rule.once
        reasons.append(_reason(rule, len(files), len(files - certain), len(certain - by_hand)))
    if spared:
        reasons.append(
            f"Behind the gateway the code stays as it is: {counted(spared, 'finding')} would cost nothing here."
        )
    reasons.append(
        "The range goes from half of this, without what stands in brackets, to double of it, rounded outwards; "
        f"a working day has {HOURS_A_DAY} hours."
    )
    reasons.append("It is rough, for planning: tests, review and rollout are not in it.")
    return Effort(low * OPTIMIST, high * PESSIMIST, tuple(reasons))


def _reason(rule: Rule, files: int, unsure: int, fixable: int) -> str:
    once = f", and {_hours(rule.once)} once" if rule.once else ""
    notes = [f"{unsure:,} could not be told"] if unsure else []
    notes += [f"{fixable:,} mended by `--fix`"] if fixable else []
    tail = f" ({', '.join(notes)})" if notes else ""
    return f"{rule.id} {rule.name}: {counted(files, 'file')} at about {_hours(rule.hours)}{once}{tail}."


def _hours(hours: float) -> str:
    return f"{hours:g} h" if hours >= 1 or not hours else f"{round(hours * 60)} min"
