"""The page, in a browser: it is read at a glance, on a phone, in the dark, with the keyboard, and sends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from remote_meeting.parity import compare, report
from remote_meeting_backends import Phrase, Transcript
from support.headless import Browser

SECOND = 10_000_000
HOSTILE = "<img src=http://127.0.0.1/x onerror=alert(1)></p><script>alert(1)</script>"


def _said(*lines: tuple[str, str, int, int]) -> Transcript:
    phrases = [
        Phrase(str(number), text, speaker, start * SECOND, (end - start) * SECOND)
        for number, (speaker, text, start, end) in enumerate(lines)
    ]
    return Transcript(meeting_id="m", backend="local", phrases=tuple(phrases))


ONE = _said(("Katie", "Good morning, Steve.", 0, 2), ("Steve", "Good morning.", 3, 4), ("Katie", "Tell me more.", 6, 9))
TWO = _said(("Guest-1", "Good evening, Steve.", 0, 2), ("Guest-2", "Good morning to you.", 3, 5))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The page of two short transcripts."""
    return _written(tmp_path, ONE, TWO)


def _written(folder: Path, one: Transcript, two: Transcript) -> Path:
    file = folder / "page.html"
    file.write_text(report(compare(one, two, ("old.json", HOSTILE)), one, two, "html"))
    return file


def test_differences_are_marked(browser: Browser, file: Path) -> None:
    """Words of one side only, beside what was said at the same time; people who are the same have one colour."""
    page = browser.open(file, scripts=False)
    marked = "[...document.querySelectorAll('.rows {}')].map((one) => one.textContent)"
    assert page.run(marked.format("del")) == ["morning,", "Tell me more."]
    assert page.run(marked.format("ins")) == ["evening,", "to you."]
    assert page.run("document.querySelectorAll('.rows > li').length") == 3
    colour = "getComputedStyle(document.querySelector('#{} .chip')).backgroundColor"
    assert page.run(colour.format("a1")) == page.run(colour.format("b1"))
    assert page.run(colour.format("a1")) != page.run(colour.format("a2"))
    assert "Only A has speech here" in page.run("document.body.textContent")
    page.close()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_is_cut_off(browser: Browser, file: Path, width: int, dark: bool) -> None:
    """No sideways scrolling; text and ground are apart in both schemes; both time lines span the same time."""
    page = browser.open(file, width=width, dark=dark, scripts=False)
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    ground, ink = page.run("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
    assert (_light(ground) < 0.2 < 0.8 < _light(ink)) if dark else (_light(ink) < 0.2 < 0.8 < _light(ground))
    ends = page.run(
        "[...document.querySelectorAll('svg')].map((line) => [line.getBoundingClientRect().width,"
        "line.querySelector('a:last-of-type rect').getBBox().x])"
    )
    assert ends[0][0] == ends[1][0] > 200
    # 6 s and 3 s of 9 s, in thousandths.
    assert [round(place) for _, place in ends] == [667, 333]
    page.close()


def _light(colour: str) -> float:
    red, green, blue = map(int, colour.removeprefix("rgb(").rstrip(")").split(", "))
    return (red + green + blue) / 765


def test_the_keyboard_leads_to_each_phrase(browser: Browser, file: Path) -> None:
    """Tab goes from bar to bar, Enter to what was said there."""
    page = browser.open(file)
    for _ in range(2):
        page.key("Tab", 9)
    assert page.run("document.activeElement.getAttribute('href')") == "#a1"
    page.key("Enter", 13, "\r")
    assert page.run("location.hash") == "#a1"
    assert page.run("document.querySelector(':target').textContent").endswith("Good morning, Steve.")
    page.close()


def test_what_was_said_is_text(browser: Browser, tmp_path: Path) -> None:
    """Whatever a meeting or a file is called, nothing of it becomes an element, and nothing is fetched."""
    hostile = _said((HOSTILE, HOSTILE, 0, 2))
    page = browser.open(_written(tmp_path, hostile, hostile))
    assert page.run("document.querySelectorAll('img, script').length") == 0
    assert HOSTILE in page.run("document.querySelector('#a1').textContent")
    assert page.complaints == []
    assert [address for address in page.requests if not address.startswith(("file:", "data:"))] == []
    page.close()


def test_nobody_spoke(browser: Browser, tmp_path: Path) -> None:
    """Two empty transcripts make a page, too."""
    page = browser.open(_written(tmp_path, _said(), _said()), scripts=False)
    assert "Nobody said a word." in page.run("document.body.textContent")
    page.close()
