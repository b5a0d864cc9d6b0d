"""RM503: the service property transcriptionMode."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM503"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
config.SetServiceProperty("transcriptionMode", "async", ServicePropertyChannel.UriQueryParameter); <<
""",
    ),
    "over lines": (
        "C#",
        """
config.SetServiceProperty(
    "transcriptionMode", <<
    "RealTimeAndAsync",
    ServicePropertyChannel.UriQueryParameter);
""",
    ),
    "Java": (
        "Java",
        """
class A { void f() { config.setServiceProperty("transcriptionMode", "Async", c); } } <<
""",
    ),
    "a constant that is given": (
        "C#",
        """
const string Mode = "transcriptionMode"; <<
config.SetServiceProperty(Mode, "async", c);
""",
    ),
    "C++": (
        "C++",
        """
config->SetServiceProperty("transcriptionMode", "async", c); <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "an enum": (
        "C#",
        """
enum TranscriptionMode { Async } var m = TranscriptionMode.Async;
""",
    ),
    "another case of letters": (
        "C#",
        """
config.SetServiceProperty("TranscriptionMode", "async", c);
""",
    ),
    "a key of one's own": (
        "JavaScript",
        """
const state = {"transcriptionMode": "live"}; localStorage.getItem("transcriptionMode");
""",
    ),
    "settings of one's own": (
        "JSON",
        """
{"transcriptionMode": "live"}
""",
    ),
    "a constant that is not": (
        "C#",
        """
const string Mode = "transcriptionMode"; Save(Mode);
""",
    ),
    "a comment": (
        "C#",
        """
// config.SetServiceProperty("transcriptionMode", "async", c);
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
