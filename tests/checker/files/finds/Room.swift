import Foundation
import MicrosoftCognitiveServicesSpeech

final class Room {
    let jobs = URL(string: "https://eastus.api.cognitive.microsoft.com/speechtotext/v3.1/transcriptions")! // << RM701

    func open(config: SPXSpeechConfiguration, audio: SPXAudioConfiguration) throws -> SPXConversationTranscriber { // << RM301
        try config.setPropertyTo("true", byName: "DifferentiateGuestSpeakers") // << RM502
        let conversation = try SPXConversation(config, conversationId: "room") // << RM302
        let transcriber = try SPXConversationTranscriber(audioConfiguration: audio) // << RM301
        try transcriber.joinConversationAsync(conversation) { _, _ in } // << RM302
        return transcriber
    }
}
