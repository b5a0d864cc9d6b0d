package com.example.room;

import com.microsoft.cognitiveservices.speech.SpeechConfig;
import com.microsoft.cognitiveservices.speech.audio.AudioConfig;
import com.microsoft.cognitiveservices.speech.remoteconversation.*; // << RM101
import com.microsoft.cognitiveservices.speech.transcription.*;
import java.util.concurrent.Future;

public class Room {
    private static final String JOBS = "/speechtotext/v3.0/transcriptions"; // << RM701

    public void stream(SpeechConfig config, AudioConfig audio, String signature) throws Exception {
        config.setProperty("DifferenciateGuestSpeakers", "true"); // << RM502
        Future<Conversation> later = Conversation.createConversationAsync(config, "room-1"); // << RM302
        Conversation conversation = later.get(); // << RM302
        ConversationTranscriber transcriber = new ConversationTranscriber(audio); // << RM301
        Participant katie = Participant.from("katie@example.com", "en-us", signature); // << RM203
        conversation.addParticipantAsync(katie).get(); // << RM203
        transcriber.joinConversationAsync(conversation).get(); // << RM302
        transcriber.startTranscribingAsync(); // << RM802
    }

    public void later(SpeechConfig config) {
        RemoteConversationTranscriptionClient client = new RemoteConversationTranscriptionClient(config); // << RM101
        client.getTranscriptionOperation("room-1").subscribe(r -> System.out.println(r.getValue())); // << RM101
    }
}
