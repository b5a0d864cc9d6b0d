"""Code as it was and as it is, by language, for the pages of `explain`; rules of one family share it."""

from __future__ import annotations

from ..model import Way
from ..rule import Example

GATEWAY_URL = "https://gateway.example"
SOCKET_URL = "wss://gateway.example/speech/recognition/multiaudio"

REMOTE_CLIENT: dict[str, Example] = {
    "C#": Example(
        before="""
var config = SpeechConfig.FromSubscription(key, region);
var client = new RemoteMeetingTranscriptionClient(config);
var operation = new RemoteMeetingTranscriptionOperation(meetingId, client);
await operation.WaitForCompletionAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
""",
        after={
            Way.GATEWAY: f"""
// remote-meeting serve, behind TLS, answers what the retired service answered.
var config = SpeechConfig.FromEndpoint(new Uri("{GATEWAY_URL}/api/v1/"), key);
var client = new RemoteMeetingTranscriptionClient(config);
var operation = new RemoteMeetingTranscriptionOperation(meetingId, client);
await operation.WaitForCompletionAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
""",
            Way.REWRITE: """
// A batch job; its id takes the place of the meeting id.
var job = new
{
    contentUrls = new[] { audioUrl }, locale = "en-US", displayName = meetingId,
    properties = new { diarization = new { enabled = true, maxSpeakers = 6 }, timeToLiveHours = 48 },
};
var answer = await http.PostAsJsonAsync(
    $"https://{region}.api.cognitive.microsoft.com/speechtotext/transcriptions:submit?api-version=2025-10-15", job);
""",
        },
    ),
    "Java": Example(
        before="""
SpeechConfig config = SpeechConfig.fromSubscription(key, region);
RemoteConversationTranscriptionClient client = new RemoteConversationTranscriptionClient(config);
client.getTranscriptionOperation(meetingId).subscribe(response -> show(response.getValue()));
""",
        after={
            Way.GATEWAY: f"""
// remote-meeting serve, behind TLS, answers what the retired service answered.
SpeechConfig config = SpeechConfig.fromEndpoint(new URI("{GATEWAY_URL}/api/v1/"), key);
RemoteConversationTranscriptionClient client = new RemoteConversationTranscriptionClient(config);
client.getTranscriptionOperation(meetingId).subscribe(response -> show(response.getValue()));
""",
            Way.REWRITE: """
// A batch job; its id takes the place of the meeting id.
String job = "{\\"contentUrls\\":[\\"" + audioUrl + "\\"],\\"locale\\":\\"en-US\\",\\"displayName\\":\\"standup\\","
    + "\\"properties\\":{\\"diarization\\":{\\"enabled\\":true,\\"maxSpeakers\\":6},\\"timeToLiveHours\\":48}}";
URI submit = URI.create(endpoint + "/speechtotext/transcriptions:submit?api-version=2025-10-15");
HttpRequest request = HttpRequest.newBuilder(submit)
    .header("Ocp-Apim-Subscription-Key", key).header("Content-Type", "application/json")
    .POST(HttpRequest.BodyPublishers.ofString(job)).build();
""",
        },
    ),
    "Python": Example(
        before="""
# There was no such client for Python; apps called the service by HTTP.
reply = requests.get(f"https://transcribe.{region}.cts.speech.microsoft.com/api/v1/OfflineTask?id={meeting_id}")
""",
        after={
            Way.FACADE: """
from remote_meeting import RemoteMeetingTranscriptionClient, SpeechConfig

client = RemoteMeetingTranscriptionClient(SpeechConfig(subscription=key, region=region))
operation = client.submit("meeting.wav", meeting_id=meeting_id)
for result in operation.wait_for_completion().meeting_transcription_results:
    print(result.user_id, result.text)
""",
        },
    ),
}

TRANSCRIBER: dict[str, Example] = {
    "C#": Example(
        before="""
using var meeting = await Meeting.CreateMeetingAsync(config, meetingId);
using var transcriber = new MeetingTranscriber(audioConfig);
await meeting.AddParticipantAsync(Participant.From("katie@example.com", "en-us", voiceSignature));
await transcriber.JoinMeetingAsync(meeting);
await transcriber.StartTranscribingAsync();
""",
        after={
            Way.GATEWAY: f"""
var config = SpeechConfig.FromEndpoint(new Uri("{SOCKET_URL}"), key);
using var meeting = await Meeting.CreateMeetingAsync(config, meetingId);   // the rest stays as it is
""",
            Way.REWRITE: """
// One channel, labels in place of names: result.SpeakerId is Guest-1, Guest-2…
using var transcriber = new ConversationTranscriber(speechConfig, AudioConfig.FromWavFileInput("mono.wav"));
transcriber.Transcribed += (s, e) => Console.WriteLine($"{e.Result.SpeakerId}: {e.Result.Text}");
await transcriber.StartTranscribingAsync();
""",
        },
    ),
    "Java": Example(
        before="""
Meeting meeting = Meeting.createMeetingAsync(config, meetingId).get();
MeetingTranscriber transcriber = new MeetingTranscriber(audioConfig);
meeting.addParticipantAsync(Participant.from("katie@example.com", "en-us", voiceSignature)).get();
transcriber.joinMeetingAsync(meeting).get();
""",
        after={
            Way.GATEWAY: f"""
SpeechConfig config = SpeechConfig.fromEndpoint(new URI("{SOCKET_URL}"), key);
Meeting meeting = Meeting.createMeetingAsync(config, meetingId).get();   // the rest stays as it is
""",
            Way.REWRITE: """
AudioConfig mono = AudioConfig.fromWavFileInput("mono.wav");
ConversationTranscriber transcriber = new ConversationTranscriber(speechConfig, mono);
transcriber.transcribed.addEventListener((s, e) ->
    System.out.println(e.getResult().getSpeakerId() + ": " + e.getResult().getText()));
transcriber.startTranscribingAsync().get();
""",
        },
    ),
    "JavaScript": Example(
        before="""
const meeting = sdk.Meeting.createMeetingAsync(config, meetingId);
const transcriber = new sdk.MeetingTranscriber(audioConfig);
transcriber.joinMeetingAsync(meeting, () => transcriber.startTranscribingAsync());
""",
        after={
            Way.GATEWAY: f"""
const config = sdk.SpeechTranslationConfig.fromEndpoint(
  new URL("{SOCKET_URL}"), key);   // the rest stays as it is
""",
            Way.REWRITE: """
const transcriber = new sdk.ConversationTranscriber(speechConfig, audioConfig);   // one channel
transcriber.transcribed = (s, e) => console.log(e.result.speakerId, e.result.text);
transcriber.startTranscribingAsync();
""",
        },
    ),
    "Python": Example(
        before="""
meeting = speechsdk.transcription.Meeting(config, meeting_id)
transcriber = speechsdk.transcription.MeetingTranscriber(audio_config)
transcriber.join_meeting_async(meeting).get()
""",
        after={
            Way.FACADE: """
import remote_meeting

meeting = remote_meeting.transcription.Meeting(config, meeting_id)
transcriber = remote_meeting.transcription.MeetingTranscriber(audio_config)
transcriber.join_meeting_async(meeting).get()
""",
            Way.GATEWAY: f"""
config = speechsdk.SpeechConfig(endpoint="{SOCKET_URL}", subscription=key)
""",
            Way.REWRITE: """
transcriber = speechsdk.transcription.ConversationTranscriber(speech_config=config, audio_config=audio_config)
transcriber.transcribed.connect(lambda event: print(event.result.speaker_id, event.result.text))
transcriber.start_transcribing_async().get()
""",
        },
    ),
    "C++": Example(
        before="""
auto meeting = Meeting::CreateMeetingAsync(config, meetingId).get();
auto transcriber = MeetingTranscriber::FromConfig(audioConfig);
transcriber->JoinMeetingAsync(meeting).get();
""",
        after={
            Way.GATEWAY: f"""
auto config = SpeechConfig::FromEndpoint("{SOCKET_URL}", key);
auto meeting = Meeting::CreateMeetingAsync(config, meetingId).get();   // the rest stays as it is
""",
            Way.REWRITE: """
auto transcriber = ConversationTranscriber::FromConfig(speechConfig, AudioConfig::FromWavFileInput("mono.wav"));
transcriber->StartTranscribingAsync().get();
""",
        },
    ),
    "Objective-C": Example(
        before="""
SPXConversation *conversation = [[SPXConversation alloc] init:config conversationId:meetingId error:&error];
SPXConversationTranscriber *transcriber =
    [[SPXConversationTranscriber alloc] initWithAudioConfiguration:audio error:&error];
[transcriber joinConversationAsync:conversation completionHandler:handler error:&error];
""",
        after={
            Way.REWRITE: """
SPXConversationTranscriber *transcriber =
    [[SPXConversationTranscriber alloc] initWithSpeechConfiguration:config audioConfiguration:audio error:&error];
""",
        },
    ),
}

# As it was before SDK 1.31, when meetings were conversations.
OLD_TRANSCRIBER: dict[str, Example] = {
    **TRANSCRIBER,
    "C#": Example(
        before="""
using var conversation = await Conversation.CreateConversationAsync(config, conversationId);
using var transcriber = new ConversationTranscriber(audioConfig);
await conversation.AddParticipantAsync(Participant.From("katie@example.com", "en-us", voiceSignature));
await transcriber.JoinConversationAsync(conversation);
""",
        after=TRANSCRIBER["C#"].after,
    ),
    "Java": Example(
        before="""
Conversation conversation = Conversation.createConversationAsync(config, conversationId).get();
ConversationTranscriber transcriber = new ConversationTranscriber(audioConfig);
transcriber.joinConversationAsync(conversation).get();
""",
        after=TRANSCRIBER["Java"].after,
    ),
    "JavaScript": Example(
        before="""
const conversation = sdk.Conversation.createConversationAsync(config, conversationId);
const transcriber = new sdk.ConversationTranscriber(audioConfig);
transcriber.joinConversationAsync(conversation, () => transcriber.startTranscribingAsync());
""",
        after=TRANSCRIBER["JavaScript"].after,
    ),
    "Python": Example(
        before="""
conversation = speechsdk.transcription.Conversation(config, conversation_id)
transcriber = speechsdk.transcription.ConversationTranscriber(audio_config)
transcriber.join_conversation_async(conversation).get()
""",
        after=TRANSCRIBER["Python"].after,
    ),
    "C++": Example(
        before="""
auto conversation = Conversation::CreateConversationAsync(config, conversationId).get();
auto transcriber = ConversationTranscriber::FromConfig(audioConfig);
transcriber->JoinConversationAsync(conversation).get();
""",
        after=TRANSCRIBER["C++"].after,
    ),
}

REST: dict[str, Example] = {
    "Python": Example(
        before="""
job = {"contentUrls": [url], "locale": "en-US", "displayName": "standup",
       "properties": {"diarizationEnabled": True, "diarization": {"speakers": {"minCount": 1, "maxCount": 4}}}}
requests.post(f"{endpoint}/speechtotext/v3.1/transcriptions", headers=headers, json=job)
""",
        after={
            Way.FACADE: """
from remote_meeting import RemoteMeetingTranscriptionClient, SpeechConfig

client = RemoteMeetingTranscriptionClient(SpeechConfig(subscription=key, region=region), backend="batch")
client.submit(url, meeting_id="standup", speakers=4)
""",
            Way.REWRITE: """
job = {"contentUrls": [url], "locale": "en-US", "displayName": "standup",
       "properties": {"diarization": {"enabled": True, "maxSpeakers": 4}, "timeToLiveHours": 48}}
requests.post(f"{endpoint}/speechtotext/transcriptions:submit?api-version=2025-10-15", headers=headers, json=job)
""",
        },
    ),
    "C#": Example(
        before="""
var uri = $"https://{region}.api.cognitive.microsoft.com/speechtotext/v3.1/transcriptions";
var body = new { contentUrls, locale, displayName, properties = new { diarizationEnabled = true } };
""",
        after={
            Way.REWRITE: """
var uri = $"https://{region}.api.cognitive.microsoft.com/speechtotext/transcriptions:submit?api-version=2025-10-15";
var body = new { contentUrls, locale, displayName,
                 properties = new { diarization = new { enabled = true, maxSpeakers = 2 }, timeToLiveHours = 48 } };
""",
        },
    ),
    "Shell": Example(
        before="""
curl -X POST "$ENDPOINT/speechtotext/v3.1/transcriptions" -H "Ocp-Apim-Subscription-Key: $KEY" \\
  -H 'Content-Type: application/json' -d '{"contentUrls":["…"],"locale":"en-US","displayName":"standup"}'
""",
        after={
            Way.REWRITE: """
curl -X POST "$ENDPOINT/speechtotext/transcriptions:submit?api-version=2025-10-15" \\
  -H "Ocp-Apim-Subscription-Key: $KEY" -H 'Content-Type: application/json' \\
  -d '{"contentUrls":["…"],"locale":"en-US","displayName":"standup","properties":{"timeToLiveHours":48}}'
""",
        },
    ),
}

MEETING_DOCS = "https://learn.microsoft.com/azure/ai-services/speech-service/meeting-transcription"
BATCH_DOCS = "https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription-create"
DIARIZATION_DOCS = "https://learn.microsoft.com/azure/ai-services/speech-service/get-started-stt-diarization"
FAST_DOCS = "https://learn.microsoft.com/azure/ai-services/speech-service/fast-transcription-create"

TRANSCRIBER_WAYS: dict[Way, str] = {
    Way.FACADE: "In Python, take the same names from remote_meeting: the calls stay, another service answers.",
    Way.GATEWAY: "Point the SpeechConfig at `remote-meeting serve`, which speaks the retired protocol: the code stays. "
    "It takes the upload, live or for later, and answers by id.",
    Way.REWRITE: "Use the new ConversationTranscriber (SDK 1.31 or newer: SpeechConfig first, one channel, no "
    "meeting), "
    "or send the recording to batch or fast transcription. Names of speakers have no replacement: labels remain.",
}
OLD_TRANSCRIBER_WAYS: dict[Way, str] = {
    **TRANSCRIBER_WAYS,
    Way.FACADE: "In Python, take the names of SDK 1.31 from remote_meeting: Conversation is Meeting there, the "
    "transcriber "
    "that joins one MeetingTranscriber.",
}
REST_WAYS: dict[Way, str] = {
    Way.FACADE: 'In Python, submit the audio with remote_meeting and backend="batch": it speaks the present API.',
    Way.REWRITE: "Take the version out of the path: POST …/speechtotext/transcriptions:submit?api-version=2025-10-15, "
    "with diarization as {enabled, maxSpeakers} and timeToLiveHours, which is required now.",
}
