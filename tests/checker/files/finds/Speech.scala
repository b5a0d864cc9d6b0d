package com.example.speech

import com.microsoft.cognitiveservices.speech.SpeechConfig
import com.microsoft.cognitiveservices.speech.audio.AudioConfig
import com.microsoft.cognitiveservices.speech.transcription.{
  Conversation, // << RM302
  ConversationTranscriber, // << RM301
  Participant // << RM203
}

class Speech(config: SpeechConfig) {
  val jobs: String = "https://eastus.api.cognitive.microsoft.com" +
    "/speechtotext/v3.0/transcriptions" // << RM701

  def open(audio: AudioConfig): ConversationTranscriber = { // << RM301
    val conversation = Conversation.createConversationAsync(config, "room").get() // << RM302
    conversation.getProperties.setProperty("DifferentiateGuestSpeakers", "true") // << RM502
    val transcriber = new ConversationTranscriber(AudioConfig.fromDefaultMicrophoneInput()) // << RM301
    conversation.addParticipantAsync(Participant.from("katie", "en-us", "")).get() // << RM203
    transcriber.joinConversationAsync(conversation).get() // << RM302
    transcriber
  }
}
