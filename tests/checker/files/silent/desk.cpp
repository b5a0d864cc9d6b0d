#include <iostream>
#include <speechapi_cxx.h>

using namespace Microsoft::CognitiveServices::Speech;
using namespace Microsoft::CognitiveServices::Speech::Audio;
using namespace Microsoft::CognitiveServices::Speech::Transcription;

/*
auto t = MeetingTranscriber::FromConfig(audio);
t->JoinMeetingAsync(meeting).get();
*/
void MeetingTranscriberMenu()
{
    std::cout << "1.) MeetingTranscriber with file input.\n";
    std::cout << "2.) ConversationTranscriber::FromConfig(audio)\n";
}

void open(std::shared_ptr<SpeechConfig> speechConfig)
{
    auto audioInput = AudioConfig::FromWavFileInput("mono.wav");
    auto transcriber = ConversationTranscriber::FromConfig(speechConfig, audioInput);
    transcriber->StartTranscribingAsync().get();
#if 0
    auto old = ConversationTranscriber::FromConfig(audioInput);
#endif
}
