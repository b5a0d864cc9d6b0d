"""Times as the speech to text REST API writes them, in ticks.

Ticks come as integers, as floats (`7600000.0` in the published sample) or not at all; milliseconds are integers; the
oldest notation is an ISO 8601 duration (`PT2.58S`). Sources: the result schemas of v3.0 to 2024-11-15, the page on
batch results.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from ..transcript import TICKS_PER_SECOND

TICKS_PER_MILLISECOND = TICKS_PER_SECOND // 1000
# The services count in int64; what is beyond is no time.
_MOST = 2**63 - 1
_EXACT = 2.0**53
_NUMBER = r"(\d{1,12}(?:[.,]\d{1,12})?)"
_DURATION = re.compile(
    rf"\s*([+-]?)P(?=[\dT])(?:{_NUMBER}D)?(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?\s*", re.ASCII
)
_UNIT_TICKS = tuple(seconds * TICKS_PER_SECOND for seconds in (86_400, 3_600, 60, 1))


class TimeNames(NamedTuple):
    """What one time is called in each notation, the most trusted first; a name that a schema lacks is simply absent."""

    in_ticks: str
    in_milliseconds: str
    iso: str


OFFSET = TimeNames("offsetInTicks", "offsetMilliseconds", "offset")
DURATION = TimeNames("durationInTicks", "durationMilliseconds", "duration")


def ticks_of(fields: Mapping[str, Any], names: TimeNames) -> int | None:
    """A time in ticks, which may be negative; None when no notation of it can be read."""
    value = fields.get(names.in_ticks)
    # Nearly every value of a long result ends here.
    if type(value) is int and -_MOST <= value <= _MOST:
        return value
    if type(value) is float and -_EXACT <= value <= _EXACT:
        return round(value)
    found = number(value)
    if found is not None:
        return found
    found = number(fields.get(names.in_milliseconds), TICKS_PER_MILLISECOND)
    if found is not None:
        return found
    value = fields.get(names.iso)
    # The fast service's preview had this name for milliseconds.
    return iso_ticks(value) if isinstance(value, str) else number(value, TICKS_PER_MILLISECOND)


def number(value: Any, unit_ticks: int = 1) -> int | None:
    """A count of a unit in ticks, from an integer, a float or a text of either; None when it is none of them."""
    if isinstance(value, str):
        value = _number_in(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        if not isfinite(value):
            return None
        # A whole float is an integer that was written with a point: multiplied as one, it stays exact.
        value = int(value) * unit_ticks if value.is_integer() else round(value * unit_ticks)
    else:
        value *= unit_ticks
    return value if -_MOST <= value <= _MOST else None


def iso_ticks(value: Any) -> int | None:
    """An ISO 8601 duration of days, hours, minutes and seconds, such as `PT1H2.58S`, to the nearest tick.

    Months and years have no fixed length: a duration with them is None, as is whatever is no duration.
    """
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    counts = (Decimal(part.replace(",", ".")) if part else Decimal(0) for part in found.groups()[1:])
    total = round(sum(count * unit for count, unit in zip(counts, _UNIT_TICKS, strict=True)))
    return None if total > _MOST else -total if found[1] == "-" else total


def moment(text: Any) -> datetime | None:
    """A time stamp of the service (`2019-01-07T11:34:12Z`) as an aware time in UTC; None when it is none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def clock(ticks: int) -> str:
    """A place in the audio as a person reads it: `1:02:03.400`."""
    milliseconds = round(ticks / TICKS_PER_MILLISECOND)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _number_in(text: str) -> int | float | None:
    for read in (int, float):
        try:
            return read(text)
        except (ValueError, OverflowError):
            continue
    return None
