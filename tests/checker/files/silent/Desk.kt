package com.example.desk

import com.microsoft.cognitiveservices.speech.SpeechConfig
import com.microsoft.cognitiveservices.speech.audio.AudioConfig
import com.microsoft.cognitiveservices.speech.transcription.ConversationTranscriber

data class Meeting(val topic: String)

/* val t = MeetingTranscriber(audio) */
class Desk(private val config: SpeechConfig) {
    fun open(audio: AudioConfig, zoom: Zoom) {
        val transcriber = ConversationTranscriber(config, audio)
        transcriber.startTranscribingAsync().get()
        println("speechtotext/v3.1: ${transcriber.hashCode()}")
        zoom.joinMeetingAsync(Meeting("plans"))
    }
}
