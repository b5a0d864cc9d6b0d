"""RM901: Speaker Recognition, off unless asked for."""

from __future__ import annotations

import pytest

from support.checker import Case, expect, find

RULE = "RM901"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var it = new SpeakerRecognizer(config); <<
""",
    ),
    "JavaScript": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
const it = new sdk.SpeakerRecognizer(config); <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "no Speech SDK": (
        "C#",
        """
var it = new SpeakerRecognizer(config);
""",
    ),
    "a class of one's own": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.*;
class SpeakerRecognizer { } class B { SpeakerRecognizer it; }
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)


def test_off_unless_asked_for() -> None:
    """It is no part of the migration: nothing of it is said by itself."""
    language, text = next(iter(FINDS.values()))
    assert RULE not in {finding.rule for finding in find(text.replace("<<", ""), language)}
