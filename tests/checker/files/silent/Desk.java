package com.example.desk;

import com.microsoft.cognitiveservices.speech.SpeechConfig;
import com.microsoft.cognitiveservices.speech.audio.AudioConfig;
import com.microsoft.cognitiveservices.speech.transcription.ConversationTranscriber;

/** Was MeetingTranscriber once. */
public class Desk {
    static class Conversation {
        static Conversation createConversationAsync(String name) { return new Conversation(); }
    }

    public void run(SpeechConfig speechConfig) throws Exception {
        Conversation own = Conversation.createConversationAsync("desk");
        ConversationTranscriber transcriber = new ConversationTranscriber(
            speechConfig,
            AudioConfig.fromWavFileInput("mono.wav"));
        transcriber.transcribed.addEventListener((s, e) -> System.out.println(e.getResult().getSpeakerId()));
        transcriber.startTranscribingAsync().get();
        System.out.println("joinConversationAsync is gone, and so is speechtotext/v3.0");
    }
}
