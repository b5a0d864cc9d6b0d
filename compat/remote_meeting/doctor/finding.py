"""What one check found: a status, and a sentence that says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from remote_meeting_backends.connection import redact

from ..screen import plain


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Args:
        check: What was checked: `clock`, `batch`, `store`.
        status: How it ended.
        message: One sentence or a few.
        subject: The file it is about; None where there is but one of its kind.
    """

    check: str
    status: Status
    message: str
    subject: str | None = None

    def shown(self, secrets: Iterable[str]) -> Finding:
        """The same as it may be printed: on one line, nothing that steers a terminal, no secret."""
        secrets = tuple(secrets)
        subject = None if self.subject is None else plain(redact(self.subject, secrets))
        message = " ".join(plain(redact(self.message, secrets)).split())
        return replace(self, message=message, subject=subject)


def ok(check: str, message: str, subject: str | None = None) -> Finding:
    """All is well."""
    return Finding(check, Status.OK, message, subject)


def warning(check: str, message: str, subject: str | None = None) -> Finding:
    """It works, or may work, and not as one would want."""
    return Finding(check, Status.WARNING, message, subject)


def problem(check: str, message: str, subject: str | None = None) -> Finding:
    """It does not work."""
    return Finding(check, Status.PROBLEM, message, subject)


def skipped(check: str, message: str, subject: str | None = None) -> Finding:
    """It was not looked at, or is not set up; and why."""
    return Finding(check, Status.SKIPPED, message, subject)


def count(findings: Sequence[Finding]) -> dict[Status, int]:
    """How many there are of each status."""
    return {status: sum(finding.status is status for finding in findings) for status in Status}


def report(findings: Sequence[Finding]) -> dict[str, Any]:
    """All findings for a script: every key is always there."""
    return {
        "healthy": not count(findings)[Status.PROBLEM],
        "counts": {status.value: number for status, number in count(findings).items()},
        "checks": [
            {
                "check": finding.check,
                "subject": finding.subject,
                "status": finding.status.value,
                "message": finding.message,
            }
            for finding in findings
        ],
    }
