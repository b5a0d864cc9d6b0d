"""`remote-meeting doctor FILE…`: what a recording is, who could take it, and why the others could not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from command_line import Invoke

from remote_meeting_backends.testing import SpeechEmulator
from support.cloud import SAS, SIGNATURE
from support.sound import RATE, pcm16, save, silence, tone, wav_bytes

HOUR = 3600
Told = dict[str, tuple[str, str]]
Look = Callable[..., Told]


@pytest.fixture
def look(invoke: Invoke) -> Look:
    """Run the command on one recording; what each check told of it."""

    def run(audio: Path | str, code: int = 0) -> Told:
        done = invoke("doctor", "--json", str(audio))
        assert done.exit_code == code, done.output
        checks: list[dict[str, Any]] = json.loads(done.stdout)["checks"]
        # The others are about no file, and a host is not one.
        shown = str(audio).partition("?")[0]
        return {check["check"]: (check["status"], check["message"]) for check in checks if check["subject"] == shown}

    return run


@pytest.fixture
def account(speech_emulator: SpeechEmulator, monkeypatch: pytest.MonkeyPatch) -> SpeechEmulator:
    """The emulator as the account of the environment."""
    monkeypatch.setenv("SPEECH_KEY", speech_emulator.key)
    monkeypatch.setenv("SPEECH_ENDPOINT", speech_emulator.url)
    return speech_emulator


def long(path: Path, seconds: int, rate: int = RATE) -> Path:
    """A WAV file of silence that takes no room on the disk."""
    size = seconds * rate * 2
    with path.open("wb") as file:
        file.write(wav_bytes(b"", declared=size, riff=size + 36, rate=rate))
        file.truncate(44 + size)
    return path


def test_mono_without_an_account(look: Look, tmp_path: Path) -> None:
    """This machine takes it; the services are not blamed for having no account."""
    told = look(save(tmp_path / "standup.wav", tone(2)))
    assert told["file"] == (
        "ok",
        f"{tmp_path / 'standup.wav'} is WAV (PCM_16), 16000 Hz, 1 channel, 2.0 s, 0.1 MB.",
    )
    assert told["local"][0] == "ok"
    assert told["routing"][1].endswith("would go to local.")
    for name in ("fast", "batch", "realtime", "legacy"):
        assert told[name][0] == "skipped"
        assert "needs an account (SPEECH_KEY)" in told[name][1]


def test_mono_with_an_account(account: SpeechEmulator, look: Look, tmp_path: Path) -> None:
    """Routing says where it would go; batch needs a place to stage it, and legacy must be named."""
    told = look(save(tmp_path / "standup.wav", tone(2)))
    assert {told[name][0] for name in ("fast", "realtime", "local", "routing")} == {"ok"}
    assert told["routing"][1].endswith("would go to fast.")
    assert "SPEECH_STORAGE" in told["batch"][1]
    assert "it was retired on 2025-03-28, and is taken by name only" in told["legacy"][1]
    assert {told[name][0] for name in ("batch", "legacy")} == {"skipped"}
    assert account.log()["transcribed"] == 0


def test_stereo_needs_a_choice(account: SpeechEmulator, look: Look, tmp_path: Path) -> None:
    """Both choices are judged."""
    told = look(save(tmp_path / "stereo.wav", np.stack([tone(1), tone(1, frequency=660)], axis=1)))
    assert told["file"][0] == "warning"
    assert "2 channels (stereo)" in told["file"][1]
    assert "--channels mix" in told["file"][1]
    for name in ("fast", "realtime", "local"):
        assert told[name][1].endswith("with --channels mix yes; with --channels separate yes.")


def test_three_channels_are_too_many_to_keep_apart(account: SpeechEmulator, look: Look, tmp_path: Path) -> None:
    """For the services, which keep two; this machine keeps more."""
    told = look(save(tmp_path / "three.wav", np.stack([tone(1)] * 3, axis=1)))
    for name in ("fast", "realtime"):
        assert told[name][0] == "ok"
        assert told[name][1].endswith(
            "with --channels mix yes; with --channels separate no, because it keeps at most 2 channels apart."
        )
    assert told["local"][1].endswith("with --channels separate yes.")


def test_the_array_of_the_old_service(look: Look, tmp_path: Path) -> None:
    """Eight channels that sound are seven microphones and a reference."""
    told = look(save(tmp_path / "array.wav", np.stack([tone(1)] * 8, axis=1)))
    assert told["file"][0] == "ok"
    assert "8 channels (7+1 array)" in told["file"][1]
    assert "its reference channel is left out" in told["file"][1]
    assert told["local"][0] == "ok"


def test_mono_padded_to_eight(look: Look, tmp_path: Path) -> None:
    """As users did to please it."""
    told = look(save(tmp_path / "padded.wav", np.stack([silence(1), tone(1), *[silence(1)] * 6], axis=1)))
    assert "Only channel 1 carries sound" in told["file"][1]


def test_too_long_to_tell_speakers_apart(account: SpeechEmulator, look: Look, tmp_path: Path) -> None:
    """Fast takes two hours of it; without, it would take more, and that is said."""
    told = look(long(tmp_path / "long.wav", 3 * HOUR, rate=8_000))
    assert told["fast"][0] == "warning"
    assert "it tells speakers apart in at most 7200 s of audio, and this is 10800 s" in told["fast"][1]
    assert "with --speakers 1, which tells nobody apart, it takes it" in told["fast"][1]
    assert told["routing"][1].endswith("would go to realtime.")


def test_too_long_at_all(account: SpeechEmulator, look: Look, tmp_path: Path) -> None:
    """No other wish helps there."""
    told = look(long(tmp_path / "long.wav", 6 * HOUR, rate=8_000))
    assert "it takes at most 18000 s of audio" in told["fast"][1]
    assert "--speakers" not in told["fast"][1]


def test_too_large(account: SpeechEmulator, look: Look, tmp_path: Path) -> None:
    """By what would be sent of it."""
    told = look(long(tmp_path / "large.wav", 90 * 60, rate=48_000))
    assert told["fast"][0] == "warning"
    assert "it takes at most 500000000 bytes, and this is 518400044" in told["fast"][1]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.wav", None, "There is no file"),
        ("empty.wav", b"", "is empty (0 bytes)"),
        ("notes.wav", b"We met on Monday.\n", "not audio"),
        ("cut.wav", wav_bytes(pcm16(tone(1)), declared=64_000), "cut short"),
    ],
)
def test_what_is_no_recording_is_a_problem(
    look: Look, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    """Told in the words of the commands that would refuse it."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    told = look(tmp_path / name, code=1)
    assert list(told) == ["file"]
    assert told["file"][0] == "problem"
    assert words in told["file"][1]


def test_a_url_with_a_sas(account: SpeechEmulator, look: Look) -> None:
    """Its form is judged, and its SAS is not printed."""
    told = look(f"https://me.blob.core.windows.net/meetings/standup.wav?{SAS}")
    assert told["file"][0] == "ok"
    assert {told[name][0] for name in ("fast", "batch")} == {"ok"}
    assert "it takes no audio by URL" in told["realtime"][1]
    assert SIGNATURE not in str(told)


def test_a_url_whose_sas_is_over(look: Look) -> None:
    """No service would read it."""
    told = look(f"https://me.blob.core.windows.net/meetings/a.wav?{SAS.replace('2099', '2020')}", code=1)
    assert "expired at 2020-01-01" in told["file"][1]


def test_nobody_takes_it(look: Look) -> None:
    """A URL without an account: there is no one to fetch it."""
    told = look("https://example.com/standup.wav", code=1)
    assert told["routing"][0] == "problem"
    assert "No backend can take this meeting" in told["routing"][1]


def test_several_in_the_order_in_which_they_are_given(invoke: Invoke, tmp_path: Path) -> None:
    """One that is bad keeps no other from being looked at."""
    good = save(tmp_path / "b.wav", tone(1))
    done: Result = invoke("doctor", "--json", os.fspath(tmp_path / "a.wav"), os.fspath(good))
    files = [check for check in json.loads(done.stdout)["checks"] if check["check"] == "file"]
    assert [check["status"] for check in files] == ["problem", "ok"]
    assert done.exit_code == 1
