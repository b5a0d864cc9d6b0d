"""The official Speech SDKs as peers: ConversationTranscriber on a file, in a process of its own, its events as JSON.

Run as a program it is the native SDK's half: `python sdk_peers.py URL KEY FILE.wav`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("conversation_transcriber.cjs")
PACKAGE = "microsoft-cognitiveservices-speech-sdk"
SECONDS = 90
# What the phrase list holds, where one is asked for.
PHRASES = ("Contoso", "Jessie Owen")
# Where npm installs for everybody, and where .ci/run does.
MODULES = (os.environ.get("NODE_PATH", ""), "/usr/local/lib/node_modules", "/usr/lib/node_modules")


def native(url: str, key: str, wav: Path, *options: str) -> list[dict[str, Any]]:
    """The events of the native SDK, from Python; `masked` and `phrases` ask for what an app may ask for."""
    return _events([sys.executable, __file__, url, key, str(wav), *options], {})


def javascript(url: str, key: str, wav: Path) -> list[dict[str, Any]]:
    """The events of the SDK for JavaScript, in Node."""
    return _events(["node", str(SCRIPT), url, key, str(wav)], {"NODE_PATH": javascript_modules() or ""})


def javascript_modules() -> str | None:
    """The folder that the SDK for JavaScript is installed in; None where it is not."""
    if shutil.which("node") is None:
        return None
    return next((folder for folder in MODULES if folder and (Path(folder) / PACKAGE).is_dir()), None)


def phrases(events: list[dict[str, Any]]) -> list[tuple[int, int, str, str]]:
    """What was said: offset, duration, text, speaker."""
    return [(e["offset"], e["duration"], e["text"], e["speaker"]) for e in events if e["event"] == "transcribed"]


def _events(command: list[str], environment: dict[str, str]) -> list[dict[str, Any]]:
    run = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, check=False, env={**os.environ, **environment}
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


def _main(url: str, key: str, wav: str, *options: str) -> None:
    import azure.cognitiveservices.speech as speechsdk

    config = speechsdk.SpeechConfig(subscription=key, endpoint=url)
    config.speech_recognition_language = "en-US"
    if "masked" in options:
        config.set_profanity(speechsdk.ProfanityOption.Masked)
        config.request_word_level_timestamps()
    audio = speechsdk.audio.AudioConfig(filename=wav)
    transcriber = speechsdk.transcription.ConversationTranscriber(config, audio)
    if "phrases" in options:
        listed = speechsdk.PhraseListGrammar.from_recognizer(transcriber)
        for phrase in PHRASES:
            listed.addPhrase(phrase)
    stopped = threading.Event()
    lock = threading.Lock()

    def tell(event: str, **more: Any) -> None:
        with lock:
            print(json.dumps({"event": event, **more}), flush=True)

    def transcribed(told: Any) -> None:
        result = told.result
        tell(
            "transcribed",
            text=result.text,
            speaker=result.speaker_id,
            offset=result.offset,
            duration=result.duration,
        )

    def canceled(told: Any) -> None:
        details = told.cancellation_details
        tell("canceled", reason=details.reason.name, details=details.error_details)

    transcriber.transcribed.connect(transcribed)
    transcriber.canceled.connect(canceled)
    transcriber.session_stopped.connect(lambda _: (tell("stopped"), stopped.set()))
    transcriber.start_transcribing_async().get()
    stopped.wait(SECONDS - 10)
    transcriber.stop_transcribing_async().get()


if __name__ == "__main__":
    _main(*sys.argv[1:])
    sys.stdout.flush()
    # The library may wait for threads of its own at the end.
    os._exit(0)
