"""The report as Markdown, for a pull request, an issue or a job's summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...wording import counted
from ..model import Certainty, Finding, Report
from ..rule import Rule
from .context import Context
from .grouping import Fold, by_file, folded
from .prose import code, plain_markdown
from .shown import listed, rule_name
from .summary import Summary, headline, summarize


def render(report: Report, rules: Mapping[str, Rule], context: Context) -> str:
    """The summary first: who reads it in a pull request may read no further."""
    summary = summarize(report, rules)
    blocks = ["# Migration check", f"**{plain_markdown(headline(summary, context.where))}**", _counts(summary)]
    if report.findings:
        blocks += [*_conclusions(summary), _by_rule(summary, rules), _by_language(summary), "## Findings"]
        blocks += [_file(path, findings, rules, context) for path, findings in by_file(report.findings)]
    if report.not_read:
        rows = [f"| {code(one.path)} | {plain_markdown(one.reason)} |" for one in report.not_read]
        blocks += ["## Not read", "\n".join(["| file | why |", "| --- | --- |", *rows])]
    left_out = listed([f"{count:,} {plain_markdown(reason)}" for reason, count in sorted(report.skipped.items())])
    version = f"remote-meeting {plain_markdown(context.version)}"
    blocks.append(f"{f'Left out: {left_out}. ' if left_out else ''}As of {report.as_of}, {version}.")
    return "\n\n".join(blocks) + "\n"


def _counts(summary: Summary) -> str:
    return _table(
        ("found", "could not tell", "clean files", "not read", "silenced"),
        [tuple(f"{count:,}" for count in _figures(summary))],
        figures=5,
    )


def _figures(summary: Summary) -> tuple[int, ...]:
    return summary.found, summary.unsure, summary.clean, summary.not_read, summary.silenced


def _conclusions(summary: Summary) -> Iterator[str]:
    if summary.ways:
        yield "## Way in"
        yield "\n".join(f"- **{plain_markdown(way.title)}.** {plain_markdown(way.reason)}" for way in summary.ways)
    if summary.effort is not None:
        yield "## Effort"
        yield f"{plain_markdown(summary.effort.say())}."
        yield "\n".join(f"- {plain_markdown(reason)}" for reason in summary.effort.reasons)


def _by_rule(summary: Summary, rules: Mapping[str, Rule]) -> str:
    rows = []
    for one in summary.rules:
        rule = rules.get(one.rule)
        title = plain_markdown(rule.title if rule is not None else one.name)
        rows.append((one.rule, title, f"{one.found:,}", f"{one.unsure:,}", f"{one.files:,}"))
    return "## By rule\n\n" + _table(("rule", "what", "found", "could not tell", "files"), rows, figures=3)


def _by_language(summary: Summary) -> str:
    rows = [
        (
            plain_markdown(one.language),
            f"{one.found:,}",
            f"{one.unsure:,}",
            f"{one.files_with_findings:,}",
            f"{one.files:,}",
        )
        for one in summary.languages
    ]
    heads = ("language", "found", "could not tell", "files with findings", "files")
    return "## By language\n\n" + _table(heads, rows, figures=4)


def _file(path: str, findings: tuple[Finding, ...], rules: Mapping[str, Rule], context: Context) -> str:
    rows = []
    for one in folded(findings, context.folds):
        if isinstance(one, Fold):
            rows.append(("", "", plain_markdown(one.say())))
            continue
        doubt = "*could not tell:* " if one.certainty is Certainty.UNSURE else ""
        fixable = " (`--fix` mends it)" if one.fix is not None and context.show_fixable else ""
        rule = f"{one.rule} {plain_markdown(rule_name(rules, one.rule))}"
        source = code(one.source.strip()) + "<br>" if one.source.strip() else ""
        rows.append((f"{one.line}:{one.column}", rule, f"{source}{doubt}{plain_markdown(one.message)}{fixable}"))
    head = f"### {code(path)} ({counted(len(findings), 'finding')})"
    return f"{head}\n\n{_table(('place', 'rule', 'what'), rows)}"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], figures: int = 0) -> str:
    """A table whose last columns are figures."""
    rules = ["---"] * (len(heads) - figures) + ["---:"] * figures
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, tuple(rules), *rows])
