"""Times of the speech to text REST API: every notation that was seen becomes ticks, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends.speech_rest.times import (
    DURATION,
    OFFSET,
    clock,
    iso_ticks,
    moment,
    number,
    ticks_of,
)

MOST = 2**63 - 1


@pytest.mark.parametrize(
    ("fields", "ticks"),
    [
        ({"offsetInTicks": 7_600_000}, 7_600_000),
        ({"offsetInTicks": 7600000.0}, 7_600_000),
        ({"offsetInTicks": 7600000.4}, 7_600_000),
        ({"offsetInTicks": " 7600000 "}, 7_600_000),
        ({"offsetInTicks": "7600000.0"}, 7_600_000),
        ({"offsetMilliseconds": 760}, 7_600_000),
        ({"offsetMilliseconds": "760"}, 7_600_000),
        ({"offsetMilliseconds": 0.5}, 5_000),
        ({"offset": "PT0.76S"}, 7_600_000),
        ({"offset": 760}, 7_600_000),
        ({"offsetInTicks": -3}, -3),
        ({"offsetInTicks": 0}, 0),
        ({"offsetInTicks": MOST}, MOST),
        ({"offsetInTicks": 2.0**60}, 2**60),
    ],
)
def test_each_notation_is_read(fields: dict[str, Any], ticks: int) -> None:
    """Ticks as integers, as the floats of the published sample or as text; milliseconds; ISO; the preview's names."""
    assert ticks_of(fields, OFFSET) == ticks
    assert ticks_of({name.replace("offset", "duration"): value for name, value in fields.items()}, DURATION) == ticks


@pytest.mark.parametrize(
    ("fields", "ticks"),
    [
        ({"offsetInTicks": 1, "offsetMilliseconds": 2, "offset": "PT3S"}, 1),
        ({"offsetInTicks": None, "offsetMilliseconds": 2, "offset": "PT3S"}, 20_000),
        ({"offsetInTicks": "soon", "offsetMilliseconds": [], "offset": "PT3S"}, 30_000_000),
    ],
)
def test_the_finest_notation_that_can_be_read_counts(fields: dict[str, Any], ticks: int) -> None:
    """Ticks, then milliseconds, then ISO."""
    assert ticks_of(fields, OFFSET) == ticks


@pytest.mark.parametrize(
    "value",
    [None, True, False, "", "soon", [1], {}, float("nan"), float("inf"), 2**63, -(2**63), 1e300, "1e400", "9" * 5000],
)
def test_what_is_no_time_is_none(value: object) -> None:
    """Never 0: a phrase without a time must not stand at the beginning."""
    assert ticks_of({"offsetInTicks": value, "offsetMilliseconds": value, "offset": value}, OFFSET) is None
    assert ticks_of({}, OFFSET) is None


def test_a_text_of_many_digits_stays_exact() -> None:
    """Texts are not read as floats where they are integers."""
    assert number("9007199254740993") == 9_007_199_254_740_993


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("PT2.58S", 25_800_000),
        ("PT0.0000001S", 1),
        ("PT1H2M3.4S", 37_234_000_000),
        ("P1DT1S", 864_010_000_000),
        ("P2D", 1_728_000_000_000),
        ("PT90M", 54_000_000_000),
        ("PT1.5H", 54_000_000_000),
        ("PT2,58S", 25_800_000),
        ("-PT0.1S", -1_000_000),
        ("+PT1S", 10_000_000),
        (" PT0S ", 0),
    ],
)
def test_iso_durations(text: str, ticks: int) -> None:
    """Days to fractions of a second, negative ones too, exact to the tick."""
    assert iso_ticks(text) == ticks


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "-PT", "PT1", "P1Y", "P1M", "PT1S2M", "1S", "PT1X", "PT.5S", "PT٣S", "PT999999999999H", None, 5],
)
def test_what_is_no_duration(text: object) -> None:
    """Months and years have no length in ticks."""
    assert iso_ticks(text) is None


@given(st.integers(-(10**15), 10**15))
def test_ticks_survive_iso(ticks: int) -> None:
    """A duration that is written with seven digits is read back to the tick."""
    whole, part = divmod(abs(ticks), 10_000_000)
    sign = "-" if ticks < 0 else ""
    assert iso_ticks(f"{sign}PT{whole // 3600}H{whole // 60 % 60}M{whole % 60}.{part:07d}S") == ticks


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(OFFSET, anything)))
def test_whatever_comes_is_an_int64_or_none(fields: dict[str, Any]) -> None:
    """No exception, no float, nothing that could not be stored."""
    found = ticks_of(fields, OFFSET)
    assert found is None or (type(found) is int and abs(found) <= MOST)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2019-01-07T11:34:12Z", datetime(2019, 1, 7, 11, 34, 12, tzinfo=UTC)),
        ("2019-01-07T11:34:12", datetime(2019, 1, 7, 11, 34, 12, tzinfo=UTC)),
        ("2019-01-07T12:34:12+01:00", datetime(2019, 1, 7, 11, 34, 12, tzinfo=UTC)),
        ("2019-01-07T11:34:12.1234567Z", datetime(2019, 1, 7, 11, 34, 12, 123456, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1546860852, None),
    ],
)
def test_moments(text: object, found: datetime | None) -> None:
    """Aware and in UTC, also with .NET's seven digits; None for what is no time stamp."""
    assert moment(text) == found


@pytest.mark.parametrize(
    ("ticks", "text"), [(0, "0:00:00.000"), (37_234_000_000, "1:02:03.400"), (599_999_999_999, "16:40:00.000")]
)
def test_a_place_in_the_audio_for_people(ticks: int, text: str) -> None:
    """Hours, minutes, seconds, milliseconds; a carry goes all the way."""
    assert clock(ticks) == text
