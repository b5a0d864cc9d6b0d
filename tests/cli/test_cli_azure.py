"""The command line on batch and fast, with the emulator for the cloud and the environment for the account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Ended, run

from remote_meeting_backends.testing import SpeechEmulator
from support.sound import save, tone

TRANSCRIPT = "[00:00:00.500] Guest-1: Good morning.\n[00:00:02.000] Guest-2: Good morning, Katie.\n"


@pytest.fixture
def cloud(cloud: SpeechEmulator, monkeypatch: pytest.MonkeyPatch) -> SpeechEmulator:
    """The emulator as the account of the environment."""
    monkeypatch.setenv("SPEECH_KEY", cloud.key)
    monkeypatch.setenv("SPEECH_ENDPOINT", cloud.url)
    return cloud


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Four seconds of a tone."""
    return save(tmp_path / "standup.wav", tone(4))


@pytest.fixture
def url(cloud: SpeechEmulator, audio: Path) -> str:
    """The same where the service can read it."""
    return cloud.audio("standup.wav", audio.read_bytes())


def printed(done: Ended) -> str:
    """The transcript of a command that went well."""
    assert done.code == 0, done.err
    return "".join(line for line in done.out.splitlines(keepends=True) if not line.startswith("Note: "))


def test_fast(cloud: SpeechEmulator, audio: Path) -> None:
    """A file, its transcript, and the same by its id from another process."""
    done = run("transcribe", str(audio), "--backend", "fast", "--meeting-id", "standup", "--speakers", "2")
    assert printed(done) == TRANSCRIPT
    assert printed(run("result", "standup")) == TRANSCRIPT
    assert cloud.log()["transcribed"] == 1


def test_batch_by_url(cloud: SpeechEmulator, url: str) -> None:
    """The service fetches it; what the service says of the job is told while it is waited for."""
    cloud.progression("polls:2")
    done = run("transcribe", url, "--backend", "batch", "--meeting-id", "standup", "--speakers", "2")
    assert printed(done) == TRANSCRIPT
    assert "standup: NotStarted for " in done.err
    assert cloud.log()["submitted"] == 1
    assert run("delete", "standup").err == "Deleted meeting standup.\n"
    assert cloud.log()["deleted"] == 1


def test_auto_says_where_it_went_and_why(cloud: SpeechEmulator, url: str) -> None:
    """What fast refuses goes to batch, and `status` tells of it."""
    cloud.fault("transcribe", "status", status=422, code="UnprocessableEntity", message="Too hard.")
    done = run("transcribe", url, "--meeting-id", "standup", "--speakers", "2")
    assert printed(done) == TRANSCRIPT
    status = json.loads(run("status", "standup", "--json").out)
    assert status["backend"] == "batch"
    assert "fast: the first backend that fits; it refused: " in status["routing"]
    assert "Too hard" in status["routing"]


def test_in_the_background(cloud: SpeechEmulator, url: str) -> None:
    """Every option is the same there, and a second command waits for the end."""
    options = ("--candidate-language", "de-DE", "--candidate-language", "fr-FR", "--profanity", "tags")
    done = run("transcribe", url, "--backend", "batch", "--meeting-id", "standup", "--no-wait", *options)
    assert done.out == "standup\n"
    assert printed(run("result", "standup", "--wait")) == TRANSCRIPT


def test_delete_says_what_is_left_to_do(cloud: SpeechEmulator, url: str) -> None:
    """A service deletes nothing that it works on; the next command asks it again."""
    cloud.progression("polls:99")
    cloud.fault("any", "undeletable")
    run("transcribe", url, "--backend", "batch", "--meeting-id", "standup", "--timeout", "1")
    assert "asked again by the next delete or transcribe" in run("delete", "standup").err
    assert run("delete", "standup").err == "Deleted meeting standup.\n"
    assert cloud.log()["deleted"] == 1


@pytest.mark.parametrize(
    ("variables", "why", "code"),
    [
        ({"SPEECH_ENDPOINT": "nowhere"}, "is no URL", 2),
        ({"SPEECH_API_VERSION": "v3.2"}, "use 2025-10-15 or 2024-11-15", 2),
        ({"SPEECH_KEY": "0" * 32}, "check the key or token", 11),
        ({"SPEECH_KEY": "", "SPEECH_CREDENTIAL": "me"}, "SPEECH_CREDENTIAL knows one value", 2),
        ({"SPEECH_KEY": "", "SPEECH_ENDPOINT": "", "SPEECH_CREDENTIAL": "default"}, "needs SPEECH_ENDPOINT", 2),
        ({"SPEECH_STORAGE": "AccountName=a;AccountKey="}, "Nothing opens the storage", 2),
    ],
)
def test_what_is_wrong_with_the_environment_is_told(
    cloud: SpeechEmulator, url: str, variables: dict[str, str], why: str, code: int
) -> None:
    """One sentence and an exit code; a wrong key is not repeated."""
    done = run("transcribe", url, "--backend", "batch", "--meeting-id", "standup", env=variables)
    assert why in done.err
    assert done.code in (code, 6)
    assert "0" * 32 not in done.err
    assert "Traceback" not in done.err
    assert cloud.log()["submitted"] == 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--phrase", "Contoso"), "it has no option phrases"),
        (("--time-to-live", "5"), "5 is not in the range 6<=x<=744"),
        (("--speakers", "40"), "at most 35 speakers"),
    ],
)
def test_an_option_that_cannot_be_honoured_is_an_error(
    cloud: SpeechEmulator, url: str, options: tuple[str, ...], why: str
) -> None:
    """Nothing is dropped in silence."""
    done = run("transcribe", url, "--backend", "batch", *options)
    assert done.code == 2
    assert why in done.err
    assert cloud.log()["requests"] == []
