const sdk = require("microsoft-cognitiveservices-speech-sdk");
const { Meeting } = require("./models");

/* const t = new sdk.MeetingTranscriber(audio); t.joinMeetingAsync(meeting); */
function open(speechConfig, stream) {
  const audioConfig = sdk.AudioConfig.fromStreamInput(stream);
  const transcriber = new sdk.ConversationTranscriber(speechConfig, audioConfig);
  transcriber.transcribed = (s, e) => console.log(e.result.speakerId, e.result.text);
  transcriber.startTranscribingAsync();
  console.log("new MeetingTranscriber", "speechtotext/v3.0");
  const state = { transcriptionMode: "live", "transcriptionMode": "live" };
  return new Meeting(state, /speechtotext\/v3/);
}

function translate(audio, code) {
  const translator = new sdk.ConversationTranslator(audio);
  translator.joinConversationAsync(code, "Katie", "en-US", () => translator.leaveConversationAsync());
}

module.exports = { open, translate };
