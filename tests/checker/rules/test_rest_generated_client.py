"""RM703: clients generated from the specification of v3.x."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM703"
FINDS: dict[str, Case] = {
    "a script": (
        "Shell",
        """
autorest --input-file=https://x/SpeechToText/stable/v3.1/speechtotext.json <?
""",
    ),
    "settings": (
        "YAML",
        """
spec: https://x/cognitiveservices/data-plane/Speech/SpeechToText/preview/v3.2-preview.2/speechtotext.json <?
""",
    ),
}
SILENT: dict[str, Case] = {
    "the present specification": (
        "Shell",
        """
autorest --input-file=https://x/SpeechToText/stable/2024-11-15/speechtotext.json
""",
    ),
    "a comment": (
        "Shell",
        """
# autorest --input-file=https://x/SpeechToText/stable/v3.1/speechtotext.json
""",
    ),
    "a log": (
        "Python",
        """
print("see SpeechToText/stable/v3.1/speechtotext.json")
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
