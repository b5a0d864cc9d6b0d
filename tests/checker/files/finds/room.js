import * as sdk from "microsoft-cognitiveservices-speech-sdk";

const JOBS = `https://${process.env.REGION}.api.cognitive.microsoft.com/speechtotext/v3.2/transcriptions`; // << RM701

export function open(config, stream, signature) {
  config.setProperty("ConversationTranscriptionInRoomAndOnline", "true"); // << RM501
  const conversation = sdk.Conversation.createConversationAsync(config, "room", console.log, console.error); // << RM302
  const source = sdk.AudioConfig.fromStreamInput(stream);
  const transcriber = new sdk.ConversationTranscriber(source); // << RM301
  const katie = sdk.Participant.From("katie@example.com", "en-us", signature); // << RM203
  conversation.addParticipantAsync(katie, () => { // << RM203
    transcriber.joinConversationAsync( // << RM302
      conversation,
      () => transcriber.startTranscribingAsync(),
      console.error,
    );
  });
  return transcriber;
}
