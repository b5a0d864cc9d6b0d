"""A check: everything that is named looked into, and a report of it."""

from __future__ import annotations

import os
import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from pathlib import Path
from time import monotonic

from .kinds import Kind, kind_of, refine
from .looking import Looked, look
from .model import Finding, NotRead, Report
from .parsing import GRAMMARS
from .prefilter import OPTIONAL, WORDS, Prefilter
from .project import NOTHING_KNOWN, Projects
from .reading import LIMIT, decode
from .rule import Rule
from .rules import RULE_IDS, RULES
from .silencing import Answered, Warned, silence
from .sweeping import Tally, sweep
from .walking import Candidate, Met, walk

# Files that one process takes at a time; fewer are not worth a second process.
BATCH = 64


@dataclass(frozen=True, slots=True)
class Options:
    """How a check goes about it.

    Args:
        rules: The rules that are asked.
        as_of: The day that findings speak of.
        base: What paths are shown relative to.
        exclude: Patterns as in `.gitignore`, relative to `base`, of what is left out.
        limit: How many bytes of a file are read at most.
        gateway: The address that takes the place of the retired service's in fixes; empty for none.
        processes: How many look into files at once; 0 for as many as there are processors.
    """

    rules: tuple[Rule, ...]
    as_of: date
    base: Path
    exclude: tuple[str, ...] = ()
    limit: int = LIMIT
    gateway: str = ""
    processes: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was looked into and holds something.

    Args:
        path: Where it is; empty for the standard input.
        kind: Its language.
        answered: What nothing silences, what its comments silence, and what is wrong with them.
    """

    path: str
    kind: Kind
    answered: Answered


@dataclass(frozen=True, slots=True)
class Checked:
    """A check's result, before a configuration or a baseline silences anything.

    Args:
        report: All of it.
        opened: The files that hold something, by how they are shown.
    """

    report: Report
    opened: dict[str, Opened] = field(default_factory=dict)

    @property
    def warnings(self) -> Iterator[tuple[str, Warned]]:
        """What is wrong with comments that silence: the path, and what."""
        for shown, one in sorted(self.opened.items()):
            for warned in one.answered.warnings:
                yield shown, warned


def default_rules() -> tuple[Rule, ...]:
    """The rules that are on unless somebody says otherwise."""
    return tuple(rule for rule in RULES.values() if not rule.is_optional)


def check(paths: Sequence[Path], options: Options) -> Checked:
    """Look into files and folders.

    Args:
        paths: Files, which are looked into whatever ignores them, and folders.
        options: How.
    """
    began = monotonic()
    tally = Tally()
    opened: dict[str, Opened] = {}
    for part, results in _worked(walk(paths, base=options.base, exclude=options.exclude), options):
        tally.clean.update(part.clean)
        tally.skipped.update(part.skipped)
        tally.not_read += part.not_read
        for candidate, result in results:
            _count(candidate, result, tally, opened)
    return Checked(_report(opened, tally, options, monotonic() - began), opened)


def check_text(data: bytes, name: str, options: Options) -> Checked:
    """Look into what came through the standard input.

    Args:
        data: All of it.
        name: What it would be called in a folder: its language is told by this.
        options: How.
    """
    began = monotonic()
    tally = Tally()
    opened: dict[str, Opened] = {}
    kind = kind_of(Path(name).name)
    kind = refine(kind, data) if kind is not None else None
    if kind is None:
        tally.not_read.append(NotRead(name, "not a kind of file that is known here: name it with --stdin-name"))
    else:
        candidate = Candidate("", name, kind)
        _count(candidate, look_at(candidate, data, options), tally, opened)
    return Checked(_report(opened, tally, options, monotonic() - began), opened)


def look_at(candidate: Candidate, data: bytes, options: Options, projects: Projects | None = None) -> Answered | str:
    """Look into one file; the reason why not, where it is no text.

    Args:
        candidate: Which.
        data: Its bytes.
        options: How.
        projects: Where project files are asked for; None asks none.
    """
    decoded = decode(data)
    if isinstance(decoded, str):
        return decoded
    looked = look_into(candidate, decoded.text, options, projects)
    return silence(decoded.text, looked.comments, looked.findings, RULE_IDS, [rule.id for rule in options.rules])


def look_into(candidate: Candidate, text: str, options: Options, projects: Projects | None = None) -> Looked:
    """What a file's text holds, before comments silence any of it."""
    asks = projects is not None and candidate.path and candidate.kind in GRAMMARS
    return look(
        candidate.shown,
        candidate.kind,
        text,
        options.rules,
        project=projects.around(Path(candidate.path)) if projects and asks else NOTHING_KNOWN,
        as_of=options.as_of,
        gateway=options.gateway,
    )


def _count(candidate: Candidate, result: Answered | str, tally: Tally, opened: dict[str, Opened]) -> None:
    if isinstance(result, str):
        tally.not_read.append(NotRead(candidate.shown, result))
    elif result.findings or result.silenced or result.warnings:
        opened[candidate.shown] = Opened(candidate.path, candidate.kind, result)
    else:
        tally.clean[candidate.kind] += 1


Results = tuple[Tally, list[tuple[Candidate, Answered | str]]]


class _Worker:
    """What reads, searches and looks into files, a batch at a time.

    Args:
        options: How.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._projects = Projects(options.base)
        self._prefilter = Prefilter((*WORDS, *OPTIONAL) if any(rule.is_optional for rule in options.rules) else WORDS)

    def work(self, batch: list[Met]) -> Results:
        """What a batch holds; of one file at a time the bytes are held."""
        tally = Tally()
        found = sweep(batch, self._prefilter, tally, limit=self._options.limit)
        return tally, [
            (candidate, look_at(candidate, data, self._options, self._projects)) for candidate, data in found
        ]


def _worked(met: Iterable[Met], options: Options) -> Iterator[Results]:
    """Everything met, worked through: in this process while it is little, in several when it is much; in its order."""
    batches = _batched(met)
    first, second = next(batches, []), next(batches, None)
    processes = options.processes or os.cpu_count() or 1
    if second is None or processes == 1:
        yield from map(_Worker(options).work, chain([first], [second] if second else [], batches))
        return
    with ProcessPoolExecutor(processes, initializer=_begin, initargs=(options,)) as pool:
        waiting: deque[Future[Results]] = deque()
        for batch in chain([first, second], batches):
            waiting.append(pool.submit(_work, batch))
            # What is found is kept here: no more than this is under way.
            if len(waiting) > processes * 4:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batched(met: Iterable[Met]) -> Iterator[list[Met]]:
    source = iter(met)
    while batch := list(islice(source, BATCH)):
        yield batch


_worker: _Worker


def _begin(options: Options) -> None:
    """What a process knows from its beginning."""
    global _worker
    _worker = _Worker(options)
    # The one that started it decides what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(batch: list[Met]) -> Results:
    return _worker.work(batch)


def _report(opened: dict[str, Opened], tally: Tally, options: Options, seconds: float) -> Report:
    holding = Counter(one.kind.value for one in opened.values() if one.answered.findings)
    looked = Counter(one.kind.value for one in opened.values()) + Counter(
        {kind.value: count for kind, count in tally.clean.items()}
    )
    return Report(
        as_of=options.as_of,
        findings=tuple(sorted((f for one in opened.values() for f in one.answered.findings), key=by_place)),
        silenced=tuple(
            sorted((s for one in opened.values() for s in one.answered.silenced), key=lambda s: by_place(s.finding))
        ),
        not_read=tuple(sorted(tally.not_read, key=lambda item: item.path)),
        files=dict(sorted(looked.items())),
        files_with_findings=dict(sorted(holding.items())),
        skipped=dict(sorted(tally.skipped.items())),
        seconds=seconds,
    )


def by_place(finding: Finding) -> tuple[str, int, int, str]:
    """The order of findings."""
    return finding.path, finding.line, finding.column, finding.rule
