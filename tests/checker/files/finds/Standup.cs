using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Audio;
using Microsoft.CognitiveServices.Speech.RemoteMeeting; // << RM101
using Microsoft.CognitiveServices.Speech.Transcription;

namespace Standup
{
    /// <summary>Streams the standup and asks for its transcript later; no new MeetingTranscriber(audio) here.</summary>
    public sealed class StandupService
    {
        private const string SignatureUrl =
            "https://signature.{0}.cts.speech.microsoft.com/api/v1/Signature/GenerateVoiceSignatureFromByteArray"; // << RM401 RM601
        private MeetingTranscriber _transcriber; // << RM201

        public async Task<string> StreamAsync(string key, string region, AudioConfig audio, string signature)
        {
            var config = SpeechConfig.FromSubscription(key, region);
            config.SetProperty("ConversationTranscriptionInRoomAndOnline", "true"); // << RM501
            config.SetServiceProperty(
                "transcriptionMode", // << RM503
                "async",
                ServicePropertyChannel.UriQueryParameter);
            var meetingId = Guid.NewGuid().ToString();
            using var meeting = await Meeting.CreateMeetingAsync(config, meetingId); // << RM202
            meeting.Properties.SetProperty("DifferentiateGuestSpeakers", "true"); // << RM502
            _transcriber = new MeetingTranscriber(audio); // << RM201
            var done = new TaskCompletionSource<int>();
            _transcriber.Transcribed += (s, e) => Console.WriteLine($"{e.Result.UserId}: {e.Result.Text}"); // << RM203
            _transcriber.SessionStopped += (s, e) => done.TrySetResult(0);
            var katie = Participant.From("katie@example.com", "en-us", signature); // << RM203
            await meeting.AddParticipantAsync(katie); // << RM203
            await _transcriber.JoinMeetingAsync(meeting); // << RM202
            await _transcriber.StartTranscribingAsync();
            await Task.WhenAny(done.Task, Task.Delay(TimeSpan.FromSeconds(10))); // << RM801
            await _transcriber.StopTranscribingAsync();
            return meetingId;
        }

        public async Task PrintAsync(SpeechConfig config, string meetingId)
        {
            var client = new RemoteMeetingTranscriptionClient(config); // << RM101
            var operation = new RemoteMeetingTranscriptionOperation(meetingId, client); // << RM101
            await operation.WaitForCompletionAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            foreach (var part in operation.Value.MeetingTranscriptionResults) // << RM101
                Console.WriteLine(part.Text);
        }
    }
}
