"""The pages of the rules: why one finds what it finds, and code before and after, by language and way in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date

from remote_meeting_backends import InvalidInput

from .asking import rule_of
from .model import Way
from .rule import Example, Rule
from .rules import RULES

WIDTH = 100
_TITLES = {
    Way.FACADE: "Facade (swap the import, Python)",
    Way.GATEWAY: "Gateway (swap the endpoint, any language)",
    Way.REWRITE: "Rewrite (to a service that exists)",
}


def listed() -> str:
    """All rules, by family."""
    lines: list[str] = []
    family = ""
    for rule in RULES.values():
        if rule.family != family:
            family = rule.family
            lines += ["", family + (" (off unless asked for, with --extend)" if rule.is_optional else "")]
        lines.append(f"  {rule.id}  {rule.name:<32}  {rule.title}")
    return "\n".join([*lines[1:], "", "`remote-meeting explain RULE` has a page of each.", ""])


def explained(name: str, language: str | None, as_of: date) -> str:
    """A rule's page.

    Args:
        name: Its id or name.
        language: Show examples in this one only, where there are any; None for all.
        as_of: The day that is spoken of.

    Raises:
        InvalidInput: There is no such rule, or no example in that language.
    """
    rule = rule_of(name)
    return "\n".join([*_head(rule, as_of), *_ways(rule), *_examples(rule, language), *_links(rule), ""])


def _head(rule: Rule, as_of: date) -> Iterator[str]:
    yield f"{rule.id} {rule.name}: {rule.title}"
    yield ""
    yield _wrapped(rule.why)
    if rule.retirement is not None:
        yield ""
        yield _wrapped(f"What: {rule.retirement.what}, which {rule.retirement.say(as_of)}.")
    if rule.is_optional:
        yield ""
        yield f"Off unless asked for: remote-meeting check --extend {rule.name}"


def _ways(rule: Rule) -> Iterator[str]:
    yield ""
    yield "What to do"
    for way, text in rule.ways.items():
        yield _wrapped(f"{_TITLES[way]}: {text}", "  ")


def _examples(rule: Rule, language: str | None) -> Iterator[str]:
    examples = rule.examples
    if language is not None:
        examples = {name: one for name, one in examples.items() if name.casefold() == language.casefold()}
        if not examples:
            known = ", ".join(rule.examples)
            raise InvalidInput(f"{rule.id} has no example in {language!r}; it has some in {known}.")
    for name, example in examples.items():
        yield from _example(name, example)


def _example(name: str, example: Example) -> Iterator[str]:
    yield ""
    yield f"{name}, as it was"
    yield _indented(example.before)
    for way, text in example.after.items():
        yield ""
        yield f"{name}, as it is: {_TITLES[way].partition(' (')[0].lower()}"
        yield _indented(text)


def _links(rule: Rule) -> Iterator[str]:
    links = list(dict.fromkeys([*rule.links, *([rule.retirement.source] if rule.retirement else [])]))
    if links:
        yield ""
        yield "Read on"
        yield from (f"  {link}" for link in links)


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + ("  " if indent else ""), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _indented(code: str) -> str:
    return textwrap.indent(code.strip("\n"), "    ")
