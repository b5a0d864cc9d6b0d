"""One file looked into: its text to findings. Nothing here reads a disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from .kinds import Kind
from .model import Edit, Finding, Fix
from .pages import Notebook, read_notebook, scripts_of
from .parsing import Span
from .project import Project
from .rule import Match, Rule
from .source import Source

SHOWN = 240


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a file, and where its comments are, for those that silence.

    Args:
        findings: By place and rule.
        comments: Spans of the text.
    """

    findings: tuple[Finding, ...]
    comments: tuple[Span, ...]


def look(
    shown: str, kind: Kind, text: str, rules: Sequence[Rule], *, project: Project, as_of: date, gateway: str = ""
) -> Looked:
    """Look into a file.

    Args:
        shown: Its path as it is shown.
        kind: Its language.
        text: Its decoded text.
        rules: Those that are asked.
        project: What the project files around it say.
        as_of: The day that findings speak of.
        gateway: The address that takes the place of the retired service's in fixes; empty for none.
    """
    folded = text.lower()
    rules = [rule for rule in rules if any(word in folded for word in rule.triggers)]
    if not rules:
        return Looked((), ())
    notebook: Notebook | None = None
    if kind is Kind.NOTEBOOK:
        notebook = read_notebook(text)
        if notebook is None:
            return Looked((), ())
        source = Source(shown, Kind.PYTHON, notebook.code, project)
    elif kind in (Kind.HTML, Kind.VUE):
        scripts, script_kind = scripts_of(text)
        source = Source(shown, kind, text, project, script=scripts, script_kind=script_kind, gateway=gateway)
    else:
        source = Source(shown, kind, text, project, gateway=gateway)
    whole = source if notebook is None else Source(shown, Kind.JSON, text, project)
    findings = [_finding(rule, match, source, whole, notebook, kind, as_of) for rule, match in _matches(source, rules)]
    comments = (
        source.comments
        if notebook is None
        else tuple((notebook.offset(start), notebook.offset(end)) for start, end in source.comments)
    )
    return Looked(tuple(findings), comments)


def _matches(source: Source, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Match]]:
    """Matches by place; of one rule in one line the first, as a line that names a thing twice has it once."""
    found = [(match.start, rule.id, rule, match) for rule in rules for match in rule.find(source)]
    seen: set[tuple[int, str]] = set()
    for start, name, rule, match in sorted(found, key=lambda item: item[:2]):
        place = (source.where(start)[0], name)
        if place not in seen:
            seen.add(place)
            yield rule, match


def _finding(
    rule: Rule, match: Match, source: Source, whole: Source, notebook: Notebook | None, kind: Kind, as_of: date
) -> Finding:
    what = " ".join(source.text[match.start : match.end].split())
    message = (match.message or rule.message).format(
        what=what, retired=rule.retirement.say(as_of) if rule.retirement else ""
    )
    start, end = (
        (match.start, match.end) if notebook is None else (notebook.offset(match.start), notebook.offset(match.end))
    )
    line, column = whole.where(start)
    end_line, end_column = whole.where(max(start, end))
    shown, shown_column = _cut(whole.line(line), column)
    edits: tuple[Edit, ...] = match.edits if notebook is None else ()
    return Finding(
        rule=rule.id,
        path=source.shown,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        source=shown,
        source_column=shown_column,
        message=message,
        certainty=match.certainty,
        language=kind.value,
        fix=Fix(match.fix, edits) if edits else None,
    )


def _cut(line: str, column: int) -> tuple[str, int]:
    """A line no longer than can be shown, and the column in what is left of it."""
    if len(line) <= SHOWN:
        return line, column
    begin = min(max(0, column - 1 - SHOWN // 3), len(line) - SHOWN)
    return line[begin : begin + SHOWN], column - begin
