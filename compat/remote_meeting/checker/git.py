"""What git can bring back, asked before files are changed. The repository is not trusted: nothing of it is run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from remote_meeting_backends import InvalidInput

DEADLINE_SECONDS = 60.0
MANY = 20
# A repository's own settings can name programs that git starts while it only looks.
_HARMLESS = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "core.untrackedCache=false")
_SCOPES_OF_REPOSITORY = ("local", "worktree")
_FILTER = re.compile(r"\Afilter\.([^=\n]+)\.(?:clean|smudge|process|required)\Z", re.IGNORECASE)
_MAGIC = re.compile(r"[*?\[\\]|\A:")


@dataclass(frozen=True, slots=True)
class Standing:
    """How files stand in their work trees.

    Args:
        restorable: The files that git has as they are, relative to their work tree, by its root.
        lost: The others.
        reasons: Why a change could not be undone cleanly, a sentence each; empty when it could.
    """

    restorable: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    lost: tuple[Path, ...] = ()
    reasons: tuple[str, ...] = ()


class _Untold(Exception):
    """Git does not say; the clause why."""


def standing(files: Sequence[Path], *, deadline_seconds: float = DEADLINE_SECONDS) -> Standing:
    """Ask git about the files that are to be changed; a link is what it leads to.

    Args:
        files: Theirs.
        deadline_seconds: How long each question to git may take.
    """
    by_root: dict[Path | None, list[Path]] = {}
    roots: dict[Path, Path | None] = {}
    for file in (Path(os.path.realpath(file)) for file in files):
        if file.parent not in roots:
            roots[file.parent] = _root(file.parent)
        by_root.setdefault(roots[file.parent], []).append(file)
    restorable: dict[Path, tuple[str, ...]] = {}
    lost: list[Path] = []
    reasons: list[str] = []
    for root, own in by_root.items():
        if root is None:
            lost += own
            reasons.append(f"{_named(own)} in no git repository, which could undo a change: pass --force to make it.")
            continue
        try:
            safe, said = _asked(root, own, deadline_seconds)
        except _Untold as untold:
            lost += own
            reasons.append(f"Git does not say whether {root} is clean ({untold}): pass --force to change files in it.")
            continue
        restorable[root] = tuple(file.relative_to(root).as_posix() for file in own if file in safe)
        lost += (file for file in own if file not in safe)
        reasons += said
    return Standing({root: names for root, names in restorable.items() if names}, tuple(lost), tuple(reasons))


def refuse(found: Standing, *, force: bool) -> None:
    """Stop before a change that could not be undone cleanly.

    Raises:
        InvalidInput: It could not, and nobody insists.
    """
    if found.reasons and not force:
        raise InvalidInput(found.reasons[0])


def how_to_undo(found: Standing) -> tuple[str, ...]:
    """The commands that bring the files back, and a line about those that no command does."""
    lines = []
    for root, names in found.restorable.items():
        # A clean tree has no other changes that this would take along.
        named = ["."] if len(names) > MANY and not found.reasons else list(names)
        literal = ["--literal-pathspecs"] if any(map(_MAGIC.search, named)) else []
        lines.append(_line(["git", *literal, "-C", str(root), "checkout", "--", *named]))
    if found.lost:
        lines.append(f"No command brings back {', '.join(map(str, found.lost))}.")
    return tuple(lines)


def _root(folder: Path) -> Path | None:
    return next((above for above in (folder, *folder.parents) if os.path.lexists(above / ".git")), None)


def _asked(root: Path, files: list[Path], seconds: float) -> tuple[set[Path], list[str]]:
    """Which files git has as they are, and what stands in the way."""
    top = _run(root, [], ["rev-parse", "--show-toplevel"], seconds)
    if Path(os.path.realpath(os.fsdecode(top.removesuffix(b"\n")))) != root:
        raise _Untold("its work tree is elsewhere")
    off = _filters_off(root, seconds)
    changed = _changes(
        _run(root, off, ["status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=dirty"], seconds)
    )
    # A tag other than H: git was told not to look, or the file is in conflict.
    listed = _run(root, off, ["ls-files", "-v", "-z"], seconds).split(b"\0")
    known = {os.fsdecode(entry[2:]) for entry in listed if entry[:2] == b"H "}
    names = {file: file.relative_to(root).as_posix() for file in files}
    untracked = [file for file, name in names.items() if name not in known]
    reasons = []
    if changed:
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        reasons.append(f"{root} has uncommitted changes ({changed[0]}{others}): commit or stash them, or pass --force.")
    if untracked:
        reasons.append(
            f"{_named(untracked)} not watched by git, which could not undo a change: add it, or pass --force."
        )
    return {file for file, name in names.items() if name in known and name not in changed}, reasons


def _changes(status: bytes) -> list[str]:
    """The paths of `git status --porcelain -z`; a renamed one's old name follows it."""
    entries = iter(status.split(b"\0"))
    changed = []
    for entry in entries:
        if entry:
            changed.append(os.fsdecode(entry[3:]))
            if entry[:1] in b"RC" or entry[1:2] in b"RC":
                next(entries, None)
    return changed


def _filters_off(root: Path, seconds: float) -> list[str]:
    """Settings that switch the repository's own filters off: `git status` would run them. The user's own stay."""
    asked = ["config", "--includes", "--show-scope", "--name-only", "-z", "--get-regexp", r"^filter\."]
    told = [os.fsdecode(part) for part in _run(root, [], asked, seconds, may_be_none=True).split(b"\0")]
    off = []
    for scope, name in zip(told[::2], told[1::2], strict=False):
        if scope in _SCOPES_OF_REPOSITORY:
            found = _FILTER.match(name)
            if found is None:
                raise _Untold(f"its setting {name!r} cannot be switched off")
            off += [f"filter.{found.group(1)}.{key}=" for key in ("clean", "smudge", "process")]
            off.append(f"filter.{found.group(1)}.required=false")
    return off


def _run(root: Path, settings: list[str], arguments: list[str], seconds: float, *, may_be_none: bool = False) -> bytes:
    git = shutil.which("git")
    if git is None:
        raise _Untold("git is not installed")
    configured = [part for setting in (*_HARMLESS, *settings) for part in ("-c", setting)]
    command = [git, "-C", str(root), "--no-pager", *configured, *arguments]
    try:
        done = subprocess.run(  # noqa: S603  (git, with arguments of our own)
            command, stdin=subprocess.DEVNULL, capture_output=True, env=_environment(), timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise _Untold(f"no answer within {seconds:g} seconds") from None
    except OSError as error:
        raise _Untold(error.strerror or type(error).__name__) from error
    if done.returncode and not (may_be_none and done.returncode == 1):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _Untold(said[0].rstrip(".") if said else f"it ended with {done.returncode}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Ours, without what points git elsewhere (within a hook, say), and with nothing fetched, asked or written."""
    # The user's settings may come this way, as they do in continuous integration.
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name[:11] == "GIT_CONFIG_"
    }
    return kept | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "LC_ALL": "C",
    }


def _named(files: Sequence[Path]) -> str:
    return f"{files[0]} is" if len(files) == 1 else f"{files[0]} and {len(files) - 1} more are"


def _line(command: list[str]) -> str:
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
