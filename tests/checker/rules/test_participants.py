"""RM203: participants, and user ids in results."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM203"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var transcriber = new MeetingTranscriber(audio);
var katie = Participant.From("katie@example.com", "en-us", signature); <<
await meeting.AddParticipantAsync(katie); <<
var guest = User.FromUserId("guest"); <<
Console.WriteLine($"{e.Result.UserId}: {e.Result.Text}"); <<
""",
    ),
    "Java": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.transcription.*;
class Room { void run() {
MeetingTranscriber transcriber = new MeetingTranscriber(audio);
Participant katie = Participant.from("katie@example.com", "en-us", signature); <<
meeting.addParticipantAsync(katie).get(); <<
System.out.println(e.getResult().getUserId()); <<
} }
""",
    ),
    "Python, of any form": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
t = speechsdk.transcription.MeetingTranscriber(audio)
katie = speechsdk.transcription.Participant("katie", "en-us", signature) <<
meeting.add_participant_async(katie).get() <<
other = speechsdk.transcription.Participant.from_user_id("steve") <<
""",
    ),
    "JavaScript": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
const t = new sdk.MeetingTranscriber(audio);
const katie = sdk.Participant.From("katie@example.com", "en-us", signature); <<
meeting.addParticipantAsync(katie, done); <<
""",
    ),
    "Objective-C": (
        "Objective-C",
        """
#import <MicrosoftCognitiveServicesSpeech/SPXSpeechApi.h>
SPXConversationTranscriber *t = [[SPXConversationTranscriber alloc] initWithAudioConfiguration:audio error:&e];
SPXParticipant *katie = [[SPXParticipant alloc] initFrom:@"katie" <<
    preferredLanguage:@"en-us" voiceSignature:s error:&e];
[conversation addParticipant:katie completionHandler:h error:&e]; <<
""",
    ),
    "Rust": (
        "Rust",
        """
let code = unsafe { participant_set_voice_signature(handle, signature.as_ptr()) }; <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "a translator's participants": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var translator = new ConversationTranslator(audio);
foreach (Participant p in e.Participants) { await conversation.RemoveParticipantAsync(p.Id); }
var p = Participant.From("a", "b", "c");
""",
    ),
    "an app's own": (
        "C#",
        """
class Participant { public static Participant From(string name) => new(); }
var p = Participant.From("katie"); await room.AddParticipantAsync(p);
""",
    ),
    "an app's own, next to speech": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.*;
class Participant { } class Call { void add(Participant p) { call.addParticipant(p); } }
""",
    ),
    "the new transcriber's results": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var t = new ConversationTranscriber(speechConfig, audio);
Console.WriteLine(e.Result.SpeakerId); var id = e.Result.UserId;
""",
    ),
    "no Speech SDK": (
        "JavaScript",
        """
call.addParticipantAsync(user); show(result.userId);
""",
    ),
    "a comment": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
t = speechsdk.transcription.MeetingTranscriber(audio)
# katie = speechsdk.transcription.Participant("katie", "en-us", signature)
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
