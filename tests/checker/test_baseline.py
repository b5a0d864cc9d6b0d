"""What is known: told from what is new by rule, path and line, wherever the line stands."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remote_meeting.checker import baseline
from remote_meeting.checker.baseline import Baseline, Entry, fingerprint, of, split
from remote_meeting.checker.fixing import NotWritten
from remote_meeting.checker.model import Certainty, Finding, Silenced
from remote_meeting_backends import InvalidInput


def finding(source: str = "old()", line: int = 1, rule: str = "RM101", path: str = "a.py") -> Finding:
    """One."""
    return Finding(rule, path, line, 1, line, 4, source, 1, f"Change it ({rule}).", Certainty.FOUND, "Python")


FINDINGS = st.lists(
    st.builds(finding, st.sampled_from(["a", " a ", "b"]), st.integers(1, 9), st.sampled_from(["RM1", "RM2"])),
    max_size=8,
)


def test_fingerprint() -> None:
    """Blanks around the line and its number do not matter; line, rule and path do."""
    mark = fingerprint(finding())
    assert fingerprint(finding("\told()  ", 99)) == mark
    assert (
        len({mark, *(fingerprint(one) for one in (finding("old(1)"), finding(rule="RM2"), finding(path="b.py")))}) == 4
    )
    # Written into files that people keep: it may not change.
    assert mark == "922814189902b6ff5a21905485a67efa"


@settings(max_examples=40)
@given(FINDINGS, FINDINGS)
def test_split(known: list[Finding], found: list[Finding]) -> None:
    """As sets that count: new is what there is more of, gone what there is less of."""
    parts = split(found, of(known))
    before, after = Counter(map(fingerprint, known)), Counter(map(fingerprint, found))
    assert Counter(map(fingerprint, parts.new)) == after - before
    assert Counter(fingerprint(one.finding) for one in parts.silenced) == after & before
    assert Counter({entry.fingerprint: entry.count for entry in parts.gone}) == before - after
    assert len(parts.new) + len(parts.silenced) == len(found)


def test_the_surplus_is_the_last() -> None:
    """Of three equal lines where two are known, the last is new; who reads is told by what."""
    findings = [finding(line=line) for line in (1, 5, 9)]
    parts = split(findings, of(findings[:2]))
    assert parts.new == (findings[2],)
    assert parts.silenced == (Silenced(findings[0], "baseline"), Silenced(findings[1], "baseline"))


def test_gone_only_where_it_was_looked() -> None:
    """Of a file that was not checked, nothing is known to be gone."""
    known = of([finding(), finding(path="b.py")])
    assert [entry.path for entry in split([], known).gone] == ["a.py", "b.py"]
    assert [entry.path for entry in split([], known, lambda entry: entry.path == "b.py").gone] == ["b.py"]


def test_entries_of_one_mark_add_up(tmp_path: Path) -> None:
    """As a merge may leave them."""
    (entry,) = of([finding()]).entries
    twice = Baseline((entry, entry))
    parts = split([finding(), finding(line=2), finding(line=3)], twice)
    assert len(parts.new) == 1
    assert [one.count for one in split([finding()], twice).gone] == [1]
    assert sum(one.count for one in split([], twice).gone) == 2


@settings(max_examples=40)
@given(FINDINGS, st.randoms())
def test_the_same_whatever_the_order(findings: list[Finding], random: Random) -> None:
    """A baseline's file changes only with what it says."""
    shuffled = list(findings)
    random.shuffle(shuffled)
    assert of(shuffled) == of(findings)


def test_file(tmp_path: Path) -> None:
    """Sorted, in plain letters, with an end to its last line; read as it was written."""
    path = tmp_path / "baseline.json"
    known = of([finding("z", 3), finding("a", 2), finding("é", 1, path="\udcff é.py"), finding("z", 4, "RM001")])
    baseline.write(path, Baseline(known.entries[::-1]))
    assert baseline.read(path) == known
    first = path.read_bytes()
    baseline.write(path, known)
    assert path.read_bytes() == first
    assert first.isascii()
    assert first.endswith(b"}\n")
    content = json.loads(first)
    assert content["schema"] == 1
    assert [list(entry) for entry in content["findings"]] == [["rule", "path", "fingerprint", "message", "count"]] * 4
    assert list(tmp_path.iterdir()) == [path]


def test_messages_may_change(tmp_path: Path) -> None:
    """A baseline of an earlier version, or without messages, is as good."""
    path = tmp_path / "baseline.json"
    known = of([finding()])
    baseline.write(path, Baseline(tuple(replace(entry, message="") for entry in known.entries)))
    assert "message" not in path.read_text()
    assert split([finding()], baseline.read(path)).new == ()


ENTRY = {"rule": "RM1", "path": "a", "fingerprint": "f", "count": 1}


def wrong(**changes: object) -> str:
    """A baseline whose second entry is not right."""
    entry = {key: value for key, value in (ENTRY | changes).items() if value is not None}
    return json.dumps({"schema": 1, "findings": [ENTRY, entry]})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not JSON at line 1, column 1: Expecting value."),
        ('{\n"schema": 1,\n<<<<<<< HEAD\n', "is not JSON at line 3, column 1: Expecting property name"),
        (b"\xff\xfe\xff", "is not UTF-8 at byte "),
        ("9" * 5000, "is not JSON that can be read: "),
        ("[" * 100_000, "is nested too deeply to be one."),
        ("[]", 'is not one: it has no "schema".'),
        ("{}", 'is not one: it has no "schema".'),
        ('{"schema": 2, "findings": []}', "has schema 2, and 1 is the one known here."),
        ('{"schema": true, "findings": []}', "has schema True, and 1 is the one known here."),
        ('{"schema": 1}', "is wrong at findings: field required."),
        ('{"schema": 1, "findings": [], "more": 1}', "is wrong at more: extra inputs are not permitted."),
        (wrong(count=0), "is wrong at findings[1].count: input should be greater than or equal to 1."),
        (wrong(count=True), "is wrong at findings[1].count: input should be a valid integer."),
        (wrong(count="1"), "is wrong at findings[1].count: input should be a valid integer."),
        (wrong(path=None), "is wrong at findings[1].path: field required."),
        (wrong(line=3), "is wrong at findings[1].line: extra inputs are not permitted."),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: str | bytes, said: str) -> None:
    """One sentence: the file, and where."""
    path = tmp_path / "baseline.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidInput) as raised:
        baseline.read(path)
    assert str(raised.value).startswith(f"The baseline {path} {said}")


def test_no_file(tmp_path: Path) -> None:
    """Not there, a folder, a pipe that would be waited for."""
    with pytest.raises(InvalidInput, match=r"^There is no baseline .*: make one with --write-baseline\.$"):
        baseline.read(tmp_path / "none.json")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InvalidInput, match="is not a file"):
            baseline.read(path)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The old one stays whole."""
    with pytest.raises(NotWritten, match=r"none/baseline\.json cannot be written"):
        baseline.write(tmp_path / "none" / "baseline.json", Baseline())


def test_messages_of_equal_findings() -> None:
    """Which comes first does not show."""
    one, other = finding(), replace(finding(line=2), message="Another.")
    assert of([one, other]) == of([other, one])


def test_entries_are_plain() -> None:
    """What one says."""
    assert of([finding(), finding(line=7)]).entries == (
        Entry("RM101", "a.py", fingerprint(finding()), 2, "Change it (RM101)."),
    )
