"""RM301: ConversationTranscriber of SDK 1.8 to 1.30, told from the new one by object."""

from __future__ import annotations

import pytest

from remote_meeting.checker.project import Project
from support.checker import Case, expect

RULE = "RM301"
FINDS: dict[str, Case] = {
    "C#, by its join": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
using var transcriber = new ConversationTranscriber(source); <<
await transcriber.JoinConversationAsync(conversation);
""",
    ),
    "C#, by its argument": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var transcriber = new ConversationTranscriber(AudioConfig.FromWavFileInput(file)); <<
""",
    ),
    "by a variable's value, whatever its name": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
const config = sdk.AudioConfig.fromWavFileInput(file);
const t = new sdk.ConversationTranscriber(config); <<
""",
    ),
    "Java, declared by type": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.transcription.ConversationTranscriber; <<
class Room { void open(AudioConfig source) {
    ConversationTranscriber transcriber = new ConversationTranscriber( <<
        source);
} }
""",
    ),
    "Python, by keyword": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
t = speechsdk.transcription.ConversationTranscriber(audio_config=source) <<
""",
    ),
    "Python, a method handed on": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
t = speechsdk.transcription.ConversationTranscriber(source) <<
await loop.run_in_executor(None, t.join_conversation_async, conversation)
""",
    ),
    "C++": (
        "C++",
        """
#include <speechapi_cxx.h>
auto audioInput = AudioConfig::FromStreamInput(stream);
auto recognizer = ConversationTranscriber::FromConfig(audioInput); <<
""",
    ),
    "Objective-C": (
        "Objective-C",
        """
#import <MicrosoftCognitiveServicesSpeech/SPXSpeechApi.h>
SPXConversationTranscriber *t = [[SPXConversationTranscriber alloc] initWithAudioConfiguration:a error:&e]; <<
""",
    ),
    "Scala, without new": (
        "Scala",
        """
import com.microsoft.cognitiveservices.speech.transcription.{
  Conversation,
}
val t = new ConversationTranscriber(AudioConfig.fromStreamInput(s)) <<
""",
    ),
    "both kinds in one class": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
class Both {
    void Old() { var t = new ConversationTranscriber(source); t.JoinConversationAsync(c); } <<
    void New() { var t = new ConversationTranscriber(speechConfig, source); }
}
""",
    ),
    "could not tell": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
const t = new sdk.ConversationTranscriber(source); <?
""",
    ),
}
SILENT: dict[str, Case] = {
    "C#, the new one": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
using var transcriber = new ConversationTranscriber(speechConfig, audioConfig);
await transcriber.StartTranscribingAsync();
""",
    ),
    "the new one over two lines": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.transcription.*;
class Room { void open() {
ConversationTranscriber t = new ConversationTranscriber(
    speechConfig,
    audioConfig);
} }
""",
    ),
    "the new one by keywords": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
t = speechsdk.transcription.ConversationTranscriber(audio_config=a, speech_config=s)
""",
    ),
    "the new one, config alone": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
config = speechsdk.SpeechConfig(subscription=k, region=r)
t = speechsdk.transcription.ConversationTranscriber(config)
""",
    ),
    "the new one in C++": (
        "C++",
        """
#include <speechapi_cxx.h>
auto t = ConversationTranscriber::FromConfig(speechConfig, audioConfig);
""",
    ),
    "the new one in Objective-C": (
        "Objective-C",
        """
#import <MicrosoftCognitiveServicesSpeech/SPXSpeechApi.h>
SPXConversationTranscriber *t = [[SPXConversationTranscriber alloc] initWithSpeechConfiguration:s
    audioConfiguration:a error:&e];
""",
    ),
    "Go has only the new one": (
        "Go",
        """
import "github.com/Microsoft/cognitive-services-speech-sdk-go/speech"
t, err := speech.NewConversationTranscriberFromConfig(config, audio)
""",
    ),
    "its events say nothing": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
void Heard(object s, ConversationTranscriptionEventArgs e) { }
""",
    ),
    "a class from elsewhere": (
        "TypeScript",
        """
import * as sdk from "microsoft-cognitiveservices-speech-sdk";
import { ConversationTranscriber } from "./transcriber";
const t = new ConversationTranscriber(audio);
""",
    ),
    "no Speech SDK": (
        "Java",
        """
class Room { Object t = new ConversationTranscriber(AudioConfig.from(x)); }
""",
    ),
    "a comment over many lines": (
        "C++",
        """
#include <speechapi_cxx.h>
/*
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
x
auto t = ConversationTranscriber::FromConfig(AudioConfig::FromWavFileInput(f));
*/
""",
    ),
    "left out by the preprocessor": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
#if false
var t = new ConversationTranscriber(AudioConfig.FromWavFileInput(file));
#endif
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)


@pytest.mark.parametrize(
    ("before", "mark"), [(True, " <<"), (False, ""), (None, " <?")], ids=["1.20", "1.34", "a range over both"]
)
def test_version_breaks_the_tie(before: bool | None, mark: str) -> None:
    """What the code does not say, the version of the project's package may."""
    project = Project(uses_speech=True, is_before_rename=before)
    text = (
        'const sdk = require("microsoft-cognitiveservices-speech-sdk");\nconst t = new sdk.ConversationTranscriber(x);'
    )
    expect(RULE, ("JavaScript", text + mark), project)


def test_arguments_come_before_the_version() -> None:
    """A version in a project file is the last to be asked."""
    project = Project(uses_speech=True, is_before_rename=True)
    text = "using Microsoft.CognitiveServices.Speech;\nvar t = new ConversationTranscriber(speechConfig, audioConfig);"
    expect(RULE, ("C#", text), project)
