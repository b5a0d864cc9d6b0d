"""The upload half: a script for the Speech SDK runs with its import swapped; events, streams, modes, ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import remote_meeting as speechsdk
from remote_meeting.signals import EventSignal
from remote_meeting_backends.testing import SpeechEmulator
from support.live import PCM, SAID
from support.sound import save, speech

# As it was written for `import azure.cognitiveservices.speech as speechsdk`: nothing but that line is another.
SCRIPT = """
import threading
import remote_meeting as speechsdk


def transcribe(key, endpoint, audio_config, meeting_id, mode):
    config = speechsdk.SpeechConfig(subscription=key, endpoint=endpoint)
    config.set_service_property("transcriptionMode", mode, speechsdk.ServicePropertyChannel.UriQueryParameter)
    meeting = speechsdk.transcription.Meeting(config, meeting_id)
    transcriber = speechsdk.transcription.MeetingTranscriber(audio_config)
    said, ends, done = [], [], threading.Event()
    transcriber.transcribed.connect(lambda evt: said.append((evt.result.user_id, evt.result.text)))
    transcriber.canceled.connect(lambda evt: ends.append(evt.cancellation_details.reason.name))

    # Annotations are looked up where a function is defined: the names have to be there.
    def stopped(evt: speechsdk.SessionEventArgs):
        ends.append("stopped")
        done.set()

    def told(evt: speechsdk.transcription.MeetingTranscriptionEventArgs):
        pass

    def canceled(evt: speechsdk.transcription.MeetingTranscriptionCanceledEventArgs):
        pass

    def begins(evt: speechsdk.RecognitionEventArgs):
        pass

    transcriber.session_stopped.connect(stopped)
    transcriber.transcribing.connect(told)
    transcriber.canceled.connect(canceled)
    transcriber.speech_start_detected.connect(begins)
    meeting.add_participant_async(speechsdk.transcription.Participant("katie@contoso.com", "en-US")).get()
    transcriber.join_meeting_async(meeting).get()
    transcriber.start_transcribing_async().get()
    yield
    done.wait(60)
    transcriber.stop_transcribing_async().get()
    yield said, ends
"""
LINES = [(f"Guest-{line['speaker']}", line["text"]) for line in SAID]
EIGHT = np.repeat(np.frombuffer(PCM, dtype="<i2"), 8).tobytes()


@pytest.fixture
def emulator(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """One that knows what is said."""
    speech_emulator.script(SAID)
    return speech_emulator


def run(
    emulator: SpeechEmulator, audio: Any, meeting_id: str, mode: str, speak: Callable[[], object] = lambda: None
) -> Any:
    """Run the script; `speak` is called once it listens."""
    names: dict[str, Any] = {}
    # Not with this file's own `annotations`: the script's are looked up, as in a file of its own.
    exec(compile(SCRIPT, "script", "exec", dont_inherit=True), names)
    steps = names["transcribe"](emulator.key, emulator.url, audio, meeting_id, mode)
    next(steps)
    speak()
    return next(steps)


def fetched(emulator: SpeechEmulator, meeting_id: str) -> list[tuple[str, str]]:
    """What another process finds under the meeting's id."""
    config = speechsdk.SpeechConfig(subscription=emulator.key, endpoint=emulator.url)
    client = speechsdk.RemoteMeetingTranscriptionClient(config)
    operation = speechsdk.RemoteMeetingTranscriptionOperation(meeting_id, client)
    results = operation.wait_for_completion(timeout=60).meeting_transcription_results
    return [(result.user_id, result.text) for result in results]


def a_file(folder: Path, channels: int) -> Any:
    """An AudioConfig of the scripted meeting."""
    samples = np.frombuffer(PCM, dtype="<i2")
    audio = samples if channels == 1 else np.stack([samples] * channels, axis=1)
    return speechsdk.audio.AudioConfig(filename=str(save(folder / "meeting.wav", audio, subtype="PCM_16")))


@pytest.mark.parametrize("channels", [1, 8])
@pytest.mark.parametrize("how", ["file", "push", "pull"])
def test_a_script_with_its_import_swapped(emulator: SpeechEmulator, tmp_path: Path, how: str, channels: int) -> None:
    """Every phrase is told with its speaker, the end is the end of the stream, and the result waits under the id."""
    pcm = PCM if channels == 1 else EIGHT
    form = speechsdk.audio.AudioStreamFormat(samples_per_second=16_000, bits_per_sample=16, channels=channels)
    if how == "push":
        stream = speechsdk.audio.PushAudioInputStream(stream_format=form)

        def speak() -> None:
            for at in range(0, len(pcm), 25_600):
                stream.write(pcm[at : at + 25_600])
            stream.close()

        said, ends = run(emulator, speechsdk.audio.AudioConfig(stream=stream), "standup", "RealTimeAndAsync", speak)
    elif how == "pull":
        pull = speechsdk.audio.PullAudioInputStream(Reader(pcm), form)
        said, ends = run(emulator, speechsdk.audio.AudioConfig(stream=pull), "standup", "RealTimeAndAsync")
    else:
        said, ends = run(emulator, a_file(tmp_path, channels), "standup", "RealTimeAndAsync")
    assert said == LINES
    assert ends == ["EndOfStream", "stopped"]
    assert fetched(emulator, "standup") == LINES


class Reader:
    """A pull stream's callback, by its methods; made a real one below."""

    def __new__(cls, pcm: bytes) -> Any:
        """An object of a class that derives from the SDK's name."""

        class Callback(speechsdk.audio.PullAudioInputStreamCallback):
            place = 0

            def read(self, buffer: memoryview) -> int:
                piece = pcm[self.place : self.place + len(buffer)]
                buffer[: len(piece)] = piece
                self.place += len(piece)
                return len(piece)

        return Callback()


def test_async_tells_nothing_but_the_end(emulator: SpeechEmulator) -> None:
    """The result waits under the meeting's id."""
    stream = speechsdk.audio.PushAudioInputStream()

    def speak() -> None:
        stream.write(PCM)
        stream.close()

    said, ends = run(emulator, speechsdk.audio.AudioConfig(stream=stream), "later", "async", speak)
    assert (said, ends) == ([], ["EndOfStream", "stopped"])
    assert fetched(emulator, "later") == LINES


def test_a_file_may_be_called_live(emulator: SpeechEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a file like others, not a meeting that is being spoken."""
    monkeypatch.chdir(tmp_path)
    a_file(tmp_path, 1)
    Path("meeting.wav").rename("live")
    config = speechsdk.SpeechConfig(subscription=emulator.key, endpoint=emulator.url)
    with speechsdk.RemoteMeetingTranscriptionClient(config, backend="realtime") as client:
        operation = client.submit("live", meeting_id="m")
        assert len(operation.wait_for_completion(timeout=60).meeting_transcription_results) == len(SAID)


def test_stopping_ends_the_audio(emulator: SpeechEmulator) -> None:
    """A stream that goes on is stopped by the app: what was heard is told and kept."""
    stream = speechsdk.audio.PushAudioInputStream()
    config = speechsdk.SpeechConfig(subscription=emulator.key, endpoint=emulator.url)
    transcriber = speechsdk.transcription.ConversationTranscriber(
        config, speechsdk.audio.AudioConfig(stream=stream), meeting_id="stopped"
    )
    first, said = threading.Event(), []
    transcriber.transcribed.connect(lambda event: (said.append(event.result.speaker_id), first.set()))
    transcriber.start_transcribing_async().get()
    stream.write(PCM[: 3 * 32_000])
    assert first.wait(30)
    transcriber.stop_transcribing_async().get()
    assert len(said) >= 2
    assert fetched(emulator, "stopped")[:2] == LINES[:2]


def test_the_end_by_an_error_is_told(emulator: SpeechEmulator) -> None:
    """With its code and a sentence; the meeting has failed with the same cause."""
    config = speechsdk.SpeechConfig(subscription="0" * 32, endpoint=emulator.url)
    stream = speechsdk.audio.PushAudioInputStream()
    stream.close()
    meeting = speechsdk.transcription.Meeting(config, "refused")
    transcriber = speechsdk.transcription.MeetingTranscriber(speechsdk.audio.AudioConfig(stream=stream))
    told, done = [], threading.Event()
    transcriber.canceled.connect(lambda event: told.append(event.cancellation_details))
    transcriber.session_stopped.connect(lambda event: done.set())
    transcriber.join_meeting_async(meeting).get()
    transcriber.start_transcribing_async().get()
    assert done.wait(30)
    transcriber.stop_transcribing_async().get()
    (details,) = told
    assert details.reason is speechsdk.CancellationReason.Error
    assert details.code is speechsdk.CancellationErrorCode.AuthenticationFailure
    assert "was refused" in details.error_details
    assert "0" * 32 not in details.error_details


def test_a_start_that_fails_is_told_though_nobody_waits_for_it() -> None:
    """Many a script waits for the end of the session, and never looks at what the start returned."""
    audio = speechsdk.audio.AudioConfig(filename="there is none.wav")
    transcriber = speechsdk.transcription.ConversationTranscriber(None, audio)
    told, done = [], threading.Event()
    transcriber.canceled.connect(lambda event: told.append(event.cancellation_details))
    transcriber.session_stopped.connect(lambda event: done.set())
    transcriber.start_transcribing_async()
    assert done.wait(30)
    assert [details.reason for details in told] == [speechsdk.CancellationReason.Error]
    assert "There is no file" in told[0].error_details


def test_stopping_at_once_stops(emulator: SpeechEmulator) -> None:
    """Also where nobody waited for the start: the stream's end is the stop, and it is told."""
    config = speechsdk.SpeechConfig(subscription=emulator.key, endpoint=emulator.url)
    stream = speechsdk.audio.PushAudioInputStream()
    transcriber = speechsdk.transcription.ConversationTranscriber(config, speechsdk.audio.AudioConfig(stream=stream))
    ends: list[str] = []
    transcriber.session_stopped.connect(lambda event: ends.append("stopped"))
    transcriber.start_transcribing_async()
    with pytest.raises(ValueError, match="transcribing already"):
        transcriber.start_transcribing_async()
    transcriber.stop_transcribing_async().get()
    assert ends == ["stopped"]


def test_no_thread_is_left_behind(emulator: SpeechEmulator) -> None:
    """Callbacks have a thread while there is a session; the next session has another, and its calls come after."""
    before = [thread for thread in threading.enumerate() if thread.name == "remote-meeting-events"]
    for number in range(3):
        stream = speechsdk.audio.PushAudioInputStream()
        stream.write(PCM)
        stream.close()
        _, ends = run(emulator, speechsdk.audio.AudioConfig(stream=stream), f"m{number}", "RealTimeAndAsync")
        assert ends == ["EndOfStream", "stopped"]
    after = [thread for thread in threading.enumerate() if thread.name == "remote-meeting-events"]
    assert set(after) <= set(before)


def test_on_this_machine_without_an_account() -> None:
    """The local backend tells as it hears, and keeps the meeting."""
    stream = speechsdk.audio.PushAudioInputStream(speechsdk.audio.AudioStreamFormat(samples_per_second=16_000))
    meeting = speechsdk.transcription.Meeting(None, "here")
    transcriber = speechsdk.transcription.MeetingTranscriber(
        speechsdk.audio.AudioConfig(stream=stream), backend="local"
    )
    said, done = [], threading.Event()
    transcriber.transcribed.connect(lambda event: said.append(event.result.text))
    transcriber.session_stopped.connect(lambda event: done.set())
    transcriber.join_meeting_async(meeting).get()
    transcriber.start_transcribing_async().get()
    stream.write((speech(8.4) * 32767).astype("<i2").tobytes())
    stream.close()
    assert done.wait(120)
    transcriber.stop_transcribing_async().get()
    operation = speechsdk.RemoteMeetingTranscriptionOperation("here", speechsdk.RemoteMeetingTranscriptionClient())
    assert [r.text for r in operation.wait_for_completion().meeting_transcription_results] == said
    assert len(said) == 2


def test_a_callback_that_fails_keeps_nobody_from_being_told(
    emulator: SpeechEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged; the others are called, in order, on one thread that is none of the app's."""
    signal: EventSignal[int] = EventSignal()
    seen: list[int] = []

    def fails(_event: int) -> None:
        raise ZeroDivisionError

    signal.connect(fails)
    signal.connect(seen.append)
    for number in range(3):
        signal.emit(number)
    assert seen == [0, 1, 2]
    assert "A callback has failed" in caplog.text
    signal.disconnect_all()
    assert not signal.is_connected()


def test_voice_signatures_are_warned_of_once() -> None:
    """By name: no service takes them."""
    meeting = speechsdk.transcription.Meeting(None, "m")
    katie, steve = (speechsdk.transcription.Participant(name, "en-US", "{}") for name in ("katie", "steve"))
    with pytest.warns(speechsdk.transcription.NotHonoured, match="voice signatures are not taken") as warned:
        meeting.add_participant_async(katie).get()
    # A second warning would be an error here.
    meeting.add_participant_async(steve).get()
    assert len(warned) == 1
    assert list(meeting.participants) == ["katie", "steve"]
    meeting.remove_participant_async(user_id="katie").get()
    assert list(meeting.participants) == ["steve"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: speechsdk.audio.AudioConfig(use_default_microphone=True), "no microphone"),
        (lambda: speechsdk.audio.AudioConfig(), "one of filename and stream"),
        (
            lambda: speechsdk.audio.AudioConfig(filename="a.wav", stream=speechsdk.audio.PushAudioInputStream()),
            "one of",
        ),
        (lambda: speechsdk.transcription.Meeting(None, ""), "must not be empty"),
        (lambda: speechsdk.transcription.MeetingTranscriber(None), "AudioConfig"),
        (lambda: speechsdk.transcription.Meeting(None, "m").add_participant_async(), "either"),
        (lambda: closed_stream().write(b"12"), "is closed"),
        (lambda: unjoined().start_transcribing_async(), "No meeting was joined"),
        (lambda: odd_stream(2).start_transcribing_async().get(), "The stream has 2 channels .*mix"),
    ],
)
def test_what_cannot_be_is_said(wrong: Callable[[], object], words: str) -> None:
    """At once, in a sentence that names the way out."""
    with pytest.raises(ValueError, match=words):
        wrong()


def closed_stream() -> Any:
    """A push stream that has ended."""
    stream = speechsdk.audio.PushAudioInputStream()
    stream.close()
    return stream


def unjoined() -> Any:
    """A transcriber without a meeting."""
    return speechsdk.transcription.MeetingTranscriber(speechsdk.audio.AudioConfig(stream=closed_stream()))


def odd_stream(channels: int) -> Any:
    """A transcriber of a stream with several channels."""
    stream = speechsdk.audio.PushAudioInputStream(speechsdk.audio.AudioStreamFormat(16_000, 16, channels))
    transcriber = speechsdk.transcription.MeetingTranscriber(speechsdk.audio.AudioConfig(stream=stream))
    transcriber.join_meeting_async(speechsdk.transcription.Meeting(None, "m")).get()
    return transcriber


def test_importing_it_is_not_paid_by_others() -> None:
    """The upload half is imported by whoever asks for it."""
    code = "import sys, remote_meeting; print('remote_meeting.transcription' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "False"
