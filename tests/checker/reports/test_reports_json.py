"""The report for a program."""

from __future__ import annotations

import json
from typing import Any

from made_up_reports import CONTEXT, HOSTILE_PATH, RULES, finding, hostile, mixed, report

from remote_meeting.checker.model import Report
from remote_meeting.checker.reports import FORMATS


def _told(told: Report) -> dict[str, Any]:
    return dict(json.loads(FORMATS["json"](told, RULES, CONTEXT)))


def test_the_names_stay() -> None:
    """Programs read these; `schema` counts up when one of them goes."""
    told = _told(mixed())
    assert list(told) == [
        *("version", "schema", "as_of", "seconds", "summary", "findings", "could_not_tell"),
        *("silenced", "not_read", "files", "skipped"),
    ]
    assert (told["version"], told["schema"], told["as_of"]) == ("1.2.3", 1, "2026-11-27")
    assert list(told["summary"]) == [
        *("found", "could_not_tell", "clean", "not_read", "silenced", "fixable", "files", "files_with_findings"),
        *("by_rule", "by_language", "effort", "ways_in"),
    ]


def test_a_finding() -> None:
    """All that a program needs to go there."""
    assert _told(report(finding(fix=True)))["findings"] == [
        {
            "rule": "RM101",
            "name": "remote-client",
            "path": "src/app.py",
            "line": 10,
            "column": 14,
            "end_line": 10,
            "end_column": 26,
            "message": "RemoteClient was retired on 2025-03-28: swap the import.",
            "certainty": "found",
            "language": "Python",
            "fixable": True,
        }
    ]


def test_what_could_not_be_told_stands_apart() -> None:
    """Who counts `findings` counts what is certain."""
    told = _told(mixed())
    assert {one["certainty"] for one in told["findings"]} == {"found"}
    assert [one["path"] for one in told["could_not_tell"]] == ["app/New.cs"]
    assert len(told["findings"]) == told["summary"]["found"] == 12
    assert len(told["could_not_tell"]) == told["summary"]["could_not_tell"] == 1


def test_what_is_silenced_says_by_what() -> None:
    """An empty reason is one too."""
    silenced = [(one["line"], one["silenced_by"], one["reason"]) for one in _told(mixed())["silenced"]]
    assert silenced == [(2, "baseline", ""), (4, "comment", "kept for the archive")]


def test_what_was_not_looked_into() -> None:
    """Files by language, what was left out, and what could not be read."""
    told = _told(mixed())
    assert told["files"] == {"C#": 2, "Python": 9}
    assert told["skipped"] == {"ignored": 12, "vendored": 3}
    assert told["not_read"] == [{"path": "data/big.json", "reason": "larger than 4 MiB"}]


def test_the_effort_and_the_way_in_are_figures_and_words() -> None:
    """A program may add them up, a person may read them."""
    summary = _told(mixed())["summary"]
    assert (summary["effort"]["low_hours"], summary["effort"]["high_hours"]) == (3.5, 21)
    assert summary["effort"]["text"].startswith("Roughly ")
    assert summary["ways_in"][0]["way"] == "gateway"
    assert _told(report(clean=1))["summary"]["effort"] is None


def test_any_name_comes_back_as_it_was() -> None:
    """Line breaks and bytes that are not UTF-8 are told to a program, not shown to it."""
    paths = {one["path"] for one in _told(hostile())["findings"]}
    assert paths == {HOSTILE_PATH, "src/\udcff.py"}


def test_text_is_utf8_and_not_escapes() -> None:
    """A name in another script can be read in the file."""
    assert "会議.py" in FORMATS["json"](report(finding(path="会議.py")), RULES, CONTEXT)
