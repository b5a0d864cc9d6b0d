"""RM401: voice signatures."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM401"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
var uri = $"https://{host}/api/v1/Signature/GenerateVoiceSignatureFromByteArray"; <<
""",
    ),
    "early, another host": (
        "Python",
        """
url = "https://%s.cts.speech.microsoft.com/api/v1/Signature/GenerateVoiceSignatureFromFormData" % region <<
""",
    ),
    "settings": (
        "YAML",
        """
enrol:
  path: /api/v1/Signature/GenerateVoiceSignatureFromByteArray <<
""",
    ),
    "the SDK's type": (
        "TypeScript",
        """
import * as sdk from "microsoft-cognitiveservices-speech-sdk";
const t = new sdk.MeetingTranscriber(audio);
const kept: sdk.VoiceSignature = load(); <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "a name of one's own": (
        "C#",
        """
string voiceSignatureUser1 = GetVoiceSignatureString();
""",
    ),
    "a class of one's own": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
class VoiceSignature { public string Data; }
var t = new MeetingTranscriber(a); VoiceSignature s = Load();
""",
    ),
    "a log": (
        "JavaScript",
        """
console.log("GenerateVoiceSignatureFromByteArray failed");
""",
    ),
    "a comment": (
        "YAML",
        """
# POST /api/v1/Signature/GenerateVoiceSignatureFromByteArray
""",
    ),
    "a contract's signature": (
        "JSON",
        """
{"path": "/api/v1/Signature/Create"}
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
