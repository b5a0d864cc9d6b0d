"""The checker's settings: `[tool.remote-meeting.check]` in pyproject.toml, or `[check]` in `.remote-meeting.toml`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from remote_meeting_backends import InvalidInput

OWN, SHARED = ".remote-meeting.toml", "pyproject.toml"
_TABLES = {OWN: ("check",), SHARED: ("tool", "remote-meeting", "check")}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*(bytes|b|kib|mib|gib|kb|mb|gb)?", re.IGNORECASE)
_UNITS = {
    "": 1,
    "b": 1,
    "bytes": 1,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
}
_NAMES = "a list of rules' ids, names or families"
_ALLOWED = {
    "select": _NAMES,
    "ignore": _NAMES,
    "extend": _NAMES,
    "exclude": "a list of patterns as in .gitignore",
    "per-file-ignores": 'a table from patterns to a list of rules or {rules = [...], reason = "..."}',
    "baseline": "a path",
    "as-of": "a date, as 2026-03-31",
    "gateway": 'an address, as "https://gateway.example"',
    "max-size": 'a number of bytes, or one with a unit, as "8 MiB"',
}


def size_from(value: object) -> int:
    """Bytes, from a number or from `8 MiB`."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    size = int(float(found.group(1)) * _UNITS[(found.group(2) or "").lower()]) if found else 0
    if size < 1:
        raise ValueError("not a size")
    return size


def _address(value: object) -> object:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("not an address")
    return value


def _day(value: object) -> object:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("not a date")
    return value


def _rules(value: object) -> object:
    return {"rules": value} if isinstance(value, list) else value


Text = Annotated[str, Field(min_length=1, strict=True)]
Texts = tuple[Text, ...]


class FileIgnore(BaseModel):
    """Rules that are silent in some files, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Texts
    reason: Annotated[str, Field(strict=True)] = ""


class Settings(BaseModel):
    """What a project says once instead of on every command line.

    Args:
        select: The rules that look, by id, name or family; empty for all that are not optional.
        ignore: Those that do not.
        extend: Optional ones that look, too.
        exclude: Patterns of files to leave out, as in `.gitignore`, relative to the file's folder.
        per_file_ignores: What is silent in some files, by pattern.
        baseline: What is known, relative to the file's folder.
        as_of: The day that a report speaks of.
        gateway: The address that takes the place of the retired service's.
        max_size: How many bytes of a file are read at most.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-"), populate_by_name=False
    )

    select: Texts = ()
    ignore: Texts = ()
    extend: Texts = ()
    exclude: Texts = ()
    per_file_ignores: dict[Text, Annotated[FileIgnore, BeforeValidator(_rules)]] = Field(default_factory=dict)
    baseline: Text | None = None
    as_of: Annotated[date, BeforeValidator(_day)] | None = None
    gateway: Annotated[str, BeforeValidator(_address)] | None = None
    max_size: Annotated[int, BeforeValidator(size_from)] | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings, and where they are from.

    Args:
        settings: They.
        file: Theirs; None when there is none.
    """

    settings: Settings
    file: Path | None = None

    @property
    def folder(self) -> Path | None:
        """What its patterns and paths are relative to."""
        return self.file.parent if self.file is not None else None

    @property
    def baseline(self) -> Path | None:
        """Where the baseline is."""
        if self.settings.baseline is None:
            return None
        return (self.folder or Path()) / self.settings.baseline


def load(start: Path, known: Collection[str] = ()) -> Configuration:
    """The nearest settings of a path: its own folder's, or those of one above it, up to the repository's root.

    Args:
        start: The first path that is checked.
        known: The ids, names and families that there are; with none, any is taken.

    Raises:
        InvalidInput: They cannot be used; with file, key, and what is allowed.
    """
    start = start.absolute()
    folder = start if start.is_dir() else start.parent
    for place in (folder, *folder.parents):
        for name in (OWN, SHARED):
            if (place / name).is_file() and (found := read(place / name, known)) is not None:
                return found
        if (place / ".git").exists():
            break
    return Configuration(Settings())


def read(path: Path, known: Collection[str] = ()) -> Configuration | None:
    """The settings of one file; None for a pyproject.toml that has none.

    Raises:
        InvalidInput: See `load`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}.") from error
    tables = _TABLES[SHARED if path.name == SHARED else OWN]
    # What is broken in a file of somebody else's is not ours to tell.
    if tables != _TABLES[OWN] and b"remote-meeting" not in data:
        return None
    try:
        text = data.decode("utf-8-sig")
        content: Any = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 at byte {error.start}.") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is not TOML: {error}.") from error
    except RecursionError:
        raise InvalidInput(f"{path} is nested too deeply.") from None
    for depth, table in enumerate(tables):
        if not isinstance(content, dict):
            raise InvalidInput(f"{path}: `{'.'.join(tables[:depth])}` has to be a table.")
        if depth == len(tables) - 1:
            _refuse_others(path, text, content, ".".join(tables[:depth]), table)
        elif table not in content:
            return None
        content = content.get(table, {})
    if not isinstance(content, dict):
        raise InvalidInput(f"{path}: `{'.'.join(tables)}` has to be a table.")
    return Configuration(_checked(path, text, content, known), path)


def _refuse_others(path: Path, text: str, content: Mapping[str, Any], table: str, allowed: str) -> None:
    for key in content:
        if key != allowed:
            where = f" in `{table}`" if table else ""
            raise InvalidInput(
                f"{path}{_line(text, key)}: `{key}`{where} is not known; allowed is the table `{allowed}`."
            )


def _checked(path: Path, text: str, content: Mapping[str, Any], known: Collection[str]) -> Settings:
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)[0]
        key = str(found["loc"][0])
        if key not in _ALLOWED:
            close = difflib.get_close_matches(key, _ALLOWED, n=1)
            hint = f" (`{close[0]}`?)" if close else ""
            raise InvalidInput(
                f"{path}{_line(text, key)}: `{key}` is not known{hint}; allowed are {', '.join(_ALLOWED)}."
            ) from error
        # A pattern is a key of its own, and the one to look at.
        shown = key if key != "per-file-ignores" or len(found["loc"]) < 2 else f"{key}.{found['loc'][1]!r}"
        raise InvalidInput(f"{path}{_line(text, key)}: `{shown}` has to be {_ALLOWED[key]}.") from error
    _refuse_unknown(path, text, settings, known)
    return settings


def _refuse_unknown(path: Path, text: str, settings: Settings, known: Collection[str]) -> None:
    """Names of rules that there are not: silence about them would be taken for a clean file."""
    if not known:
        return
    folded = {name.casefold() for name in known}
    named = {key: getattr(settings, key) for key in ("select", "ignore", "extend")}
    named["per-file-ignores"] = tuple(name for one in settings.per_file_ignores.values() for name in one.rules)
    for key, names in named.items():
        for name in names:
            if name.casefold() not in folded:
                close = difflib.get_close_matches(name, sorted(known), n=1)
                hint = f" ({close[0]}?)" if close else ""
                raise InvalidInput(
                    f"{path}{_line(text, key)}: `{key}` names {name!r}, which is no rule{hint}; allowed is {_NAMES}."
                )


def _line(text: str, key: str) -> str:
    """`, line 3`, where a key stands on one line only: TOML's reader does not tell."""
    pattern = rf"\s*(?:\[[^\]]*)?[\"']?{re.escape(key)}[\"']?\s*[.=\]]"
    numbers = [number for number, line in enumerate(text.splitlines(), 1) if re.match(pattern, line)]
    return f", line {numbers[0]}" if len(numbers) == 1 else ""
