"""A rule: what it finds, why that matters, and what to do about it, by way in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .dates import Retirement
from .model import Certainty, Edit, Way

if TYPE_CHECKING:
    from .source import Source


@dataclass(frozen=True, slots=True)
class Match:
    """A place in a source.

    Args:
        start: Offset in characters.
        end: The first offset behind it.
        message: In place of the rule's own.
        certainty: Found, or could not tell.
        fix: What the edits do, as an order.
        edits: What mends it; empty where no edit is certain.
    """

    start: int
    end: int
    message: str | None = None
    certainty: Certainty = Certainty.FOUND
    fix: str = ""
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Code as it was, and as it is on each way in. `after` has no entry for a way that does not exist in this case."""

    before: str
    after: Mapping[Way, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that was retired, or goes wrong on the way out of it.

    Args:
        id: Stable for ever: `RM101`.
        name: A short one for people: `remote-client`.
        family: A heading it stands under.
        title: One line.
        message: What a finding says. `{retired}` becomes the date's clause, `{what}` the words found.
        why: A paragraph for `explain`.
        ways: What to do, a sentence by way in.
        examples: By language.
        links: Where to read on.
        retirement: None for what was not retired but goes wrong.
        hours: What one file with it costs to change by hand, a rough figure for the estimate; and `once`, what it
            costs a project however often it occurs.
        once: See `hours`.
        is_optional: Off unless asked for.
        find: Finds it in a source.
        triggers: Words of which a file has one, in whatever case, before the rule looks at it at all.
    """

    id: str
    name: str
    family: str
    title: str
    message: str
    why: str
    find: Callable[[Source], Iterable[Match]]
    triggers: tuple[str, ...]
    ways: Mapping[Way, str]
    examples: Mapping[str, Example]
    links: tuple[str, ...] = ()
    retirement: Retirement | None = None
    hours: float = 0.5
    once: float = 0.0
    is_optional: bool = False
