"""RM602: the host of meetings."""

from __future__ import annotations

import pytest

from support.checker import Case, expect, find

RULE = "RM602"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
var e = new Uri("wss://transcribe.centralus.cts.speech.microsoft.com/speech/recognition/multiaudio"); <<
""",
    ),
    "a firewall's list": (
        "YAML",
        """
allow:
  - transcribe.eastus.cts.speech.microsoft.com <<
""",
    ),
    "its path": (
        "Python",
        """
URL = base + "/speech/recognition/multiaudio" <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "Amazon's": (
        "Python",
        """
url = "https://transcribe.us-east-1.amazonaws.com"
""",
    ),
    "another path": (
        "Python",
        """
URL = base + "/speech/recognition/conversation"
""",
    ),
    "a comment": (
        "YAML",
        """
# transcribe.eastus.cts.speech.microsoft.com
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)


def test_fix_keeps_the_web_socket() -> None:
    """A web socket's address stays one."""
    text = 'u = "wss://transcribe.eastus.cts.speech.microsoft.com/speech/recognition/multiaudio"\n'
    (finding,) = find(text, "Python", RULE, gateway="https://gateway.example")
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert (
        text[: edit.start] + edit.text + text[edit.end :]
        == 'u = "wss://gateway.example/speech/recognition/multiaudio"\n'
    )
