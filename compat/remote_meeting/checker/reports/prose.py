"""A rule in words: what it is about and what to do, as paragraphs, as Markdown."""

from __future__ import annotations

import re

from ..model import Way
from ..rule import Rule
from .shown import visible

WAYS = {Way.FACADE: "Swap the import", Way.GATEWAY: "Swap the endpoint", Way.REWRITE: "Rewrite"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>&#|~!@])")
_BACKTICKS = re.compile(r"`+")
_NOT_A_WORD = re.compile(r"[!-/:-@\[-`{-~]")


def paragraphs(rule: Rule) -> list[str]:
    """Why it matters, then what to do on each way in, then where to read on."""
    said = [rule.why]
    if rule.retirement is not None:
        said.append(f"Switch-off on {rule.retirement.day}: {rule.retirement.what} ({rule.retirement.source}).")
    said += [f"{WAYS[way]}: {todo}" for way, todo in rule.ways.items()]
    return said + [link for link in rule.links if rule.retirement is None or link != rule.retirement.source]


def rule_markdown(rule: Rule) -> str:
    """The same as Markdown."""
    lines = [f"**{rule.id} {plain_markdown(rule.title)}**", plain_markdown(rule.why)]
    if rule.retirement is not None:
        what = plain_markdown(rule.retirement.what)
        lines.append(f"Switch-off on {rule.retirement.day}: {what} ([source](<{rule.retirement.source}>)).")
    if rule.ways:
        lines.append("\n".join(f"- {WAYS[way]}: {plain_markdown(todo)}" for way, todo in rule.ways.items()))
    if rule.links:
        lines.append("\n".join(f"- <{link}>" for link in rule.links))
    return "\n\n".join(lines)


def plain_markdown(words: str) -> str:
    """Text that Markdown shows as it is: nothing in it formats, links, mentions or makes a tag."""
    parts = re.split(r"(`[^`\n]+`)", words)
    # Our own messages mark code; that stays code.
    return "".join(
        code(part[1:-1]) if at % 2 else _SPECIAL.sub(r"\\\1", visible(part)) for at, part in enumerate(parts)
    )


def code(words: str) -> str:
    """A code span around any text, also in a cell of a table."""
    words = visible(words)
    if "|" in words:
        # A bar ends a table's cell even within backticks, and a backslash before it may be the code's own.
        return f"<code>{_NOT_A_WORD.sub(lambda found: f'&#{ord(found[0])};', words)}</code>"
    ticks = "`" * (1 + max((len(run[0]) for run in _BACKTICKS.finditer(words)), default=0))
    space = " " if words.startswith("`") or words.endswith("`") or not words.strip() else ""
    return f"{ticks}{space}{words}{space}{ticks}"
