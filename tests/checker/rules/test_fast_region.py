"""RM804: regions without fast transcription."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM804"
FINDS: dict[str, Case] = {
    "Python": (
        "Python",
        """
region = "centralus" <<
url = f"https://{region}.api.cognitive.microsoft.com/speechtotext/transcriptions:transcribe?api-version=2025-10-15"
""",
    ),
    "in the host": (
        "JavaScript",
        """
fetch("https://eastasia.api.cognitive.microsoft.com/speechtotext/transcriptions:transcribe?api-version=x"); <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "a region that has it": (
        "Python",
        """
region = "eastus"
url = f"https://{region}.x/speechtotext/transcriptions:transcribe"
""",
    ),
    "batch": (
        "Python",
        """
region = "centralus"
url = f"https://{region}.x/speechtotext/transcriptions:submit"
""",
    ),
    "a log": (
        "Python",
        """
url = "https://x/speechtotext/transcriptions:transcribe"
print("centralus")
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
