"""RM803: 8 channels for a service that takes one."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM803"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var f = AudioStreamFormat.GetWaveFormatPCM(16000, 16, 8); <<
var t = new ConversationTranscriber(speechConfig, audio);
""",
    ),
    "Python, by name": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
f = speechsdk.audio.AudioStreamFormat(samples_per_second=16000, bits_per_sample=16, channels=8) <<
t = speechsdk.transcription.ConversationTranscriber(speech_config, audio)
""",
    ),
    "a constant": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.transcription.*;
class A { void f() { int channels = 8;
AudioStreamFormat f = AudioStreamFormat.getWaveFormatPCM((long) 16000, (short) 16, (short) channels); <<
ConversationTranscriber t = new ConversationTranscriber(speechConfig, audio); } }
""",
    ),
}
SILENT: dict[str, Case] = {
    "one channel": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var f = AudioStreamFormat.GetWaveFormatPCM(16000, 16, 1);
var t = new ConversationTranscriber(speechConfig, audio);
""",
    ),
    "next to the old one, where it belongs": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var f = AudioStreamFormat.GetWaveFormatPCM(16000, 16, 8);
var t = new MeetingTranscriber(audio);
""",
    ),
    "8 bits": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var f = AudioStreamFormat.GetWaveFormatPCM(16000, 8, 1);
var t = new ConversationTranscriber(speechConfig, audio);
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
