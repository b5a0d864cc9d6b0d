using System;
using System.Threading.Tasks;
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Audio;
using Microsoft.CognitiveServices.Speech.Transcription;

namespace Live
{
    // Until SDK 1.30 this was: new ConversationTranscriber(audio); await t.JoinConversationAsync(conversation);
    public class Participant { public string Name { get; set; } }

    public sealed class LiveService
    {
        private readonly ISlackClient _slack;
        private ConversationTranscriber _transcriber;

        public async Task RunAsync(string key, string region)
        {
            var speechConfig = SpeechConfig.FromSubscription(key, region);
            using var audioConfig = AudioConfig.FromWavFileInput("mono.wav");
            _transcriber = new ConversationTranscriber(speechConfig, audioConfig);
            _transcriber.Transcribed += (s, e) => Console.WriteLine($"{e.Result.SpeakerId}: {e.Result.Text}");
            await _transcriber.StartTranscribingAsync();
            Console.WriteLine("MeetingTranscriber and speechtotext/v3.1 are not used here.");
            await _slack.JoinConversationAsync("standup");
            var vision = $"https://{region}.api.cognitive.microsoft.com/vision/v3.2/analyze";
            var submit = $"https://{region}.api.cognitive.microsoft.com/speechtotext/transcriptions:submit?api-version=2025-10-15";
#if false
            var old = new MeetingTranscriber(audioConfig);
#endif
        }

        public async Task TranslateAsync(SpeechTranslationConfig config, AudioConfig audio)
        {
            var conversation = await Conversation.CreateConversationAsync(config);
            var translator = new ConversationTranslator(audio);
            await translator.JoinConversationAsync(conversation, "Katie");
        }
    }
}
