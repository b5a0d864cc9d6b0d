// The SDK for JavaScript as a peer: node conversation_transcriber.cjs URL KEY FILE.wav, its events as lines of JSON.
const fs = require("fs");
const sdk = require("microsoft-cognitiveservices-speech-sdk");

const [, , url, key, wav] = process.argv;
const config = sdk.SpeechConfig.fromEndpoint(new URL(url), key);
config.speechRecognitionLanguage = "en-US";
const transcriber = new sdk.ConversationTranscriber(config, sdk.AudioConfig.fromWavFileInput(fs.readFileSync(wav)));
const tell = (event, more) => console.log(JSON.stringify({ event, ...more }));

transcriber.transcribed = (_, { result }) =>
  result.text &&
  tell("transcribed", {
    text: result.text,
    speaker: result.speakerId,
    offset: result.offset,
    duration: result.duration,
  });
transcriber.canceled = (_, e) =>
  tell("canceled", { reason: sdk.CancellationReason[e.reason], details: e.errorDetails || "" });
transcriber.sessionStopped = () => {
  tell("stopped");
  transcriber.close(() => process.exit(0), () => process.exit(0));
};
transcriber.startTranscribingAsync(
  () => undefined,
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
