"""RM802: starts and joins that nobody waits for."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM802"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
void Go() { transcriber.StartTranscribingAsync(); } <<
""",
    ),
    "Java": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.transcription.*;
class A { MeetingTranscriber transcriber; void go() {
  transcriber.joinMeetingAsync(meeting); <<
  t.startTranscribingAsync(); <<
} }
""",
    ),
    "Python": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
transcriber = speechsdk.transcription.MeetingTranscriber(audio)
transcriber.join_meeting_async(meeting) <<
""",
    ),
    "C++": (
        "C++",
        """
#include <speechapi_cxx.h>
void go() {
  transcriber->StartTranscribingAsync(); <<
}
""",
    ),
}
SILENT: dict[str, Case] = {
    "awaited": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
await transcriber.StartTranscribingAsync(); await t.StartTranscribingAsync().ConfigureAwait(false);
""",
    ),
    "waited for": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
t.StartTranscribingAsync().Wait(); t.JoinMeetingAsync(m).GetAwaiter().GetResult();
""",
    ),
    "kept or returned": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var task = t.StartTranscribingAsync(); return t.JoinMeetingAsync(m);
""",
    ),
    "fetched": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.transcription.*;
class A { void go() { t.startTranscribingAsync().get(); } }
""",
    ),
    "fetched on the next line": (
        "C++",
        """
#include <speechapi_cxx.h>
void go() { t->StartTranscribingAsync()
    .get(); }
""",
    ),
    "a start in Python, as the samples have it": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
transcriber.start_transcribing_async()
""",
    ),
    "callbacks": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
transcriber.startTranscribingAsync(); t.joinMeetingAsync(m, ok, bad);
""",
    ),
    "somebody else's join": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
void Go() { zoom.JoinMeetingAsync(meeting); }
""",
    ),
    "no Speech SDK": (
        "C#",
        """
bot.JoinMeetingAsync(meeting);
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
