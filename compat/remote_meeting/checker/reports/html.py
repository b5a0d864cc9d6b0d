"""The report as one page that needs nothing else: no network, and no script to be read."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from string import Template

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
    style, script = _part("page.css"), _part("page.js")
    grouped = list(by_file(report.findings))
    is_open = len(report.findings) <= OPEN_UP_TO
    left_out = listed([f"{count:,} {reason}" for reason, count in sorted(report.skipped.items())])
    page = Template(_part("page.html")).substitute(
        policy=_policy(style, script),
        title=safe(f"Migration check: {context.where}" if context.where else "Migration check"),
        style=style,
        script=script,
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
    return page.rstrip("\n") + "\n"


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(parts)


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Only what stands in the page itself may act in it, and nothing may be fetched or sent."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
