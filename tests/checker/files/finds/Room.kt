package com.example.room

import com.microsoft.cognitiveservices.speech.SpeechConfig
import com.microsoft.cognitiveservices.speech.audio.AudioConfig
import com.microsoft.cognitiveservices.speech.transcription.Meeting // << RM202
import com.microsoft.cognitiveservices.speech.transcription.MeetingTranscriber // << RM201
import com.microsoft.cognitiveservices.speech.transcription.Participant // << RM203

class Room(private val config: SpeechConfig) {
    private var transcriber: MeetingTranscriber? = null // << RM201

    fun open(audio: AudioConfig, signature: String) {
        config.setProperty("ConversationTranscriptionInRoomAndOnline", "true") // << RM501
        val meeting = Meeting.createMeetingAsync(config, "room").get() // << RM202
        val started = MeetingTranscriber(audio) // << RM201
        meeting.addParticipantAsync(Participant.from("katie", "en-us", signature)).get() // << RM203
        started.joinMeetingAsync(meeting).get() // << RM202
        transcriber = started
    }
}
