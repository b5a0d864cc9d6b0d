#include <iostream>
#include <speechapi_cxx.h>

using namespace Microsoft::CognitiveServices::Speech;
using namespace Microsoft::CognitiveServices::Speech::Audio;
using namespace Microsoft::CognitiveServices::Speech::Transcription;

void open(std::shared_ptr<SpeechConfig> config, const std::string& signature)
{
    config->SetProperty("ConversationTranscriptionInRoomAndOnline", "true"); // << RM501
    auto audioInput = AudioConfig::FromWavFileInput("array.wav");
    auto meeting = Meeting::CreateMeetingAsync(config, "room").get(); // << RM202
    auto transcriber = MeetingTranscriber::FromConfig(audioInput); // << RM201
    transcriber->Transcribed.Connect([](const MeetingTranscriptionEventArgs& e) { // << RM201
        std::cout << "User=" << e.Result->UserId << std::endl; // << RM203
    });
    meeting->AddParticipantAsync(Participant::From("katie", "en-us", signature)).get(); // << RM203
    transcriber->JoinMeetingAsync(meeting).get(); // << RM202
    transcriber->StartTranscribingAsync(); // << RM802
}
