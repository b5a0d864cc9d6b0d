package com.example.desk

import com.microsoft.cognitiveservices.speech.SpeechConfig
import com.microsoft.cognitiveservices.speech.audio.AudioConfig
import com.microsoft.cognitiveservices.speech.transcription.ConversationTranscriber

case class Participant(name: String)

class Desk(config: SpeechConfig) {
  // transcriber.joinConversationAsync(conversation)
  def open(audio: AudioConfig): Unit = {
    val transcriber = new ConversationTranscriber(config, audio)
    transcriber.startTranscribingAsync().get()
    println(s"MeetingTranscriber is gone, ${Participant("katie").name}")
    val form = "https://eastus.api.cognitive.microsoft.com/formrecognizer/v2.1/layout"
  }
}
