"""Fixes applied: what a file becomes, and that all files are written or none, whatever happens on the way."""

from __future__ import annotations

import codecs
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.checker.fixing import FilePlan, NotWritten, drops_comment, place, plan, settle, write
from remote_meeting.checker.model import Certainty, Edit, Finding, Fix

Span = tuple[int, int]


def finding(*edits: Edit, certainty: Certainty = Certainty.FOUND, rule: str = "RM101") -> Finding:
    """One with a fix; where it is told to be does not matter here."""
    return Finding(rule, "a.py", 1, 1, 1, 2, "x", 1, "Change it.", certainty, "Python", Fix("Change it", edits))


def encoder(encoding: str = "utf-8", mark: bytes = b"") -> Callable[[str], bytes]:
    """Bytes of a text, as a file had them."""
    return lambda text: mark + text.encode(encoding)


def planned(
    text: str,
    *findings: Finding,
    path: Path = Path("a.py"),
    encode: Callable[[str], bytes] = str.encode,
    comments: Sequence[Span] = (),
) -> FilePlan:
    """A plan of a file that holds a text."""
    return plan(path, path.name, encode(text), text, encode, findings, comments)


def on_disk(folder: Path, texts: dict[str, str], new: str = "new\n") -> list[FilePlan]:
    """Files, and plans that give each of them another text."""
    plans = []
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
        plans.append(planned(text, finding(Edit(0, len(text), new)), path=folder / name))
    return plans


def reasons(made: FilePlan) -> list[str]:
    """Why fixes were left."""
    return [left.reason for left in made.left]


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text, and edits of it in order that do not touch each other."""
    parts = draw(st.lists(st.tuples(st.text("ab é𝄞\n", min_size=1), st.text("ab"), st.text("xyz")), max_size=8))
    text, edits = "", []
    for kept, old, new in parts:
        text += kept
        edits.append(Edit(len(text), len(text) + len(old), new))
        text += old
    return text + "end", edits


@given(edited(), st.randoms())
def test_edits_are_made_as_one_by_one(case: tuple[str, list[Edit]], random: Random) -> None:
    """From the last to the first, each is a plain replacement; the order of findings does not matter."""
    text, edits = case
    naive = text
    for edit in reversed(edits):
        naive = naive[: edit.start] + edit.text + naive[edit.end :]
    findings = [finding(edit) for edit in edits]
    random.shuffle(findings)
    made = planned(text, *findings)
    assert made.new_text == naive
    assert all(left.reason == "it changes nothing" for left in made.left)
    assert len(made.applied) + len(made.left) == len(findings)


def old_names(text: str) -> tuple[list[Finding], list[Span]]:
    """A rule of two letters: `aa` becomes `b`, so that one place may stand in another's way."""
    return [finding(Edit(at, at + 2, "b")) for at in range(len(text) - 1) if text[at : at + 2] == "aa"], []


@given(st.text("ab\n", max_size=40))
def test_a_second_run_changes_nothing(text: str) -> None:
    """What overlapped is mended in turn, and the edits are those of the first text."""
    made = settle(planned(text, *old_names(text)[0]), old_names)
    assert old_names(made.new_text)[0] == []
    assert made.left == ()
    again = settle(planned(made.new_text, *old_names(made.new_text)[0]), old_names)
    assert not again.is_changed
    assert planned(text, finding(*made.edits)).new_text == made.new_text


def test_fixes_without_an_end_change_nothing() -> None:
    """Two that undo each other, and one that makes its own work."""

    def swap(text: str) -> tuple[list[Finding], list[Span]]:
        return [finding(Edit(0, 1, "b" if text[0] == "a" else "a"))], []

    def grow(text: str) -> tuple[list[Finding], list[Span]]:
        assert len(text) < 100
        return [finding(Edit(0, 0, "a"))], []

    for look in (swap, grow):
        made = settle(planned("abc", *look("abc")[0]), look)
        assert not made.is_changed
        assert (made.edits, made.applied) == ((), ())
        assert reasons(made) == ["its fixes come to no end"]


def test_the_first_by_position_wins() -> None:
    """Of overlapping fixes, wherever they stand in the list; all edits of a fix or none."""
    late, early = finding(Edit(2, 6, "LATE"), Edit(8, 9, "!")), finding(Edit(0, 3, "EARLY"))
    made = planned("0123456789", late, early)
    assert made.new_text == "EARLY3456789"
    assert made.applied == (early,)
    assert [left.finding for left in made.left] == [late]
    assert reasons(made) == ["another fix changes the same place"]


def test_equal_edits_are_one() -> None:
    """Two findings that need the same import get it once."""
    one, other = finding(Edit(0, 0, "import x\n"), Edit(2, 3, "y")), finding(Edit(0, 0, "import x\n"), Edit(4, 5, "z"))
    made = planned("a b c", one, other)
    assert made.new_text == "import x\na y z"
    assert made.applied == (one, other)


@pytest.mark.parametrize("other", [Edit(3, 3, "!"), Edit(5, 5, "!"), Edit(4, 4, "!"), Edit(3, 5, "!"), Edit(1, 9, "!")])
def test_what_clashes_with_an_edit(other: Edit) -> None:
    """What is put beside it may belong to what it takes away."""
    made = planned("0123456789", finding(Edit(3, 5, "")), finding(other))
    assert len(made.applied) == 1
    assert reasons(made) == ["another fix changes the same place"]


def test_edits_side_by_side_are_made() -> None:
    """Two lines that follow each other go, each by a fix of its own."""
    assert planned("a\nb\nc\n", finding(Edit(0, 2, "")), finding(Edit(2, 4, ""))).new_text == "c\n"


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Edit(5, 3, "x"), "its edits do not fit the file"),
        (Edit(0, 99, "x"), "its edits do not fit the file"),
        (Edit(0, 1, "0"), "it changes nothing"),
        (Edit(0, 1, "€"), "the file's encoding has no such characters"),
    ],
)
def test_edits_that_are_not_made(edit: Edit, why: str) -> None:
    """Each stays a finding, with its reason."""
    made = planned("0123456789", finding(edit), encode=encoder("latin-1"))
    assert not made.is_changed
    assert reasons(made) == [why]


def test_only_what_is_certain() -> None:
    """Neither what could not be told, nor a file that would not come back as it was."""
    assert reasons(planned("abc", finding(Edit(0, 1, "x"), certainty=Certainty.UNSURE))) == ["it is not certain"]
    made = plan(Path("a"), "a", b"other", "abc", encoder(), [finding(Edit(0, 1, "x"))])
    assert reasons(made) == ["the file's encoding is not kept"]
    assert not planned("abc", finding()).is_changed


def test_a_fix_that_takes_a_comment_away_stays_a_finding() -> None:
    """The comment is worth more than the fix."""
    text = "call()  # because\nnext()\n"
    made = planned(text, finding(Edit(0, 18, "")), comments=[(8, 17)])
    assert (made.new_text, reasons(made)) == (text, ["it would take a comment away"])
    assert planned(text, finding(Edit(0, 6, "new()")), comments=[(8, 17)]).new_text.startswith("new()  # because")


@pytest.mark.parametrize(
    ("edit", "text", "drops"),
    [
        (Edit(0, 4, ""), "code# note", False),
        (Edit(0, 5, ""), "code# note", True),
        (Edit(0, 10, "new# note"), "code# note", False),
        (Edit(0, 10, "new# not"), "code# note", True),
        (Edit(0, 10, "new# note"), None, True),
        (Edit(0, 6, "new# "), "code# note", False),
        (Edit(0, 6, "# new"), "code# note", True),
        (Edit(6, 10, "note and more"), "code# note", False),
        (Edit(6, 10, "my note"), "code# note", True),
        (Edit(7, 7, "x"), "code# note", False),
        (Edit(10, 10, "x"), "code# note", False),
    ],
)
def test_drops_comment(edit: Edit, text: str | None, drops: bool) -> None:
    """Whole comments, parts of them, and comments that the replacement keeps."""
    assert drops_comment([(4, 10)], [edit], text) is drops


def test_equal_comments_are_kept_each() -> None:
    """One in the replacement does not stand for two."""
    comments = [(2, 5), (8, 11)]
    assert drops_comment(comments, [Edit(0, 12, "x # a")], "a; # a; # a;")
    assert not drops_comment(comments, [Edit(0, 12, "x # a # a")], "a; # a; # a;")


@pytest.mark.parametrize(
    ("text", "new"),
    [("a\r\nb\r\n", "x\r\ny\r\nb\r\n"), ("a\nb\n", "x\ny\nb\n"), ("a\rb", "x\ry\rb")],
)
def test_new_lines_end_as_the_files_do(text: str, new: str) -> None:
    """Whatever a rule ends its lines with."""
    for ending in ("\n", "\r\n"):
        assert planned(text, finding(Edit(0, 1, f"x{ending}y"))).new_text == new
    assert planned("a", finding(Edit(0, 1, "x\ny"))).new_text == "x\ny"
    assert planned("\r\na", finding(Edit(2, 3, "b\nc"))).new_text == "\r\nb\r\nc"


@pytest.mark.parametrize(
    "encode",
    [
        encoder(),
        encoder(mark=codecs.BOM_UTF8),
        encoder("utf-16-le", codecs.BOM_UTF16_LE),
        encoder("utf-16-be", codecs.BOM_UTF16_BE),
        encoder("utf-16-le"),
        encoder("latin-1"),
    ],
)
@pytest.mark.parametrize("text", ["aé\r\nold\r\nz", "aé\nold\nz\n", "aé\r\nold\nmixed\rz"])
def test_bytes_around_an_edit_stay(tmp_path: Path, encode: Callable[[str], bytes], text: str) -> None:
    """Encoding, mark, line ends and the missing end of the last line."""
    path = tmp_path / "a.cs"
    path.write_bytes(encode(text))
    at = text.index("old")
    write([planned(text, finding(Edit(at, at + 3, "new")), path=path, encode=encode)])
    assert path.read_bytes() == encode(text.replace("old", "new"))


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o664])
def test_mode_stays(tmp_path: Path, mode: int) -> None:
    """A script can still be started, a secret is still one; the time of the last change is new."""
    plans = on_disk(tmp_path, {"a.sh": "old"})
    (tmp_path / "a.sh").chmod(mode)
    os.utime(tmp_path / "a.sh", (1, 1))
    write(plans)
    found = (tmp_path / "a.sh").stat()
    assert stat.S_IMODE(found.st_mode) == mode
    assert found.st_mtime > 1


def test_links_stay_links(tmp_path: Path) -> None:
    """What they lead to is written."""
    (tmp_path / "real").mkdir()
    plans = on_disk(tmp_path / "real", {"a.py": "old"})
    link = tmp_path / "link.py"
    link.symlink_to("real/a.py")
    write([planned("old", finding(Edit(0, 3, "new\n")), path=link)])
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.py").read_text() == "new\n"
    with pytest.raises(NotWritten, match=r"^a.py has changed since it was read: run again. No file was changed.$"):
        write(plans)


def test_two_names_of_one_file(tmp_path: Path) -> None:
    """A hard link would keep the old text, and two plans for one file would lose one."""
    plans = on_disk(tmp_path, {"a.py": "old"})
    link = tmp_path / "link.py"
    link.symlink_to("a.py")
    with pytest.raises(NotWritten, match="under two names"):
        write([*plans, planned("old", finding(Edit(0, 3, "other")), path=link)])
    (tmp_path / "b.py").hardlink_to(tmp_path / "a.py")
    with pytest.raises(NotWritten, match=r"a\.py has a second name"):
        write(plans)
    assert (tmp_path / "a.py").read_text() == "old"


def test_what_is_not_changed_is_not_touched(tmp_path: Path) -> None:
    """No write, and no need to be allowed one."""
    write([planned("old", path=tmp_path / "not there.py")])


NAMES = {"a.py": "old a\n", "b.py": "old b\n", "c.py": "old c\n"}


def texts(folder: Path) -> dict[str, str]:
    """Everything in a folder: a temporary file that stays is seen."""
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}


def test_one_changed_meanwhile_stops_all(tmp_path: Path) -> None:
    """The last of three was saved by an editor."""
    plans = on_disk(tmp_path, NAMES)
    (tmp_path / "c.py").write_text("mine")
    with pytest.raises(NotWritten, match=r"^c\.py has changed"):
        write(plans)
    assert texts(tmp_path) == {**NAMES, "c.py": "mine"}


@pytest.mark.parametrize("gone", ["removed", "pipe", "folder"])
def test_one_that_cannot_be_written_stops_all(tmp_path: Path, gone: str) -> None:
    """The error names the file; a pipe in its place is not waited for."""
    plans = on_disk(tmp_path, NAMES)
    (tmp_path / "b.py").unlink()
    if gone == "pipe":
        os.mkfifo(tmp_path / "b.py")
    elif gone == "folder":
        (tmp_path / "b.py").mkdir()
    with pytest.raises(NotWritten, match=r"^b\.py .* No file was changed\.$"):
        write(plans)
    assert texts(tmp_path) == {name: NAMES[name] for name in ("a.py", "c.py")}


class Steps:
    """Fails the nth time that a file is put in another's place."""

    def __init__(self, patch: pytest.MonkeyPatch, error: BaseException, *fails: int, before: bool = True) -> None:
        self.count = 0
        replace = os.replace

        def step(source: Path, target: Path) -> None:
            self.count += 1
            if not before:
                replace(source, target)
            if self.count in fails:
                raise error
            if before:
                replace(source, target)

        patch.setattr(os, "replace", step)


@pytest.mark.parametrize("fails", [1, 2, 3])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), KeyboardInterrupt()])
def test_a_failed_step_puts_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int, before: bool, error: BaseException
) -> None:
    """At the first, second or last file, before the step or right behind it; no temporary file stays."""
    plans = on_disk(tmp_path, NAMES)
    Steps(monkeypatch, error, fails, before=before)
    wanted = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else NotWritten
    with pytest.raises(wanted) as raised:
        write(plans)
    assert texts(tmp_path) == NAMES
    if wanted is NotWritten:
        name = list(NAMES)[fails - 1]
        assert str(raised.value) == f"{name} cannot be written: Permission denied. No file was changed."


def test_interrupted_again_while_putting_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody in a hurry still gets all files or none."""
    plans = on_disk(tmp_path, NAMES)
    Steps(monkeypatch, KeyboardInterrupt(), 3, 4, 5)
    with pytest.raises(KeyboardInterrupt):
        write(plans)
    assert texts(tmp_path) == NAMES


def test_what_cannot_be_put_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what went wrong first."""
    plans = on_disk(tmp_path, NAMES)
    Steps(monkeypatch, OSError(28, "No space left on device"), 3, 4)
    with pytest.raises(NotWritten, match=r"^c\.py cannot be written: No space left on device\. .*put back: b\.py\.$"):
        write(plans)
    assert texts(tmp_path) == {**NAMES, "b.py": "new\n"}


def test_interrupted_while_writing_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a temporary file does not stay."""
    plans = on_disk(tmp_path, NAMES)

    def stop(_file: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write(plans)
    assert texts(tmp_path) == NAMES


CHILD = """
import os, sys
from pathlib import Path
from remote_meeting.checker.fixing import plan, write
from remote_meeting.checker.model import Certainty, Edit, Finding, Fix

folder, step, stop = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
true, count = getattr(os, step), 0

def counted(*args):
    global count
    count += 1
    if count == stop:
        print("here", flush=True)
        sys.stdin.read()
    return true(*args)

setattr(os, step, counted)
plans = []
for path in sorted(folder.iterdir()):
    text = path.read_text()
    fix = Fix("Change it", (Edit(0, 3, "new"),))
    one = Finding("RM101", path.name, 1, 1, 1, 4, text, 1, "Change it.", Certainty.FOUND, "Python", fix)
    plans.append(plan(path, path.name, text.encode(), text, str.encode, [one]))
write(plans)
"""


@pytest.mark.parametrize(("step", "stop", "changed"), [("fsync", 2, 0), ("replace", 1, 0), ("replace", 3, 2)])
def test_killed_in_the_middle(tmp_path: Path, step: str, stop: int, changed: int) -> None:
    """A process killed with SIGKILL can put nothing back, but no file is ever half of one text and half of another.

    What is there after it: every file whole, the first ones new and the others old; and temporary files of a known
    name, which no checker reads and git shows as untracked.
    """
    old = {f"{number}.py": f"old {number}\n" * 20_000 for number in range(4)}
    for name, text in old.items():
        (tmp_path / name).write_text(text)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), step, str(stop)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"here\n"
        child.kill()
    assert child.returncode == -signal.SIGKILL
    found = texts(tmp_path)
    new = {name: text.replace("old", "new", 1) for name, text in old.items()}
    assert [found[name] == new[name] for name in old] == [number < changed for number in range(4)]
    assert all(found[name] in (old[name], new[name]) for name in old)
    assert all(name.startswith(".remote-meeting-") and name.endswith(".tmp") for name in found.keys() - old.keys())


def test_place(tmp_path: Path) -> None:
    """One file, new or in another's place, or an error that names it."""
    path = tmp_path / "a.json"
    place(path, b"1")
    place(path, b"2")
    assert texts(tmp_path) == {"a.json": "2"}
    with pytest.raises(NotWritten, match=r"not there/a\.json cannot be written: No such file"):
        place(tmp_path / "not there" / "a.json", b"")
    with pytest.raises(NotWritten, match="not a regular file"):
        place(tmp_path, b"")
    assert texts(tmp_path) == {"a.json": "2"}
