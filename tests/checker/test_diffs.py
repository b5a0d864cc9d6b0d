"""Patches, tried on git itself; edits of edits; what a screen gets to see."""

from __future__ import annotations

import codecs
import subprocess
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.checker.diffs import apply, for_screen, patch, quoted, then
from remote_meeting.checker.fixing import FilePlan, plan
from remote_meeting.checker.model import Certainty, Edit, Finding, Fix


def planned(
    name: str, text: str, edits: Sequence[Edit], encode: Callable[[str], bytes] = str.encode, folder: Path = Path()
) -> FilePlan:
    """A plan that makes some edits."""
    one = Finding("RM101", name, 1, 1, 1, 2, "", 1, "", Certainty.FOUND, "C#", Fix("Change it", tuple(edits)))
    return plan(folder / name, name, encode(text), text, encode, [one] if edits else [])


def replaced(name: str, text: str, old: str, new: str, encode: Callable[[str], bytes] = str.encode) -> FilePlan:
    """A plan that replaces every occurrence."""
    places = [at for at in range(len(text)) if text.startswith(old, at)]
    return planned(name, text, [Edit(at, at + len(old), new) for at in places], encode)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty one."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def git_applies(folder: Path, plans: Sequence[FilePlan]) -> None:
    """Git takes the patch without a word, and the files are what was planned; backwards, what they were."""
    for one in plans:
        file = folder / one.shown
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(one.original)
    made = patch(plans)
    for way in ([], ["--reverse"]):
        command = ["git", "apply", "--whitespace=nowarn", "--unidiff-zero", *way]
        done = subprocess.run(command, cwd=folder, input=made, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), made.decode("utf-8", "replace")
        for one in plans:
            assert (folder / one.shown).read_bytes() == (one.original if way else one.encode(one.new_text))


def test_as_git_writes_it() -> None:
    """Three lines around, one hunk for what is near, another for what is far."""
    text = "".join(f"{number}\n" for number in range(1, 31))
    edits = [Edit(2, 3, "two"), Edit(14, 15, "8"), Edit(text.index("25"), text.index("25") + 2, "25\nmore")]
    assert patch([planned("a.py", text, edits)]).decode() == (
        "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n"
        "@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n"
        "@@ -23,6 +23,7 @@\n 23\n 24\n 25\n+more\n 26\n 27\n 28\n"
    )


def test_only_changed_lines_are_shown() -> None:
    """Two edits with a line between them leave it alone."""
    text = "a1\nb\na2\n"
    assert b"-b" not in patch([replaced("a.py", text, "a", "c")])


def test_a_long_edit_shows_what_differs() -> None:
    """A rule may replace many lines and change one."""
    text = "same\n" * 400
    made = patch([planned("a.py", text, [Edit(0, len(text), "same\n" * 200 + "other\n" + "same\n" * 199)])])
    changed = [line for line in made.split(b"\n")[3:] if line[:1] in (b"+", b"-")]
    assert sorted(changed) == [b"+other", b"-same"]


@pytest.mark.parametrize(
    ("text", "edit", "head"), [("", Edit(0, 0, "a"), b"-0,0 +1"), ("a\n", Edit(0, 2, ""), b"-1 +0,0")]
)
def test_no_lines_stand_behind_line_zero(text: str, edit: Edit, head: bytes) -> None:
    """As git counts where there are none."""
    assert b"@@ " + head + b" @@\n" in patch([planned("a.py", text, [edit])])


def test_nothing_to_show() -> None:
    """No header for a file that stays."""
    assert patch([planned("a.py", "text", [])]) == b""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "tail", "old"])
@pytest.mark.parametrize("encode", [str.encode, lambda text: text.encode("latin-1")])
def test_git_applies_it(repository: Path, ending: str, last: str, encode: Callable[[str], bytes]) -> None:
    """Line ends of both kinds, a missing one at the end, bytes that are not UTF-8."""
    text = ending.join(["old é", *"abcdefgh", "old", "i", last])
    plans = [
        replaced("one.cs", text, "old", "new"),
        replaced("two.cs", text, "old", "", encode),
        replaced("deep/three.cs", text, f"old{ending}", ""),
        replaced("four.cs", text, f"h{ending}", f"h{ending}more{ending}", encode),
    ]
    assert all(one.is_changed for one in plans)
    git_applies(repository, plans)


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("old", Edit(0, 3, "")),
        ("old\n", Edit(0, 4, "")),
        ("", Edit(0, 0, "new\n")),
        ("", Edit(0, 0, "new")),
        ("a\n", Edit(2, 2, "b\n")),
        ("a\n", Edit(1, 2, "")),
        ("a", Edit(1, 1, "\n")),
        ("a\nb\nc", Edit(1, 3, "")),
        ("a\rb\x0bc\u2028d\n", Edit(0, 1, "x")),
    ],
)
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_git_applies_the_edges(repository: Path, text: str, edit: Edit, mark: bytes) -> None:
    """Files that become empty or were, ends of lines that come and go, with and without a byte order mark."""
    git_applies(repository, [planned("a.cs", text, [edit], lambda new: mark + new.encode())])


@pytest.mark.parametrize("name", ["a b.cs", 'a"b.cs', "a\\b.cs", "a\tb.cs", "é.cs", "a\nb.cs", "-a.cs", "d e/'f'.cs"])
@pytest.mark.parametrize("encode", [str.encode, lambda text: text.encode("utf-16")])
def test_git_applies_names(repository: Path, name: str, encode: Callable[[str], bytes]) -> None:
    """Blanks, quotes, control characters, letters of all kinds."""
    git_applies(repository, [replaced(name, "a\nold\n", "old", "new", encode)])


def test_names_are_quoted_as_git_does(repository: Path) -> None:
    """Its own headers for the same change are the same."""
    names = ["a b.cs", 'a"b.cs', "a\tb.cs", "é.cs", "plain.cs", "back\\slash.cs"]
    plans = [replaced(name, "old\n", "old", "new") for name in sorted(names, key=str.encode)]
    for one in plans:
        (repository / one.shown).write_bytes(one.original)
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    for one in plans:
        (repository / one.shown).write_bytes(one.encode(one.new_text))
    shown = subprocess.run(["git", "diff", "--no-color"], cwd=repository, check=True, capture_output=True).stdout
    wanted = [line for line in shown.split(b"\n") if not line.startswith(b"index ")]
    assert patch(plans).split(b"\n") == wanted


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_binary_to_git(repository: Path, encoding: str) -> None:
    """The patch can be applied, and its lines can be read."""
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    text = "".join(f"line {number} é\r\n" for number in range(500)) + "old"
    plans = [
        replaced("a.cs", text, "old", "new", lambda new: mark + new.encode(encoding)),
        replaced("b.cs", "x", "x", "y"),
    ]
    git_applies(repository, plans)
    assert b"\n# -old\n# \\ No newline at end of file\n# +new\n" in patch(plans)


TEXTS = st.text("ab\n\r é", max_size=30)


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[Edit]:
    """Some of it, in order."""
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(places[::2], places[1::2], strict=False)
    return [Edit(start, end, draw(st.text("xy\n", max_size=3))) for start, end in pairs]


@given(st.data(), TEXTS)
def test_edits_of_edits(data: st.DataObject, text: str) -> None:
    """Two steps as one."""
    first = data.draw(edits_of(text))
    between = apply(text, first)
    second = data.draw(edits_of(between))
    both = then(len(text), first, second)
    assert apply(text, both) == apply(between, second)
    assert all(one.end <= other.start for one, other in pairwise(both))


def test_any_edits_are_applied_by_git(repository: Path) -> None:
    """A hundred files in one patch."""
    plans: list[FilePlan] = []

    @given(TEXTS.flatmap(lambda text: st.tuples(st.just(text), edits_of(text))))
    def collect(case: tuple[str, list[Edit]]) -> None:
        plans.append(planned(f"{len(plans)}.cs", *case))

    collect()
    changed = [one for one in plans if one.is_changed]
    assert len(changed) > 20
    git_applies(repository, changed)


@pytest.mark.parametrize(
    ("path", "shown"), [("a b", "a b"), ('a"', '"a\\""'), ("é", '"\\303\\251"'), ("\x01\x7f", '"\\001\\177"')]
)
def test_quoted(path: str, shown: str) -> None:
    """By bytes, in octal."""
    assert quoted(path) == shown


def test_for_screen() -> None:
    """In colour if asked; a source that would steer the terminal does not."""
    made = patch([replaced("a.cs", "old\x1b[2J\r\nsame\r\n", "old", "new")])
    plain = for_screen(made, colour=False)
    assert plain.splitlines()[3:] == ["@@ -1,2 +1,2 @@", "-old\\x1b[2J", "+new\\x1b[2J", " same"]
    coloured = for_screen(made, colour=True)
    assert click.unstyle(coloured) == plain
    assert click.style("-old\\x1b[2J", fg="red") in coloured
    assert click.style("+++ b/a.cs", bold=True) in coloured
    assert click.style("@@ -1,2 +1,2 @@", fg="cyan") in coloured


def test_large_files_take_no_time() -> None:
    """Many equal lines, changed at both ends: the work goes with the edits, not with the square of the lines."""
    text = "old\n" + "same\n" * 200_000 + "old\n"
    assert patch([replaced("a.cs", text, "old", "new")]).count(b"\n") == 15
