"""Whole files as people write them: in each language one that holds something, and one that holds nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remote_meeting.checker.kinds import Kind, kind_of, refine
from remote_meeting.checker.parsing import GRAMMARS
from remote_meeting.checker.prefilter import Prefilter
from support.checker import find

FILES = Path(__file__).parent / "files"
FINDS = sorted((FILES / "finds").iterdir())
SILENT = sorted((FILES / "silent").iterdir())
_MARK = re.compile(r"(?://|#) << ((?:RM\d+ ?)+)")


def kind_in(path: Path) -> Kind:
    """The language of a file."""
    kind = kind_of(path.name)
    assert kind is not None
    refined = refine(kind, path.read_bytes())
    assert refined is not None
    return refined


@pytest.mark.parametrize("path", FINDS, ids=lambda path: path.name)
def test_finds(path: Path) -> None:
    """Every marked line is named by its rules, no other line by any."""
    text = path.read_text()
    wanted = {
        (number, rule)
        for number, line in enumerate(text.splitlines(), 1)
        for mark in _MARK.findall(line)
        for rule in mark.split()
    }
    assert {(finding.line, finding.rule) for finding in find(text, kind_in(path))} == wanted
    assert Prefilter().passes(path.read_bytes())


@pytest.mark.parametrize("path", SILENT, ids=lambda path: path.name)
def test_silent(path: Path) -> None:
    """Names that look alike, comments, texts and what is supported are no findings."""
    assert [(finding.line, finding.rule) for finding in find(path.read_text(), kind_in(path))] == []


def test_every_language() -> None:
    """Each language has a file of either sort."""
    languages = {Kind.TYPESCRIPT, *GRAMMARS} - {Kind.TSX}
    script = {Kind.TYPESCRIPT: Kind.TYPESCRIPT, Kind.TSX: Kind.TYPESCRIPT}
    for paths in (FINDS, SILENT):
        assert {script.get(kind_in(path), kind_in(path)) for path in paths} >= languages
