"""Comments that silence: which findings they answer, and what is said of those that are wrong or needless."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.checker import silencing
from remote_meeting.checker.model import Certainty, Finding, Silenced
from remote_meeting.checker.silencing import Answered, InFiles, Order, read_orders, silence, silence_in_files

RULES = {"RM101": "RM101", "RM701": "RM701", "RM702": "RM702", "remote-client": "RM101", "rest-path": "RM701"}
COMMENT = re.compile(r"#[^\r\n\"]*|//[^\r\n]*|/\*.*?\*/|<!--.*?-->|\"\"\".*?\"\"\"", re.DOTALL)
MALFORMED = "this comment is not read"


def finding(line: int, rule: str = "RM701", end_line: int | None = None, end_column: int = 9) -> Finding:
    """One in a line, or over several."""
    last = end_line or line
    return Finding(rule, "a.py", line, 1, last, end_column, "x", 1, "Change it.", Certainty.FOUND, "Python")


def answered(text: str, *findings: Finding, asked: Collection[str] | None = None) -> Answered:
    """What the comments of a text answer."""
    return silence(text, [found.span() for found in COMMENT.finditer(text)], findings, RULES, asked)


def warned(found: Answered) -> list[tuple[int, str]]:
    """What is said of comments."""
    return [(one.line, one.message) for one in found.warnings]


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("# remote-meeting: ignore[RM701] moved in May", "moved in May"),
        ("# remote-meeting: ignore[RM701]", ""),
        ("# remote-meeting: ignore[RM702, RM701]  both", "both"),
        ("# remote-meeting: ignore[rm701,RM702] - why", "why"),
        ("# Remote-Meeting:ignore[Rest-Path] why", "why"),
        ("# remote-meeting: ignore moved in May", "moved in May"),
        ("# remote-meeting: IGNORE", ""),
        ("#remote-meeting: ignore [RM701]: why", None),
        ("# remote-meeting: ignore [RM701] why [1]", "why [1]"),
        ("// remote-meeting: ignore[RM701] why", "why"),
        ("/* remote-meeting: ignore[RM701] why */", "why"),
        ("<!-- remote-meeting: ignore[RM701] why -->", "why"),
        ("# noqa: E501  # remote-meeting: ignore[RM701] why", "why"),
        ("// eslint-disable-line // remote-meeting: ignore[RM701] \u2014 why", "why"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_on_the_line(comment: str, reason: str | None, ending: str) -> None:
    """Case does not matter, names do as ids, the reason is kept; other lines are not answered."""
    text = f"one(){ending}two()  {comment}{ending}three(){ending}"
    found = answered(text, *(finding(line) for line in (1, 2, 3)), finding(2, "RM702"))
    if reason is None:
        assert not found.silenced
        return
    assert found.silenced[0] == Silenced(finding(2), "comment", reason)
    assert {one.finding.line for one in found.silenced} == {2}
    others = [finding(1), finding(3)]
    if "702" not in comment and "[" in comment:
        others.append(finding(2, "RM702"))
    assert list(found.findings) == others


@pytest.mark.parametrize(
    "above",
    [
        "# remote-meeting: ignore[RM701] why",
        "    # remote-meeting: ignore[RM701] why",
        "/* remote-meeting: ignore[RM701] why */",
        "/*\n * remote-meeting: ignore[RM701] why\n */",
        "# remote-meeting: ignore[RM701] why\n# and more of it\n# over lines",
        "{/* remote-meeting: ignore[RM701] why */}",
        '    "# remote-meeting: ignore[RM701] why",',
        "/* a */ /* b */ // remote-meeting: ignore[RM701] why",
    ],
)
def test_alone_above_the_line(above: str) -> None:
    """It speaks of the next line that is no comment, and of no other."""
    line = above.count("\n") + 3
    found = answered(f"zero()\n{above}\none()\ntwo()\n", finding(1), finding(line), finding(line + 1))
    assert [(one.finding.line, one.reason) for one in found.silenced] == [(line, "why")]
    assert [one.line for one in found.findings] == [1, line + 1]
    assert warned(found) == []


def test_not_alone_above_the_line() -> None:
    """A comment behind code speaks of that code; a blank line ends what one speaks of."""
    found = answered("one()  # remote-meeting: ignore\ntwo()\n", finding(2))
    assert not found.silenced
    assert warned(found) == [(1, "This comment silences nothing: take it away.")]
    assert not answered("# remote-meeting: ignore\n\ntwo()\n", finding(3)).silenced
    assert not answered("/* remote-meeting: ignore */ one() /* b */\ntwo()\n", finding(2)).silenced


def test_two_above_each_other() -> None:
    """A line for each rule, with its own reason."""
    text = "# remote-meeting: ignore[RM701] a\n# remote-meeting: ignore[RM702] b\nx()\n"
    found = answered(text, finding(3), finding(3, "RM702"), finding(3, "RM101"))
    assert [(one.finding.rule, one.reason) for one in found.silenced] == [("RM701", "a"), ("RM702", "b")]
    assert [one.rule for one in found.findings] == ["RM101"]


def test_findings_over_several_lines() -> None:
    """A comment behind any of its lines counts, but not one behind its end."""
    text = "call(\n  x,  # remote-meeting: ignore[RM701] why\n)\n"
    assert answered(text, finding(1, end_line=3)).silenced
    assert answered(text, finding(1, end_line=2, end_column=4)).silenced
    assert not answered(text, finding(1, end_line=2, end_column=1)).silenced
    assert not answered(text, finding(1)).silenced


def test_whole_file() -> None:
    """In the first ten lines; a nearer comment's reason goes before."""
    text = "# remote-meeting: ignore-file[RM701, remote-client] generated\n" + "x()\n" * 20
    text += "y()  # remote-meeting: ignore[RM701] known\n"
    found = answered(text, finding(5), finding(9, "RM101"), finding(9, "RM702"), finding(22))
    assert [one.reason for one in found.silenced] == ["generated", "generated", "known"]
    assert [one.rule for one in found.findings] == ["RM702"]
    assert warned(found) == []


@pytest.mark.parametrize(("line", "counts"), [(10, True), (11, False)])
def test_whole_file_by_line(line: int, counts: bool) -> None:
    """The tenth line is the last."""
    found = answered("\n" * (line - 1) + "# remote-meeting: ignore-file[RM701]\nx()\n", finding(line + 1))
    assert bool(found.silenced) is counts
    told = [(line, "`ignore-file` counts in a file's first 10 lines only.")]
    assert warned(found) == ([] if counts else told)


@pytest.mark.parametrize(
    "comment",
    [
        "ignore[RM701",
        "ignore[]",
        "ignore[RM701,]",
        "ignore[RM701]reason",
        "ignore: RM701",
        "ignore RM701 because",
        "ignore rest-path: because",
        "ignore-file because",
        "ignored",
        "ignore-line[RM701]",
        "disable[RM701] why",
        "noqa[RM701]",
        "ignore-file[RM701",
        "ignore[RM701][RM702]",
    ],
)
def test_malformed(comment: str) -> None:
    """Nothing is silenced by what may not be what was meant, and it is said, once."""
    found = answered(f"x()  # remote-meeting: {comment}\n", finding(1))
    assert not found.silenced
    ((line, message),) = warned(found)
    assert line == 1
    assert message.endswith(MALFORMED + ".")


def test_unknown_rules() -> None:
    """With the line; the others in the brackets count."""
    found = answered("\nx()  # remote-meeting: ignore[RM999, RM701] why\n", finding(2))
    assert len(found.silenced) == 1
    assert warned(found) == [(2, "There is no rule 'RM999': this comment does not silence it.")]
    found = answered("x()  # remote-meeting: ignore[all] why\n", finding(1))
    assert not found.silenced
    assert warned(found) == [(1, "There is no rule 'all': this comment does not silence it.")]


def test_needless() -> None:
    """Told by rule, and only of rules that looked."""
    text = "x()  # remote-meeting: ignore[RM701, RM702, RM101]\ny()  # remote-meeting: ignore\n"
    found = answered(text, finding(1))
    assert warned(found) == [
        (1, "This comment silences nothing of RM101, RM702: take that away."),
        (2, "This comment silences nothing: take it away."),
    ]
    found = answered(text, finding(1), asked=["RM701", "RM702"])
    assert warned(found) == [(1, "This comment silences nothing of RM702: take that away.")]


@pytest.mark.parametrize(
    "text",
    [
        'x = "remote-meeting: ignore[RM701]"\n',
        "x()  # see remote-meeting: ignore[RM701] in the docs\n",
        '"""\nremote-meeting: ignore[RM701] why\n"""; x()\n',
        "x()  # remote-meeting: the facade takes over here\n",
        "x()  # remote-meeting ignore[RM701]\n",
        "x()  # my-remote-meeting: ignore[RM701]\n",
    ],
)
def test_what_is_no_such_comment(text: str) -> None:
    """Strings, docstrings and prose silence nothing and are not called wrong."""
    found = answered(text, finding(1), finding(2), finding(3))
    assert (found.silenced, found.warnings) == ((), ())


def test_comments_met_twice() -> None:
    """Spans that overlap, as those of left-out code do, are one comment."""
    text = "# remote-meeting: ignore[RM701] why\nx()\n"
    orders, warnings = read_orders(text, [(0, 35), (0, 35), (2, 35)], RULES)
    assert orders == (Order(1, frozenset({"RM701"}), "why", 2),)
    assert warnings == ()


def test_many_comments_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of comments, each an order: the work goes with the lines, not with their square."""
    looked: list[int] = []
    is_comment = silencing._Lines._is_comment
    monkeypatch.setattr(silencing._Lines, "_is_comment", lambda *given: looked.append(given[1]) or is_comment(*given))
    text = "# remote-meeting: ignore[RM701] why\n" * 300 + "x()\n"
    orders, _ = read_orders(text, [(at, at + 35) for at in range(0, 300 * 36, 36)], RULES)
    assert {order.target for order in orders} == {301}
    assert len(orders) == 300
    assert len(looked) <= 301


def test_in_files() -> None:
    """A configuration's own, by path and rule; the first that matches gives the reason."""
    ignored = [
        InFiles(lambda path: path.startswith("b"), frozenset({"RM701"}), "not ours"),
        InFiles(lambda path: path == "a.py", frozenset({"RM701", "RM702"}), "tests"),
        InFiles(lambda _path: True, frozenset({"RM701"}), "any"),
    ]
    found = silence_in_files([finding(1), finding(2, "RM702"), finding(3, "RM101")], ignored)
    assert found.silenced == (
        Silenced(finding(1), "configuration", "tests"),
        Silenced(finding(2, "RM702"), "configuration", "tests"),
    )
    assert found.findings == (finding(3, "RM101"),)


PIECES = [
    "remote-meeting:",
    " ",
    "ignore",
    "ignore-file",
    "[",
    "]",
    "RM701",
    "rest-path",
    ",",
    "x",
    "-",
    ":",
    "#",
    "*/",
    "é",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_comment_is_read(said: str) -> None:
    """Never an exception; each order is one that can be written out and read again."""
    text = f"# remote-meeting:{said}\n"
    orders, warnings = read_orders(text, [(0, len(text) - 1)], RULES)
    lines = text.count("\n")
    assert all(1 <= one.line <= lines for one in [*orders, *warnings])
    for order in orders:
        rules = f"[{','.join(sorted(order.rules))}]" if order.rules is not None else ""
        verb = "ignore-file" if order.is_for_file else "ignore"
        again = f"# remote-meeting: {verb}{rules} {order.reason}"
        (read,), told = read_orders(again, [(0, len(again))], RULES)
        assert (read.rules, read.is_for_file, told) == (order.rules, order.is_for_file, ())
        assert read.reason == order.reason


@given(
    st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=3),
    st.text("abc 1.é[]", max_size=12),
    st.sampled_from(["# ", "#", "// ", "/* "]),
    st.booleans(),
)
def test_what_is_written_is_read(names: list[str], reason: str, leader: str, upper: bool) -> None:
    """Whatever the leader, the case and the blanks."""
    listed = " , ".join(name.upper() if upper else name for name in names)
    text = f"{leader}remote-meeting: ignore[ {listed} ]  {reason}"
    (order,), warnings = read_orders(text, [(0, len(text))], RULES)
    assert order.rules == {RULES[name] for name in names}
    assert order.reason == reason.strip()
    assert warnings == ()
