"""What git can bring back, asked of a real one; nothing that a repository names is run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from remote_meeting.checker.git import Standing, how_to_undo, refuse, standing
from remote_meeting_backends import InvalidInput


@pytest.fixture(autouse=True)
def _own_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but these."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def run(folder: Path, *arguments: str) -> str:
    """Git, as somebody uses it."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clean one with three files."""
    folder = tmp_path / "tree"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.py", "b c.py", "deep/d.py"):
        (folder / name).write_text("old\n")
    run(folder, "init", "-q")
    run(folder, "add", ".")
    run(folder, "commit", "-q", "-m", "first")
    return folder


def undo(found: Standing) -> Sequence[str]:
    """Does what the lines say."""
    lines = how_to_undo(found)
    for line in lines:
        if line.startswith("git "):
            subprocess.run(line, shell=True, check=True, capture_output=True)
    return lines


def test_clean(tree: Path) -> None:
    """Nothing speaks against it, and the line brings everything back from any folder."""
    files = [tree / "a.py", tree / "b c.py", tree / "deep" / "d.py"]
    found = standing(files)
    assert found == Standing({tree: ("a.py", "b c.py", "deep/d.py")})
    refuse(found, force=False)
    for file in files:
        file.write_text("new\n")
    assert undo(found) == (f"git -C {shlex.quote(str(tree))} checkout -- a.py 'b c.py' deep/d.py",)
    assert {file.read_text() for file in files} == {"old\n"}


@pytest.mark.parametrize("name", ["*.py", "[a].py", ":(top)a.py", "-f.py", "$(x) 'y'.py", "é.py", "a\\b.py"])
def test_undo_takes_names_as_they_are(tree: Path, name: str) -> None:
    """Another file that the name would match as a pattern keeps its changes."""
    (tree / name).write_text("old\n")
    run(tree, "add", ".")
    run(tree, "commit", "-q", "-m", "second")
    found = standing([tree / name])
    refuse(found, force=False)
    (tree / name).write_text("new\n")
    (tree / "a.py").write_text("mine\n")
    undo(found)
    assert (tree / name).read_text() == "old\n"
    assert (tree / "a.py").read_text() == "mine\n"


def test_many_files_are_undone_in_one(tree: Path) -> None:
    """A command line has an end; where the tree was not clean, each is named all the same."""
    files = [tree / f"{number}.py" for number in range(30)]
    for file in files:
        file.write_text("old\n")
    run(tree, "add", ".")
    run(tree, "commit", "-q", "-m", "second")
    assert how_to_undo(standing(files)) == (f"git -C {shlex.quote(str(tree))} checkout -- .",)
    (tree / "a.py").write_text("mine\n")
    (line,) = how_to_undo(standing(files))
    assert line.endswith(" 9.py") or " 9.py " in line


@pytest.mark.parametrize("change", ["modified", "staged", "removed", "renamed", "elsewhere"])
def test_uncommitted_changes(tree: Path, change: str) -> None:
    """In the file or elsewhere in the tree: refused with the file's name, unless somebody insists."""
    name = "deep/d.py" if change == "elsewhere" else "a.py"
    if change == "removed":
        (tree / "b c.py").unlink()
        name = "b c.py"
    elif change == "renamed":
        run(tree, "mv", "b c.py", "new.py")
        name = "new.py"
    else:
        (tree / name).write_text("mine\n")
    if change == "staged":
        run(tree, "add", ".")
    found = standing([tree / "a.py"])
    wanted = f"{tree} has uncommitted changes ({name}): commit or stash them, or pass --force."
    with pytest.raises(InvalidInput) as raised:
        refuse(found, force=False)
    assert str(raised.value) == wanted
    refuse(found, force=True)
    is_mine = change in ("modified", "staged")
    assert found.lost == ((tree / "a.py",) if is_mine else ())
    assert how_to_undo(found)[-1].startswith("No command brings back" if is_mine else "git -C")


def test_several_changes_are_counted(tree: Path) -> None:
    """One name is enough."""
    for name in ("a.py", "b c.py", "deep/d.py"):
        (tree / name).write_text("mine\n")
    assert standing([tree / "a.py"]).reasons[0].startswith(f"{tree} has uncommitted changes (a.py and 2 more): ")


def test_untracked_files(tree: Path) -> None:
    """Only those that are to be changed count: git could not bring them back."""
    (tree / "notes.txt").write_text("")
    refuse(standing([tree / "a.py"]), force=False)
    (tree / ".gitignore").write_text("built.py\n")
    run(tree, "add", ".gitignore")
    run(tree, "commit", "-q", "-m", "second")
    for name in ("new.py", "built.py"):
        (tree / name).write_text("")
        found = standing([tree / "a.py", tree / name])
        with pytest.raises(InvalidInput, match=rf"{name} is not watched by git, .* --force\.$"):
            refuse(found, force=False)
        assert found.lost == (tree / name,)
        assert found.restorable == {tree: ("a.py",)}


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_file_that_git_does_not_look_at(tree: Path, flag: str) -> None:
    """Its changes are in no `git status`, and would be lost with ours."""
    run(tree, "update-index", flag, "a.py")
    (tree / "a.py").write_text("mine\n")
    assert standing([tree / "a.py"]).lost == (tree / "a.py",)


def test_no_repository(tmp_path: Path) -> None:
    """One clear sentence."""
    (tmp_path / "a.py").write_text("")
    found = standing([tmp_path / "a.py"])
    with pytest.raises(InvalidInput) as raised:
        refuse(found, force=False)
    assert str(raised.value) == (
        f"{tmp_path / 'a.py'} is in no git repository, which could undo a change: pass --force to make it."
    )
    refuse(found, force=True)
    assert how_to_undo(found) == (f"No command brings back {tmp_path / 'a.py'}.",)


def test_no_commit_yet(tree: Path, tmp_path: Path) -> None:
    """What was only added cannot be told from what was changed."""
    run(tmp_path, "init", "-q", "fresh")
    (tmp_path / "fresh" / "a.py").write_text("")
    run(tmp_path / "fresh", "add", ".")
    assert "uncommitted changes (a.py)" in standing([tmp_path / "fresh" / "a.py"]).reasons[0]


def test_links_and_subfolders(tree: Path, tmp_path: Path) -> None:
    """What a link leads to is what is written; a tree may be reached by one."""
    (tmp_path / "link").symlink_to(tree)
    (tmp_path / "a.py").symlink_to(tree / "a.py")
    assert standing([tmp_path / "link" / "deep" / "d.py"]).restorable == {tree: ("deep/d.py",)}
    assert standing([tmp_path / "a.py"]).restorable == {tree: ("a.py",)}


def test_work_trees_and_submodules(tree: Path, tmp_path: Path) -> None:
    """Each is a tree of its own, whose `.git` is a file."""
    run(tree, "worktree", "add", "-q", str(tmp_path / "second"))
    assert standing([tmp_path / "second" / "a.py"]) == Standing({tmp_path / "second": ("a.py",)})
    run(tree, "submodule", "--quiet", "add", str(tmp_path / "second"), "sub")
    run(tree, "commit", "-q", "-m", "second")
    (tree / "a.py").write_text("mine\n")
    found = standing([tree / "sub" / "a.py"])
    assert found == Standing({tree / "sub": ("a.py",)})


def test_several_trees(tree: Path, tmp_path: Path) -> None:
    """A line for each."""
    shutil.copytree(tree, tmp_path / "other")
    found = standing([tree / "a.py", tmp_path / "other" / "a.py"])
    assert len(how_to_undo(found)) == 2
    refuse(found, force=False)


def test_git_is_not_installed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it cannot say."""
    monkeypatch.setenv("PATH", str(tree))
    assert standing([tree / "a.py"]).reasons == (
        f"Git does not say whether {tree} is clean (git is not installed): pass --force to change files in it.",
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [("exec sleep 60", "no answer within 0.2 seconds"), ("echo 'fatal: No.' >&2; exit 128", "fatal: No")],
)
def test_git_gives_no_answer(tree: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str) -> None:
    """One that hangs is left, one that fails is quoted."""
    folder = tree.parent / "bin"
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    found = standing([tree / "a.py"], deadline_seconds=0.2)
    assert found.lost == (tree / "a.py",)
    assert f"({said})" in found.reasons[0]


def test_a_broken_repository(tmp_path: Path) -> None:
    """A `.git` that is none."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.py").write_text("")
    assert "Git does not say" in standing([tmp_path / "a.py"]).reasons[0]


def test_a_work_tree_elsewhere(tree: Path, tmp_path: Path) -> None:
    """A repository that speaks of another folder does not speak of this one."""
    (tmp_path / "elsewhere").mkdir()
    run(tree, "config", "core.worktree", str(tmp_path / "elsewhere"))
    assert "its work tree is elsewhere" in standing([tree / "a.py"]).reasons[0]


def test_within_a_hook(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's own variables, that point to the repository of the hook, are not followed."""
    run(tmp_path, "init", "-q", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / "index"))
    assert standing([tree / "a.py"]) == Standing({tree: ("a.py",)})


@pytest.mark.parametrize("where", ["config", "included"])
@pytest.mark.parametrize("kind", ["core.fsmonitor", "filter.evil.clean", "filter.evil.process", "core.hooksPath"])
def test_nothing_of_the_repository_is_run(tree: Path, tmp_path: Path, kind: str, where: str) -> None:
    """A downloaded repository's settings may name programs that `git status` starts."""
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("run", "post-index-change"):
        (trap / name).write_text(f"#!{sys.executable}\nopen({str(tmp_path / 'sprung')!r}, 'w')\n")
        (trap / name).chmod(0o755)
    (tree / ".gitattributes").write_text("*.py filter=evil\n")
    run(tree, "add", ".")
    run(tree, "commit", "-q", "-m", "second")
    value = str(trap if kind == "core.hooksPath" else trap / "run")
    if where == "included":
        run(tree, "config", "include.path", str(trap / "more"))
        run(tree, "config", "--file", str(trap / "more"), kind, value)
    else:
        run(tree, "config", kind, value)
    # Another time of change: git has to read the file, and would refresh what it knows.
    os.utime(tree / "a.py", (1, 1))
    found = standing([tree / "a.py"])
    assert not (tmp_path / "sprung").exists()
    assert found == Standing({tree: ("a.py",)})
    # The trap is one: git as it is walks into it.
    subprocess.run(["git", "-C", str(tree), "status"], capture_output=True, check=False)
    assert (tmp_path / "sprung").exists()


def test_filters_with_odd_names(tree: Path) -> None:
    """One that cannot be switched off: git is not asked further."""
    with (tree / ".git" / "config").open("a") as config:
        config.write('[filter "a=b"]\n\tclean = false\n')
    assert "cannot be switched off" in standing([tree / "a.py"]).reasons[0]


def test_the_index_is_not_written(tree: Path) -> None:
    """Looking changes nothing in the repository either."""
    os.utime(tree / "a.py", (1, 1))
    before = {path: path.read_bytes() for path in sorted((tree / ".git").rglob("*")) if path.is_file()}
    standing([tree / "a.py"])
    assert {path: path.read_bytes() for path in sorted((tree / ".git").rglob("*")) if path.is_file()} == before


def test_windows_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its shell knows no single quotes."""
    found = Standing({Path("root"): ("b c.py",)})
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        lines = how_to_undo(found)
    assert lines == ('git -C root checkout -- "b c.py"',)
