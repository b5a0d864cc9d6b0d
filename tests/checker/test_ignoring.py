"""What git ignores, this ignores: git itself is asked."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from remote_meeting.checker.ignoring import Level, Levels, from_patterns, is_ignored, level_of, of_repository, outside

FOLDERS = ("a", "ab", "d", "d/a", "d/e", "d/e/a", "a.b", "b-", "é")
NAMES = (
    "a",
    "b",
    "ab",
    "aab",
    "a.b",
    "x.py",
    "a b",
    "b ",
    "a-b",
    "[a]",
    "a]",
    "*",
    "a*b",
    "!a",
    "#a",
    "\\a",
    "é",
    "1",
    "Z",
    "a\nb",
)
PLACES = (".git/info/exclude", ".gitignore", "d/.gitignore", "d/e/.gitignore")
PIECES = st.sampled_from(
    [
        *"abdexZ1.-! #]?*\\/é\t",
        *("**", "**/", "/**", "/**/", "*/", "***", "[ab]", "[!a]", "[^a]", "[]a]", "[a-", "[a-e]", "[z-a]", "[\\]a]"),
        *(
            "[[:alpha:]]",
            "[[:digit:][:upper:]]",
            "[[:x:]]",
            "[[:a]",
            "[!]a]",
            "[a-]",
            "[--1]",
            "[!-~]",
            "\\ ",
            "\\*",
            "*.py",
        ),
        *("d/", "e/", "a/", "/a", "\\/", "[/]", "!*", "*a*"),
    ]
)
LINES = st.lists(PIECES, min_size=1, max_size=6).map("".join)
FILES = st.lists(LINES, max_size=4)
WITHOUT_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with names that patterns may stumble on."""
    root = Path(os.path.realpath(tmp_path_factory.mktemp("tree")))
    subprocess.run(["git", "init", "-q", root], check=True, env=WITHOUT_SETTINGS)
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for folder in ("", *FOLDERS):
        for name in NAMES:
            if not (root / folder / name).exists():
                (root / folder / name).touch()
    return root


def git_ignores(root: Path, paths: list[str]) -> set[str]:
    """What git says of some paths."""
    asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
    command = ["git", "-C", str(root), "check-ignore", "--no-index", "-z", "--stdin"]
    done = subprocess.run(command, input=asked, capture_output=True, env=WITHOUT_SETTINGS)
    assert done.returncode in (0, 1), done.stderr
    return {os.fsdecode(path) for path in done.stdout.split(b"\0") if path}


def everything(folder: str, levels: Levels, hidden: bool = False) -> Iterator[tuple[str, bool]]:
    """Every file and folder under one, and whether it is ignored; all that is in an ignored folder is."""
    own = level_of(folder, Path(folder, ".gitignore"))
    levels = (*levels, own) if isinstance(own, Level) else levels
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.name in (".git", ".gitignore"):
            continue
        is_folder = entry.is_dir(follow_symlinks=False)
        ignored = hidden or is_ignored(levels, entry.path, entry.name, is_folder=is_folder)
        yield entry.path, ignored
        if is_folder:
            yield from everything(entry.path, levels, ignored)


@example([["a/"], ["*.py", "!x.py"], ["!a"], []])
@example([[], ["*", "!*/", "!*.py"], [], []])
@example([[], ["*a*"], ["!d/", "!e/"], []])
@example([[], ["a\\"], ["b\\ ", "b \\"], ["\\!a", "\\#a"]])
@example([[], ["a**/a", "/**/x.py", "d/**", "!d/e"], ["**/"], ["/"]])
@example([[], ["/d[!x]a", "/d?e"], [], []])
@example([[], ["d/*/a", "**/e/**/a", "d**/e/a"], ["e/**/"], ["[[:alnum:]]*"]])
@given(st.lists(FILES, min_size=len(PLACES), max_size=len(PLACES)))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_as_git(tree: Path, files: list[list[str]]) -> None:
    """The same answer as git's for every path of the tree, whatever the patterns."""
    for place, lines in zip(PLACES, files, strict=True):
        (tree / place).write_bytes("\n".join(lines).encode())
    ours = dict(everything(str(tree), of_repository(str(tree))))
    theirs = git_ignores(tree, list(ours))
    wrong = {os.path.relpath(path, tree): ignored for path, ignored in ours.items() if ignored != (path in theirs)}
    assert not wrong


@pytest.mark.parametrize("written", [b"\xef\xbb\xbfa\r\nb\r\n", b"a\0c\nb", b"#a\na\n\n\nb \n", b"a\nb"])
def test_as_it_was_written(tree: Path, written: bytes) -> None:
    """Marks, line ends, comments and zeros are no part of a pattern."""
    for place in PLACES:
        (tree / place).write_bytes(written if place == ".gitignore" else b"")
    ours = dict(everything(str(tree), ()))
    assert {path for path, ignored in ours.items() if ignored} == git_ignores(tree, list(ours))
    assert ours[str(tree / "b")]


def test_folders_above(tmp_path: Path) -> None:
    """A check that begins inside a repository honours what is above it, up to the repository's first folder."""
    top = Path(os.path.realpath(tmp_path))
    (top / ".gitignore").write_text("*.py")
    inner = top / "repository" / "src" / "app"
    inner.mkdir(parents=True)
    assert outside(str(inner)) == ()
    (top / "repository" / ".git" / "info").mkdir(parents=True)
    (top / "repository" / ".git" / "info" / "exclude").write_text("c.cs")
    (top / "repository" / ".gitignore").write_text("/src/app/a.cs\n")
    (top / "repository" / "src" / ".gitignore").write_text("b.cs\n")
    levels = outside(str(inner))
    assert [
        is_ignored(levels, str(inner / name), name, is_folder=False) for name in ("a.cs", "b.cs", "c.cs", "d.py")
    ] == [
        True,
        True,
        True,
        False,
    ]


def test_patterns_of_a_configuration(tmp_path: Path) -> None:
    """Patterns of a configuration read as those of a file do."""
    levels = from_patterns(str(tmp_path), ["gen/", "*.g.cs", "!keep.g.cs"])
    path = str(tmp_path / "é" / "x.g.cs")
    assert is_ignored(levels, path, "x.g.cs", is_folder=False)
    assert not is_ignored(levels, path, "keep.g.cs", is_folder=False)
    assert is_ignored(levels, str(tmp_path / "é" / "gen"), "gen", is_folder=True)
    assert not is_ignored(levels, str(tmp_path / "gen"), "gen", is_folder=False)
    assert from_patterns(str(tmp_path), []) == ()


def test_relative_paths(tmp_path: Path) -> None:
    """A path may be told relative to the patterns' folder."""
    levels = from_patterns(str(tmp_path), ["src/*.cs", "é/**/b.cs"])
    asked = ["src/a.cs", "é/x/b.cs", "src/x/a.cs", "a.cs"]
    assert [is_ignored(levels, path, Path(path).name, is_folder=False) for path in asked] == [True, True, False, False]


@pytest.mark.parametrize(
    "pattern", ["*a" * 60 + "*b", "x/" + "*a" * 60 + "*b", "**/a/" * 30 + "b", "a*/**/" * 20 + "b", "?*" * 60]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    """A pattern made to be slow is as quick as others."""
    levels = from_patterns("/r", [pattern])
    begin = time.process_time()
    for path in ("/r/x/" + "a" * 250, "/r/" + "a/" * 1000 + "a"):
        is_ignored(levels, path, path.rpartition("/")[2], is_folder=False)
    assert time.process_time() - begin < 1


def test_too_many_patterns_or_none(tmp_path: Path) -> None:
    """A file of patterns that is no file, or beyond measure, is said to be so."""
    file = tmp_path / ".gitignore"
    assert level_of(str(tmp_path), file) == "No such file or directory"
    os.mkfifo(file)
    assert level_of(str(tmp_path), file) == "not a regular file"
    file.unlink()
    file.write_bytes(b"?a\n" * 100_000)
    assert level_of(str(tmp_path), file) == "larger than 256 KiB"
