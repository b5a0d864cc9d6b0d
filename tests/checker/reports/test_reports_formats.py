"""What holds for every format."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_up_reports import CONTEXT, RULES, finding, hostile, many, mixed, report

from remote_meeting.checker import reports
from remote_meeting.checker.reports import FORMATS

# What turns a text round, steers a terminal or breaks a line where a format has no line.
STEERING = ("\x1b", "\x07", "\u202e", "\r")


def test_the_public_face() -> None:
    """The formats that the command offers, and what it needs to call them."""
    assert list(FORMATS) == ["text", "json", "sarif", "github", "html", "markdown"]
    assert set(reports.__all__) == {"FORMATS", "Context", "Summary", "headline", "summarize"}
    assert all(hasattr(reports, name) for name in reports.__all__)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_in_a_repository_steers_or_breaks_a_report(name: str) -> None:
    """Hostile names, lines and messages come out as one UTF-8 document without control characters."""
    said = FORMATS[name](hostile(), RULES, replace(CONTEXT, where="a\x1b\u202e\r\ud800b"))
    assert said.encode().decode() == said
    assert not [mark for mark in STEERING if mark in said]
    assert said.endswith("\n")
    assert not said.endswith("\n\n")


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_of_nothing_is_a_report(name: str) -> None:
    """No finding, and no file either."""
    for empty in (report(), report(clean=3)):
        assert FORMATS[name](empty, RULES, CONTEXT)


@pytest.mark.parametrize("name", FORMATS)
def test_a_finding_of_an_unknown_rule_is_told(name: str) -> None:
    """A rule that came in from elsewhere costs its explanation, not the report."""
    assert "RM999" in FORMATS[name](report(finding("RM999")), RULES, CONTEXT)


@pytest.mark.parametrize("name", FORMATS)
def test_the_order_of_the_files_looked_into_does_not_matter(name: str) -> None:
    """The same report twice is the same text, however its counts were collected."""
    once = mixed()
    again = replace(once, files=dict(reversed(once.files.items())), skipped=dict(reversed(once.skipped.items())))
    assert FORMATS[name](once, RULES, CONTEXT) == FORMATS[name](again, RULES, CONTEXT)


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_of_a_big_report_is_in_it(name: str) -> None:
    """Nothing is left out in silence."""
    told = many(500)
    said = FORMATS[name](told, RULES, CONTEXT)
    assert all(path in said for path in {one.path for one in told.findings})
