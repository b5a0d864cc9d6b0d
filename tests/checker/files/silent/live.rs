/// Once `recognizer_join_conversation`, with speechtotext/v3.1.
pub struct MeetingTranscriber;

/* recognizer_join_meeting(meeting, reco) /* nested */ */
impl MeetingTranscriber {
    pub fn join_meeting_async(&self) {
        println!("recognizer_join_conversation: speechtotext/v3.0");
    }
}

pub const JOBS: &str = "/speechtotext/transcriptions:submit?api-version=2025-10-15";
