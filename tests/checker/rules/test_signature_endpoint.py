"""RM601: the host of voice signatures."""

from __future__ import annotations

import pytest

from support.checker import Case, expect, find

RULE = "RM601"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
var client = new Uri($"https://signature.{region}.cts.speech.microsoft.com/api/v1/Signature/"); <<
""",
    ),
    "in pieces": (
        "JavaScript",
        """
const url = "https://signature." + region + ".cts.speech.microsoft.com"; <<
""",
    ),
    "the early host": (
        "Python",
        """
url = f"https://{region}.cts.speech.microsoft.com/api/v1/Signature/GenerateVoiceSignatureFromByteArray" <<
""",
    ),
    "settings": (
        "Environment",
        """
HOST=https://signature.centralus.cts.speech.microsoft.com <<
""",
    ),
    "Go": (
        "Go",
        """
u := fmt.Sprintf("https://signature.%s.cts.speech.microsoft.com/x", region) <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "another service of that host": (
        "Python",
        """
url = "https://eastus.cts.speech.microsoft.com/v1/lg"
""",
    ),
    "a log": (
        "Python",
        """
print("https://signature.eastus.cts.speech.microsoft.com is gone")
""",
    ),
    "a comment": (
        "Environment",
        """
# HOST=https://signature.centralus.cts.speech.microsoft.com
""",
    ),
    "a signature elsewhere": (
        "JavaScript",
        """
const url = "https://signature." + domain + ".example.com";
""",
    ),
    "real-time transcription": (
        "C#",
        """
new Uri("wss://eastus.stt.speech.microsoft.com/speech/recognition/conversation")
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)


def test_fix_names_the_gateway() -> None:
    """With a gateway's address, a whole one takes its place; one that is put together stays."""
    text = 'a = "https://signature.eastus.cts.speech.microsoft.com/x"\nb = f"https://signature.{r}.cts.speech.microsoft.com/x"\n'
    first, second = find(text, "Python", RULE, gateway="https://gateway.example/rm")
    assert second.fix is None
    assert first.fix is not None
    (edit,) = first.fix.edits
    assert (text[: edit.start] + edit.text + text[edit.end :]).startswith('a = "https://gateway.example/rm/x"\n')
    assert all(finding.fix is None for finding in find(text, "Python", RULE))
