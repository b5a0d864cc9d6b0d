#import <MicrosoftCognitiveServicesSpeech/SPXSpeechApi.h>
#import "Desk.h"

@implementation Desk

// [[SPXConversationTranscriber alloc] initWithAudioConfiguration:audio error:&error]
- (void)open:(SPXSpeechConfiguration *)config audio:(SPXAudioConfiguration *)audio {
    NSError *error = nil;
    SPXConversationTranscriber *transcriber =
        [[SPXConversationTranscriber alloc] initWithSpeechConfiguration:config audioConfiguration:audio error:&error];
    NSLog(@"joinConversationAsync is gone");
    [transcriber startTranscribingAsync:^(BOOL ok, NSError *e) { } error:&error];
}

@end
