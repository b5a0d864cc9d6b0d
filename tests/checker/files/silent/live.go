package live

import (
	"fmt"

	"github.com/Microsoft/cognitive-services-speech-sdk-go/speech"
)

// JoinConversationAsync joined speechtotext/v3.0 once.
func open(config *speech.SpeechConfig, slack Slack) error {
	transcriber, err := speech.NewConversationTranscriberFromConfig(config, nil)
	if err != nil {
		return fmt.Errorf("speechtotext/v3.1 is no excuse: %w", err)
	}
	slack.JoinConversationAsync("standup")
	return <-transcriber.StartTranscribingAsync()
}

var host = "https://eastus.api.cognitive.microsoft.com/text/analytics/v3.1/sentiment"
