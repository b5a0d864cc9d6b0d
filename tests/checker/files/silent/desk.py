"""Was speechsdk.transcription.MeetingTranscriber(audio) until 2025; speechtotext/v3.1 is gone."""

import logging

import azure.cognitiveservices.speech as speechsdk
import requests

from .models import Conversation, Meeting


class MeetingTranscriber:
    """This app's own."""

    def join_meeting(self, meeting: Meeting) -> None:
        """Join."""


def run(config, audio):
    transcriber = speechsdk.transcription.ConversationTranscriber(speech_config=config, audio_config=audio)
    transcriber.transcribed.connect(lambda event: print(event.result.speaker_id, event.result.text))
    transcriber.start_transcribing_async().get()
    # transcriber.join_conversation_async(conversation)
    MeetingTranscriber().join_meeting(Meeting("plans"))
    logging.warning("DifferentiateGuestSpeakers, speechtotext/v3.0")
    return Conversation(transcriber)


def submit(url, region):
    body = {
        "contentUrls": [url],
        "properties": {"diarization": {"enabled": True, "maxSpeakers": 4}, "timeToLiveHours": 48},
    }
    return requests.post(
        f"https://{region}.api.cognitive.microsoft.com/speechtotext/transcriptions:submit?api-version=2025-10-15",
        json=body,
        timeout=30,
    )
