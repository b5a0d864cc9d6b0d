#include <stdio.h>
#include "speechapi_c.h"

/* recognizer_join_conversation(conversation, recognizer) */
int start(SPXRECOHANDLE recognizer)
{
    printf("recognizer_join_conversation is gone\n");
    return (int)recognizer_start_continuous_recognition(recognizer);
}
