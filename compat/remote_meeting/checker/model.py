"""What a check says: findings in a report, with the edits that mend them. Values only, nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Certainty(StrEnum):
    """How sure a finding is: two of the three answers (the third is silence)."""

    FOUND = "found"
    UNSURE = "could not tell"


class Way(StrEnum):
    """The ways in: how what was found goes on working."""

    FACADE = "facade"
    GATEWAY = "gateway"
    REWRITE = "rewrite"


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` (exclusive) of a file's decoded text become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends a finding.

    Args:
        title: What it does, as an order: "Remove the property".
        edits: In order, without overlap; all of them or none.
    """

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place.

    Args:
        rule: The rule's id, as `RM101`.
        path: As it is shown: relative to where the check began, with `/`.
        line: From 1.
        column: From 1, in characters.
        end_line: Where it ends.
        end_column: The first column behind it.
        source: The line it begins in, without its end; long lines are cut around the place (see `source_column`).
        source_column: The column of the place within `source`, from 1.
        message: What is wrong and what to do, one or two sentences.
        certainty: Found, or could not tell.
        language: The language's name, as `C#`.
        fix: What mends it; None where no edit is certain.
    """

    rule: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    source: str
    source_column: int
    message: str
    certainty: Certainty
    language: str
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that somebody has answered: by a comment beside it, or in a baseline.

    Args:
        finding: It.
        by: "comment", "baseline" or "configuration".
        reason: Theirs; empty where none was given.
    """

    finding: Finding
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that may hold something and could not be looked into.

    Args:
        path: As it is shown.
        reason: A short clause: "larger than 4 MiB".
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that a check has to say.

    Args:
        as_of: The day it speaks of.
        findings: By path, line, column and rule.
        silenced: What was found and answered before.
        not_read: By path.
        files: How many files were looked into, by language.
        files_with_findings: How many of them, by language.
        skipped: How many files were left out (ignored, vendored, the SDK's own), by reason.
        seconds: How long it took.
    """

    as_of: date
    findings: tuple[Finding, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    files_with_findings: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings that are certain."""
        return tuple(finding for finding in self.findings if finding.certainty is Certainty.FOUND)

    @property
    def unsure(self) -> tuple[Finding, ...]:
        """Those that somebody has to look at."""
        return tuple(finding for finding in self.findings if finding.certainty is Certainty.UNSURE)

    @property
    def clean(self) -> int:
        """How many files were looked into and hold nothing."""
        return sum(self.files.values()) - sum(self.files_with_findings.values())
