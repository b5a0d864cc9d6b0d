"""What somebody asks of a check: the command line over the project's configuration over what holds by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from remote_meeting_backends import InvalidInput

from .checking import Options, default_rules
from .ignoring import from_patterns, is_ignored
from .model import Finding, Report
from .reading import LIMIT
from .rule import Rule
from .rules import RULES
from .silencing import InFiles, silence_in_files

if TYPE_CHECKING:
    from .baseline import Baseline, Entry


@dataclass(frozen=True, slots=True)
class Asked:
    """An order, understood.

    Args:
        options: How the check goes about it.
        in_files: What the configuration silences, by file.
        known: The baseline; None without one.
        roots: What is looked at.
    """

    options: Options
    in_files: tuple[InFiles, ...]
    known: Baseline | None
    roots: tuple[Path, ...] = ()

    def _covers(self, entry: Entry) -> bool:
        """Whether this check would have found what a baseline knows: what was not looked at is not gone."""
        path = self.options.base / entry.path
        return any(rule.id == entry.rule for rule in self.options.rules) and any(
            path.is_relative_to(root) for root in self.roots
        )

    def answer(self, report: Report) -> tuple[Report, int]:
        """The report with what is answered already set apart, and how many of the baseline are found no more."""
        answered = silence_in_files(report.findings, self.in_files)
        findings, silenced = answered.findings, (*report.silenced, *answered.silenced)
        gone = 0
        if self.known is not None:
            from .baseline import split

            parts = split(findings, self.known, self._covers)
            findings, silenced, gone = parts.new, (*silenced, *parts.silenced), sum(one.count for one in parts.gone)
        return replace(
            report, findings=findings, silenced=silenced, files_with_findings=_counted(findings, report)
        ), gone


def ask(paths: Sequence[Path], given: Mapping[str, Any], *, today: date) -> Asked:
    """Understand an order.

    Args:
        paths: What is checked.
        given: The command line's options, by their names; lists may hold names with commas between them.
        today: The day that is spoken of unless another is named.

    Raises:
        InvalidInput: A name, a day, a size, an address or a file cannot be used.
    """
    first = Path() if paths[0] == Path("-") else paths[0]
    said = Said() if given["no_config"] else _said(first)
    base = _base(first, said.folder)
    options = Options(
        rules=chosen(
            _split(given["select"]) or said.select,
            (*said.ignore, *_split(given["ignore"])),
            (*said.extend, *_split(given["extend"])),
        ),
        as_of=day_of(given["as_of"]) if given["as_of"] else said.as_of or today,
        base=base,
        exclude=(*said.exclude, *given["exclude"], *_own(base, given, said)),
        limit=_size(given["max_size"]) if given["max_size"] else said.max_size or LIMIT,
        gateway=_address(given["gateway"]) if given["gateway"] else said.gateway or "",
    )
    in_files = tuple(
        InFiles(_matcher(base, pattern), frozenset(rule.id for rule in chosen(rules, (), ())), reason)
        for pattern, rules, reason in said.in_files
    )
    file = given["baseline"] or said.baseline
    known = None
    # What is written anew is not read before: it may not exist yet.
    if file is not None and not given["write_baseline"]:
        from . import baseline

        known = baseline.read(file)
    return Asked(options, in_files, known, tuple(path.absolute() for path in paths))


@dataclass(frozen=True, slots=True)
class Said:
    """What a project's configuration says; by itself, nothing.

    Args:
        folder: Where it stands.
        in_files: Pattern, rules and reason of what is silent in some files.
    """

    folder: Path | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    in_files: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    baseline: Path | None = None
    as_of: date | None = None
    gateway: str | None = None
    max_size: int | None = None


def _said(first: Path) -> Said:
    """The nearest configuration's words. Without one nothing is imported for it: most projects have none."""
    start = first.absolute()
    names = (".remote-meeting.toml", "pyproject.toml")
    if not any((folder / name).is_file() for folder in (start, *start.parents) for name in names):
        return Said()
    from .settings import load

    configuration = load(first, _every_name())
    settings = configuration.settings
    return Said(
        configuration.folder,
        settings.select,
        settings.ignore,
        settings.extend,
        settings.exclude,
        tuple((pattern, ignored.rules, ignored.reason) for pattern, ignored in settings.per_file_ignores.items()),
        configuration.baseline,
        settings.as_of,
        settings.gateway,
        settings.max_size,
    )


def chosen(select: Sequence[str], ignore: Sequence[str], extend: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that are asked.

    Args:
        select: Ids, names or families; empty for those that are on by themselves.
        ignore: Which of them are not asked.
        extend: Which are, too.

    Raises:
        InvalidInput: There is no such rule, or none is left.
    """
    wanted = {rule.id for rule in default_rules()} if not select else _ids(select)
    wanted = (wanted | _ids(extend)) - _ids(ignore)
    if not wanted:
        raise InvalidInput("No rule is left to ask: name fewer in --ignore, or more in --select.")
    return tuple(rule for rule in RULES.values() if rule.id in wanted)


def rule_of(name: str) -> Rule:
    """A rule by its id or name.

    Raises:
        InvalidInput: There is none.
    """
    for rule in RULES.values():
        if name.casefold() in (rule.id.casefold(), rule.name):
            return rule
    raise InvalidInput(_unknown(name))


def day_of(text: str) -> date:
    """A day.

    Raises:
        InvalidInput: It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no day: write it as 2026-03-31.") from None


def _ids(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        folded = name.casefold()
        matching = {
            rule.id for rule in RULES.values() if folded in (rule.id.casefold(), rule.name, rule.family.casefold())
        }
        if not matching:
            raise InvalidInput(_unknown(name))
        found |= matching
    return found


def _unknown(name: str) -> str:
    near = get_close_matches(
        name.lower(), [*(rule.name for rule in RULES.values()), *(key.lower() for key in RULES)], 1
    )
    hint = f"Did you mean {near[0].upper() if near[0].upper() in RULES else near[0]}? " if near else ""
    return f"There is no rule {name!r}. {hint}`remote-meeting rules` lists them."


def _every_name() -> list[str]:
    return [name for rule in RULES.values() for name in (rule.id, rule.name, rule.family)]


def _split(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _base(first: Path, folder: Path | None) -> Path:
    """What paths are relative to: where the configuration is, else where the command runs."""
    if folder is not None:
        return folder.absolute()
    here = Path.cwd()
    absolute = first.absolute()
    return here if absolute.is_relative_to(here) else absolute if absolute.is_dir() else absolute.parent


def _own(base: Path, given: Mapping[str, Any], said: Said) -> list[str]:
    """What the check itself reads and writes there, as patterns: it holds the words of what it speaks of."""
    files = (given["baseline"] or said.baseline, given["write_baseline"], given["output"])
    absolute = [Path(file).absolute() for file in files if file not in (None, "-")]
    # Signs that a pattern gives a meaning to stand for themselves.
    return [
        "/" + re.sub(r"([\\*?\[\]!# ])", r"\\\1", file.relative_to(base).as_posix())
        for file in absolute
        if file.is_relative_to(base)
    ]


def _matcher(base: Path, pattern: str) -> Callable[[str], bool]:
    levels = from_patterns(str(base), [pattern])

    def matches(shown: str) -> bool:
        parts = shown.split("/")
        # A pattern that names a folder speaks of what is in it.
        return any(
            is_ignored(levels, "/".join(parts[:count]), parts[count - 1], is_folder=count < len(parts))
            for count in range(1, len(parts) + 1)
        )

    return matches


def _counted(findings: Sequence[Finding], report: Report) -> dict[str, int]:
    """In how many files something is left, by language."""
    languages = {finding.path: finding.language for finding in findings}
    return {
        language: sum(one == language for one in languages.values())
        for language in sorted(set(languages.values()) & set(report.files))
    }


def _size(text: str) -> int:
    from .settings import size_from

    try:
        return size_from(int(text) if text.isdigit() else text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no size: write bytes, or a number with a unit, as in 8 MiB.") from None


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https", "ws", "wss") or not parts.hostname or parts.query or parts.fragment:
        raise InvalidInput(f"{text!r} is no address of a gateway: write it as https://gateway.example.")
    return text
