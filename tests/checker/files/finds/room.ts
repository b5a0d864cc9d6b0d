import { AudioConfig, Meeting, MeetingTranscriber, Participant, SpeechTranslationConfig } from "microsoft-cognitiveservices-speech-sdk"; // << RM201 RM202 RM203

export class Room {
  private transcriber?: MeetingTranscriber; // << RM201

  open(config: SpeechTranslationConfig, audio: AudioConfig, signature: string): void {
    config.setProperty("DifferenciateGuestSpeakers", "true"); // << RM502
    const meeting: Meeting = Meeting.createMeetingAsync(config, "room"); // << RM202
    this.transcriber = new MeetingTranscriber(audio); // << RM201
    meeting.addParticipantAsync(Participant.From("katie", "en-us", signature)); // << RM203
    this.transcriber.joinMeetingAsync(meeting, () => this.transcriber?.startTranscribingAsync()); // << RM202
  }
}
