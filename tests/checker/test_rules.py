"""What holds for every rule: a module, a test file with as much silence as findings, a page, words that find it."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from remote_meeting.checker import rules
from remote_meeting.checker.dates import MULTICHANNEL
from remote_meeting.checker.model import Way
from remote_meeting.checker.prefilter import OPTIONAL, WORDS, Prefilter
from remote_meeting.checker.rule import Rule
from remote_meeting.checker.rules import RULES
from support.checker import DAY

HERE = Path(__file__).parent / "rules"
MODULES = {
    module.RULE.id: name
    for name, module in vars(rules).items()
    if hasattr(module, "RULE") and isinstance(module.RULE, Rule)
}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def test_a_module_each() -> None:
    """Every module of the folder is a rule, and every rule a module; ids and names are used once."""
    folder = Path(rules.__file__).parent
    helpers = {"__init__", "samples", "property_samples", "named_classes"}
    assert {path.stem for path in folder.glob("*.py")} - helpers == set(MODULES.values())
    assert set(MODULES) == set(RULES)
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


@every_rule
def test_as_much_silence_as_findings(rule: Rule) -> None:
    """Its test file has at least as many cases of nothing reported as of something."""
    tests = _tests(rule)
    assert tests["RULE"] == rule.id
    assert len(tests["SILENT"]) >= len(tests["FINDS"]) >= 1


@every_rule
def test_words(rule: Rule) -> None:
    """Each case that it finds passes the search for words before, and holds one of the rule's own."""
    prefilter = Prefilter((*WORDS, *OPTIONAL) if rule.is_optional else WORDS)
    for _, text in _tests(rule)["FINDS"].values():
        assert prefilter.passes(text.encode())
        assert any(word in text.lower() for word in rule.triggers)


@every_rule
def test_page(rule: Rule) -> None:
    """It says why, since when, and what to do on each way in; each example shows both sides."""
    assert len(rule.why) > 80
    assert rule.ways
    assert rule.examples
    assert rule.title
    for example in rule.examples.values():
        assert example.before.strip()
        assert example.after
        assert set(example.after) <= set(Way)
    said = rule.message.format(what="It", retired=(rule.retirement or MULTICHANNEL).say(DAY))
    assert "{" not in said.replace("{enabled, maxSpeakers}", "")
    assert all(link.startswith("https://") for link in rule.links)


@every_rule
def test_triggers_are_lower_case(rule: Rule) -> None:
    """They are searched for in the text in lower case."""
    assert all(word == word.lower() for word in rule.triggers)


def _tests(rule: Rule) -> dict[str, Any]:
    """The names that a rule's test file defines."""
    return runpy.run_path(str(HERE / f"test_{MODULES[rule.id]}.py"))
