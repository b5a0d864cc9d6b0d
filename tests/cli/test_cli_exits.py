"""Exit codes: one meaning each, one for each error, and the table of `--help` is the truth."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from remote_meeting.cli import main
from remote_meeting.cli.exits import EXIT_CODES, MEANINGS, CannotWrite, exit_code
from remote_meeting_backends import AudioError, InvalidInput, MeetingError, RemoteMeetingError

BASES = {RemoteMeetingError, MeetingError}


def _kinds(kind: type[RemoteMeetingError] = RemoteMeetingError) -> Iterator[type[RemoteMeetingError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith(("remote_meeting_backends.", CannotWrite.__module__)):
            yield child
            yield from _kinds(child)


def test_the_help_lists_every_code_with_its_meaning() -> None:
    """What `--help` documents is what the program does."""
    table = CliRunner().invoke(main, ["--help"]).stdout.partition("Exit codes:")[2]
    listed = {int(code): meaning for code, meaning in re.findall(r"^ +(\d+)  (\S.*)$", table, re.MULTILINE)}
    assert listed == MEANINGS


def test_no_two_codes_mean_the_same() -> None:
    """A code has one meaning, and a meaning one code."""
    codes = [code for _, code, _ in EXIT_CODES]
    assert len(set(codes)) == len(codes)
    assert len(set(MEANINGS.values())) == len(MEANINGS)


@pytest.mark.parametrize("kind", sorted({*_kinds()} - BASES, key=lambda kind: kind.__name__))
def test_every_error_has_one_code(kind: type[RemoteMeetingError]) -> None:
    """No error is left with the code of the unknown, and none stands under two meanings."""
    matching = {code for known, code, _ in EXIT_CODES if issubclass(kind, known)}
    if issubclass(kind, AudioError):
        # Audio is input, too: the narrower meaning wins.
        matching -= {code for known, code, _ in EXIT_CODES if known is InvalidInput}
    assert matching == {exit_code(kind("It broke."))}


def test_an_error_of_a_plugin_has_the_code_of_the_unknown() -> None:
    """A backend from elsewhere may raise an error of its own kind."""
    assert exit_code(RemoteMeetingError("It broke.")) == 1
