"""Foreign text made safe to show: names and source lines come from whoever wrote the code that is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date

from ..model import Certainty, Finding
from ..rule import Rule

# What steers a terminal, what breaks a line, what turns the direction of the text round it, and halves of characters
# (file names that are not UTF-8 hold them).
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]|"
    r"[\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with what cannot be seen written as escapes, on one line."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(lambda found: escape(found[0]), text)


def escape(character: str) -> str:
    r"""`\t`, `\x1b`, `\u202e`: as a programmer would write it."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def escaped_json(document: str) -> str:
    r"""A JSON document whose strings show nothing else than they are; half a character becomes JSON's own `\udc80`."""
    return _UNSEEN.sub(lambda found: found[0] if found[0] == "\n" else json.dumps(found[0])[1:-1], document)


def severity(finding: Finding, rules: Mapping[str, Rule], as_of: date) -> str:
    """`error` for what does not work any more, `warning` for what will not or may not, `note` for what is not sure."""
    if finding.certainty is Certainty.UNSURE:
        return "note"
    return "error" if is_over(rules.get(finding.rule), as_of) else "warning"


def is_over(rule: Rule | None, as_of: date) -> bool:
    """Whether the day of a rule's retirement has come."""
    return rule is not None and rule.retirement is not None and rule.retirement.day <= as_of


def rule_name(rules: Mapping[str, Rule], rule_id: str) -> str:
    """A rule's short name; its id where nobody knows it."""
    rule = rules.get(rule_id)
    return rule.name if rule is not None else rule_id


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
