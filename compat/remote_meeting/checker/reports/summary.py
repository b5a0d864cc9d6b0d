"""The last screen as values: counts by rule and by language, the effort, the way in. Nothing here reads or writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ...wording import counted
from ..model import Certainty, Report, Way
from ..rule import Rule
from .advice import Advice, ways_in
from .effort import Effort, estimate
from .shown import listed, rule_name

LANGUAGES_NAMED = 6


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One rule's share.

    Args:
        rule: The rule's id.
        name: Its short name.
        found: How many findings are certain.
        unsure: How many somebody has to look at.
        files: How many files have either.
        fixable: How many of them have a fix.
    """

    rule: str
    name: str
    found: int
    unsure: int
    files: int
    fixable: int


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """One language's share.

    Args:
        language: Its name.
        files: How many files were looked into.
        files_with_findings: How many of them have one.
        found: How many findings are certain.
        unsure: How many somebody has to look at.
    """

    language: str
    files: int
    files_with_findings: int
    found: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the last screen says.

    Args:
        found: How many findings are certain.
        unsure: How many somebody has to look at.
        clean: How many files hold nothing.
        not_read: How many files could not be looked into.
        silenced: How many findings have been answered before.
        fixable: How many findings have a fix.
        files: How many files were looked into.
        files_with_findings: How many files have a finding.
        rules: By the number of findings, the most first.
        languages: By the number of findings, the most first.
        effort: None where nothing was found.
        ways: The best first; empty where nothing was found.
    """

    found: int
    unsure: int
    clean: int
    not_read: int
    silenced: int
    fixable: int
    files: int
    files_with_findings: int
    rules: tuple[RuleCount, ...]
    languages: tuple[LanguageCount, ...]
    effort: Effort | None
    ways: tuple[Advice, ...]


def summarize(report: Report, rules: Mapping[str, Rule]) -> Summary:
    """Count a report and draw the conclusions."""
    found, unsure, ways = report.found, report.unsure, ways_in(report.findings, rules)
    return Summary(
        found=len(found),
        unsure=len(unsure),
        clean=report.clean,
        not_read=len(report.not_read),
        silenced=len(report.silenced),
        fixable=sum(finding.fix is not None for finding in report.findings),
        files=sum(report.files.values()),
        files_with_findings=len({finding.path for finding in report.findings}),
        rules=_by_rule(report, rules),
        languages=_by_language(report),
        effort=estimate(report.findings, rules, sum(way.findings for way in ways if way.way is Way.GATEWAY)),
        ways=ways,
    )


def headline(summary: Summary, where: str = "") -> str:
    """What was found, in one sentence."""
    place = f" in {where}" if where else ""
    files = counted(summary.files, "file")
    if not summary.files and not summary.files_with_findings:
        return f"Nothing was looked into{place}: no file there is in a language that this check reads."
    if not summary.files_with_findings:
        return f"Nothing found{place}: {files} looked into ({_languages(summary)})."
    of = f" of {where}" if where else ""
    parts = [f"{summary.found:,} found"] if summary.found else []
    parts += [f"{summary.unsure:,} could not tell"] if summary.unsure else []
    return f"{', '.join(parts)}, in {summary.files_with_findings:,} of {files}{of}."


def _languages(summary: Summary) -> str:
    names = [f"{one.files:,} {one.language}" for one in summary.languages]
    rest = len(names) - LANGUAGES_NAMED
    return listed(names if rest <= 0 else [*names[:LANGUAGES_NAMED], f"{rest} more languages"])


def _by_rule(report: Report, rules: Mapping[str, Rule]) -> tuple[RuleCount, ...]:
    counts = Counter((finding.rule, finding.certainty) for finding in report.findings)
    fixable = Counter(finding.rule for finding in report.findings if finding.fix is not None)
    files = Counter(rule for rule, _ in {(finding.rule, finding.path) for finding in report.findings})
    shares = (
        RuleCount(
            rule,
            rule_name(rules, rule),
            counts[rule, Certainty.FOUND],
            counts[rule, Certainty.UNSURE],
            files[rule],
            fixable[rule],
        )
        for rule in files
    )
    return tuple(sorted(shares, key=lambda share: (-share.found, -share.unsure, share.rule)))


def _by_language(report: Report) -> tuple[LanguageCount, ...]:
    counts = Counter((finding.language, finding.certainty) for finding in report.findings)
    names = {*report.files, *(language for language, _ in counts)}
    shares = (
        LanguageCount(
            name,
            report.files.get(name, 0),
            report.files_with_findings.get(name, 0),
            counts[name, Certainty.FOUND],
            counts[name, Certainty.UNSURE],
        )
        for name in names
    )
    return tuple(sorted(shares, key=lambda share: (-share.found, -share.unsure, -share.files, share.language)))
