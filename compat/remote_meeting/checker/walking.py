"""Folders walked: the files that may hold something, in order, once each; what is left out is said with its reason."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from .ignoring import Level, Levels, from_patterns, is_ignored, level_of, of_repository, outside
from .kinds import Kind, kind_of
from .model import NotRead
from .reading import NO_NAME, NOT_REGULAR, reason_of

VENDORED, BUILT, IGNORED, EXCLUDED = "vendored", "built", "ignored by git", "excluded"
SDK, LINK = "the SDK's own", "a link elsewhere"
# Of version control and of editors: nobody would look for code there, so they are not counted either.
_UNSEEN = frozenset({".git", ".hg", ".svn"})
_VENDORED = {
    "node_modules",
    "bower_components",
    "jspm_packages",
    "site-packages",
    "dist-packages",
    "__pypackages__",
    "Pods",
    "Carthage",
    "vendor",
    "third_party",
    "third-party",
    "thirdparty",
    ".nuget",
    ".yarn",
    ".pnpm-store",
}
_BUILT = {
    "__pycache__",
    ".gradle",
    ".tox",
    ".nox",
    ".terraform",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".ipynb_checkpoints",
}
_PROJECTS = (".csproj", ".vbproj", ".fsproj")
# Folders of these names are built where a file with such an end stands beside them.
_BUILT_BESIDE = {"obj": _PROJECTS, "bin": _PROJECTS, "target": ("pom.xml", "Cargo.toml", "build.sbt")}
# Folders of these names are somebody else's where such a file is in them.
_HOLDING = {
    "venv": ("pyvenv.cfg", VENDORED),
    ".venv": ("pyvenv.cfg", VENDORED),
    "env": ("pyvenv.cfg", VENDORED),
    "speech": ("SpeechConfig.java", SDK),
}
_PACKAGE = re.compile(r"Microsoft\.CognitiveServices\.Speech(?:\.[\w.-]+)?\.\d+\.\d+\.\d+\Z", re.IGNORECASE)
_SDK_FOLDERS = ("MicrosoftCognitiveServicesSpeech.framework", "MicrosoftCognitiveServicesSpeech.xcframework")
_SDK_FILE = re.compile(r"microsoft\.cognitiveservices\.speech\.sdk\b.*\.js\Z|speechapi_c(?:xx)?(?:_\w+)?\.h\Z")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may hold something.

    Args:
        path: Where it is, without links: it is opened and, where something is mended, written by this.
        shown: As it is shown.
        kind: Its language, by its name.
    """

    path: str
    shown: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Skipped:
    """A folder or file that was left out.

    Args:
        shown: As it is shown.
        reason: Why.
    """

    shown: str
    reason: str


Met = Candidate | NotRead | Skipped


def walk(roots: Sequence[Path], *, exclude: Sequence[str] = (), base: Path) -> Iterator[Met]:
    """The files under some folders, and the files named themselves, which nothing leaves out.

    Args:
        roots: Files and folders.
        exclude: Patterns as in `.gitignore`, relative to `base`.
        base: What paths are shown relative to.
    """
    yield from _Walk(roots, exclude, base).everything()


def shown_path(path: str, base: str) -> str:
    """A path relative to where the check began, with `/`; one outside as it is."""
    inside = path.removeprefix(base if base.endswith(os.sep) else base + os.sep)
    shown = "." if path == base else inside
    return _printable(shown if os.sep == "/" else shown.replace(os.sep, "/"))


def _whole(path: Path) -> str:
    return os.path.normpath(path.absolute())


def _printable(name: str) -> str:
    """A name that can be written anywhere: bytes that are not UTF-8 as `\\xe9`."""
    if name.isascii():
        return name
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        # Windows' names hold halves of characters, which are no bytes that went astray.
        return name.encode("utf-8", "backslashreplace").decode("utf-8")


class _Walk:
    """One walk: where it may go, and what it has given."""

    def __init__(self, roots: Sequence[Path], exclude: Sequence[str], base: Path) -> None:
        self._base = _whole(base)
        inside = os.path.realpath(base)
        self._inside = inside if inside.endswith(os.sep) else inside + os.sep
        self._exclude = from_patterns(inside, exclude)
        self._roots = roots
        # By real path: each is walked for itself, whatever the one around it leaves out.
        self._tops: dict[str, str] = {}
        self._given: set[str] = set()
        self._links: list[tuple[str, str, Kind]] = []

    def everything(self) -> Iterator[Met]:
        """What is met, root by root."""
        files: list[Path] = []
        for root in self._roots:
            if root.is_dir():
                self._tops.setdefault(os.path.realpath(root), shown_path(_whole(root), self._base))
            else:
                files.append(root)
        for root in files:
            yield from self._named(root)
        for top, shown in self._tops.items():
            yield from self._folder(top, "" if shown == "." else shown.rstrip("/") + "/")
        for shown, target, kind in self._links:
            if target not in self._given:
                self._given.add(target)
                yield Candidate(target, shown, kind)

    def _named(self, root: Path) -> Iterator[Met]:
        shown = shown_path(_whole(root), self._base)
        try:
            path = os.path.realpath(root, strict=True)
            mode = Path(path).stat().st_mode
        except OSError as error:
            yield NotRead(shown, reason_of(error))
            return
        except ValueError:
            yield NotRead(shown, NO_NAME)
            return
        kind = kind_of(root.name) or kind_of(Path(path).name)
        if not stat.S_ISREG(mode):
            yield NotRead(shown, NOT_REGULAR)
        elif kind is None:
            yield NotRead(shown, "not a kind of file that is known here")
        elif path not in self._given:
            self._given.add(path)
            yield Candidate(path, shown, kind)

    def _folder(self, top: str, prefix: str) -> Iterator[Met]:
        """What is in a folder and under it, files first; a stack, as names can be nested deeper than calls."""
        stack: list[tuple[str, str, Levels]] = [(top, prefix, outside(top))]
        while stack:
            path, prefix, levels = stack.pop()
            try:
                with os.scandir(path) as entries:
                    found = sorted(entries, key=attrgetter("name"))
            except OSError as error:
                yield NotRead(prefix.rstrip("/") or ".", reason_of(error))
                continue
            names = {entry.name for entry in found}
            if ".git" in names and path != top:
                # Another repository: what the one around it ignores does not hold here.
                levels = of_repository(path)
            if ".gitignore" in names:
                level = level_of(path, Path(path, ".gitignore"))
                if isinstance(level, Level):
                    levels = (*levels, level)
                else:
                    yield NotRead(f"{prefix}.gitignore", level)
            below: list[tuple[str, str, Levels]] = []
            for entry in found:
                shown = prefix + _printable(entry.name)
                item: Met | None = None
                try:
                    if entry.is_symlink():
                        item = self._link(entry, shown, levels)
                    elif not entry.is_dir(follow_symlinks=False):
                        item = self._file(entry, shown, levels)
                    elif entry.path not in self._tops:
                        reason = self._reason_for_folder(entry, names, levels)
                        if reason is None:
                            below.append((entry.path, f"{shown}/", levels))
                        elif reason:
                            item = Skipped(shown, reason)
                except OSError as error:
                    item = NotRead(shown, reason_of(error))
                if item is not None:
                    yield item
            stack += reversed(below)

    def _reason_for_folder(self, entry: os.DirEntry[str], beside: set[str], levels: Levels) -> str | None:
        """Why a folder is left out; empty where it is not worth a word, None where it is walked."""
        name = entry.name
        if name in _UNSEEN:
            return ""
        if name in _VENDORED or _PACKAGE.match(name) or (name == "packages" and _holds_packages(entry.path)):
            return VENDORED
        if name in _BUILT or (name in _BUILT_BESIDE and any(one.endswith(_BUILT_BESIDE[name]) for one in beside)):
            return BUILT
        if name in _SDK_FOLDERS:
            return SDK
        if name in _HOLDING and os.path.lexists(entry.path + os.sep + _HOLDING[name][0]):
            return _HOLDING[name][1]
        return self._pattern(entry.path, name, levels, is_folder=True)

    def _pattern(self, path: str, name: str, levels: Levels, *, is_folder: bool) -> str | None:
        if levels and is_ignored(levels, path, name, is_folder=is_folder):
            return IGNORED
        # Patterns of a configuration are relative to where the check began: they say nothing of what is elsewhere.
        if self._exclude and path.startswith(self._inside):
            return EXCLUDED if is_ignored(self._exclude, path, name, is_folder=is_folder) else None
        return None

    def _file(self, entry: os.DirEntry[str], shown: str, levels: Levels) -> Met | None:
        kind = kind_of(entry.name)
        if kind is None:
            return None
        path, name = entry.path, entry.name
        if path in self._given:
            return None
        reason = self._pattern(path, name, levels, is_folder=False)
        if reason is None and _SDK_FILE.match(name):
            reason = SDK
        if reason is not None:
            return Skipped(shown, reason)
        if not entry.is_file(follow_symlinks=False):
            return NotRead(shown, NOT_REGULAR)
        self._given.add(path)
        return Candidate(path, shown, kind)

    def _link(self, entry: os.DirEntry[str], shown: str, levels: Levels) -> Met | None:
        """A link is kept until all else is known: what it leads to is mostly met by its own name."""
        if entry.is_dir():
            return None if entry.name in _VENDORED else Skipped(shown, LINK)
        kind = kind_of(entry.name)
        if kind is None:
            return None
        reason = self._pattern(entry.path, entry.name, levels, is_folder=False)
        if reason is not None:
            return Skipped(shown, reason)
        target = os.path.realpath(entry.path, strict=True)
        if not any(target.startswith(top.rstrip(os.sep) + os.sep) for top in self._tops):
            return Skipped(shown, LINK)
        if not stat.S_ISREG(Path(target).stat().st_mode):
            return NotRead(shown, NOT_REGULAR)
        self._links.append((shown, target, kind))
        return None


def _holds_packages(path: str) -> bool:
    """Whether a folder is where NuGet keeps what it has fetched: each package has its archive in its folder."""
    try:
        with os.scandir(path) as entries:
            folders = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        for folder in folders[:3]:
            with os.scandir(folder.path) as entries:
                if any(entry.name.endswith(".nupkg") for entry in entries):
                    return True
    except OSError:
        return False
    return False
