"""RM303: ConversationTranscriber of SDK 1.5 to 1.7."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM303"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech.Conversation; <<
using (var transcriber = new ConversationTranscriber(config, audio)) <<
{
    transcriber.ConversationId = "standup"; <<
}
""",
    ),
    "Java": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.conversation.ConversationTranscriber; <<
class Room { void open() {
    ConversationTranscriber t = new ConversationTranscriber(config, audio); <<
    t.setConversationId("standup"); <<
} }
""",
    ),
    "C++": (
        "C++",
        """
#include <speechapi_cxx.h>
using namespace Microsoft::CognitiveServices::Speech::Conversation; <<
auto t = ConversationTranscriber::FromConfig(config, audio); <<
t->SetConversationId("standup"); <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "the namespace of later ones": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var t = new ConversationTranscriber(audio);
""",
    ),
    "the new one": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
var t = new ConversationTranscriber(config, audio);
""",
    ),
    "an id of something else": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
message.ConversationId = "a"; chat.SetConversationId(1);
""",
    ),
    "a bot's": (
        "C#",
        """
using Microsoft.Bot.Connector;
activity.ConversationId = id;
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
