"""The report for a program: everything in it, under names that stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..model import Finding, Report
from ..rule import Rule
from .context import Context
from .shown import escaped_json, rule_name
from .summary import LanguageCount, RuleCount, Summary, summarize

SCHEMA = 1


def render(report: Report, rules: Mapping[str, Rule], context: Context) -> str:
    """One JSON object, with a newline at its end.

    `schema` changes when a name goes or changes its meaning, not when one is added.
    """
    document = {
        "version": context.version,
        "schema": SCHEMA,
        "as_of": report.as_of.isoformat(),
        "seconds": round(report.seconds, 3),
        "summary": _summary(summarize(report, rules)),
        "findings": [_finding(finding, rules) for finding in report.found],
        "could_not_tell": [_finding(finding, rules) for finding in report.unsure],
        "silenced": [
            {**_finding(one.finding, rules), "silenced_by": one.by, "reason": one.reason} for one in report.silenced
        ],
        "not_read": [{"path": one.path, "reason": one.reason} for one in report.not_read],
        "files": dict(sorted(report.files.items())),
        "skipped": dict(sorted(report.skipped.items())),
    }
    return escaped_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def _finding(finding: Finding, rules: Mapping[str, Rule]) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": rule_name(rules, finding.rule),
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "message": finding.message,
        "certainty": finding.certainty.value,
        "language": finding.language,
        "fixable": finding.fix is not None,
    }


def _summary(summary: Summary) -> dict[str, Any]:
    effort = summary.effort
    return {
        "found": summary.found,
        "could_not_tell": summary.unsure,
        "clean": summary.clean,
        "not_read": summary.not_read,
        "silenced": summary.silenced,
        "fixable": summary.fixable,
        "files": summary.files,
        "files_with_findings": summary.files_with_findings,
        "by_rule": [_share(share) for share in summary.rules],
        "by_language": [_share(share) for share in summary.languages],
        "effort": None
        if effort is None
        else {
            "low_hours": round(effort.low, 2),
            "high_hours": round(effort.high, 2),
            "text": effort.say(),
            "reasons": list(effort.reasons),
        },
        "ways_in": [
            {"way": way.way.value, "backend": way.backend, "findings": way.findings, "reason": way.reason}
            for way in summary.ways
        ],
    }


def _share(share: RuleCount | LanguageCount) -> dict[str, Any]:
    """Under the same names as the whole."""
    return {"could_not_tell" if name == "unsure" else name: value for name, value in asdict(share).items()}
