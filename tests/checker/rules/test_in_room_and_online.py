"""RM501: the property ConversationTranscriptionInRoomAndOnline."""

from __future__ import annotations

import pytest

from support import properties
from support.checker import Case, expect

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
    assert properties.left(RULE, NAME) == "var a = 1;\n    Go();\n"


@pytest.mark.parametrize("case", properties.HANGING.values(), ids=properties.HANGING)
def test_no_fix_where_something_hangs_on_it(case: Case) -> None:
    """A call whose removal would change anything else stays a finding."""
    assert not properties.is_mended(RULE, NAME, *case)


def test_no_fix_on_the_way_to_the_gateway() -> None:
    """The gateway reads it: with its address given, the property stays."""
    call = 'config.SetProperty("NAME", "true");\n'
    assert properties.is_mended(RULE, NAME, "C#", call)
    assert not properties.is_mended(RULE, NAME, "C#", call, gateway="https://gateway.example")
