"""Counts, effort and advice: conclusions, drawn from values alone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from made_up_reports import DAY, RULES, finding, mixed, report, rule

from remote_meeting.checker.model import Finding, Way
from remote_meeting.checker.reports import headline, summarize
from remote_meeting.checker.reports.effort import Effort, estimate
from remote_meeting_backends.fast.limits import CAPABILITIES as FAST


def test_counts() -> None:
    """Each of the three answers, what was not read, and what was silenced."""
    summary = summarize(mixed(), RULES)
    assert (summary.found, summary.unsure, summary.clean, summary.not_read, summary.silenced) == (12, 1, 7, 1, 2)
    assert (summary.files, summary.files_with_findings, summary.fixable) == (11, 4, 1)


def test_counts_by_rule_begin_with_the_most() -> None:
    """A file with ten findings of a rule is one file."""
    shares = [(one.rule, one.found, one.unsure, one.files) for one in summarize(mixed(), RULES).rules]
    assert shares == [("RM201", 10, 1, 2), ("RM101", 1, 0, 1), ("RM701", 1, 0, 1)]


def test_counts_by_language_name_the_clean_ones_too() -> None:
    """A language that was looked into without a finding was looked into."""
    summary = summarize(report(finding(language="C#"), clean=4, language="Go"), RULES)
    shares = [(one.language, one.found, one.files_with_findings, one.files) for one in summary.languages]
    assert shares == [("C#", 1, 1, 1), ("Go", 0, 0, 4)]


@pytest.mark.parametrize(
    ("findings", "clean", "said"),
    [
        ([], 0, "Nothing was looked into in app: no file there is in a language that this check reads."),
        ([], 1, "Nothing found in app: 1 file looked into (1 Python)."),
        ([finding()], 1, "1 found, in 1 of 2 files of app."),
        ([finding(unsure=True)], 1200, "1 could not tell, in 1 of 1,201 files of app."),
        ([finding(), finding(path="b.py", unsure=True)], 0, "1 found, 1 could not tell, in 2 of 2 files of app."),
    ],
)
def test_headline(findings: list[Finding], clean: int, said: str) -> None:
    """One sentence that is true."""
    assert headline(summarize(report(*findings, clean=clean), RULES), "app") == said


def test_headline_names_only_so_many_languages() -> None:
    """Twelve languages are no sentence."""
    looked = report(files=dict.fromkeys("abcdefgh", 2))
    assert "2 f and 2 more languages" in headline(summarize(looked, RULES))


def test_effort_counts_a_rule_once_and_each_file_with_it() -> None:
    """Two files at half an hour and two hours once are three; half and double of it are the range."""
    effort = estimate([finding(), finding(line=11), finding(path="b.py")], RULES)
    assert effort is not None
    assert (effort.low, effort.high) == (1.5, 6.0)
    assert effort.reasons[0] == "RM101 remote-client: 2 files at about 30 min, and 2 h once."
    assert "rough" in effort.reasons[-1]


def test_effort_of_what_could_not_be_told_is_only_in_the_upper_end() -> None:
    """It may be nothing."""
    effort = estimate([finding("RM201"), finding("RM201", path="b.py", unsure=True)], RULES)
    assert effort is not None
    assert (effort.low, effort.high) == (0.5, 4.0)
    assert "(1 could not be told)" in effort.reasons[0]


def test_effort_of_what_is_mended_is_only_in_the_upper_end() -> None:
    """A file counts as mended when all that is certain in it is."""
    half = [finding("RM201", fix=True), finding("RM201", line=2)]
    whole = [finding("RM201", path="b.py", fix=True)]
    effort = estimate(half + whole, RULES)
    assert effort is not None
    assert (effort.low, effort.high) == (0.5, 4.0)
    assert "(1 mended by `--fix`)" in effort.reasons[0]


def test_effort_says_what_the_gateway_spares() -> None:
    """The estimate is for changes by hand, and there may be none."""
    effort = summarize(report(finding(language="Java")), RULES).effort
    assert effort is not None
    assert any(reason.startswith("Behind the gateway") and "1 finding " in reason for reason in effort.reasons)


def test_no_effort_for_nothing() -> None:
    """Nothing costs nothing."""
    assert estimate([], RULES) is None


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 0.2, "0 to 1 hour"),
        (1.5, 6, "1 to 6 hours"),
        (3, 16.5, "3 hours to 3 working days"),
        (20, 81, "2 to 11 working days"),
        (9000, 20000, "1,125 to 2,500 working days"),
    ],
)
def test_effort_is_said_as_a_range_rounded_outwards(low: float, high: float, said: str) -> None:
    """Never one figure, and never finer than it is."""
    assert Effort(low, high, ()).say() == f"Roughly {said} by hand"


def _ways(findings: Iterable[Finding]) -> list[tuple[str, int]]:
    ordered = sorted(findings, key=lambda one: (one.path, one.line))
    return [(way.title, way.findings) for way in summarize(report(*ordered), RULES).ways]


def test_python_swaps_its_import() -> None:
    """Python code of a retired interface goes through the facade; a notebook is Python."""
    assert _ways([finding(), finding("RM201", "b.ipynb", language="Jupyter")]) == [("Facade", 2)]


@pytest.mark.parametrize("language", ["C#", "Java", "C++", "JavaScript", "Swift"])
def test_other_languages_swap_the_endpoint(language: str) -> None:
    """The facade is an import in Python; elsewhere the gateway serves."""
    assert _ways([finding(language=language), finding("RM201", "b", language=language)]) == [("Gateway", 2)]


@pytest.mark.parametrize(
    ("code", "way"), [([], "Gateway"), (["Python"], "Facade"), (["Java"], "Gateway"), (["Python", "Java"], "Gateway")]
)
def test_settings_go_the_way_of_the_code(code: list[str], way: str) -> None:
    """A key in YAML belongs to the app beside it; where two are equal, the gateway serves both."""
    settings = [finding(path="a.yaml", language="YAML"), finding(path="b.toml", language="TOML")]
    rows = settings + [finding(path=f"z/{language}", language=language) for language in code]
    assert dict(_ways(rows))[way] == 2 + bool(code)


@pytest.mark.parametrize("language", ["C#", "Python", "YAML"])
def test_the_old_rest_api_is_rewritten_to_batch(language: str) -> None:
    """Nothing stands in for it, in any language."""
    assert _ways([finding("RM701", language=language)]) == [("Rewrite to batch", 1)]


def test_a_rule_without_a_stand_in_is_a_rewrite() -> None:
    """Its own ways say so."""
    assert _ways([finding("RM801")]) == [("Rewrite", 1)]


def test_the_way_that_answers_most_comes_first() -> None:
    """A code base in two languages needs two."""
    python = [finding(line=line) for line in range(1, 4)]
    rest = [finding("RM701", "rest.py", line=line) for line in range(1, 6)]
    assert _ways([*python, *rest, finding(path="a.cs", language="C#")]) == [
        ("Rewrite to batch", 5),
        ("Facade", 3),
        ("Gateway", 1),
    ]


def test_what_could_not_be_told_decides_only_alone() -> None:
    """Ten doubts do not outweigh what is certain."""
    doubts = [finding("RM701", "rest.py", line=line, unsure=True) for line in range(1, 11)]
    assert _ways([*doubts, finding()]) == [("Facade", 1)]
    assert _ways(doubts) == [("Rewrite to batch", 10)]


def test_every_advice_has_a_reason_with_its_figures() -> None:
    """Who reads it can check it."""
    advice = summarize(mixed(), RULES).ways[0]
    assert advice.way is Way.GATEWAY
    assert advice.reason.startswith("10 findings in 1 file (C#): ")


def test_the_limits_that_are_quoted_are_those_of_the_backend() -> None:
    """The advice names two figures; they have one source."""
    (advice,) = summarize(report(finding("RM701")), RULES).ways
    assert FAST.max_diarized_seconds is not None
    assert FAST.max_bytes is not None
    assert f"up to {FAST.max_diarized_seconds / 3600:g} hours and {FAST.max_bytes / 1e6:g} MB" in advice.reason


def test_a_rule_that_was_not_retired_has_no_date() -> None:
    """The helper's own rules are what the tests above take them for."""
    assert rule("RM1", "x", retirement=None).retirement is None
    assert RULES["RM901"].retirement is not None
    assert RULES["RM901"].retirement.day > DAY
