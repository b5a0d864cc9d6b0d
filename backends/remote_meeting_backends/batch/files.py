"""The files of a job: what the service says of each, and which input it belongs to.

The service names its result files by number (`contenturl_0.json`); only `source` in a result or a report says which
input it is of, and that is compared after the decoding of the path, as either side may have escaped it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from ..connection import without_query
from ..speech_rest.causes import Problem, cure
from ..speech_rest.phrases import RawPhrase
from ..speech_rest.replies import said


@dataclass(frozen=True, slots=True)
class FileResult:
    """What was recognized in one file.

    Args:
        source: The URL that was given, or the path in the container; without a query.
        duration_ticks: Its length, where the service says it.
        phrases: In the service's order.
        notes: What could not be taken as it came.
    """

    source: str
    duration_ticks: int | None
    phrases: tuple[RawPhrase, ...]
    notes: tuple[str, ...] = ()

    @property
    def length_ticks(self) -> int:
        """Room that it takes on a timeline: its length, or as far as its phrases go."""
        return max(self.duration_ticks or 0, *(phrase.end_ticks for phrase in self.phrases), 0)


@dataclass(frozen=True, slots=True)
class FileReport:
    """What the report says of one file.

    Args:
        source: As in its result.
        succeeded: Whether it was transcribed.
        kind: The service's name for what went wrong.
        message: Its words on it.
    """

    source: str
    succeeded: bool
    kind: str | None = None
    message: str | None = None

    @property
    def words(self) -> str:
        """Why it failed: the service's own words, and the likely cure."""
        said_of = ": ".join(word for word in (self.kind, self.message) if word)
        advice = cure(Problem(code=self.kind, message=self.message))
        return f"{said_of or 'the service gave no reason'}{f' ({advice})' if advice else ''}"


_Found = TypeVar("_Found", FileResult, FileReport)


@dataclass(frozen=True, slots=True)
class AudioFile:
    """One input of a job, and what became of it.

    Args:
        name: What it is called in messages.
        result: What was recognized in it.
        report: What the report says of it.
        stray: A result that belongs to none of the inputs.
    """

    name: str
    result: FileResult | None = None
    report: FileReport | None = None
    stray: bool = False

    @property
    def has_failed(self) -> bool:
        """True when the report says so; then it has no result, whatever else there is."""
        return self.report is not None and not self.report.succeeded

    @property
    def heard(self) -> FileResult | None:
        """The result that counts."""
        return None if self.has_failed else self.result

    @property
    def reason(self) -> str:
        """Why there is nothing of it."""
        if self.report is None or self.report.succeeded:
            return "the service says that the job succeeded, but has no result for it"
        return self.report.words


def match_files(results: Sequence[FileResult], reports: Sequence[FileReport], inputs: Sequence[str]) -> list[AudioFile]:
    """Every file with its result and its report, in the order in which they are heard.

    Args:
        results: In any order.
        reports: In any order.
        inputs: The URLs that were given; none for a container, whose files go by name.
    """
    if inputs:
        files = _of_inputs(results, reports, [without_query(url) for url in inputs])
    else:
        files = _of_container(results, reports)
    names = _names([file.name for file in files])
    return [replace(file, name=name) for file, name in zip(files, names, strict=True)]


def _of_inputs(results: Sequence[FileResult], reports: Sequence[FileReport], sources: Sequence[str]) -> list[AudioFile]:
    heard, strays = _assign(sources, results)
    told, untold = _assign(sources, reports)
    failures = [report for report in untold if not report.succeeded]
    files = [AudioFile(*found) for found in zip(sources, heard, told, strict=True)]
    gaps = [index for index, file in enumerate(files) if file.result is None and not file.has_failed]
    if len(gaps) == 1:
        # One place and one thing for it: whatever the service calls the source, it can be no other.
        file = files[gaps[0]]
        files[gaps[0]] = replace(
            file,
            result=strays.pop() if len(strays) == 1 else None,
            report=failures.pop() if len(failures) == 1 else file.report,
        )
    files += [AudioFile(result.source, result, stray=True) for result in sorted(strays, key=_source)]
    return files + [AudioFile(report.source, report=report) for report in sorted(failures, key=_source)]


def _of_container(results: Sequence[FileResult], reports: Sequence[FileReport]) -> list[AudioFile]:
    heard = _once(results)
    told, untold = _assign([result.source for result in heard], _once(reports))
    files = [AudioFile(result.source, result, report) for result, report in zip(heard, told, strict=True)]
    files += [AudioFile(report.source, report=report) for report in untold]
    return sorted(files, key=lambda file: file.name)


def _once(things: Sequence[_Found]) -> list[_Found]:
    """Each source once; what has no source is kept, for nothing says that it is the same."""
    found = {_key(thing.source) or f"no source {number}": thing for number, thing in enumerate(things)}
    return list(found.values())


def _assign(sources: Sequence[str], things: Sequence[_Found]) -> tuple[list[_Found | None], list[_Found]]:
    """Give each source what is of it, and what is of none.

    A page that was listed twice brings a thing twice: the second one is dropped. A path in a container is the end of
    the URL that it has elsewhere.
    """
    keys = [_key(source) for source in sources]
    places: dict[str, list[int]] = {}
    endings: dict[str, list[int]] = {}
    for index in reversed(range(len(keys))):
        places.setdefault(keys[index], []).append(index)
        endings.setdefault(keys[index].rpartition("/")[2], []).append(index)
    taken: list[_Found | None] = [None] * len(keys)
    unnamed: list[_Found] = []
    for thing in things:
        free = places.get(_key(thing.source))
        if free:
            taken[free.pop()] = thing
        elif free is None:
            unnamed.append(thing)
    left: list[_Found] = []
    for thing in unnamed:
        key = _key(thing.source)
        near = endings.get(key.rpartition("/")[2], [])
        fitting = [index for index in near if taken[index] is None and _is_ending(keys[index], key)]
        if len(fitting) == 1:
            taken[fitting[0]] = thing
        else:
            left.append(thing)
    return taken, left


def _is_ending(one: str, other: str) -> bool:
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")


def _source(one: FileResult | FileReport) -> str:
    return one.source


def _key(source: str) -> str:
    """What two spellings of one source have in common."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return source.strip("/")
    host = parts.netloc.lower().removesuffix(":443").removesuffix(":80")
    return f"{host}/{unquote(parts.path).lstrip('/')}".strip("/")


def _names(sources: Sequence[str]) -> list[str]:
    """The last part of each path where it tells the files apart, else the whole; never a user name or a query."""
    whole = [_key(source).rpartition("@")[2] for source in sources]
    short = [path.rpartition("/")[2] for path in whole]
    count = Counter(short)
    return [said(last if count[last] == 1 else path) or "the audio" for last, path in zip(short, whole, strict=True)]
