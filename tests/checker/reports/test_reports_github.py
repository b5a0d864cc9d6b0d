"""Annotations for GitHub."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_up_reports import CONTEXT, RULES, finding, hostile, mixed, report

from remote_meeting.checker.model import Report
from remote_meeting.checker.reports import FORMATS


def _lines(told: Report) -> list[str]:
    return FORMATS["github"](told, RULES, CONTEXT).splitlines()


def test_a_finding_is_a_command() -> None:
    """With its place, the last column within it."""
    assert _lines(report(finding()))[0] == (
        "::error file=src/app.py,line=10,endLine=10,col=14,endColumn=25,title=RM101 remote-client"
        "::RemoteClient was retired on 2025-03-28: swap the import."
    )


@pytest.mark.parametrize(
    ("rule", "unsure", "command"),
    [
        ("RM101", False, "error"),
        ("RM900", False, "error"),
        ("RM901", False, "warning"),
        ("RM801", False, "warning"),
        ("RM101", True, "notice"),
    ],
)
def test_what_does_not_work_any_more_is_an_error(rule: str, unsure: bool, command: str) -> None:
    """What goes tomorrow, or was never retired, is a warning; a doubt is a notice that says so."""
    line = _lines(report(finding(rule, unsure=unsure)))[0]
    assert line.startswith(f"::{command} ")
    assert ("::Could not tell: " in line) is unsure


def test_what_was_not_read_is_a_warning() -> None:
    """It may hold something."""
    assert (
        "::warning file=data/big.json,title=Not read::data/big.json could not be looked into: larger than 4 MiB."
        in (_lines(mixed()))
    )


def test_the_last_line_says_what_was_found() -> None:
    """In words, for who reads the log."""
    assert _lines(mixed())[-1] == "12 found, 1 could not tell, in 4 of 11 files."
    assert _lines(report(clean=2)) == ["Nothing found: 2 files looked into (2 Python)."]


def test_nothing_can_make_a_command_of_its_own() -> None:
    """Each line is one that was meant; names and messages are escaped as GitHub reads them."""
    lines = _lines(hostile())
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "2"]
    assert "file=src/a%0Ab|`c`%2Cd%3Ae%25<i>é\\x1b[31m #?.py," in lines[0]
    assert "::error::x%0A::warning::y %25 \\x07" in lines[0]
    assert "file=src/b%0D%0A%3A%3Aerror%3A%3Az" in lines[2]


def test_a_place_over_several_lines_has_no_columns() -> None:
    """GitHub refuses them."""
    line = _lines(report(replace(finding(), end_line=12, end_column=3)))[0]
    assert ",line=10,endLine=12,title=" in line
