"""The report as one page that needs nothing else: no network, and no script to be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Template

from ...pages import document, part
from ..model import Report
from ..rule import Rule
from .context import Context
from .grouping import by_file
from .htmlparts import (
    cards,
    count_cards,
    file_details,
    filter_form,
    not_read_details,
    rule_details,
    safe,
    silenced_details,
    tables,
)
from .shown import listed
from .summary import headline, summarize

# Where there are more findings, their files are shut at first.
OPEN_UP_TO = 150


def render(report: Report, rules: Mapping[str, Rule], context: Context) -> str:
    """The whole page, with a newline at its end."""
    summary = summarize(report, rules)
    grouped = list(by_file(report.findings))
    is_open = len(report.findings) <= OPEN_UP_TO
    left_out = listed([f"{count:,} {reason}" for reason, count in sorted(report.skipped.items())])
    body = Template(part(__package__, "page.html")).substitute(
        headline=safe(headline(summary, context.where)),
        about=safe(f"As of {report.as_of}. {f'Left out: {left_out}.' if left_out else ''}"),
        counts=count_cards(summary),
        conclusions=cards(summary),
        tables=tables(summary, rules),
        filter=filter_form(summary, [path for path, _ in grouped]) if grouped else "",
        files=_joined(file_details(path, found, rules, context, is_open) for path, found in grouped)
        or '<p class="none">Nothing to show.</p>',
        rules=rule_details(summary, rules),
        silenced=silenced_details(report.silenced),
        not_read=not_read_details(report.not_read),
        footer=safe(f"remote-meeting {context.version}, {report.seconds:.1f} s"),
    )
    title = safe(f"Migration check: {context.where}" if context.where else "Migration check")
    return document(title, body, part(__package__, "page.css"), part(__package__, "page.js"))


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(parts)
