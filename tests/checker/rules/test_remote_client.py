"""RM101: RemoteMeetingTranscriptionClient and RemoteConversationTranscriptionClient."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM101"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech.RemoteMeeting; <<
var client = new RemoteMeetingTranscriptionClient(config); <<
RemoteMeetingTranscriptionOperation operation = new(id, client); <<
foreach (var part in operation.Value.MeetingTranscriptionResults) <<
    Console.WriteLine(part.Text);
""",
    ),
    "C#, older names": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech.RemoteConversation; <<
var operation = new RemoteConversationTranscriptionOperation( <<
    id, client);
RemoteConversationTranscriptionResult result = await operation.WaitForCompletionAsync(); <<
var all = result.ConversationTranscriptionResults; <<
""",
    ),
    "Java": (
        "Java",
        """
import com.microsoft.cognitiveservices.speech.remoteconversation.*; <<
class Later {
    PollerFlux<RemoteConversationTranscriptionOperation, RemoteConversationTranscriptionResult> poll() { <<
        return client.getTranscriptionOperation(id); <<
    }
}
""",
    ),
    "Kotlin": (
        "Kotlin",
        """
import com.microsoft.cognitiveservices.speech.remotemeeting.RemoteMeetingTranscriptionClient <<
val client = RemoteMeetingTranscriptionClient(config) <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "a comment": (
        "C#",
        "// new RemoteMeetingTranscriptionClient(config)\n/* RemoteConversationTranscriptionClient */\n",
    ),
    "a string": ("C#", 'Console.WriteLine("RemoteMeetingTranscriptionClient is gone");'),
    "a class of one's own": ("C#", "class RemoteMeetingSamples { void RemoteMeetingWithClient() { } }"),
    "a client of one's own": ("Java", "package com.acme; class RemoteMeetingTranscriptionClient { }"),
    "the facade": (
        "Python",
        "from remote_meeting import RemoteMeetingTranscriptionClient\n"
        "client = RemoteMeetingTranscriptionClient(config)\n",
    ),
    "the facade beside the SDK": (
        "Python",
        "import azure.cognitiveservices.speech as speechsdk\n"
        "from remote_meeting import RemoteMeetingTranscriptionClient\n"
        "client = RemoteMeetingTranscriptionClient(speechsdk.SpeechConfig(key, region))\n",
    ),
    "results of something else": ("C#", "var all = meeting.ConversationTranscriptionResults;"),
    "the SDK itself": (
        "Java",
        "package com.microsoft.cognitiveservices.speech.remoteconversation;\nclass "
        "RemoteConversationTranscriptionClient { }",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
