"""The fixes of a check: planned for every file that has any, shown as a patch, or written, all files or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import git
from .checking import Checked, Options, look_into
from .fixing import FilePlan, Left, plan, settle, write
from .model import Finding
from .parsing import Span
from .project import Projects
from .reading import decode, read
from .rules import RULE_IDS
from .silencing import silence
from .walking import Candidate


@dataclass(frozen=True, slots=True)
class Mended:
    """What fixes would do, or did.

    Args:
        plans: The files that change.
        left: Findings that have a fix which is not made, and why.
        undo: The commands that bring the files back; empty when nothing was written.
    """

    plans: tuple[FilePlan, ...]
    left: tuple[Left, ...]
    undo: tuple[str, ...] = ()

    @property
    def applied(self) -> tuple[Finding, ...]:
        """The findings that are mended."""
        return tuple(finding for one in self.plans for finding in one.applied)


def plan_all(checked: Checked, wanted: Iterable[Finding], options: Options) -> Mended:
    """What the fixes of some findings make of their files.

    Args:
        checked: The check.
        wanted: The findings that are to be mended: those that nothing silences.
        options: How the check went about it.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in wanted:
        if finding.fix is not None:
            by_path.setdefault(finding.path, []).append(finding)
    projects = Projects(options.base)
    plans = [
        made
        for shown, findings in sorted(by_path.items())
        if (made := _plan(shown, findings, checked, options, projects)) is not None
    ]
    return Mended(tuple(made for made in plans if made.is_changed), tuple(left for made in plans for left in made.left))


def write_all(mended: Mended, *, force: bool) -> Mended:
    """Write what was planned: all files or none.

    Raises:
        InvalidInput: Git could not undo it, and nobody insists.
        NotWritten: A file cannot be written, or has changed meanwhile.
    """
    found = git.standing([made.path for made in mended.plans])
    git.refuse(found, force=force)
    write(mended.plans)
    return Mended(mended.plans, mended.left, git.how_to_undo(found))


def _plan(
    shown: str, findings: list[Finding], checked: Checked, options: Options, projects: Projects
) -> FilePlan | None:
    opened = checked.opened[shown]
    if not opened.path:
        return None
    data = read(opened.path, limit=options.limit)
    decoded = decode(data) if isinstance(data, bytes) else data
    if isinstance(data, str) or isinstance(decoded, str):
        return None
    candidate = Candidate(opened.path, shown, opened.kind)
    asked = [rule.id for rule in options.rules]
    chosen = {finding.rule for finding in findings}

    def look(text: str) -> tuple[Sequence[Finding], Sequence[Span]]:
        looked = look_into(candidate, text, options, projects)
        answered = silence(text, looked.comments, looked.findings, RULE_IDS, asked)
        return [finding for finding in answered.findings if finding.rule in chosen], looked.comments

    now, comments = look(decoded.text)
    # A file that changed since it was checked has other findings; what was silenced in it stays silent.
    lines = {(finding.rule, finding.line) for finding in findings}
    kept = [finding for finding in now if (finding.rule, finding.line) in lines]
    first = plan(Path(opened.path), shown, data, decoded.text, decoded.encode, kept, comments)
    return settle(first, look) if len(kept) == len(now) else first
