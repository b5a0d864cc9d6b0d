#import <MicrosoftCognitiveServicesSpeech/SPXSpeechApi.h>
#import "Room.h"

@implementation Room

- (void)open:(SPXSpeechConfiguration *)config audio:(SPXAudioConfiguration *)audio signature:(NSString *)signature {
    NSError *error = nil;
    [config setPropertyTo:@"true" byName:@"ConversationTranscriptionInRoomAndOnline"]; // << RM501
    SPXConversation *conversation = [[SPXConversation alloc] init:config conversationId:@"room" error:&error]; // << RM302
    SPXConversationTranscriber *transcriber = // << RM301
        [[SPXConversationTranscriber alloc] initWithAudioConfiguration:audio error:&error]; // << RM301
    SPXParticipant *katie = [[SPXParticipant alloc] initFrom:@"katie" // << RM203
                                            preferredLanguage:@"en-us" voiceSignature:signature error:&error];
    [conversation addParticipant:katie completionHandler:^(BOOL ok, NSError *e) { } error:&error]; // << RM203
    [transcriber joinConversationAsync:conversation completionHandler:^(BOOL ok, NSError *e) { } error:&error]; // << RM302
}

@end
