// The SDK for JavaScript as a peer: node meeting_transcriber.cjs PLAN (JSON, of meeting_peers.py), its events as JSON.
const fs = require("fs");
const sdk = require("microsoft-cognitiveservices-speech-sdk");

const CHANNELS = 8;
const HEADER_BYTES = 44;
const FAST_LANE = ["SPEECH-TransmitLengthBeforThrottleMs", "3600000"];
const plan = JSON.parse(process.argv[2]);
let phrases = 0;
let isOver = false;
let wake = () => undefined;

const tell = (event, more) => {
  console.log(JSON.stringify({ event, ...more }));
  phrases += event === "transcribed";
  // After an error it says nothing more.
  isOver ||= event === "stopped" || (more && more.reason === "Error");
  wake();
};
const until = async (isSo) => {
  while (!isSo() && !isOver) await new Promise((resolve) => (wake = resolve));
};
const done = (call) => new Promise((resolve, reject) => call(resolve, reject));
const eightfold = (wav) => {
  const mono = wav.subarray(HEADER_BYTES);
  const all = Buffer.alloc(mono.length * CHANNELS);
  for (let at = 0; at < mono.length; at += 2)
    for (let channel = 0; channel < CHANNELS; channel++) mono.copy(all, at * CHANNELS + channel * 2, at, at + 2);
  return all;
};
const participant = (userId, voice = "") => new sdk.Participant(userId, "en-us", voice);

const config = plan.token
  ? sdk.SpeechConfig.fromAuthorizationToken(plan.token, "westeurope")
  : sdk.SpeechConfig.fromSubscription(plan.key, "westeurope");
config.setProperty(sdk.PropertyId.SpeechServiceConnection_Endpoint, plan.url);
config.setProperty("ConversationTranscriptionInRoomAndOnline", "true");
config.setProperty("DifferentiateGuestSpeakers", "true");
config.setServiceProperty("transcriptionMode", plan.mode, sdk.ServicePropertyChannel.UriQueryParameter);
config.speechRecognitionLanguage = "en-US";
if (plan.hastens) config.setProperty(...FAST_LANE);
const push = sdk.AudioInputStream.createPushStream(sdk.AudioStreamFormat.getWaveFormatPCM(16000, 16, CHANNELS));
const transcriber = new sdk.MeetingTranscriber(sdk.AudioConfig.fromStreamInput(push));
const heard = (event, { result }) =>
  // The last phrase says nothing but that the audio is over.
  result.text &&
  tell(event, {
    text: result.text,
    speaker: result.speakerId,
    offset: result.offset,
    duration: result.duration,
  });
transcriber.transcribing = (_, e) => heard("transcribing", e);
transcriber.transcribed = (_, e) => heard("transcribed", e);
transcriber.canceled = (_, e) =>
  tell("canceled", {
    reason: sdk.CancellationReason[e.reason],
    code: sdk.CancellationErrorCode[e.errorCode],
    details: e.errorDetails || "",
  });
transcriber.sessionStarted = () => tell("started");
transcriber.sessionStopped = () => tell("stopped");

const run = async () => {
  let meeting;
  await done((resolve, reject) => {
    meeting = sdk.Meeting.createMeetingAsync(config, plan.meeting_id, resolve, reject);
  });
  await done((resolve, reject) => transcriber.joinMeetingAsync(meeting, resolve, reject));
  const join = (userId, voice) => done((yes, no) => meeting.addParticipantAsync(participant(userId, voice), yes, no));
  for (const userId of plan.participants) await join(userId);
  await done((resolve, reject) => transcriber.startTranscribingAsync(resolve, reject));
  const pcm = eightfold(fs.readFileSync(plan.wav));
  const write = (from, to) => push.write(Uint8Array.from(pcm.subarray(from, to)).buffer);
  const stop = () => done((resolve, reject) => transcriber.stopTranscribingAsync(resolve, reject));
  let at = 0;
  for (const [what, value] of plan.steps) {
    if (what === "audio") {
      const next = at + Math.round(value * 16000) * CHANNELS * 2;
      write(at, next);
      at = next;
    } else if (what === "join") await join(value, plan.voice);
    else if (what === "leave") await done((yes, no) => meeting.removeParticipantAsync(participant(value), yes, no));
    else if (what === "hear") await until(() => phrases >= value);
    else if (what === "stop") return stop();
  }
  write(at, pcm.length);
  push.close();
  await until(() => false);
  return stop();
};

run().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
