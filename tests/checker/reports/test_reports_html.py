"""The page, as a document: what holds before a browser has seen it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from made_up_reports import CONTEXT, HOSTILE_SOURCE, RULES, finding, hostile, many, mixed, report, rule

from remote_meeting.checker.model import Report
from remote_meeting.checker.reports import FORMATS
from remote_meeting.checker.reports.shown import visible

VOID = {"meta", "link", "input", "br"}


class Tree(HTMLParser):
    """Checks that every element is closed in its turn, and keeps what was seen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append((self.open[-1] if self.open else "", data))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def _page(told: Report) -> str:
    return FORMATS["html"](told, RULES, CONTEXT)


@pytest.mark.parametrize("told", [mixed(), hostile(), report(), report(clean=2), report(finding("RM999"))])
def test_every_element_is_closed(told: Report) -> None:
    """One page, whatever is in it, with ids that occur once."""
    tree = Tree(_page(told))
    assert tree.open == []
    ids = [attributes["id"] for _, attributes in tree.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    anchors = {str(attributes["href"])[1:] for attributes in tree.of("a") if str(attributes["href"]).startswith("#")}
    assert anchors <= set(ids)


def test_nothing_of_a_repository_becomes_an_element() -> None:
    """Names, lines, messages, reasons: all of it is text."""
    tree = Tree(_page(hostile()))
    assert len(tree.of("script")) == 1
    assert not tree.of("img")
    assert not tree.of("i")
    assert not tree.of("b")
    assert not [name for _, attributes in tree.tags for name in attributes if name.startswith("on") or name == "style"]
    code = "".join(words for place, words in tree.words if place in ("code", "mark"))
    assert visible(HOSTILE_SOURCE.lstrip()) in code


def test_nothing_is_fetched_and_only_its_own_style_and_script_run() -> None:
    """The policy names both by their hashes; nothing else is allowed."""
    page = _page(mixed())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        mark = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src &#x27;sha256-{mark}&#x27;" in policy or f"{tag}-src 'sha256-{mark}'" in policy
    assert policy.startswith("default-src 'none';")
    sources = [
        attributes.get("src") or attributes.get("href")
        for tag in ("link", "script", "img")
        for attributes in Tree(page).of(tag)
    ]
    assert [one for one in sources if one] == ["data:,"]


def test_only_web_addresses_are_links() -> None:
    """A rule from elsewhere may say anything."""
    odd = replace(rule("RM101", "odd"), links=("javascript:alert(1)", "https://example.com/?a=1&b=<2>"))
    page = FORMATS["html"](report(finding()), {"RM101": odd}, CONTEXT)
    links = [str(attributes["href"]) for attributes in Tree(page).of("a")]
    assert "https://example.com/?a=1&b=<2>" in links
    assert not [link for link in links if link.startswith("javascript")]
    assert "javascript:alert(1)" in page


def test_a_finding_carries_what_the_filter_asks_for() -> None:
    """Rule, language and certainty; its file carries path and folder."""
    tree = Tree(_page(report(finding(unsure=True, fix=True), finding(path="top.py"))))
    rows = [attributes for attributes in tree.of("li") if "data-rule" in attributes]
    assert rows[0] == {
        "class": "finding unsure",
        "data-rule": "RM101",
        "data-language": "Python",
        "data-certainty": "unsure",
    }
    files = [(one["data-path"], one["data-folder"]) for one in tree.of("details") if "data-path" in one]
    assert files == [("src/app.py", "src"), ("top.py", ".")]
    assert ("mark", "RemoteClient") in tree.words
    assert ("span", "--fix mends it") in tree.words


def test_the_filter_offers_what_there_is() -> None:
    """Each folder on the way too."""
    tree = Tree(_page(report(finding(path="a/b/c.py"), finding("RM701", "a/d/e.cs", language="C#"))))
    values = [one["value"] for one in tree.of("option")]
    assert values == ["", "RM101", "RM701", "", "C#", "Python", "", "a", "a/b", "a/d", "", "found", "unsure"]
    labelled = [attributes["name"] for tag, attributes in tree.tags if tag in ("select", "input")]
    assert labelled == ["rule", "language", "folder", "certainty", "text"]


def test_a_big_page_begins_shut() -> None:
    """And holds all of it."""
    small, big = Tree(_page(mixed())), Tree(_page(many(200)))
    assert all("open" in one for one in small.of("details") if one["class"] == "file")
    assert not any("open" in one for one in big.of("details"))
    assert len([one for one in big.of("li") if "data-rule" in one]) == 200


def test_the_page_says_what_was_not_seen() -> None:
    """Silenced, not read, left out."""
    page = _page(mixed())
    for words in (
        "2 silenced findings",
        "kept for the archive",
        "1 file not read",
        "data/big.json</span>: larger than 4 MiB",
        "Left out: 12 ignored and 3 vendored.",
    ):
        assert words in page
