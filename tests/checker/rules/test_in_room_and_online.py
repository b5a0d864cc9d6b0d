"""RM501: the property ConversationTranscriptionInRoomAndOnline."""

from __future__ import annotations

import pytest

from support.checker import Case, expect, find

RULE = "RM501"
NAME = "ConversationTranscriptionInRoomAndOnline"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
config.SetProperty("ConversationTranscriptionInRoomAndOnline", "true"); <<
""",
    ),
    "on the conversation": (
        "Scala",
        """
conversation.getProperties.setProperty("ConversationTranscriptionInRoomAndOnline", "true") <<
""",
    ),
    "its key on its own line": (
        "C#",
        """
config.SetProperty(
    "ConversationTranscriptionInRoomAndOnline", <<
    "true");
""",
    ),
    "Python": (
        "Python",
        """
config.set_property_by_name("ConversationTranscriptionInRoomAndOnline", "true") <<
""",
    ),
    "Objective-C": (
        "Objective-C",
        """
[config setPropertyTo:@"true" byName:@"ConversationTranscriptionInRoomAndOnline"]; <<
""",
    ),
    "a constant": (
        "Java",
        """
class Keys { static final String KEY = "ConversationTranscriptionInRoomAndOnline"; } <<
""",
    ),
    "settings": (
        "JSON",
        """
{"properties": {"ConversationTranscriptionInRoomAndOnline": "true"}} <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "a comment": (
        "C#",
        """
// config.SetProperty("ConversationTranscriptionInRoomAndOnline", "true");
""",
    ),
    "a sentence": (
        "Java",
        """
class A { String s = "set ConversationTranscriptionInRoomAndOnline to true"; }
""",
    ),
    "a log": (
        "JavaScript",
        """
console.log("ConversationTranscriptionInRoomAndOnline");
""",
    ),
    "an identifier": (
        "C#",
        """
bool ConversationTranscriptionInRoomAndOnline = true; Set(ConversationTranscriptionInRoomAndOnline);
""",
    ),
    "another property": (
        "C#",
        """
config.SetProperty("ConversationTranscriptionInRoomAndOnlines", "true");
""",
    ),
    "a docstring": (
        "Python",
        '''
"""ConversationTranscriptionInRoomAndOnline"""
x = 1
''',
    ),
    "settings that leave it out": (
        "YAML",
        """
# ConversationTranscriptionInRoomAndOnline: true
other: 1
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)


def test_fix_takes_the_statement() -> None:
    """The call goes with its lines; nothing else moves."""
    text = f'var a = 1;\n    config.SetProperty(\n        "{NAME}",\n        "true");\n    Go();\n'
    (finding,) = find(text, "C#", RULE)
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert text[: edit.start] + text[edit.end :] == "var a = 1;\n    Go();\n"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("C#", 'if (guests) config.SetProperty("NAME", "true");'),
        ("C#", 'var x = config.SetProperty("NAME", "true");'),
        ("Python", 'if guests:\n    config.set_property_by_name("NAME", "true")\n'),
        ("Java", 'class A { void f() { config.setProperty("NAME", "true"); go(); } }'),
    ],
    ids=["behind a condition", "its value is used", "alone in a block", "a line it does not have to itself"],
)
def test_no_fix_where_something_hangs_on_it(language: str, text: str) -> None:
    """A call whose removal would change anything else stays a finding."""
    (finding,) = find(text.replace("NAME", NAME), language, RULE)
    assert finding.fix is None


def test_no_fix_on_the_way_to_the_gateway() -> None:
    """The gateway reads it: with its address given, the property stays."""
    (finding,) = find(f'config.SetProperty("{NAME}", "true");\n', "C#", RULE, gateway="https://gateway.example")
    assert finding.fix is None
