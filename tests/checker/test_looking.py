"""A file looked into: pages and notebooks, places and cut lines, dates, and what is no text at all."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remote_meeting.checker.kinds import Kind
from remote_meeting.checker.looking import look
from remote_meeting.checker.model import Certainty
from remote_meeting.checker.parsing import GRAMMARS
from remote_meeting.checker.project import NOTHING_KNOWN
from remote_meeting.checker.rules import RULES
from remote_meeting.checker.source import Source
from support.checker import DAY, find

CODE = [kind.value for kind in GRAMMARS]
LINE = 'u = "https://x/speechtotext/v3.1/transcriptions"\n'


def notebook(*cells: tuple[str, list[str] | str]) -> str:
    """A notebook as its editor writes it."""
    made = [{"cell_type": kind, "metadata": {}, "source": source, "outputs": []} for kind, source in cells]
    return json.dumps({"cells": made, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}, indent=1)


def test_notebook() -> None:
    """The place is the line of the file, in code cells only; magics are no code."""
    text = notebook(
        ("markdown", ["speechtotext/v3.1 and MeetingTranscriber\n"]),
        ("code", ["%pip install azure-cognitiveservices-speech\n", "import azure.cognitiveservices.speech as sdk\n"]),
        ("code", ['print("é\\t")\n', "t = sdk.transcription.MeetingTranscriber(audio)"]),
    )
    lines = text.split("\n")
    findings = find(text, "Jupyter")
    assert [finding.rule for finding in findings] == ["RM201"]
    (finding,) = findings
    assert "MeetingTranscriber(audio)" in lines[finding.line - 1]
    assert lines[finding.line - 1][finding.column - 1 :].startswith("MeetingTranscriber")
    assert finding.source == lines[finding.line - 1]


@pytest.mark.parametrize("text", ["", "{}", "[", '{"cells": 1}', '{"cells": [{"cell_type": "code", "source": 1}, 2]}'])
def test_notebooks_that_are_none(text: str) -> None:
    """What is no notebook has no code."""
    assert not find(text, "Jupyter")


def test_notebook_of_another_language() -> None:
    """A kernel of another language is not read as Python."""
    text = notebook(("code", [LINE])).replace('"python"', '"R"')
    assert not find(text, "Jupyter")


def test_page_keeps_its_lines() -> None:
    """A script's place is the page's; an attribute is text; prose, comments and data are not code."""
    page = (
        "<p>speechtotext/v3.1 is retired</p>\n"
        '<input value="https://x/speechtotext/v3.0/models">\n'
        "<!-- <script>fetch('/speechtotext/v3.1/models')</script> -->\n"
        "<script>\n  fetch('/speechtotext/v3.2/models')\n</script>\n"
        '<script type="application/json">{"a": "x/speechtotext/v3.1"}</script>\n'
    )
    assert [(finding.line, finding.rule) for finding in find(page, "HTML")] == [(2, "RM701"), (5, "RM701")]


def test_vue() -> None:
    """A component's script, in TypeScript where it says so."""
    page = (
        "<template><p>{{ text }}</p></template>\n"
        '<script setup lang="ts">\n'
        'import { MeetingTranscriber } from "microsoft-cognitiveservices-speech-sdk";\n'
        "const t: MeetingTranscriber = new MeetingTranscriber(audio as any);\n"
        "</script>\n"
    )
    assert [(finding.line, finding.rule) for finding in find(page, "Vue")] == [(3, "RM201"), (4, "RM201")]


def test_place_behind_letters_of_all_kinds() -> None:
    """Columns are characters, not bytes, and lines end as they do."""
    text = '# größer 𝄞\r\nx = "ü𝄞"; u = "https://x/speechtotext/v3.1/y"\r\n'
    (finding,) = find(text, "Python")
    assert (finding.line, finding.column) == (2, text.split("\r\n")[1].index("speechtotext") + 1)
    assert (finding.end_line, finding.end_column) == (2, finding.column + len("speechtotext/v3.1"))
    assert finding.source == text.split("\r\n")[1]


def test_long_lines_are_cut_around_the_place() -> None:
    """A minified line is shown where it matters."""
    text = "a" * 100_000 + ';u="https://x/speechtotext/v3.1/y";' + "b" * 100_000
    (finding,) = find(text, "JavaScript")
    assert len(finding.source) <= 240
    assert finding.source[finding.source_column - 1 :].startswith("speechtotext/v3.1")
    assert finding.column == text.index("speechtotext") + 1


def test_one_finding_a_rule_a_line() -> None:
    """A line that names a thing twice has it once."""
    text = 'a = ["https://x/speechtotext/v3.1/a", "https://x/speechtotext/v3.1/b"]\n'
    assert len(find(text, "Python")) == 1


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 3, 1), "retires in 30 days, on 2026-03-31"),
        (date(2026, 3, 30), "retires tomorrow, on 2026-03-31"),
        (date(2026, 3, 31), "was retired on 2026-03-31"),
        (DAY, "was retired on 2026-03-31"),
    ],
)
def test_dates(day: date, said: str) -> None:
    """A report speaks of its day."""
    (finding,) = find(LINE, "Python", as_of=day)
    assert said in finding.message


def test_two_dates_of_one_rule() -> None:
    """v2.0 went two years before v3.x."""
    (finding,) = find(LINE.replace("v3.1", "v2.0"), "Python")
    assert "2024-02-29" in finding.message


@pytest.mark.parametrize("language", CODE)
def test_deep_nesting(language: str) -> None:
    """Brackets in brackets cost time in proportion, and no stack."""
    text = "x = " + "(" * 50_000 + '"https://x/speechtotext/v3.1/y"' + ")" * 50_000
    find(text, language)


@pytest.mark.parametrize("language", [kind.value for kind in Kind])
def test_nothing_in_an_empty_file(language: str) -> None:
    """Nothing, and no trouble."""
    assert not find("", language)
    assert not find("\n\n", language)


@pytest.mark.parametrize("language", [kind.value for kind in Kind])
@settings(max_examples=25, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("ab\"'`(){}[];,=\n\r\t #/*<>!-$@\\é𝄞\x00v3.1"), max_size=300))
def test_any_text_is_looked_into(language: str, text: str) -> None:
    """Whatever a file holds: views as long as the text, places within it, never an exception."""
    text += '\nMeetingTranscriber("speechtotext/v3.1")'
    looked = look("x", Kind(language), text, list(RULES.values()), project=NOTHING_KNOWN, as_of=DAY)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in looked.findings:
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1
    if language not in ("HTML", "Vue", "Jupyter"):
        source = Source("x", Kind(language), text, NOTHING_KNOWN)
        assert len(source.code) == len(source.content) == len(text)
        assert [at for at, sign in enumerate(source.code) if sign == "\n"] == [
            at for at, sign in enumerate(text) if sign == "\n"
        ]


def test_could_not_tell_is_an_answer() -> None:
    """The third answer is neither a finding nor silence."""
    text = 'const sdk = require("microsoft-cognitiveservices-speech-sdk");\nnew sdk.ConversationTranscriber(x);'
    (finding,) = find(text, "JavaScript")
    assert finding.certainty is Certainty.UNSURE
