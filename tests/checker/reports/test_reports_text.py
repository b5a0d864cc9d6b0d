"""The report for a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from made_up_reports import CONTEXT, RULES, finding, mixed, report

from remote_meeting.checker.model import Finding, NotRead
from remote_meeting.checker.reports import FORMATS
from remote_meeting.checker.reports.sourceline import source_and_caret

SCREEN = replace(CONTEXT, width=80)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def test_a_finding_is_a_place_a_rule_a_message_and_a_caret() -> None:
    """For a pipe all of the first on one line, as grep wants it."""
    lines = FORMATS["text"](report(finding()), RULES, CONTEXT).splitlines()
    assert lines[:4] == [
        "src/app.py  1 finding",
        "  10:14   RM101 remote-client  RemoteClient was retired on 2025-03-28: swap the import.",
        "          | client = RemoteClient(config)",
        "          |          ^^^^^^^^^^^^",
    ]


def test_what_could_not_be_told_looks_different() -> None:
    """In words and in its caret, not in its colour alone."""
    lines = FORMATS["text"](report(finding(unsure=True)), RULES, CONTEXT).splitlines()
    assert "RM101 remote-client  could not tell  RemoteClient" in lines[1]
    assert lines[3].endswith("|          ~~~~~~~~~~~~")
    assert (
        "could not tell  "
        not in FORMATS["text"](report(finding()), RULES, CONTEXT).split("By rule")[0].split("\n\n")[0]
    )


def test_repeats_fold() -> None:
    """More than five of a rule in a file: three, and where the others are."""
    said = FORMATS["text"](mixed(), RULES, CONTEXT)
    assert said.count("app/Old.cs") == 1
    assert "  … and 7 more of RM201 at lines 13, 14, 15, 16, 17, 18, 19\n" in said
    assert "  13:" not in said


@pytest.mark.parametrize(("count", "folds"), [(5, False), (6, True)])
def test_five_repeats_are_shown(count: int, folds: bool) -> None:
    """A fold of two lines would save nothing."""
    said = FORMATS["text"](report(*(finding(line=line) for line in range(count))), RULES, CONTEXT)
    assert ("more of RM101" in said) is folds


def test_a_doubt_does_not_fold_into_what_is_certain() -> None:
    """They are two answers."""
    rows = [finding(line=line) for line in range(1, 10)]
    said = FORMATS["text"](report(*rows, finding(line=20, unsure=True)), RULES, CONTEXT)
    assert "… and 6 more of RM101" in said
    assert "  20:14   RM101 remote-client  could not tell" in said


def test_a_fold_names_only_so_many_lines() -> None:
    """Four hundred numbers help nobody."""
    said = FORMATS["text"](report(*(finding(line=line) for line in range(1, 401))), RULES, CONTEXT)
    assert "… and 397 more of RM101 at lines 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, …\n" in said


def test_colours_only_where_asked_for() -> None:
    """And they change nothing but the colour."""
    coloured = FORMATS["text"](mixed(), RULES, replace(SCREEN, colour=True))
    plain = FORMATS["text"](mixed(), RULES, SCREEN)
    assert "\x1b[" not in plain
    assert coloured != plain
    assert [line.rstrip() for line in ESCAPES.sub("", coloured).splitlines()] == plain.splitlines()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_the_screen(width: int) -> None:
    """Messages break at words, long source lines are cut around the place."""
    long = "x" * 200 + " RemoteClient " + "y" * 200
    told = report(finding(source=long, message="word " * 60), finding(path="a.py", unsure=True, fix=True), clean=2)
    said = FORMATS["text"](told, RULES, replace(CONTEXT, width=width))
    found = said.split("By rule")[0]
    assert max(map(len, found.splitlines())) <= width
    assert "RemoteClient" in found


def test_the_last_screen_says_it_all() -> None:
    """Counts, by rule, by language, effort with reasons, the way in, and what was not read."""
    said = FORMATS["text"](mixed(), RULES, replace(SCREEN, where="app"))
    last = said[said.index("12 found, 1 could not tell, in 4 of 11 files of app.") :]
    for words in (
        "found               12  --fix mends 1",
        "could not tell       1",
        "clean files          7  of 11",
        "files not read       1",
        "silenced             2",
        "RM201 old-transcriber       10               1      2",
        "C#                10               1      2",
        "Effort  Roughly 3 hours to 3 working days by hand",
        "- RM701 rest-v3: 1 file at about 2 h, and 4 h once.",
        "Gateway\n    10 findings in 1 file (C#): ",
        "data/big.json: larger than 4 MiB",
        "Left out: 12 ignored and 3 vendored.",
        "As of 2026-11-27",
    ):
        assert words in last


def test_nothing_found_is_one_clear_line() -> None:
    """And no table of noughts."""
    said = FORMATS["text"](report(clean=12), RULES, CONTEXT)
    assert said.splitlines() == ["Nothing found: 12 files looked into (12 Python).", "", "As of 2026-11-27; 0.2 s."]


def test_nothing_found_still_says_what_was_not_read() -> None:
    """Silence would be a lie."""
    told = report(clean=1, not_read=tuple(NotRead(f"{at}.bin", "not text") for at in range(12)))
    said = FORMATS["text"](told, RULES, CONTEXT)
    assert "files not read      12" in said
    assert "9.bin: not text\n  … and 2 more\n" in said


def test_fixes_are_named_unless_they_are_made() -> None:
    """After `--fix` nobody wants to read of it."""
    fixable = report(finding(fix=True))
    assert "[--fix mends it]" in FORMATS["text"](fixable, RULES, SCREEN)
    assert "[--fix mends it]" not in FORMATS["text"](fixable, RULES, replace(SCREEN, show_fixable=False))


def test_a_message_is_said_once_in_a_row() -> None:
    """The same sentence thrice is read never."""
    said = FORMATS["text"](report(*(finding(line=line) for line in (1, 2, 3)), finding(path="b.py")), RULES, SCREEN)
    assert said.count("was retired on") == 2


def _place(source: str, what: str) -> Finding:
    return finding(source=source, what=what)


@pytest.mark.parametrize(
    ("source", "what", "lines"),
    [
        ("\tx = Old()", "Old", ("x = Old()", "    ^^^")),
        ("a\t= Old()", "Old", ("a   = Old()", "      ^^^")),
        ("    Old", "Old", ("Old", "^^^")),
        ("'会議' + Old", "Old", ("'会議' + Old", "         ^^^")),
        ("x = '会議'", "会議", ("x = '会議'", "     ^^^^")),
        ("e\u0301 = Old", "Old", ("e\u0301 = Old", "    ^^^")),
        ("'\x1b' + Old", "Old", ("'\\x1b' + Old", "         ^^^")),
        ("'\u202e' + Old", "Old", ("'\\u202e' + Old", "           ^^^")),
    ],
)
def test_the_caret_stands_under_the_place(source: str, what: str, lines: tuple[str, str]) -> None:
    """Tabs, wide and combining characters and escapes are as wide as they look."""
    assert source_and_caret(_place(source, what), "^") == lines


def test_a_place_over_several_lines_is_marked_to_the_end() -> None:
    """Only its first line is shown."""
    place = replace(_place("x = Old(1,  ", "Old"), end_line=12, end_column=3)
    assert source_and_caret(place, "^") == ("x = Old(1,", "    ^^^^^^")


def test_a_place_of_no_width_or_behind_the_line_has_a_caret() -> None:
    """A caret is what the eye looks for."""
    place = replace(_place("Old", "Old"), end_column=1)
    assert source_and_caret(place, "^") == ("Old", "^")
    assert source_and_caret(replace(place, source_column=9), "^") == ("Old", "   ^")
    assert source_and_caret(replace(place, source=""), "^") == ("", "^")


def test_a_long_line_is_cut_on_both_sides() -> None:
    """The place stays in sight, with what stands before it."""
    line, marks = source_and_caret(_place("a" * 100 + "Old" + "b" * 100, "Old"), "^", room=30)
    assert line == "…" + "a" * 10 + "Old" + "b" * 15 + "…"
    assert marks == " " * 11 + "^^^"
