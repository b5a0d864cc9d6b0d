"""RM302: conversations of old transcribers, not of translators."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM302"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
using var conversation = await Conversation.CreateConversationAsync(config, id); <<
using var transcriber = new ConversationTranscriber(source);
await transcriber.JoinConversationAsync(conversation); <<
await transcriber.LeaveConversationAsync(); <<
""",
    ),
    "Python, with a member that never was": (
        "Python",
        """
import azure.cognitiveservices.speech as speechsdk
conversation = speechsdk.transcription.Conversation(config, id) <<
t = speechsdk.transcription.ConversationTranscriber(audio)
other = speechsdk.transcription.Conversation.create_conversation_async(config, id) <<
below = speechsdk.speech_py_impl.Conversation_create_conversation_async(config, id) <<
t.join_conversation_async(conversation).get() <<
""",
    ),
    "JavaScript": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
const conversation = sdk.Conversation.createConversationAsync(config, id, ok, bad); <<
const t = new sdk.ConversationTranscriber(source);
t.joinConversationAsync(conversation, <<
  () => t.startTranscribingAsync(),
  console.error);
""",
    ),
    "a receiver from elsewhere": (
        "TypeScript",
        """
import * as sdk from "microsoft-cognitiveservices-speech-sdk";
export function leave(t) { t.leaveConversationAsync(done); } <<
""",
    ),
    "both features in one file": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var one = await Conversation.CreateConversationAsync(config, id); <<
var t = new ConversationTranscriber(source);
await t.JoinConversationAsync(one); <<
var two = await Conversation.CreateConversationAsync(config);
var translator = new ConversationTranslator(source);
await translator.JoinConversationAsync(two, "Katie");
""",
    ),
    "Objective-C": (
        "Objective-C",
        """
#import <MicrosoftCognitiveServicesSpeech/SPXSpeechApi.h>
SPXConversation *c = [[SPXConversation alloc] init:config conversationId:i error:&e]; <<
SPXConversationTranscriber *t = [[SPXConversationTranscriber alloc] initWithAudioConfiguration:a error:&e];
[t joinConversationAsync:c completionHandler:h error:&e]; <<
""",
    ),
    "Rust": (
        "Rust",
        """
unsafe { recognizer_join_conversation(conversation, recognizer) } <<
""",
    ),
    "could not tell whose": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
return await Conversation.CreateConversationAsync(config, id); <?
""",
    ),
}
SILENT: dict[str, Case] = {
    "a translator's": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var conversation = await Conversation.CreateConversationAsync(config);
var translator = new ConversationTranslator(audio);
await translator.JoinConversationAsync(conversation, "Katie");
await translator.LeaveConversationAsync();
""",
    ),
    "a translator's in JavaScript": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
const translator = new sdk.ConversationTranslator(audio);
translator.joinConversationAsync(code, name, language);
""",
    ),
    "Slack": (
        "C#",
        """
await slack.JoinConversationAsync(channel); await slack.LeaveConversationAsync(channel);
""",
    ),
    "SignalR": (
        "C#",
        """
class Hub { Task JoinConversationAsync(string id) => Groups.AddAsync(id); }
""",
    ),
    "a method of one's own next to speech": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
class Room { Task JoinConversationAsync() { return Task.CompletedTask; } }
""",
    ),
    "a Conversation of one's own": (
        "TypeScript",
        """
import * as sdk from "microsoft-cognitiveservices-speech-sdk";
import { Conversation } from "./models";
const c: Conversation = await Conversation.createConversationAsync(1);
""",
    ),
    "a model's": (
        "Python",
        """
from app.models import Conversation
c = Conversation(title)
""",
    ),
    "a comment": (
        "JavaScript",
        """
const sdk = require("microsoft-cognitiveservices-speech-sdk");
// t.joinConversationAsync(conversation)
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
