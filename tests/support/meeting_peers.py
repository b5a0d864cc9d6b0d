"""The official Speech SDKs as peers of the gateway: MeetingTranscriber, in a process of its own, its events as JSON.

Run as a program it is the native SDK's half: `python -m support.meeting_peers PLAN`, the plan as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from support import sdk_peers
from support.upload_lines import ASYNC, LIVE, PATH, eightfold

__all__ = ["ASYNC", "LIVE", "PATH", "Plan", "ends", "javascript", "native", "phrases"]

SCRIPT = Path(__file__).with_name("meeting_transcriber.cjs")
TESTS = Path(__file__).parents[1]
# The machine may be busy, and local recognition is not fast.
SECONDS = 200
CHANNELS = 8
RATE = 16_000
# How much audio goes out before the SDKs keep to the pace of speech: a property of both, without a name of its own.
FAST_LANE = "SPEECH-TransmitLengthBeforThrottleMs"
FAST_LANE_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What an app does with its meeting.

    Args:
        url: `ws://HOST:PORT/PATH`, as the app has it.
        key: Of the subscription; empty with a token.
        meeting_id: The meeting's.
        wav: Mono, 16 kHz, 16 bit; each sample goes to all the channels.
        mode: `transcriptionMode`.
        token: In the place of a key.
        participants: User ids of those who are there from the beginning.
        voice: The voice signature of whoever joins later.
        steps: What happens then: `audio` and seconds, `join` and a user id, `leave` and a user id, `hear` and a number
            of phrases to wait for, `stop` and nothing. What is left of the audio follows, unless it stopped.
        hastens: The audio is sent as fast as it goes, not at the pace of the SDKs.
    """

    url: str
    key: str
    meeting_id: str
    wav: str
    mode: str = LIVE
    token: str = ""
    participants: Sequence[str] = ()
    voice: str = ""
    steps: Sequence[tuple[str, Any]] = ()
    hastens: bool = True


def native(plan: Plan) -> list[dict[str, Any]]:
    """The events of the native SDK, from Python."""
    return _events([sys.executable, "-m", "support.meeting_peers"], plan, {})


def javascript(plan: Plan) -> list[dict[str, Any]]:
    """The events of the SDK for JavaScript, in Node."""
    return _events(["node", str(SCRIPT)], plan, {"NODE_PATH": sdk_peers.javascript_modules() or ""})


def phrases(events: list[dict[str, Any]]) -> list[tuple[int, int, str, str]]:
    """What was said: offset, duration, text, speaker."""
    return [(e["offset"], e["duration"], e["text"], e["speaker"]) for e in events if e["event"] == "transcribed"]


def ends(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """How a session ended."""
    return [(e["event"], e.get("reason", "")) for e in events if e["event"] in ("canceled", "stopped")]


def _events(command: list[str], plan: Plan, environment: dict[str, str]) -> list[dict[str, Any]]:
    run = subprocess.run(
        [*command, json.dumps(asdict(plan))],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        cwd=TESTS,
        env={**os.environ, **environment},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


class _App:
    """The native SDK's app."""

    def __init__(self, plan: Plan) -> None:
        import azure.cognitiveservices.speech as speechsdk

        self._sdk = speechsdk
        self._plan = plan
        self._told = threading.Condition()
        self._phrases = 0
        self._is_stopped = False
        config = speechsdk.SpeechConfig(subscription=plan.key or None, endpoint=plan.url)
        if plan.token:
            config.authorization_token = plan.token
        config.set_property_by_name("ConversationTranscriptionInRoomAndOnline", "true")
        config.set_property_by_name("DifferentiateGuestSpeakers", "true")
        if plan.hastens:
            config.set_property_by_name(FAST_LANE, str(FAST_LANE_MS))
        config.set_service_property("transcriptionMode", plan.mode, speechsdk.ServicePropertyChannel.UriQueryParameter)
        config.speech_recognition_language = "en-US"
        self._push = speechsdk.audio.PushAudioInputStream(speechsdk.audio.AudioStreamFormat(16_000, 16, CHANNELS))
        self._meeting = speechsdk.transcription.Meeting(config, plan.meeting_id)
        self._transcriber = speechsdk.transcription.MeetingTranscriber(speechsdk.audio.AudioConfig(stream=self._push))
        self._transcriber.transcribing.connect(lambda told: self._heard("transcribing", told.result))
        self._transcriber.transcribed.connect(lambda told: self._heard("transcribed", told.result))
        self._transcriber.canceled.connect(self._canceled)
        self._transcriber.session_started.connect(lambda _: self._tell("started"))
        self._transcriber.session_stopped.connect(lambda _: self._tell("stopped"))

    def run(self) -> None:
        """Hold the meeting."""
        self._transcriber.join_meeting_async(self._meeting).get()
        for user_id in self._plan.participants:
            self._join(user_id, "")
        self._transcriber.start_transcribing_async().get()
        with wave.open(self._plan.wav) as file:
            pcm = eightfold(file.readframes(file.getnframes()))
        at = 0
        for what, value in self._plan.steps:
            match what:
                case "audio":
                    until = at + round(value * RATE) * CHANNELS * 2
                    self._push.write(pcm[at:until])
                    at = until
                case "join":
                    self._join(value, self._plan.voice)
                case "leave":
                    self._meeting.remove_participant_async(user_id=value).get()
                case "hear":
                    self._until(lambda wanted=value: self._phrases >= wanted)
                case "stop":
                    self._transcriber.stop_transcribing_async().get()
                    return
        self._push.write(pcm[at:])
        self._push.close()
        self._until(lambda: self._is_stopped)
        self._transcriber.stop_transcribing_async().get()

    def _join(self, user_id: str, voice: str) -> None:
        participant = self._sdk.transcription.Participant(user_id, "en-us", voice)
        self._meeting.add_participant_async(participant).get()

    def _until(self, is_so: Callable[[], bool]) -> None:
        with self._told:
            self._told.wait_for(lambda: is_so() or self._is_stopped, SECONDS - 10)

    def _heard(self, event: str, result: Any) -> None:
        # The last phrase says nothing but that the audio is over.
        if result.text:
            self._tell(
                event,
                text=result.text,
                speaker=result.user_id,
                offset=result.offset,
                duration=result.duration,
            )

    def _canceled(self, told: Any) -> None:
        details = told.cancellation_details
        self._tell("canceled", reason=details.reason.name, code=details.code.name, details=details.error_details)

    def _tell(self, event: str, **more: Any) -> None:
        with self._told:
            # On a line of its own: the SDK prints something itself meanwhile.
            sys.stdout.write(f"\n{json.dumps({'event': event, **more})}\n")
            sys.stdout.flush()
            self._phrases += event == "transcribed"
            self._is_stopped |= event == "stopped"
            self._told.notify_all()


if __name__ == "__main__":
    _App(Plan(**json.loads(sys.argv[1]))).run()
    sys.stdout.flush()
    # The library may wait for threads of its own at the end.
    os._exit(0)
