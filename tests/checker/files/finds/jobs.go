package jobs

import "fmt"

const signature = "https://signature.%s.cts.speech.microsoft.com/api/v1/Signature/GenerateVoiceSignatureFromFormData" // << RM401 RM601

func list(region string) string {
	return fmt.Sprintf("https://%s.api.cognitive.microsoft.com/speechtotext/v3.0/transcriptions", region) // << RM701
}

func host() string {
	return "{endpoint}/speechtotext/v3.2-preview.1" // << RM701
}
