import * as sdk from "microsoft-cognitiveservices-speech-sdk";
import { MeetingTranscriber } from "./components/MeetingTranscriber";
import type { Conversation } from "./models";

export function Desk({ conversation }: { conversation: Conversation }) {
  // new sdk.MeetingTranscriber(audio)
  const open = (speechConfig: sdk.SpeechConfig, audio: sdk.AudioConfig) => new sdk.ConversationTranscriber(speechConfig, audio);
  const label = "MeetingTranscriber joins nothing";
  return <MeetingTranscriber conversation={conversation} open={open} title={`about ${label}`} />;
}
