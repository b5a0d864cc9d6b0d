"""The report as workflow commands: GitHub shows each beside its line in a pull request."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..model import Finding, NotRead, Report
from ..rule import Rule
from .context import Context
from .shown import rule_name, severity, visible
from .summary import headline, summarize

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_ESCAPED = re.compile(r"([%\r\n])")
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}


def render(report: Report, rules: Mapping[str, Rule], context: Context) -> str:
    """A line a finding, a warning for what was not read, and what was found in one sentence."""
    lines = [_finding(finding, rules, report) for finding in report.findings]
    lines += [_not_read(one) for one in report.not_read]
    # The log shows the last line as it is; it must not begin like a command.
    lines.append(visible(headline(summarize(report, rules), context.where)))
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding, rules: Mapping[str, Rule], report: Report) -> str:
    fields: dict[str, str | int] = {"file": finding.path, "line": finding.line, "endLine": finding.end_line}
    if finding.line == finding.end_line:
        # GitHub takes columns within one line only; its last one is part of the place.
        fields |= {"col": finding.column, "endColumn": max(finding.column, finding.end_column - 1)}
    fields["title"] = f"{finding.rule} {rule_name(rules, finding.rule)}"
    level = severity(finding, rules, report.as_of)
    doubt = "Could not tell: " if level == "note" else ""
    return _command(COMMANDS[level], fields, f"{doubt}{finding.message}")


def _not_read(one: NotRead) -> str:
    return _command(
        "warning", {"file": one.path, "title": "Not read"}, f"{one.path} could not be looked into: {one.reason}."
    )


def _command(name: str, fields: Mapping[str, str | int], message: str) -> str:
    written = ",".join(f"{key}={_property(str(value))}" for key, value in fields.items())
    return f"::{name} {written}::{_data(message)}"


def _data(words: str) -> str:
    """The three characters that GitHub unescapes; what else steers a terminal is shown."""
    return "".join(_ESCAPES.get(part) or visible(part) for part in _ESCAPED.split(words))


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
