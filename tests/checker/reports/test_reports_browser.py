"""The page in a browser: filters, keyboard, widths, colours, print, and no script at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up_reports import CONTEXT, RULES, hostile, many, mixed

from remote_meeting.checker.model import Report
from remote_meeting.checker.reports import FORMATS
from support.headless import Browser, Page

SHOWN = "[...document.querySelectorAll('.finding')].filter((node) => node.checkVisibility()).length"
FILES = "[...document.querySelectorAll('.file:not([hidden])')].map((node) => node.dataset.path)"
FOCUS = "document.activeElement.id || document.activeElement.name || document.activeElement.textContent.trim()"
STATUS = "document.getElementById('status').textContent"
# A file's box cuts what is too wide for it, without a scroll bar.
CUT_OFF = (
    "[...document.querySelectorAll('main *:not(pre, pre *, select, input)')]"
    ".filter((node) => node.clientWidth && node.scrollWidth > node.clientWidth + 1).map((node) => node.outerHTML)"
)
WIDTHS = "[document.documentElement.scrollWidth, innerWidth]"


def _saved(folder: Path, told: Report) -> Path:
    file = folder / "report.html"
    file.write_text(FORMATS["html"](told, RULES, CONTEXT), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def _opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, str]]:
    file = _saved(tmp_path_factory.mktemp("page"), mixed())
    page = browser.open(file)
    yield page, file.as_uri()
    page.close()


@pytest.fixture
def page(_opened: tuple[Page, str]) -> Iterator[Page]:
    """The mixed report as it begins; when the test is over it has complained of nothing and asked for nothing."""
    page, address = _opened
    page.run("document.querySelector('[type=reset]').click(); document.getElementById('open').click()")
    page.settle()
    yield page
    assert page.complaints == []
    assert page.requests == [address]


@pytest.mark.parametrize(
    ("field", "value", "status", "files"),
    [
        ("rule", "RM201", "11 of 13 findings, in 2 files", ["app/New.cs", "app/Old.cs"]),
        ("language", "Python", "2 of 13 findings, in 2 files", ["src/app.py", "src/rest.py"]),
        ("folder", "app", "11 of 13 findings, in 2 files", ["app/New.cs", "app/Old.cs"]),
        ("certainty", "unsure", "1 of 13 findings, in 1 file", ["app/New.cs"]),
        ("text", "SPEECHTOTEXT", "1 of 13 findings, in 1 file", ["src/rest.py"]),
        ("text", "old.cs", "10 of 13 findings, in 1 file", ["app/Old.cs"]),
        ("text", "11:14", "1 of 13 findings, in 1 file", ["app/Old.cs"]),
        ("text", "nowhere", "0 of 13 findings, in 0 files", []),
    ],
)
def test_a_filter_hides_what_it_keeps_out(page: Page, field: str, value: str, status: str, files: list[str]) -> None:
    """Rows and whole files; the count says how many are left, and a sentence where none is."""
    assert page.run(STATUS) == "13 of 13 findings, in 4 files"
    page.choose(field, value)
    assert page.run(STATUS) == status
    assert page.run(FILES) == files
    assert page.run(SHOWN) == int(status.split()[0])
    assert page.run("document.getElementById('none').hidden") is bool(files)


def test_filters_add_up_and_count_for_each_other(page: Page) -> None:
    """A choice's figure is what it would show beside the other choices."""
    page.choose("rule", "RM201")
    page.choose("certainty", "unsure")
    assert page.run(SHOWN) == 1
    options = "[...document.getElementById('filter').elements.{}.options].map((option) => option.text)"
    assert page.run(options.format("certainty")) == ["all", "found (10)", "could not tell (1)"]
    assert page.run(options.format("folder")) == ["all", "app (1)", "src (0)"]
    page.run("document.querySelector('[type=reset]').click()")
    page.settle()
    assert page.run(SHOWN) == 13


def test_files_open_and_shut(page: Page) -> None:
    """All at once."""
    page.run("document.getElementById('close').click()")
    assert page.run(SHOWN) == 0
    page.run("document.getElementById('open').click()")
    assert page.run(SHOWN) == 13


def test_the_keyboard_is_enough(browser: Browser, tmp_path: Path) -> None:
    """Skip link first; a slash goes to the search; each step of Tab shows where it is."""
    page = browser.open(_saved(tmp_path, mixed()))
    page.key("Tab", 9)
    assert page.run(FOCUS) == "Skip to the findings"
    assert page.run("document.activeElement.getBoundingClientRect().left >= 0")
    page.key("Enter", 13, "\r")
    assert page.run(FOCUS) == "findings"
    steps = []
    for _ in range(8):
        page.key("Tab", 9)
        steps.append(page.run(FOCUS))
        assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert steps == [*("rule", "language", "folder", "certainty", "text", "Show all", "open", "close")]
    page.key("Tab", 9)
    assert page.run("document.activeElement.tagName") == "SUMMARY"
    page.key("Enter", 13, "\r")
    assert page.run(SHOWN) == 12
    page.key("/", 191, "/")
    page.type("rest")
    assert page.run(FOCUS) == "text"
    assert page.run("document.activeElement.value") == "rest"
    assert page.run(FILES) == ["src/rest.py"]
    page.close()


def test_every_field_has_a_name(page: Page) -> None:
    """For who hears the page."""
    assert page.run(
        "[...document.querySelectorAll('select, input')].map((field) => field.labels[0].firstChild.data)"
    ) == [
        *("Rule", "Language", "Folder", "Certainty", "Text"),
    ]


def test_a_rule_leads_to_its_findings_and_back(page: Page) -> None:
    """The link opens what explains it; its button filters."""
    page.run("document.querySelector('[href=\"#rule-RM701\"]').click()")
    page.settle()
    assert page.run("document.getElementById('rule-RM701').checkVisibility()")
    page.run("document.querySelector('[data-show-rule=RM701]').click()")
    page.settle()
    assert page.run(FILES) == ["src/rest.py"]
    assert page.run(FOCUS) == "findings"


@pytest.mark.parametrize("told", [mixed(), hostile()], ids=["mixed", "hostile"])
def test_no_page_is_wider_than_its_window(browser: Browser, tmp_path: Path, told: Report) -> None:
    """Only source lines scroll, each in its own box."""
    page = browser.open(_saved(tmp_path, told))
    for width in (320, 360, 768, 1400):
        page.resize(width)
        wide, window = page.run(WIDTHS)
        assert wide <= window == width
        assert page.run(CUT_OFF) == []
    assert page.complaints == []
    page.close()


@pytest.mark.parametrize("dark", [False, True])
def test_colours_can_be_read(browser: Browser, tmp_path: Path, dark: bool) -> None:
    """Every text stands out from what is behind it, by the 4.5 to 1 of WCAG, on a light and on a dark screen."""
    page = browser.open(_saved(tmp_path, mixed()), dark=dark)
    page.settle()
    worst = page.run(CONTRAST)
    assert worst["ratio"] >= 4.5, worst
    assert page.run("getComputedStyle(document.body).backgroundColor") == (
        "rgb(20, 23, 28)" if dark else "rgb(255, 255, 255)"
    )
    page.close()


def test_without_scripts_all_is_there(browser: Browser, tmp_path: Path) -> None:
    """And no filter, which would do nothing."""
    page = browser.open(_saved(tmp_path, mixed()), scripts=False)
    assert page.run(SHOWN) == 13
    assert page.run("document.getElementById('filter').checkVisibility()") is False
    page.close()


def test_printed_all_is_open(browser: Browser, tmp_path: Path) -> None:
    """Paper has no arrows to click; what the filter hides stays hidden."""
    page = browser.open(_saved(tmp_path, mixed()))
    page.run("document.getElementById('close').click()")
    page.choose("folder", "src")
    page.call("Page.printToPDF")
    assert page.run("[...document.querySelectorAll('.file')].map((node) => node.open)") == [False, False, True, True]
    page.close()


def test_a_big_page_stays_usable(browser: Browser, tmp_path: Path) -> None:
    """Five thousand findings are filtered as a few are."""
    page = browser.open(_saved(tmp_path, many()))
    page.settle()
    page.choose("text", "file99")
    assert page.run(STATUS).startswith("55 of 5,000 findings")
    page.close()


CONTRAST = """
(() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const measured = [...document.querySelectorAll("body *")]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((node) => node.checkVisibility())
    .map((node) => {
      const [one, other] = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
      return { ratio: (one + 0.05) / (other + 0.05), what: node.outerHTML.slice(0, 120) };
    });
  return measured.reduce((worst, one) => (one.ratio < worst.ratio ? one : worst));
})()
"""
