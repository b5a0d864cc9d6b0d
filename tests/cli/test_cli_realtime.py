"""`transcribe --backend realtime`: phrases on the screen while they are recognized, and a process that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from remote_meeting_backends.testing import SpeechEmulator
from support.live import PCM, SAID
from support.sound import save

LINES = [line["text"] for line in SAID]
# The rest of the meeting comes after the first five seconds, which go at once.
LATER = [{"speaker": 1, "text": f"And {at}.", "offset_seconds": 8.0 + at, "duration_seconds": 0.5} for at in range(8)]


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Sixteen seconds of audio."""
    samples = np.frombuffer(PCM, dtype="<i2")
    return save(tmp_path / "meeting.wav", np.concatenate([samples, samples[::-1]]), subtype="PCM_16")


@pytest.fixture
def emulator(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """One that knows what is said."""
    speech_emulator.script([*SAID, *LATER])
    return speech_emulator


def begin(emulator: SpeechEmulator, store: Path, *words: str) -> subprocess.Popen[str]:
    """The command, on the emulator's account."""
    command = [sys.executable, "-m", "remote_meeting.cli", "--store", str(store), "transcribe", *words]
    account = {"SPEECH_KEY": emulator.key, "SPEECH_ENDPOINT": emulator.url}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **account}
    )


def test_phrases_are_printed_while_they_are_recognized(emulator: SpeechEmulator, store_path: Path, wav: Path) -> None:
    """The first is on the screen before the last was spoken."""
    process = begin(emulator, store_path, str(wav), "--backend", "realtime", "--meeting-id", "live")
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first == "[00:00:00.500] Guest-1: Good morning, Steve.\n"
    assert process.poll() is None
    rest, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert [line.partition(": ")[2] for line in rest.splitlines()] == [*LINES[1:], *(line["text"] for line in LATER)]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_process_that_is_killed_loses_nothing(emulator: SpeechEmulator, store_path: Path, wav: Path) -> None:
    """What was recognized is kept; another process hears the rest, in the same session of the service."""
    process = begin(emulator, store_path, str(wav), "--backend", "realtime", "--meeting-id", "killed")
    assert process.stdout is not None
    kept = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    again = begin(emulator, store_path, "--meeting-id", "killed")
    told, said = again.communicate(timeout=60)
    assert again.returncode == 0, said
    assert told.splitlines()[:3] == [line.rstrip("\n") for line in kept]
    texts = [line.partition(": ")[2] for line in told.splitlines()]
    assert texts == [*LINES, *(line["text"] for line in LATER)]
    sent = [entry.get("received", 0) for entry in emulator.log()["requests"] if entry["operation"] == "realtime"]
    assert len(sent) == 2
    assert sent[1] < 3 + 160
