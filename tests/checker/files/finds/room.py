"""Streams a room with speechsdk.transcription.ConversationTranscriber, and files jobs."""

import asyncio

import azure.cognitiveservices.speech as speechsdk
import requests

API_VERSION = "v3.1"  # << RM701
JOBS = f"https://eastus.api.cognitive.microsoft.com/speechtotext/{API_VERSION}/transcriptions"


async def stream(config, audio, signature):
    config.set_property_by_name("ConversationTranscriptionInRoomAndOnline", "true")  # << RM501
    conversation = speechsdk.transcription.Conversation(config, "room")  # << RM302
    transcriber = speechsdk.transcription.ConversationTranscriber(audio_config=audio)  # << RM301
    katie = speechsdk.transcription.Participant("katie@example.com", "en-us", signature)  # << RM203
    conversation.add_participant_async(katie).get()  # << RM203
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, transcriber.join_conversation_async, conversation)  # << RM302
    transcriber.start_transcribing_async()


def submit(url, key):
    body = {
        "contentUrls": [url],
        "locale": "en-US",
        "properties": {
            "diarizationEnabled": True,  # << RM702
            "diarization": {"speakers": {"minCount": 1, "maxCount": 4}},  # << RM702
        },
    }
    return requests.post(JOBS, headers={"Ocp-Apim-Subscription-Key": key}, json=body, timeout=30)
