"""Which way in fits what was found, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...wording import counted
from ..dates import REST_V3
from ..kinds import Kind
from ..model import Certainty, Finding, Way
from ..rule import Rule
from .shown import listed

# The import is swapped in Python only.
PYTHON = frozenset({Kind.PYTHON, Kind.NOTEBOOK, Kind.PIP})
# Settings and scripts go the way of the code beside them.
OF_ANY_LANGUAGE = frozenset(
    {
        *(Kind.JSON, Kind.YAML, Kind.TOML, Kind.ENV, Kind.PROPERTIES, Kind.XML, Kind.SHELL, Kind.POWERSHELL),
        *(Kind.BATCH, Kind.MAKE, Kind.DOCKER, Kind.BICEP, Kind.TERRAFORM),
    }
)
BATCH = "batch"
ANY_BACKEND = "auto"


@dataclass(frozen=True, slots=True)
class Advice:
    """One way in.

    Args:
        way: It.
        backend: The one it leads to; `auto` picks for each meeting.
        findings: How many findings it answers.
        reason: Why this one, and what it asks for.
    """

    way: Way
    backend: str
    findings: int
    reason: str

    @property
    def title(self) -> str:
        """`Gateway`, `Rewrite to batch`."""
        title = self.way.value.capitalize()
        return title if self.backend == ANY_BACKEND else f"{title} to {self.backend}"


def ways_in(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> tuple[Advice, ...]:
    """The ways that are needed, the one that answers most first.

    What is certain decides; where nothing is, what could not be told does.
    """
    certain = [finding for finding in findings if finding.certainty is Certainty.FOUND]
    known = [(finding, rules[finding.rule]) for finding in certain or findings if finding.rule in rules]
    ways_of_code = Counter(_way(finding, rule) for finding, rule in known if finding.language not in OF_ANY_LANGUAGE)
    is_python = ways_of_code[Way.FACADE] > ways_of_code[Way.GATEWAY]
    groups: dict[tuple[Way, bool], list[Finding]] = {}
    for finding, rule in known:
        groups.setdefault((_way(finding, rule, is_python), rule.retirement == REST_V3), []).append(finding)
    ordered = sorted(groups.items(), key=lambda entry: (-len(entry[1]), list(Way).index(entry[0][0]), entry[0][1]))
    return tuple(_advice(way, is_rest, group) for (way, is_rest), group in ordered)


def _way(finding: Finding, rule: Rule, is_python: bool = False) -> Way:
    """The least work that the finding's language and rule allow."""
    if rule.retirement == REST_V3:
        return Way.REWRITE
    has_facade = finding.language in PYTHON or (is_python and finding.language in OF_ANY_LANGUAGE)
    if has_facade and Way.FACADE in rule.ways:
        return Way.FACADE
    return Way.GATEWAY if Way.GATEWAY in rule.ways else Way.REWRITE


def _advice(way: Way, is_rest: bool, group: Sequence[Finding]) -> Advice:
    languages = sorted({finding.language for finding in group})
    files = counted(len({finding.path for finding in group}), "file")
    places = f"{counted(len(group), 'finding')} in {files} ({listed(languages)})"
    if way is Way.FACADE:
        backend = ANY_BACKEND
        reason = (
            f"{places}: in Python, swapping the import keeps the calls (names from before SDK 1.31 become those of "
            "1.31); nothing has to be served beside the app."
        )
    elif way is Way.GATEWAY:
        backend = ANY_BACKEND
        only = "" if PYTHON.issuperset(languages) else " (the import can be swapped in Python only)"
        reason = (
            f"{places}: an app on the official SDK needs no more than another endpoint, `remote-meeting serve`; "
            f"its code stays as it is{only}. The gateway takes uploads, live or for later, polls and deletions."
        )
    elif is_rest:
        backend = BATCH
        reason = (
            f"{places}: nothing can stand in for the REST API's old versions, and batch transcription is the "
            "same kind of job in the new version (audio by URL, ask later). Where the app holds short files and waits "
            "for the answer, fast is less code: one call, up to 2 hours and 500 MB with speakers told apart."
        )
    else:
        backend = ANY_BACKEND
        reason = (
            f"{places}: this has no stand-in, so the code itself changes; `remote-meeting explain` has the new code."
        )
    return Advice(way, backend, len(group), reason)
