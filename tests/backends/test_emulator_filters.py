"""The language of `filter`: what it finds, and that nothing it is given breaks it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends.emulator.filters import DEEPEST, FilterError, Kind, Values, parse_filter

PROPERTIES = {"name": Kind.TEXT, "status": Kind.TEXT, "at": Kind.DATE}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VALUES: Values = {"name": "It's m-1", "status": "Failed", "at": NOON}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name eq 'It''s m-1'", True),
        ("name eq 'it''s m-1'", False),
        ("name ne 'x'", True),
        ("status eq 'Failed' and name eq 'x'", False),
        ("status eq 'Failed' or name eq 'x'", True),
        ("not status eq 'Failed'", False),
        ("not (status eq 'x' or name eq 'x')", True),
        ("name eq 'x' and status eq 'x' or status eq 'Failed'", True),
        ("name eq 'x' and (status eq 'x' or status eq 'Failed')", False),
        ("at gt 2026-01-01T11:59:59Z", True),
        ("at ge 2026-01-01T12:00:00Z and at le 2026-01-01T13:00:00+01:00", True),
        ("at lt 2026-01-01", False),
        ("  name   eq 'x'  or(at eq 2026-01-01T12:00:00Z)", True),
        ("name eq ' and '", False),
        ("name eq ''", False),
    ],
)
def test_what_it_finds(text: str, expected: bool) -> None:
    """`and` binds before `or`, `not` before both; quotes are doubled inside a text; dates are compared as times."""
    assert parse_filter(text, PROPERTIES)(VALUES) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name eq",
        "name eq x",
        "name eq 'x",
        "name = 'x'",
        "name gt 'x'",
        "name contains 'x'",
        "contains(name, 'x')",
        "Name eq 'x'",
        "other eq 'x'",
        "at gt '2026-01-01'",
        "at gt yesterday",
        "(name eq 'x'",
        "name eq 'x')",
        "name eq 'x' name eq 'x'",
        "name eq 'x' and",
        "not",
        "name eq 'x' And name eq 'y'",
        "(" * (DEEPEST + 1) + "name eq 'x'" + ")" * (DEEPEST + 1),
        "not " * 5000 + "name eq 'x'",
    ],
)
def test_what_is_no_filter(text: str) -> None:
    """One error, however odd the text."""
    with pytest.raises(FilterError):
        parse_filter(text, PROPERTIES)


def test_what_is_not_there_equals_nothing() -> None:
    """Neither a text nor a date; it differs from all."""
    nothing: Values = {"name": None}
    assert not parse_filter("name eq ''", PROPERTIES)(nothing)
    assert parse_filter("name ne ''", PROPERTIES)(nothing)
    assert not parse_filter("at lt 2026-01-01 or at ge 2026-01-01", PROPERTIES)(nothing)


@given(st.text())
def test_every_text_can_be_looked_for(text: str) -> None:
    """Whatever a displayName holds, doubled quotes are all the escaping it needs."""
    quoted = text.replace("'", "''")
    found = parse_filter(f"name eq '{quoted}'", PROPERTIES)
    assert found({"name": text})
    assert not found({"name": f"{text}."})


@given(st.text(alphabet="()' andortequlg'x2026-:TZ", max_size=60) | st.text(max_size=60))
def test_it_parses_or_says_why_not(text: str) -> None:
    """Never another exception."""
    with contextlib.suppress(FilterError):
        assert parse_filter(text, PROPERTIES)(VALUES) in (True, False)


@given(st.integers(-100_000, 100_000), st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]))
def test_comparisons_of_dates_are_those_of_numbers(seconds: int, sign: str) -> None:
    """In every direction."""
    other = NOON + timedelta(seconds=seconds)
    text = f"at {sign} {other:%Y-%m-%dT%H:%M:%SZ}"
    expected = {"eq": seconds == 0, "ne": seconds != 0, "gt": seconds < 0, "ge": seconds <= 0, "lt": seconds > 0}
    assert parse_filter(text, PROPERTIES)(VALUES) is expected.get(sign, seconds >= 0)
