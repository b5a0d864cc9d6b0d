"""RM504: MicSpec 1_0_0."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM504"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
connection.SetMessageProperty("speech.config", "DisableReferenceChannel", "True"); <<
connection.SetMessageProperty("speech.config", "MicSpec", "1_0_0"); <<
""",
    ),
    "Java": (
        "Java",
        """
class A { void f() { c.setMessageProperty("speech.config", "MicSpec", v); } } <<
""",
    ),
    "settings": (
        "JSON",
        """
{"MicSpec": "1_0_0"} <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "another setting": (
        "JSON",
        """
{"MicSpec": "Shure SM7"}
""",
    ),
    "a word in a longer one": (
        "JavaScript",
        """
setProperty("DynamicSpecies", 1);
""",
    ),
    "a comment": (
        "C#",
        """
// connection.SetMessageProperty("speech.config", "MicSpec", "1_0_0");
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
