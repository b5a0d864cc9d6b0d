#include "speechapi_c.h"

int join(SPXCONVERSATIONHANDLE conversation, SPXRECOHANDLE recognizer, SPXPARTICIPANTHANDLE katie, const char* signature)
{
    if (participant_set_voice_signature(katie, signature) != SPX_NOERROR) // << RM203
        return -1;
    return (int)recognizer_join_conversation(conversation, recognizer); // << RM302
}
