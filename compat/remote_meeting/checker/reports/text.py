"""The report for a terminal: by file, each place with its line and a caret under it, the summary last."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ...wording import counted
from ..model import Certainty, Finding, NotRead, Report
from ..rule import Rule
from .context import Context
from .grouping import Fold, by_file, folded
from .shown import listed, rule_name, visible
from .sourceline import source_and_caret
from .summary import Summary, headline, summarize

INDENT = "  "
BAR = "| "
FIXABLE = "[--fix mends it]"
NARROWEST = 40
NOT_READ_SHOWN = 10
RULES_SHOWN = 20
MARKS = {Certainty.FOUND: "^", Certainty.UNSURE: "~"}
COLOURS = {Certainty.FOUND: "red", Certainty.UNSURE: "yellow"}


def render(report: Report, rules: Mapping[str, Rule], context: Context) -> str:
    """The whole report, with a newline at its end."""
    summary = summarize(report, rules)
    lines = _Lines(context)
    for path, findings in by_file(report.findings):
        lines.add(
            lines.style(visible(path), bold=True, underline=True)
            + lines.style(f"  {counted(len(findings), 'finding')}", dim=True)
        )
        said = ""
        for one in folded(findings, context.folds):
            if isinstance(one, Fold):
                lines.add(lines.style(f"{INDENT}{one.say()}", dim=True))
            else:
                _finding(lines, one, rules, said)
                said = one.message
        lines.gap()
    _summary(lines, report, summary)
    return "".join(f"{line}\n" for line in lines.all)


class _Lines:
    """What has been said so far, in the style of the screen."""

    def __init__(self, context: Context) -> None:
        self.all: list[str] = []
        self.context = context

    @property
    def width(self) -> int:
        """Where lines break; 0 where they do not."""
        return max(NARROWEST, self.context.width) if self.context.width else 0

    def add(self, line: str) -> None:
        """One line as it is."""
        self.all.append(line.rstrip())

    def gap(self) -> None:
        """An empty line, unless there is one."""
        if self.all and self.all[-1]:
            self.all.append("")

    def style(self, words: str, **styles: Any) -> str:
        """In colours where there are any."""
        return click.style(words, **styles) if self.context.colour else words

    def wrap(self, words: str, first: str = "", rest: str = "", **styles: Any) -> None:
        """A text over as many lines as it needs.

        Args:
            words: The text.
            first: What the first line begins with.
            rest: What the others begin with.
            styles: Of every line's text.
        """
        room = self.width - len(rest)
        for at, line in enumerate(textwrap.wrap(words, room, break_on_hyphens=False) if self.width else [words]):
            self.add((rest if at else first) + self.style(line, **styles))


def _finding(lines: _Lines, finding: Finding, rules: Mapping[str, Rule], said: str) -> None:
    place = f"{finding.line}:{finding.column}"
    indent = " " * (len(INDENT) + max(len(place), 6) + 2)
    colour = COLOURS[finding.certainty]
    name = rule_name(rules, finding.rule)
    rule = f"{lines.style(finding.rule, fg=colour, bold=True)} {lines.style(name, fg=colour)}"
    head = f"{INDENT}{place:<{len(indent) - len(INDENT)}}{rule}"
    if finding.certainty is Certainty.UNSURE:
        head += "  " + lines.style(finding.certainty.value, fg=colour)
    fixable = lines.style(FIXABLE, fg="green") if finding.fix and lines.context.show_fixable else ""
    message = visible(finding.message)
    if not lines.width:
        lines.add("  ".join(filter(None, (head, message, fixable))))
    else:
        has_room = len(click.unstyle(head)) + 2 + len(FIXABLE) <= lines.width
        lines.add(f"{head}  {fixable}" if fixable and has_room else head)
        if fixable and not has_room:
            lines.add(indent + fixable)
        if finding.message != said:
            lines.wrap(message, indent, indent)
    source, marks = source_and_caret(finding, MARKS[finding.certainty], max(0, lines.width - len(indent) - len(BAR)))
    bar = lines.style(BAR, dim=True)
    lines.add(f"{indent}{bar}{source}")
    lines.add(f"{indent}{bar}{lines.style(marks, fg=colour, bold=True)}")


def _summary(lines: _Lines, report: Report, summary: Summary) -> None:
    nothing = not report.findings
    colour = ("green" if summary.files else "yellow") if nothing else "red" if summary.found else "yellow"
    lines.wrap(visible(headline(summary, lines.context.where)), fg=colour, bold=True)
    lines.gap()
    for label, count, what in _counts(summary):
        if count and label != "clean files" if nothing else True:
            lines.add(f"{INDENT}{label:<15}{count:>7,}  {lines.style(what, dim=True)}")
    if not nothing:
        _rules(lines, summary)
        _languages(lines, summary)
        _effort(lines, summary)
        _ways(lines, summary)
    _not_read(lines, report.not_read)
    left_out = listed([f"{count:,} {visible(reason)}" for reason, count in sorted(report.skipped.items())])
    lines.gap()
    if left_out:
        lines.wrap(f"Left out: {left_out}.", dim=True)
    lines.wrap(f"As of {report.as_of}; {report.seconds:.1f} s.", dim=True)


def _counts(summary: Summary) -> Iterator[tuple[str, int, str]]:
    yield "found", summary.found, f"--fix mends {summary.fixable:,}" if summary.fixable else ""
    yield "could not tell", summary.unsure, "somebody has to look"
    yield "clean files", summary.clean, f"of {summary.files:,}"
    yield "files not read", summary.not_read, "may hold something"
    yield "silenced", summary.silenced, "answered before"


def _rules(lines: _Lines, summary: Summary) -> None:
    rows = [
        (f"{one.rule} {one.name}", f"{one.found:,}", f"{one.unsure:,}", f"{one.files:,}")
        for one in summary.rules[:RULES_SHOWN]
    ]
    _table(lines, ("By rule", "found", "could not tell", "files"), rows)
    if len(summary.rules) > RULES_SHOWN:
        lines.add(lines.style(f"{INDENT}… and {len(summary.rules) - RULES_SHOWN} more rules", dim=True))


def _languages(lines: _Lines, summary: Summary) -> None:
    shares = [one for one in summary.languages if one.found or one.unsure]
    rows = [(one.language, f"{one.found:,}", f"{one.unsure:,}", f"{one.files_with_findings:,}") for one in shares]
    _table(lines, ("By language", "found", "could not tell", "files"), rows)
    clean = [f"{one.files:,} {one.language}" for one in summary.languages if not one.found and not one.unsure]
    if clean:
        lines.wrap(f"nothing in {listed(clean)}", INDENT, INDENT, dim=True)


def _table(lines: _Lines, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    first = max(len(INDENT) + len(row[0]) for row in [*rows, heads]) + 2
    columns = [max(len(row[at]) for row in [*rows, heads]) + 2 for at in range(1, len(heads))]
    lines.gap()
    figures = "".join(f"{head:>{size}}" for head, size in zip(heads[1:], columns, strict=True))
    lines.add(lines.style(f"{heads[0]:<{first}}", bold=True) + lines.style(figures, dim=True))
    for name, *cells in rows:
        figures = "".join(f"{cell:>{size}}" for cell, size in zip(cells, columns, strict=True))
        lines.add(f"{INDENT + name:<{first}}{figures}")


def _effort(lines: _Lines, summary: Summary) -> None:
    if summary.effort is None:
        return
    lines.gap()
    lines.add(f"{lines.style('Effort', bold=True)}  {summary.effort.say()}")
    for reason in summary.effort.reasons:
        lines.wrap(reason, INDENT + "- ", INDENT + "  ")


def _ways(lines: _Lines, summary: Summary) -> None:
    if not summary.ways:
        return
    lines.gap()
    lines.add(lines.style("Way in", bold=True))
    for way in summary.ways:
        lines.add(f"{INDENT}{lines.style(way.title, fg='cyan', bold=True)}")
        lines.wrap(visible(way.reason), INDENT * 2, INDENT * 2)


def _not_read(lines: _Lines, not_read: tuple[NotRead, ...]) -> None:
    if not not_read:
        return
    lines.gap()
    lines.add(lines.style("Not read", bold=True))
    for one in not_read[:NOT_READ_SHOWN]:
        lines.wrap(f"{visible(one.path)}: {visible(one.reason)}", INDENT, INDENT * 2)
    if len(not_read) > NOT_READ_SHOWN:
        lines.add(lines.style(f"{INDENT}… and {len(not_read) - NOT_READ_SHOWN} more", dim=True))
