"""The report as Markdown."""

from __future__ import annotations

from html import unescape

import pytest
from made_up_reports import CONTEXT, RULES, finding, hostile, mixed, report

from remote_meeting.checker.model import Report
from remote_meeting.checker.reports import FORMATS
from remote_meeting.checker.reports.prose import code, plain_markdown, rule_markdown


def _told(told: Report) -> str:
    return FORMATS["markdown"](told, RULES, CONTEXT)


def test_the_summary_comes_first() -> None:
    """Who reads it in a pull request may read no further."""
    headings = [line for line in _told(mixed()).splitlines() if line.startswith("#")]
    assert headings == [
        *("# Migration check", "## Way in", "## Effort", "## By rule", "## By language", "## Findings"),
        *("### `app/New.cs` (1 finding)", "### `app/Old.cs` (10 findings)"),
        *("### `src/app.py` (1 finding)", "### `src/rest.py` (1 finding)", "## Not read"),
    ]


def test_a_finding_is_a_row() -> None:
    """Place, rule, line and message; a doubt says so, a fix too."""
    told = _told(report(finding(unsure=True, fix=True)))
    assert (
        "| 10:14 | RM101 remote-client | `client = RemoteClient(config)`<br>*could not tell:* "
        "RemoteClient was retired on 2025-03-28: swap the import. (`--fix` mends it) |\n"
    ) in told


def test_repeats_fold() -> None:
    """As on a terminal: GitHub cuts long comments."""
    assert "|  |  | … and 7 more of RM201 at lines 13, 14, 15, 16, 17, 18, 19 |" in _told(mixed())


def test_every_row_has_the_cells_of_its_table() -> None:
    """Whatever stands in a name or a line: a bar that is not escaped would make another cell."""
    told = _told(hostile())
    rows = [line for line in told.splitlines() if line.startswith("| ")]
    widths = {line.replace("\\|", "").count("|") for line in rows if line.startswith("| 10:")}
    assert widths == {4}
    assert "<script>" not in told
    assert "<img" not in told.replace("\\<img", "")
    assert "@everyone" not in told.replace("\\@everyone", "")


def test_nothing_found_is_short() -> None:
    """No headings over nothing."""
    told = _told(report(clean=2))
    assert "**Nothing found: 2 files looked into (2 Python).**" in told
    assert "##" not in told


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("plain", "`plain`"),
        ("a `b` c", "``a `b` c``"),
        ("`a`", "`` `a` ``"),
        ("a``b`", "``` a``b` ```"),
        ("a\nb", "`a\\nb`"),
        (" ", "`   `"),
    ],
)
def test_code_spans(words: str, written: str) -> None:
    """More backticks outside than inside."""
    assert code(words) == written


def test_a_bar_in_code_is_an_entity() -> None:
    """Backticks do not keep it from ending a cell, and a backslash before it may be the code's own."""
    written = code("a \\| <b> | *c*")
    assert "|" not in written
    assert "*" not in written
    assert unescape(written.removeprefix("<code>").removesuffix("</code>")) == "a \\| <b> | *c*"


def test_our_own_messages_may_mark_code() -> None:
    """And nothing else in them formats."""
    assert plain_markdown("use `a_b` *now* [x](y)") == "use `a_b` \\*now\\* \\[x\\](y)"
    assert plain_markdown("one ` only") == "one \\` only"


def test_a_rule_as_markdown() -> None:
    """What a viewer of SARIF shows beside a finding."""
    said = rule_markdown(RULES["RM101"])
    assert "Switch-off on 2025-03-28: " in said
    assert "- Swap the import: Import the same name from `remote_meeting`." in said
    assert "- <https://example.com/read?a=1&b=2>" in said
