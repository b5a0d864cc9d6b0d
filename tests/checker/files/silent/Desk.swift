import Foundation
import MicrosoftCognitiveServicesSpeech

struct Conversation { let name: String }

final class Desk {
    // try SPXConversationTranscriber(audioConfiguration: audio)
    func open(config: SPXSpeechConfiguration, audio: SPXAudioConfiguration) throws -> SPXConversationTranscriber {
        print("speechtotext/v3.1 was retired, \(Conversation(name: "desk").name)")
        return try SPXConversationTranscriber(speechConfiguration: config, audioConfiguration: audio)
    }
}
