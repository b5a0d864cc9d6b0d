"""The pieces of the page. Whatever was read goes through `safe`, once, on its way in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from posixpath import dirname

from ...wording import counted
from ..model import Certainty, Finding, NotRead, Silenced
from ..rule import Rule
from .context import Context
from .prose import WAYS
from .shown import rule_name, visible
from .summary import RuleCount, Summary

KINDS = {Certainty.FOUND: "found", Certainty.UNSURE: "unsure"}
TOP = "."
SHORT = 24
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"https?://")


def safe(words: str) -> str:
    """Text of an element or an attribute."""
    return escape(visible(words))


def prose(words: str) -> str:
    """Safe text; what stands in backticks is code."""
    return _CODE.sub(_marked, safe(words))


def _marked(found: re.Match[str]) -> str:
    # `--fix` must not break behind its first dash; what is long must.
    kind = ' class="short"' if len(found[1]) <= SHORT else ""
    return f"<code{kind}>{found[1]}</code>"


def count_cards(summary: Summary) -> str:
    """The five figures."""
    figures = (
        ("found", "found", summary.found),
        ("unsure", "could not tell", summary.unsure),
        ("clean", f"clean of {counted(summary.files, 'file')}", summary.clean),
        ("", "not read", summary.not_read),
        ("", "silenced", summary.silenced),
    )
    return "".join(
        f'<div class="{kind if count else ""}"><dt>{label}</dt><dd>{count:,}</dd></div>'
        for kind, label, count in figures
    )


def cards(summary: Summary) -> str:
    """The ways in and the effort."""
    if summary.effort is None:
        return ""
    ways = "".join(
        f'<div class="card"><h3>{safe(way.title)}</h3><p>{prose(way.reason)}</p></div>' for way in summary.ways
    )
    reasons = "".join(f"<li>{prose(reason)}</li>" for reason in summary.effort.reasons)
    effort = (
        f'<div><h2 id="effort">Effort</h2><div class="card"><h3>{safe(summary.effort.say())}</h3>'
        f"<ul>{reasons}</ul></div></div>"
    )
    ways = f'<div><h2 id="way">Way in</h2>{ways}</div>' if ways else ""
    return f'<section class="cards" aria-label="What to do">{ways}{effort}</section>'


def tables(summary: Summary, rules: Mapping[str, Rule]) -> str:
    """The counts by rule and by language."""
    by_rule = [(_rule_link(one.rule, one.name, rules), (one.found, one.unsure, one.files)) for one in summary.rules]
    by_language = [
        (safe(one.language), (one.found, one.unsure, one.files_with_findings, one.files)) for one in summary.languages
    ]
    parts = []
    if by_rule:
        parts.append(_table("By rule", ("found", "could not tell", "files"), by_rule))
    if by_language:
        parts.append(_table("By language", ("found", "could not tell", "files with it", "files"), by_language))
    return f'<section class="tables" aria-label="Counts by kind">{"".join(parts)}</section>'


def _table(title: str, heads: Sequence[str], rows: Iterable[tuple[str, Sequence[int]]]) -> str:
    head = "".join(f'<th scope="col" class="figure">{words}</th>' for words in heads)
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"""<td class="figure">{count:,}</td>""" for count in counts)}</tr>'
        for name, counts in rows
    )
    return (
        f'<div><h2>{title}</h2><div class="scroll" role="group" aria-label="{title}" tabindex="0"><table>'
        f'<thead><tr><th scope="col">{title.removeprefix("By ")}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></div>"
    )


def _rule_link(rule_id: str, name: str, rules: Mapping[str, Rule]) -> str:
    words = safe(f"{rule_id} {name}")
    return f'<a href="#rule-{safe(rule_id)}">{words}</a>' if rule_id in rules else words


def filter_form(summary: Summary, paths: Sequence[str]) -> str:
    """The filter; a script shows it, because without one it would do nothing."""
    folders = {folder for path in paths for folder in _ancestors(_folder(path))}
    selects = "".join(
        _select(label, name, options)
        for label, name, options in (
            ("Rule", "rule", [(one.rule, f"{one.rule} {one.name}") for one in sorted(summary.rules, key=_rule_id)]),
            ("Language", "language", _pairs(one.language for one in summary.languages if one.found or one.unsure)),
            ("Folder", "folder", _pairs(sorted(folders))),
            ("Certainty", "certainty", [("found", "found"), ("unsure", "could not tell")]),
        )
    )
    return (
        '<form id="filter" class="filter" aria-label="Filter the findings" autocomplete="off" hidden>'
        f'<div class="fields">{selects}<label class="text">Text<input type="search" name="text" '
        'placeholder="path, message, source" aria-keyshortcuts="/"></label></div>'
        '<div class="acts"><output id="status" aria-live="polite"></output>'
        '<button type="reset">Show all</button><button type="button" id="open">Open files</button>'
        '<button type="button" id="close">Close files</button></div></form>'
        '<p id="none" class="none" hidden>Nothing fits this filter.</p>'
    )


def _rule_id(share: RuleCount) -> str:
    return share.rule


def _pairs(words: Iterable[str]) -> list[tuple[str, str]]:
    return [(one, one) for one in words]


def _select(label: str, name: str, options: Iterable[tuple[str, str]]) -> str:
    written = "".join(f'<option value="{safe(value)}">{safe(words)}</option>' for value, words in options)
    return f'<label>{label}<select name="{name}"><option value="">all</option>{written}</select></label>'


def _folder(path: str) -> str:
    return dirname(path) or TOP


def _ancestors(folder: str) -> Iterable[str]:
    parts = folder.split("/")
    return filter(None, ("/".join(parts[: at + 1]) for at in range(len(parts))))


def file_details(
    path: str, findings: Sequence[Finding], rules: Mapping[str, Rule], context: Context, is_open: bool
) -> str:
    """A file with its findings."""
    rows = "".join(_finding(finding, rules, context) for finding in findings)
    where = f'data-path="{safe(path)}" data-folder="{safe(_folder(path))}"'
    return (
        f'<details class="file" {where}{" open" if is_open else ""}>'
        f'<summary><span class="path">{safe(path)}</span> <span class="tally">{len(findings):,}</span></summary>'
        f'<ol class="findings">{rows}</ol></details>'
    )


def _finding(finding: Finding, rules: Mapping[str, Rule], context: Context) -> str:
    kind = KINDS[finding.certainty]
    fixable = '<span class="badge fix">--fix mends it</span>' if finding.fix and context.show_fixable else ""
    return (
        f'<li class="finding {kind}" data-rule="{safe(finding.rule)}" data-language="{safe(finding.language)}" '
        f'data-certainty="{kind}"><p class="head"><span class="place">{finding.line}:{finding.column}</span>'
        f"<span>{_rule_link(finding.rule, rule_name(rules, finding.rule), rules)}</span>"
        f'<span class="badge {kind}">{finding.certainty.value}</span>{fixable}</p>'
        f"<p>{prose(finding.message)}</p>{_source(finding)}</li>"
    )


def _source(finding: Finding) -> str:
    source = finding.source
    if not source.strip():
        return ""
    start = max(0, finding.source_column - 1)
    is_short = finding.end_line == finding.line
    end = start + max(1, finding.end_column - finding.column) if is_short else len(source)
    begin = min(len(source) - len(source.lstrip()), start)
    before, marked, after = map(_code, (source[begin:start], source[start:end], source[end:].rstrip()))
    return f'<pre tabindex="0"><code>{before}<mark>{marked}</mark>{after}</code></pre>'


def _code(source: str) -> str:
    """A page shows tabs as such."""
    return "\t".join(map(safe, source.split("\t")))


def rule_details(summary: Summary, rules: Mapping[str, Rule]) -> str:
    """What each rule that found something is about."""
    known = [rules[one.rule] for one in sorted(summary.rules, key=_rule_id) if one.rule in rules]
    return f"<section><h2>What it is about</h2>{''.join(map(_rule, known))}</section>" if known else ""


def _rule(rule: Rule) -> str:
    ways = "".join(f"<li><strong>{WAYS[way]}.</strong> {prose(todo)}</li>" for way, todo in rule.ways.items())
    retirement = rule.retirement
    sources = ([retirement.source] if retirement else []) + list(rule.links)
    links = "".join(f"<li>{_link(address)}</li>" for address in dict.fromkeys(sources))
    retired = f"<p>{prose(f'Switch-off on {retirement.day}: {retirement.what}.')}</p>" if retirement else ""
    return (
        f'<details class="more"><summary>{safe(f"{rule.id} {rule.name}: {rule.title}")}</summary>'
        f'<div id="rule-{safe(rule.id)}"><p>{prose(rule.why)}</p>{retired}<ul>{ways}</ul>'
        f'<ul>{links}</ul><button type="button" data-show-rule="{safe(rule.id)}" hidden>Show its findings</button>'
        "</div></details>"
    )


def _link(address: str) -> str:
    words = safe(address)
    return f'<a href="{words}" rel="noreferrer">{words}</a>' if _LINK.match(address) else words


def silenced_details(silenced: Sequence[Silenced]) -> str:
    """What has been answered before, and with what."""
    rows = (
        f'<li><span class="path">{safe(one.finding.path)}:{one.finding.line}</span> {safe(one.finding.rule)}, '
        f"by {safe(one.by)}{f': {safe(one.reason)}' if one.reason else ''}</li>"
        for one in silenced
    )
    return _more(counted(len(silenced), "silenced finding"), rows) if silenced else ""


def not_read_details(not_read: Sequence[NotRead]) -> str:
    """What may hold something, and was not looked into."""
    rows = (f'<li><span class="path">{safe(one.path)}</span>: {safe(one.reason)}</li>' for one in not_read)
    return _more(f"{counted(len(not_read), 'file')} not read", rows) if not_read else ""


def _more(title: str, rows: Iterable[str]) -> str:
    return f'<section><details class="more"><summary>{title}</summary><ul>{"".join(rows)}</ul></details></section>'
