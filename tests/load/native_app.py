"""An app on the official native SDK that holds one meeting in real time: `python -m load.native_app JSON` in tests/.

The SDK reconnects by itself. When it gives up, the app does what an app can do: it begins a new MeetingTranscriber
under the same meeting id, with the audio from the end of the last phrase on. Each line of its output is an event.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

import azure.cognitiveservices.speech as speechsdk

from load.placed_audio import BLOCK_SECONDS, BLOCK_TICKS, array_block

PATIENCE_SECONDS = 120.0
MOST_TRANSCRIBERS = 200
PAUSE_SECONDS = 0.5


class App:
    """One meeting.

    Args:
        url: Of the gateway's WebSocket.
        key: The app's.
        meeting_id: The meeting's.
        meeting: Its number in the audio.
        blocks: How long it is.
    """

    def __init__(self, url: str, key: str, meeting_id: str, meeting: int, blocks: int) -> None:
        self._url = url
        self._key = key
        self._meeting_id = meeting_id
        self._meeting = meeting
        self._blocks = blocks
        self._began = time.monotonic()
        self._covered_ticks = 0
        self._base_ticks = 0
        self._lock = threading.Lock()

    def run(self) -> None:
        """To the end of the meeting."""
        for _ in range(MOST_TRANSCRIBERS):
            reason, details = self._transcribe()
            self._tell("canceled", reason=reason, details=details)
            if reason == "EndOfStream" or "choose another id" in details:
                self._tell("ended")
                return
            time.sleep(PAUSE_SECONDS)
        self._tell("gave up")

    def _transcribe(self) -> tuple[str, str]:
        """One transcriber, until it is canceled."""
        first = self._covered_ticks // BLOCK_TICKS
        self._base_ticks = first * BLOCK_TICKS
        config = speechsdk.SpeechConfig(subscription=self._key, endpoint=self._url)
        config.speech_recognition_language = "en-US"
        config.set_property_by_name("ConversationTranscriptionInRoomAndOnline", "true")
        config.set_property_by_name("DifferentiateGuestSpeakers", "true")
        config.set_service_property(
            "transcriptionMode", "RealTimeAndAsync", speechsdk.ServicePropertyChannel.UriQueryParameter
        )
        form = speechsdk.audio.AudioStreamFormat(samples_per_second=16_000, bits_per_sample=16, channels=8)
        stream = speechsdk.audio.PushAudioInputStream(stream_format=form)
        transcriber = speechsdk.transcription.MeetingTranscriber(speechsdk.audio.AudioConfig(stream=stream))
        meeting = speechsdk.transcription.Meeting(config, self._meeting_id)
        ended, outcome = threading.Event(), ["stopped", ""]

        def canceled(told: Any) -> None:
            details = told.cancellation_details
            outcome[:] = [details.reason.name, details.error_details or ""]
            ended.set()

        transcriber.transcribed.connect(self._transcribed)
        transcriber.canceled.connect(canceled)
        transcriber.session_stopped.connect(lambda _: ended.set())
        transcriber.join_meeting_async(meeting).get()
        transcriber.start_transcribing_async().get()
        self._tell("started", at=first)
        self._speak(stream, first, ended)
        if not ended.wait(PATIENCE_SECONDS):
            outcome[:] = ["Hung", ""]
        transcriber.stop_transcribing_async().get()
        return outcome[0], outcome[1]

    def _speak(self, stream: Any, first: int, ended: threading.Event) -> None:
        for number in range(first, self._blocks):
            wait = self._began + number * BLOCK_SECONDS - time.monotonic()
            if ended.wait(max(0.0, wait)) and ended.is_set():
                break
            stream.write(array_block(self._meeting, number))
        stream.close()

    def _transcribed(self, told: Any) -> None:
        result = told.result
        if result.text:
            offset = self._base_ticks + result.offset
            self._covered_ticks = max(self._covered_ticks, offset + result.duration)
            about = {"offset": offset, "duration": result.duration, "text": result.text, "speaker": result.user_id}
            self._tell("transcribed", **about)

    def _tell(self, event: str, **more: Any) -> None:
        with self._lock:
            print(json.dumps({"event": event, **more}), flush=True)


if __name__ == "__main__":
    App(*json.loads(sys.argv[1])).run()
    sys.stdout.flush()
    # The library may wait for threads of its own at the end.
    os._exit(0)
