"""RM201: MeetingTranscriber."""

from __future__ import annotations

import pytest

from remote_meeting.checker.project import Project
from support.checker import Case, expect

RULE = "RM201"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech.Transcription;
class Room {
    private MeetingTranscriber transcriber; <<
    void Open(AudioConfig audio) { transcriber = new MeetingTranscriber(audio); } <<
    void Heard(object sender, MeetingTranscriptionEventArgs e) { } <<
}
""",
    ),
    "Java": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.transcription.MeetingTranscriber; <<
class Room {
    MeetingTranscriber open(AudioConfig audio) { <<
        return new MeetingTranscriber(audio); <<
    }
}
""",
    ),
    "Python": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
transcriber = speechsdk.transcription.MeetingTranscriber(audio_config=audio) <<
""",
    ),
    "JavaScript": (
        "JavaScript",
        """
import { AudioConfig, MeetingTranscriber } from "microsoft-cognitiveservices-speech-sdk"; <<
const transcriber = new MeetingTranscriber(audio); <<
""",
    ),
    "an alias": (
        "TypeScript",
        """
import { MeetingTranscriber as Listener } from "microsoft-cognitiveservices-speech-sdk"; <<
const transcriber: Listener = new Listener(audio); <<
""",
    ),
    "taken out of the global": (
        "JavaScript",
        """
const { MeetingTranscriber } = window.SpeechSDK; <<
const t = new MeetingTranscriber(audio); <<
""",
    ),
    "C++": (
        "C++",
        """
#include <speechapi_cxx.h>
auto transcriber = MeetingTranscriber::FromConfig(audio); <<
std::shared_ptr<MeetingTranscriber> kept; <<
""",
    ),
    "Objective-C": (
        "Objective-C",
        """
#import <MicrosoftCognitiveServicesSpeech/SPXSpeechApi.h>
SPXMeetingTranscriber *transcriber = [[SPXMeetingTranscriber alloc] initWithAudioConfiguration:audio error:&error]; <<
""",
    ),
    "Rust": (
        "Rust",
        """
extern "C" {
    pub fn recognizer_join_meeting(meeting: SPXMEETINGHANDLE, reco: SPXRECOHANDLE) -> AZACHR; <<
}
""",
    ),
}
SILENT: dict[str, Case] = {
    "an app of this name": (
        "C#",
        "using Microsoft.CognitiveServices.Speech;\nnamespace MeetingTranscriber.Core;\nclass Program { "
        "MeetingTranscriber.Models.User user; }",
    ),
    "a method of this name": (
        "C#",
        "using Microsoft.CognitiveServices.Speech;\nclass P { static async Task MeetingTranscriber() { await "
        "MeetingTranscriber(); } }",
    ),
    "a class of one's own": (
        "Python",
        "import azure.cognitiveservices.speech as speechsdk\nclass MeetingTranscriber:\n    pass\nt = "
        "MeetingTranscriber(audio)\n",
    ),
    "a class from elsewhere": (
        "JavaScript",
        'import * as sdk from "microsoft-cognitiveservices-speech-sdk";\nimport { MeetingTranscriber } from "./own";\n'
        "const t = new MeetingTranscriber(audio);",
    ),
    "no Speech SDK": ("Java", "class Room { MeetingTranscriber t = new MeetingTranscriber(audio); }"),
    "a class of one's own package": (
        "Java",
        "package app;\nimport com.microsoft.cognitiveservices.speech.*;\n"
        "class A { MeetingTranscriber t = new MeetingTranscriber(audio); }",
    ),
    "a class of one's own script": (
        "JavaScript",
        "const config = SpeechSDK.SpeechConfig.fromSubscription(k, r);\nconst t = new MeetingTranscriber(config);",
    ),
    "a class of one's own module": (
        "Swift",
        "import MicrosoftCognitiveServicesSpeech\nlet t: MeetingTranscriber = MeetingTranscriber(whisper: kit)",
    ),
    "a name that nothing brings in": (
        "Python",
        "import azure.cognitiveservices.speech as speechsdk\nt = MeetingTranscriber(model_size=size)\n",
    ),
    "the facade": (
        "Python",
        "import remote_meeting as speechsdk\nt = speechsdk.transcription.MeetingTranscriber(audio)\n",
    ),
    "a comment": (
        "JavaScript",
        'require("microsoft-cognitiveservices-speech-sdk");\n// new sdk.MeetingTranscriber(audio)\n',
    ),
    "a menu": ("C++", '#include <speechapi_cxx.h>\ncout << "1.) MeetingTranscriber with file input.\\n";'),
    "a docstring": (
        "Python",
        '"""Swaps speechsdk.transcription.MeetingTranscriber."""\nimport azure.cognitiveservices.speech',
    ),
    "the SDK itself": (
        "Java",
        "package com.microsoft.cognitiveservices.speech.transcription;\npublic class MeetingTranscriber { "
        "MeetingTranscriber(AudioConfig a) { } }",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)


def test_global_using() -> None:
    """C# imports for a whole project in one file: the project's package says what a file does not."""
    text = "class Room { MeetingTranscriber t = new MeetingTranscriber(AudioConfig.FromWavFileInput(f)); }"
    expect(RULE, ("C#", text + " <<"), Project(uses_speech=True))
    expect(RULE, ("C#", text))
    expect(
        RULE,
        ("C#", "class Own { MeetingTranscriber t = new MeetingTranscriber(model, store); }"),
        Project(uses_speech=True),
    )
