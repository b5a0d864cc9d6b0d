"""The report as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ..model import Certainty, Finding, NotRead, Report, Silenced
from ..rule import Rule
from .context import Context
from .prose import paragraphs, rule_markdown
from .shown import escaped_json, is_over, severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
# Changes when the same place would get another one: whoever compares two runs would see it as new.
FINGERPRINT = "remoteMeetingFinding/v1"
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")


def render(report: Report, rules: Mapping[str, Rule], context: Context) -> str:
    """One SARIF log with one run, with a newline at its end."""
    listed = _rules(report, rules)
    places = {rule_id: at for at, rule_id in enumerate(listed)}
    results = [
        _result(finding, silenced, fingerprint, places, rules, report)
        for finding, silenced, fingerprint in _fingerprinted(report)
    ]
    driver: dict[str, Any] = {
        "name": "remote-meeting",
        "fullName": "remote-meeting check",
        "version": context.version,
        "rules": [_descriptor(rule_id, rule, report) for rule_id, rule in listed.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that was checked."}}},
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [_notification(one) for one in report.not_read]}
        ],
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return escaped_json(json.dumps(log, ensure_ascii=False, indent=2)) + "\n"


def _rules(report: Report, rules: Mapping[str, Rule]) -> dict[str, Rule | None]:
    """All that were asked, and what was found by others (a baseline may be older)."""
    used = {finding.rule for finding in report.findings} | {one.finding.rule for one in report.silenced}
    return {rule_id: rules.get(rule_id) for rule_id in sorted({*rules, *used})}


def _descriptor(rule_id: str, rule: Rule | None, report: Report) -> dict[str, Any]:
    if rule is None:
        return {"id": rule_id}
    descriptor: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in re.split(r"[-_\s]+", rule.name)),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": paragraphs(rule)[0]},
        "help": {"text": "\n\n".join(paragraphs(rule)), "markdown": rule_markdown(rule)},
        "defaultConfiguration": {
            "enabled": not rule.is_optional,
            "level": "error" if is_over(rule, report.as_of) else "warning",
        },
        "properties": {"tags": ["migration", rule.family]},
    }
    links = [link for link in rule.links if link.startswith("https://")]
    return descriptor | ({"helpUri": links[0]} if links else {})


def _result(
    finding: Finding,
    silenced: Silenced | None,
    fingerprint: str,
    places: Mapping[str, int],
    rules: Mapping[str, Rule],
    report: Report,
) -> dict[str, Any]:
    is_certain = finding.certainty is Certainty.FOUND
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        # What is not a failure has no level: SARIF 2.1.0, 3.27.10.
        "kind": "fail" if is_certain else "review",
        "level": severity(finding, rules, report.as_of) if is_certain else "none",
        "message": {"text": finding.message if is_certain else f"Could not tell: {finding.message}"},
        "locations": [{"physicalLocation": _location(finding)}],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    if silenced is not None:
        result["suppressions"] = [
            {
                "kind": "inSource" if silenced.by == "comment" else "external",
                "status": "accepted",
                "justification": silenced.reason
                or f"Silenced by a {silenced.by}.".replace("a configuration", "the configuration"),
            }
        ]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    region: dict[str, Any] = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
        "sourceLanguage": re.sub(r"[^a-z0-9]", "", finding.language.lower().replace("#", "sharp").replace("+", "p")),
    }
    location: dict[str, Any] = {"artifactLocation": _artifact(finding.path), "region": region}
    if finding.end_line == finding.line:
        start = finding.source_column - 1
        marked = finding.source[start : start + finding.end_column - finding.column]
        region["snippet"] = {"text": marked}
        location["contextRegion"] = {"startLine": finding.line, "snippet": {"text": finding.source}}
    return location


def _artifact(path: str) -> dict[str, str]:
    # A name that is not UTF-8 comes as half characters; its bytes are what a URI is made of.
    uri = quote(path.encode("utf-8", "surrogateescape" if _is_from_bytes(path) else "surrogatepass"), safe="/")
    if _ABSOLUTE.match(path):
        return {"uri": "file://" + ("" if path.startswith("/") else "/") + uri.replace("%3A", ":", 1)}
    return {"uri": uri, "uriBaseId": ROOT}


def _is_from_bytes(path: str) -> bool:
    return all("\udc80" <= character <= "\udcff" for character in path if "\ud800" <= character <= "\udfff")


def _notification(one: NotRead) -> dict[str, Any]:
    return {
        "level": "warning",
        "message": {"text": f"{one.path} could not be looked into: {one.reason}."},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(one.path)}}],
    }


def _fingerprinted(report: Report) -> Iterator[tuple[Finding, Silenced | None, str]]:
    """Each finding and silenced one by place, with a mark that stays when lines above it come or go.

    Equal lines of a file are told apart by their order, whether or not one of them is silenced.
    """
    everything: list[tuple[Finding, Silenced | None]] = [(finding, None) for finding in report.findings]
    everything += [(one.finding, one) for one in report.silenced]
    everything.sort(key=lambda entry: (entry[0].path, entry[0].line, entry[0].column, entry[0].rule))
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding, silenced in everything:
        key = (finding.rule, finding.path, finding.source.strip())
        seen[key] += 1
        text = "\0".join((*key, str(seen[key])))
        yield finding, silenced, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
