"""What was found on a day and is known: a file that silences it, and tells when it is gone."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from remote_meeting_backends import InvalidInput

from .fixing import place
from .model import Finding, Silenced

if TYPE_CHECKING:
    from pydantic import ValidationError

SCHEMA = 1
BASELINE = "baseline"
_SHORT = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """Equal findings of one file.

    Args:
        rule: The rule's id.
        path: As it is shown.
        fingerprint: See `fingerprint`.
        count: How many.
        message: For whoever reads the file; nothing is compared with it.
    """

    rule: str
    path: str
    fingerprint: str
    count: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known, by path, rule and fingerprint."""

    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """Findings told apart.

    Args:
        new: Those that are not known.
        silenced: Those that are.
        gone: What is known and no longer found; `count` says how many of it.
    """

    new: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]
    gone: tuple[Entry, ...]


def fingerprint(finding: Finding) -> str:
    """What stays when lines come or go above a finding: a hash of its rule, path and line without the blanks around."""
    text = "\0".join((finding.rule, finding.path, finding.source.strip()))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_SHORT]


def of(findings: Iterable[Finding]) -> Baseline:
    """A baseline in which these findings are known."""
    counts: Counter[tuple[str, str, str]] = Counter()
    messages: dict[tuple[str, str, str], str] = {}
    for finding in findings:
        key = (finding.path, finding.rule, fingerprint(finding))
        counts[key] += 1
        # Which of equal findings comes first must not show.
        messages[key] = min(messages.get(key, finding.message), finding.message)
    return Baseline(
        tuple(
            Entry(rule, path, mark, count, messages[path, rule, mark])
            for (path, rule, mark), count in sorted(counts.items())
        )
    )


def split(
    findings: Sequence[Finding], baseline: Baseline, covers: Callable[[Entry], bool] = lambda _entry: True
) -> Split:
    """What is new, what is known, and what is gone.

    Args:
        findings: By path and place: of more than were known, the last are new.
        baseline: What is known.
        covers: Whether an entry's file and rule were looked at; of one that was not, nothing is said.
    """
    known: Counter[str] = Counter()
    for entry in baseline.entries:
        known[_key(entry.rule, entry.path, entry.fingerprint)] += entry.count
    new, silenced = [], []
    for finding in findings:
        key = _key(finding.rule, finding.path, fingerprint(finding))
        if known[key] > 0:
            known[key] -= 1
            silenced.append(Silenced(finding, BASELINE))
        else:
            new.append(finding)
    gone = []
    for entry in baseline.entries:
        left = min(known[_key(entry.rule, entry.path, entry.fingerprint)], entry.count)
        known[_key(entry.rule, entry.path, entry.fingerprint)] -= left
        if left and covers(entry):
            gone.append(Entry(entry.rule, entry.path, entry.fingerprint, left, entry.message))
    return Split(tuple(new), tuple(silenced), tuple(gone))


def write(path: Path, baseline: Baseline) -> None:
    """Write a baseline in one step: sorted, and the same for the same findings.

    Raises:
        NotWritten: It cannot be written.
    """
    ordered = sorted(baseline.entries, key=lambda entry: (entry.path, entry.rule, entry.fingerprint))
    content = {"schema": SCHEMA, "findings": [_written(entry) for entry in ordered]}
    place(path, (json.dumps(content, indent=2) + "\n").encode("ascii"))


def read(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        InvalidInput: There is none, or it is not one; with the place.
    """
    try:
        # A pipe would be waited for.
        if path.exists() and not path.is_file():
            raise InvalidInput(f"The baseline {path} is not a file: name one that --write-baseline wrote.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InvalidInput(f"There is no baseline {path}: make one with --write-baseline.") from None
    except OSError as error:
        raise InvalidInput(f"The baseline {path} cannot be read: {error.strerror or error}.") from error
    try:
        content = json.loads(data)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The baseline {path} is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput(f"The baseline {path} is not JSON at {where}: {error.msg}.") from error
    except ValueError as error:
        raise InvalidInput(f"The baseline {path} is not JSON that can be read: {error}.") from error
    except RecursionError:
        raise InvalidInput(f"The baseline {path} is nested too deeply to be one.") from None
    return _checked(path, content)


def _checked(path: Path, content: object) -> Baseline:
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    class Item(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)

        rule: str
        path: str
        fingerprint: str
        count: int = Field(ge=1)
        message: str = ""

    class Content(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

        version: Literal[1] = Field(alias="schema")
        findings: list[Item]

    if not isinstance(content, dict) or "schema" not in content:
        raise InvalidInput(f'The baseline {path} is not one: it has no "schema".')
    if content["schema"] != SCHEMA or isinstance(content["schema"], bool):
        raise InvalidInput(f"The baseline {path} has schema {content['schema']!r}, and {SCHEMA} is the one known here.")
    try:
        checked = Content.model_validate(content)
    except ValidationError as error:
        raise InvalidInput(f"The baseline {path} is wrong at {_first(error)}.") from error
    return Baseline(
        tuple(Entry(item.rule, item.path, item.fingerprint, item.count, item.message) for item in checked.findings)
    )


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in found["loc"]).lstrip(".")
    return f"{where}: {found['msg'][:1].lower()}{found['msg'][1:]}"


def _key(rule: str, path: str, mark: str) -> str:
    return f"{rule}\0{path}\0{mark}"


def _written(entry: Entry) -> dict[str, object]:
    said = {"message": entry.message} if entry.message else {}
    return {
        "rule": entry.rule,
        "path": entry.path,
        "fingerprint": entry.fingerprint,
        **said,
        "count": entry.count,
    }
