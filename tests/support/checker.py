"""A source looked into by one rule: the lines marked `<<` are those that it must name, and no others."""

from __future__ import annotations

from datetime import date

from remote_meeting.checker.kinds import Kind
from remote_meeting.checker.looking import look
from remote_meeting.checker.model import Certainty, Finding
from remote_meeting.checker.project import NOTHING_KNOWN, Project
from remote_meeting.checker.rules import RULES

DAY = date(2026, 11, 27)
MARK, DOUBT = "<<", "<?"
Case = tuple[str, str]


def find(
    text: str, language: str, *rules: str, project: Project = NOTHING_KNOWN, gateway: str = "", as_of: date = DAY
) -> tuple[Finding, ...]:
    """What is found in a source; by every rule that is on unless some are named."""
    chosen = [RULES[name] for name in rules] if rules else [rule for rule in RULES.values() if not rule.is_optional]
    return look("app", Kind(language), text, chosen, project=project, as_of=as_of, gateway=gateway).findings


def expect(rule: str, case: Case, project: Project = NOTHING_KNOWN) -> None:
    """A rule names the lines that end in `<<`, could not tell of those in `<?`, and is silent of the others."""
    language, marked = case
    lines = marked.strip("\n").split("\n")
    wanted = {
        (number, Certainty.FOUND if line.endswith(MARK) else Certainty.UNSURE)
        for number, line in enumerate(lines, 1)
        if line.endswith((MARK, DOUBT))
    }
    text = "\n".join(line.removesuffix(MARK).removesuffix(DOUBT).rstrip() for line in lines)
    got = {(finding.line, finding.certainty) for finding in find(text, language, rule, project=project)}
    assert got == wanted, f"{rule} in {language}:\n{text}"
