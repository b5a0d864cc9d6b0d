"""RM202: Meeting, made, joined and left."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM202"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech.Transcription;
using (var meeting = await Meeting.CreateMeetingAsync(config, id)) <<
using (var transcriber = new MeetingTranscriber(audio))
{
    await transcriber.JoinMeetingAsync(meeting); <<
    await transcriber.LeaveMeetingAsync(); <<
}
""",
    ),
    "Java, a future": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.transcription.*;
class Room { void open() {
    Future<Meeting> later = Meeting.createMeetingAsync(config, id); <<
    MeetingTranscriber transcriber = new MeetingTranscriber(audio);
    transcriber.joinMeetingAsync(later.get()).get(); <<
} }
""",
    ),
    "JavaScript": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
const meeting = sdk.Meeting.createMeetingAsync(config, id); <<
new sdk.MeetingTranscriber(audio).joinMeetingAsync(meeting, done, failed);
transcriber.joinMeetingAsync(meeting, done, failed); <<
""",
    ),
    "Python": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
meeting = speechsdk.transcription.Meeting(config, id) <<
transcriber.join_meeting_async(meeting).get() <<
""",
    ),
    "Python, imported": (
        "Python",
        """
from azure.cognitiveservices.speech.transcription import Meeting, MeetingTranscriber <<
meeting = Meeting(config, id) <<
""",
    ),
    "C++": (
        "C++",
        """
#include <speechapi_cxx.h>
auto meeting = Meeting::CreateMeetingAsync(config, id).get(); <<
transcriber->JoinMeetingAsync(meeting).get(); <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "Zoom": ("JavaScript", "const meeting = await zoom.createMeetingAsync(topic); bot.joinMeetingAsync(meeting);"),
    "Teams next to speech": (
        "C#",
        "using Microsoft.CognitiveServices.Speech;\nvar m = await graph.CreateMeetingAsync(x); await "
        "bot.JoinMeetingAsync(m);",
    ),
    "a Meeting of one's own": (
        "TypeScript",
        'import * as sdk from "microsoft-cognitiveservices-speech-sdk";\nimport { Meeting } from "../models";\n'
        "const m: Meeting = load();",
    ),
    "a Meeting next to speech": (
        "Java",
        "import com.microsoft.cognitiveservices.speech.*;\nclass Plan { Meeting next; void add(Meeting meeting) { } }",
    ),
    "a Python model": (
        "Python",
        "from app.models import Meeting\nimport azure.cognitiveservices.speech\nm = Meeting(title)",
    ),
    "a comment": ("C#", "using Microsoft.CognitiveServices.Speech;\n// await Meeting.CreateMeetingAsync(config, id)"),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
