extern "C" {
    pub fn recognizer_join_conversation(conversation: SPXCONVERSATIONHANDLE, reco: SPXRECOHANDLE) -> AZACHR; // << RM302
    pub fn participant_set_voice_signature(participant: SPXPARTICIPANTHANDLE, signature: *const c_char) -> AZACHR; // << RM203
}

pub fn join(conversation: SPXCONVERSATIONHANDLE, reco: SPXRECOHANDLE) -> AZACHR {
    unsafe { recognizer_join_conversation(conversation, reco) } // << RM302
}

pub const JOBS: &str = "/speechtotext/v3.1/transcriptions"; // << RM701
