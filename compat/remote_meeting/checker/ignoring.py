"""What a project ignores: the `.gitignore` files of its folders, as git reads them."""

from __future__ import annotations

import os
import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from .reading import read

# A file of patterns is a few KiB; one of many is somebody's attempt at having a check take for ever.
LARGEST = 256 * 1024

_WILD = re.compile(r"[*?\[\\]")
_CLASSES = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "blank": " \t",
    "cntrl": "".join(map(chr, range(32))) + "\x7f",
    "digit": string.digits,
    "graph": "".join(map(chr, range(33, 127))),
    "lower": string.ascii_lowercase,
    "print": "".join(map(chr, range(32, 127))),
    "punct": string.punctuation,
    "space": " \t\n\r",
    "upper": string.ascii_uppercase,
    "xdigit": string.hexdigits,
}
_ALL = frozenset(map(chr, range(256)))


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str
    negated: bool
    folders_only: bool
    by_name: bool


@dataclass(slots=True)
class _Matcher:
    """Patterns of one level, by how quickly they are asked, with their places: the last that matches counts.

    Args:
        negated: By place, whether a match takes back what was ignored.
        names: Whole names.
        ends: `*` and an end, by the end.
        lengths: How long those ends are.
        globs: Other patterns of names, and of paths, the last first; and their places.
    """

    negated: list[bool] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    name_globs: tuple[re.Pattern[str] | None, tuple[int, ...]] = (None, ())
    path_globs: tuple[re.Pattern[str] | None, tuple[int, ...]] = (None, ())

    def place(self, name: str, path: str) -> int:
        """The last pattern that matches; -1 for none."""
        best = self.names.get(name, -1)
        for length in self.lengths:
            best = max(best, self.ends.get(name[-length:], -1))
        for (globs, places), subject in ((self.name_globs, name), (self.path_globs, path)):
            if globs is not None and (found := globs.match(subject)):
                best = max(best, places[(found.lastindex or 1) - 1])
        return best


@dataclass(frozen=True, slots=True)
class Level:
    """The patterns of one folder.

    Args:
        folder: The folder they are relative to, with a separator at its end.
        files: What is asked of files.
        folders: What is asked of folders.
    """

    folder: str
    files: _Matcher
    folders: _Matcher


Levels = tuple[Level, ...]
NONE: Levels = ()


def outside(folder: str) -> Levels:
    """The patterns that hold in a folder before its own: of the folders above it, up to its repository's first.

    Args:
        folder: Its real path.
    """
    below = Path(folder)
    root = next((above for above in (below, *below.parents) if os.path.lexists(above / ".git")), None)
    if root is None:
        return NONE
    above = [part for part in reversed(below.parents) if part.is_relative_to(root)]
    found = [level_of(str(part), Path(part, ".gitignore")) for part in above]
    return (*of_repository(str(root)), *(level for level in found if isinstance(level, Level)))


def of_repository(root: str) -> Levels:
    """The patterns that a repository keeps to itself."""
    excluded = level_of(root, Path(root, ".git", "info", "exclude"))
    return (excluded,) if isinstance(excluded, Level) else NONE


def level_of(folder: str, file: Path) -> Level | str:
    """The patterns of a file for a folder, or the reason why there are none."""
    data = read(str(file), limit=LARGEST)
    if isinstance(data, str):
        return data
    # As bytes, one character each: so git compares them.
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n")
    return _level(folder, (line.removesuffix("\r") for line in lines))


def from_patterns(folder: str, patterns: Sequence[str]) -> Levels:
    """Patterns of a configuration, relative to a folder."""
    return (_level(folder, (as_bytes(pattern) for pattern in patterns)),) if patterns else NONE


def is_ignored(levels: Levels, path: str, name: str, *, is_folder: bool) -> bool:
    """Whether the last pattern that speaks of a file or folder leaves it out; the deeper level is the later.

    Args:
        levels: From the outermost on.
        path: Where it is: under each level's folder, or relative to it.
        name: Its last part.
        is_folder: Whether it is one.
    """
    if not name.isascii() or not path.isascii():
        name, path = as_bytes(name), as_bytes(path)
    if os.sep != "/":
        path = path.replace(os.sep, "/")
    for level in reversed(levels):
        matcher = level.folders if is_folder else level.files
        place = matcher.place(name, path.removeprefix(level.folder))
        if place >= 0:
            return not matcher.negated[place]
    return False


def as_bytes(text: str) -> str:
    """A name as its bytes, one character each."""
    if text.isascii():
        return text
    # Names on Windows are not always valid, either, and in another way.
    how = "surrogatepass" if os.name == "nt" else "surrogateescape"
    return text.encode("utf-8", how).decode("latin-1")


def _level(folder: str, lines: Iterable[str]) -> Level:
    patterns = list(_patterns(lines))
    folder = folder if folder.endswith(os.sep) else folder + os.sep
    files = [pattern for pattern in patterns if not pattern.folders_only]
    return Level(as_bytes(folder), _matcher(files), _matcher(patterns))


def _patterns(lines: Iterable[str]) -> Iterator[_Pattern]:
    for line in lines:
        text = _without_trailing_spaces(line.partition("\0")[0])
        if not text or text.startswith("#"):
            continue
        negated = text.startswith("!")
        text = text[negated:]
        folders_only = text.endswith("/")
        text = text[: len(text) - folders_only]
        by_name = "/" not in text
        if text:
            yield _Pattern(text if by_name else text.removeprefix("/"), negated, folders_only, by_name)


def _without_trailing_spaces(line: str) -> str:
    """A line without the spaces at its end, but for one behind a backslash."""
    end = len(line.rstrip(" "))
    backslashes = end - len(line[:end].rstrip("\\"))
    return line[: end + (backslashes % 2 and end < len(line))]


def _matcher(patterns: Sequence[_Pattern]) -> _Matcher:
    made = _Matcher([pattern.negated for pattern in patterns])
    name_globs: list[tuple[int, str]] = []
    path_globs: list[tuple[int, str]] = []
    for place, pattern in enumerate(patterns):
        if not pattern.by_name:
            regex = translate(pattern.text, is_path=True)
            path_globs += [(place, regex)] if regex is not None else []
        elif not _has_wildcards(pattern.text):
            made.names[pattern.text] = place
        elif pattern.text.startswith("*") and len(pattern.text) > 1 and not _has_wildcards(pattern.text[1:]):
            made.ends[pattern.text[1:]] = place
        else:
            regex = translate(pattern.text, is_path=False)
            name_globs += [(place, regex)] if regex is not None else []
    made.lengths = tuple(sorted({len(end) for end in made.ends}))
    made.name_globs, made.path_globs = _together(name_globs), _together(path_globs)
    return made


def _together(globs: list[tuple[int, str]]) -> tuple[re.Pattern[str] | None, tuple[int, ...]]:
    """Patterns as one, of which the first alternative that matches is the last of them."""
    if not globs:
        return None, ()
    globs = globs[::-1]
    return re.compile("|".join(f"({regex})" for _, regex in globs), re.DOTALL), tuple(place for place, _ in globs)


class _Star(Enum):
    """What stands for any number of characters."""

    NAME = "[^/]*"
    FOLDERS = "(?:.*/)?"
    ALL = ".*"


class _NeverMatchesError(Exception):
    """A pattern that git understands, and that matches nothing."""


def _has_wildcards(pattern: str) -> bool:
    """Whether a pattern is more than the name it matches."""
    return _WILD.search(pattern) is not None


def translate(pattern: str, *, is_path: bool) -> str | None:
    """A regular expression without groups that are numbered, for `re.match` with DOTALL; None for what matches nothing.

    Args:
        pattern: One character for each byte.
        is_path: Whether it is matched to a path, where `*` ends at a slash, or to a name.
    """
    try:
        tokens = _tokens(pattern, is_path=is_path)
    except _NeverMatchesError:
        return None
    # What follows `**/` is found at its first place and never looked for again: what is to come has then the most
    # left. It holds as many slashes wherever it is found, so nothing is lost by that.
    sections: list[list[str | _Star]] = [[]]
    stars: list[_Star] = []
    for token in tokens:
        if isinstance(token, _Star) and token is not _Star.NAME:
            stars.append(token)
            sections.append([])
        else:
            sections[-1].append(token)
    parts = [_section(sections[0], is_last=len(sections) == 1)]
    for number, (star, section) in enumerate(zip(stars, sections[1:], strict=True), 1):
        is_last = number == len(stars)
        body = _section(section, is_last=is_last)
        if is_last:
            parts.append(star.value + body)
        else:
            parts.append(f"(?>{'(?:.*?/)??' if star is _Star.FOLDERS else '.*?'}{body})")
    return "".join(parts) + r"\Z"


def _section(tokens: list[str | _Star], *, is_last: bool) -> str:
    """What stands between two `**`: each `*` reaches to the first place of what follows it, the last one to the end."""
    chunks = [""]
    for token in tokens:
        if isinstance(token, _Star):
            chunks.append("")
        else:
            chunks[-1] += token
    first, *others = chunks
    parts = [first]
    for number, chunk in enumerate(others, 1):
        if is_last and number == len(others):
            parts.append(_Star.NAME.value + chunk)
        elif chunk:
            parts.append(f"(?>[^/]*?{chunk})")
    return "".join(parts)


def _tokens(pattern: str, *, is_path: bool) -> list[str | _Star]:
    found: list[str | _Star] = []
    # git compares what comes before the first wildcard by itself, and takes the rest for a pattern's beginning.
    wild = _WILD.search(pattern)
    begin = at = wild.start() if wild else len(pattern)
    found.append(re.escape(pattern[:at]))
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            star, at = _star(pattern, at, begin, is_path=is_path)
            if found[-1] is not _Star.NAME or star is not _Star.NAME:
                found.append(star)
        elif char == "?":
            found.append("[^/]" if is_path else ".")
            at += 1
        elif char == "[":
            kept, at = _bracket(pattern, at)
            found.append(_any_of(kept - {"/"} if is_path else kept))
        else:
            at += char == "\\"
            if at == len(pattern):
                raise _NeverMatchesError
            found.append(re.escape(pattern[at]))
            at += 1
    return found


def _star(pattern: str, at: int, begin: int, *, is_path: bool) -> tuple[_Star, int]:
    """What some stars mean, and where it goes on."""
    end = at
    while end < len(pattern) and pattern[end] == "*":
        end += 1
    if not is_path or end - at == 1 or not (at == begin or pattern[at - 1] == "/"):
        return _Star.NAME, end
    if end == len(pattern) or pattern.startswith("\\/", end):
        return _Star.ALL, end
    return (_Star.FOLDERS, end + 1) if pattern[end] == "/" else (_Star.NAME, end)


def _bracket(pattern: str, at: int) -> tuple[frozenset[str], int]:
    """The characters that a bracket stands for, and where it goes on."""
    at += 1
    negated = pattern[at : at + 1] in ("!", "^") and at < len(pattern)
    at += negated
    kept: set[str] = set()
    before, is_first = "", True
    while is_first or pattern[at : at + 1] != "]":
        is_first = False
        char = _at(pattern, at)
        if char == "\\":
            at += 1
            before = _at(pattern, at)
            kept.add(before)
        elif char == "-" and before and pattern[at + 1 : at + 2] not in ("", "]"):
            at += 1
            if pattern[at] == "\\":
                at += 1
            kept |= set(map(chr, range(ord(before), ord(_at(pattern, at)) + 1)))
            before = ""
        elif pattern.startswith("[:", at):
            end = pattern.find("]", at + 2)
            if end < 0:
                raise _NeverMatchesError
            if end > at + 2 and pattern[end - 1] == ":":
                if pattern[at + 2 : end - 1] not in _CLASSES:
                    raise _NeverMatchesError
                kept |= set(_CLASSES[pattern[at + 2 : end - 1]])
                before, at = "", end
            else:
                kept.add(char)
                before = char
        else:
            kept.add(char)
            before = char
        at += 1
    return (_ALL - kept if negated else frozenset(kept)), at + 1


def _at(pattern: str, at: int) -> str:
    """A character of a bracket; one that does not end matches nothing."""
    if at >= len(pattern):
        raise _NeverMatchesError
    return pattern[at]


def _any_of(kept: frozenset[str]) -> str:
    """A class of characters, in ranges, as one of many would be slow to read."""
    codes = sorted(map(ord, kept))
    if not codes:
        return "(?!)"
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(f"\\x{low:02x}-\\x{high:02x}" for low, high in ranges) + "]"
