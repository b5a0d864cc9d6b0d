"""Comments and strings without a grammar: the same as a grammar's, wherever that is claimed."""

from __future__ import annotations

import re
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remote_meeting.checker.kinds import Kind
from remote_meeting.checker.lexing import is_plain, lex
from remote_meeting.checker.parsing import SECONDS, marks_of, marks_of_grammar

PLAIN = (Kind.CSHARP, Kind.JAVA, Kind.C, Kind.CPP, Kind.GO, Kind.PYTHON)
LINES = {
    Kind.PYTHON: (
        "x = f('a # 1', 2)",
        "# a comment of somebody's 1'",
        "if x:",
        '    y = 1  # "quoted" ',
        'z = "one\'"',
        "w = 'one\\' # two'",
    ),
    **dict.fromkeys(
        (Kind.CSHARP, Kind.JAVA, Kind.C, Kind.CPP, Kind.GO),
        (
            'x = f("a // b", 1);',
            "// it's a comment",
            '/* one "two" */ y = 1;',
            'z = "it\'s";',
            'w = "a\\"b /* c";',
            "c = 'a';",
        ),
    ),
}


def inner(text: str, spans: list[tuple[int, int]]) -> list[str]:
    """What stands between the quotes."""
    return [re.sub(r"\A@?[\"']|[\"']\Z", "", text[start:end]) for start, end in spans]


@pytest.mark.parametrize("kind", PLAIN)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_as_the_grammar_has_it(kind: Kind, data: st.DataObject) -> None:
    """For a text that is plain, comments and strings are the grammar's."""
    lines = data.draw(st.lists(st.sampled_from(LINES[kind]), max_size=12))
    head, tail = ("class A { void f() {", "} }") if kind in (Kind.CSHARP, Kind.JAVA) else ("", "")
    if kind is Kind.GO:
        head, tail = "package a\nfunc f() {", "}"
    if kind in (Kind.C, Kind.CPP):
        head, tail = "void f() {", "}"
    text = "\n".join([head, *lines, tail]) + "\n"
    assert is_plain(text, kind)
    comments, strings = lex(text, kind)
    marks = marks_of_grammar(text, kind)
    assert marks is not None
    assert comments == list(marks.comments)
    assert inner(text, strings) == inner(text, list(marks.strings))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.CSHARP, 'var x = @"a\\";'),
        (Kind.CSHARP, 'var x = $"{a}";'),
        (Kind.CSHARP, "#if false\n#endif"),
        (Kind.JAVA, 'String x = """\n"a"\n""";'),
        (Kind.CPP, 'auto x = R"(")";'),
        (Kind.CPP, "int x = 1'000;"),
        (Kind.GO, "x := `a\\`"),
        (Kind.PYTHON, 'x = f"{a}"'),
        (Kind.PYTHON, '"""A docstring."""'),
        (Kind.JAVASCRIPT, "x = 1;"),
        (Kind.RUST, "let x: &'a str;"),
    ],
)
def test_what_needs_a_grammar(kind: Kind, text: str) -> None:
    """Strings of other kinds, templates, directives, and languages whose quotes are not always quotes."""
    assert not is_plain(text, kind)


def test_a_grammar_that_takes_too_long() -> None:
    """After its seconds a grammar is given up, and the text read without one."""
    text = "const a = `b`; // c\n" * 2_000
    ticks = iter(range(0, 1_000_000, int(SECONDS) + 1))
    marks = marks_of(text, Kind.JAVASCRIPT, now=lambda: float(next(ticks)))
    assert len(marks.comments) == 2_000
    assert marks.holes == ()
    assert len(marks_of(text, Kind.JAVASCRIPT, now=monotonic).comments) == 2_000
