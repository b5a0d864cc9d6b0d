"""Transcribers on the way they are used: other rates, this machine, streams that fail, meetings that break off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

import remote_meeting as speechsdk
from remote_meeting_backends.testing import SpeechEmulator
from support import live
from support.sound import RATE, pcm16, save, speech

# As much as goes out at once.
PCM, SAID = live.PCM[: int(4.4 * 32_000)], live.SAID[:3]
LINES = [(f"Guest-{line['speaker']}", line["text"]) for line in SAID]
# The first line of the bundled sample.
LINE_SECONDS = 3.9


@pytest.fixture
def emulator(strict_emulator: SpeechEmulator) -> SpeechEmulator:
    """One that knows what is said, and tells only what it was sent."""
    strict_emulator.script(SAID)
    return strict_emulator


def account(emulator: SpeechEmulator) -> Any:
    """A SpeechConfig for it."""
    return speechsdk.SpeechConfig(subscription=emulator.key, endpoint=emulator.url)


def held(config: Any, audio: Any, meeting_id: str, **more: Any) -> tuple[list[tuple[str, str]], list[Any]]:
    """Hold a meeting to its end: what was told, and how it ended."""
    said, ends, done = [], [], threading.Event()
    transcriber = speechsdk.transcription.MeetingTranscriber(audio, **more)
    transcriber.transcribed.connect(lambda event: said.append((event.result.user_id, event.result.text)))
    transcriber.canceled.connect(lambda event: ends.append(event.cancellation_details))
    transcriber.session_stopped.connect(lambda event: done.set())
    transcriber.join_meeting_async(speechsdk.transcription.Meeting(config, meeting_id)).get()
    transcriber.start_transcribing_async().get()
    assert done.wait(120)
    transcriber.stop_transcribing_async().get()
    return said, ends


def fetched(config: Any, meeting_id: str) -> list[tuple[str, str]]:
    """What stands under the meeting's id."""
    with speechsdk.RemoteMeetingTranscriptionClient(config) as client:
        operation = speechsdk.RemoteMeetingTranscriptionOperation(meeting_id, client)
        results = operation.wait_for_completion(timeout=60).meeting_transcription_results
        return [(result.user_id, result.text) for result in results]


def stream_of(pcm: bytes, rate: int, channels: int) -> Any:
    """A push stream that holds it all."""
    stream = speechsdk.audio.PushAudioInputStream(speechsdk.audio.AudioStreamFormat(rate, 16, channels))
    stream.write(pcm)
    stream.close()
    return speechsdk.audio.AudioConfig(stream=stream)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 1), (48_000, 2), (48_000, 8)])
def test_a_stream_at_another_rate(emulator: SpeechEmulator, rate: int, channels: int) -> None:
    """Heard as it is at 16 kHz: every phrase of the script, and as much audio as there was."""
    samples = np.frombuffer(PCM, dtype="<i2").astype(np.float32) / 32768
    there = soxr.resample(samples, RATE, rate)
    pcm = pcm16(np.stack([there] * channels, axis=1))
    audio = stream_of(pcm, rate, channels)
    said, ends = held(account(emulator), audio, "m", channels="mix" if channels == 2 else None)
    assert said == LINES
    assert [details.reason.name for details in ends] == ["EndOfStream"]
    assert fetched(account(emulator), "m") == LINES


@pytest.mark.parametrize("how", ["file", "array", "async"])
def test_on_this_machine(how: str, tmp_path: Path) -> None:
    """No account: a file, the array's eight channels, a mode that tells only the end."""
    samples = speech(LINE_SECONDS)
    config = None
    audio = stream_of(pcm16(samples), RATE, 1)
    if how == "file":
        audio = speechsdk.audio.AudioConfig(filename=str(save(tmp_path / "meeting.wav", samples)))
    elif how == "array":
        audio = stream_of(pcm16(np.stack([samples] * 8, axis=1)), RATE, 8)
    elif how == "async":
        # Only a SpeechConfig says the mode; its endpoint is asked for nothing.
        config = speechsdk.SpeechConfig(subscription="k" * 32, endpoint="http://127.0.0.1:9")
        config.set_service_property("transcriptionMode", "async", speechsdk.ServicePropertyChannel.UriQueryParameter)
    said, ends = held(config, audio, "here", backend="local")
    kept = fetched(config, "here")
    assert [details.reason.name for details in ends] == ["EndOfStream"]
    assert said == ([] if how == "async" else kept)
    assert len(kept) == 1
    assert "begin the meeting" in kept[0][1].lower()


class Failing(speechsdk.audio.PullAudioInputStreamCallback):
    """It gives three seconds, then fails in some way."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.place = 0
        self.is_closed = False

    def read(self, buffer: memoryview) -> int:
        if self.place >= 3 * 32_000:
            if self.how == "raises":
                raise OSError("the microphone is unplugged")
            return len(buffer) + 1 if self.how == "too much" else None
        piece = PCM[self.place : self.place + len(buffer)]
        buffer[: len(piece)] = piece
        self.place += len(piece)
        return len(piece)

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("raises", "callback has failed: OSError: the microphone is unplugged"),
        ("too much", "callback returned 3201: give the number of bytes"),
        ("nothing", "callback returned None"),
    ],
)
def test_a_callback_that_fails(
    emulator: SpeechEmulator, how: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What it gave is heard and told; the end is an error with its words, in the log no more than that."""
    callback = Failing(how)
    audio = speechsdk.audio.AudioConfig(stream=speechsdk.audio.PullAudioInputStream(callback))
    said, ends = held(account(emulator), audio, "m")
    assert said == LINES[:2]
    assert [details.reason.name for details in ends] == ["Error"]
    assert words in ends[0].error_details
    assert callback.is_closed
    assert "defect" not in caplog.text
    assert "Traceback" not in caplog.text


def test_a_meeting_is_deleted_while_it_is_held(emulator: SpeechEmulator) -> None:
    """Its text is gone from then on; whoever holds it is told that it was."""
    stream = speechsdk.audio.PushAudioInputStream()
    transcriber = speechsdk.transcription.ConversationTranscriber(
        account(emulator), speechsdk.audio.AudioConfig(stream=stream), meeting_id="secret"
    )
    first, done, ends = threading.Event(), threading.Event(), []
    transcriber.transcribed.connect(lambda event: first.set())
    transcriber.canceled.connect(lambda event: ends.append(event.cancellation_details))
    transcriber.session_stopped.connect(lambda event: done.set())
    transcriber.start_transcribing_async().get()
    stream.write(PCM[: 3 * 32_000])
    assert first.wait(30)
    with speechsdk.RemoteMeetingTranscriptionClient(account(emulator)) as client:
        client.delete_remote_transcription("secret")
        with pytest.raises(speechsdk.MeetingDeleted):
            speechsdk.RemoteMeetingTranscriptionOperation("secret", client).wait_for_completion(timeout=30)
    stream.close()
    assert done.wait(60)
    transcriber.stop_transcribing_async().get()
    assert [details.reason.name for details in ends] == ["Error"]
    assert "deleted" in ends[0].error_details
    kept = Path(os.environ["REMOTE_MEETING_STORE"])
    for found in kept.parent.glob(f"{kept.name}*"):
        assert SAID[0]["text"].encode() not in found.read_bytes()


SPEAKER = """
import sys, threading
import remote_meeting as speechsdk
from support.live import PCM

key, endpoint = sys.argv[1:3]
config = speechsdk.SpeechConfig(subscription=key, endpoint=endpoint)
stream = speechsdk.audio.PushAudioInputStream()
transcriber = speechsdk.transcription.ConversationTranscriber(
    config, speechsdk.audio.AudioConfig(stream=stream), meeting_id="broken"
)
transcriber.transcribed.connect(lambda event: print(event.result.text, flush=True))
transcriber.start_transcribing_async().get()
stream.write(PCM[: 3 * 32_000])
threading.Event().wait()
"""


def test_a_process_that_is_killed_while_it_is_held(emulator: SpeechEmulator) -> None:
    """Every phrase that was told is found under the id, and the result says from where on nobody listened."""
    words = [sys.executable, "-c", SPEAKER, emulator.key, emulator.url]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(2)]
        process.send_signal(signal.SIGKILL)
    assert told == [text for _, text in LINES[:2]]
    with speechsdk.RemoteMeetingTranscriptionClient(account(emulator)) as client:
        operation = resumed(client)
        result = operation.wait_for_completion(timeout=60)
    assert [(found.user_id, found.text) for found in result.meeting_transcription_results] == LINES[:2]
    assert any("was not heard" in note for note in result.transcript.notes)


def resumed(client: Any) -> Any:
    """Go on with it, once the lease of the process that was killed has run out."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return client.resume("broken")
        except speechsdk.MeetingBusy:
            assert time.monotonic() < deadline
