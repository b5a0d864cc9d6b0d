"""Whatever cannot be used is refused in one sentence on the standard error, with the exit code of its kind."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from command_line import Invoke, Keep

from support.sound import pcm16, save, silence, tone, wav_bytes


def refused(result: Result, code: int, *words: str) -> str:
    """Check that a command was refused properly; returns what it said."""
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert "Traceback" not in result.stderr
    said = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(said) == 1
    for word in words:
        assert word in said[0]
    return said[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with audio of every bad kind in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("We met on Monday.\n")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "header.wav").write_bytes(wav_bytes(b""))
    (tmp_path / "cut.wav").write_bytes(wav_bytes(pcm16(tone(1)), declared=64_000))
    save(tmp_path / "tone.wav", tone(1))
    save(tmp_path / "stereo.wav", np.stack([tone(1), tone(1, frequency=660)], axis=1))
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        ("missing.wav", 3, "missing.wav"),
        ("folder", 3, "directory"),
        ("notes.txt", 3, "not audio"),
        ("empty.wav", 3, "empty"),
        ("header.wav", 3, "no audio"),
        ("cut.wav", 3, "--allow-truncated"),
        ("stereo.wav", 3, "--channels"),
        ("stereo.wav --channels 7", 2, "no channel 7"),
        ("stereo.wav --channels left", 2, "'left'"),
        ("stereo.wav --channels separate --speakers 2", 2, "each channel is one speaker"),
        ("tone.wav --speakers 0", 2, "number of speakers"),
        ("tone.wav --speakers many", 2, "'many'"),
        ("tone.wav --speakers 5-2", 2, "smaller first"),
        ("tone.wav --language de-DE", 16, "de-DE"),
        ("tone.wav --backend local --language de-DE", 2, "de-DE"),
        ("tone.wav --backend cassandra", 16, "'cassandra'"),
        ("tone.wav --timeout soon", 2, "'soon'"),
        ("tone.wav --timeout -1", 2, "-1"),
        ("tone.wav --timeout nan", 2, "'nan'"),
        ("tone.wav --format docx", 2, "'docx'"),
        ("tone.wav --meeting-id=", 2, "meeting id"),
        ("", 2, "audio file"),
        ("--meeting-id m --language en-GB", 2, "--language"),
        ("--meeting-id m --speakers 3", 2, "--speakers"),
        ("tone.wav --no-wait -o out.txt", 2, "--output"),
        ("tone.wav --no-wait --timeout 5", 2, "--timeout"),
        ("tone.wav --no-wait --format json", 2, "--format"),
        ("tone.wav -o folder", 2, "directory"),
        ("tone.wav -o folder/../tone.wav", 2, "the audio itself"),
        ("tone.wav -o nowhere/out.txt", 18, "nowhere/out.txt"),
        ("tone.wav -o notes.txt/out.txt", 18, "notes.txt/out.txt"),
    ],
)
def test_transcribe_refuses(invoke: Invoke, line: str, code: int, word: str) -> None:
    """Nothing is begun, and one sentence says what is wrong."""
    refused(invoke("transcribe", *line.split()), code, word)
    assert invoke("list", "--json").stdout == "[]\n"


@pytest.mark.parametrize("command", ["status", "result", "delete"])
def test_an_unknown_id_is_refused(invoke: Invoke, command: str, store_path: Path) -> None:
    """The sentence names the id and the store that was searched."""
    refused(invoke(command, "nobody"), 4, "nobody", str(store_path))


@pytest.mark.parametrize(
    ("state", "code", "word"),
    [
        ("deleted", 5, "deleted"),
        ("failed", 6, "No speech was found"),
        ("interrupted", 9, "transcribe --meeting-id standup"),
        ("working", 10, "25% done"),
    ],
)
def test_a_meeting_without_a_result_says_why(invoke: Invoke, keep: Keep, state: str, code: int, word: str) -> None:
    """Each reason has its own exit code."""
    refused(invoke("result", keep("standup", state)), code, word)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("state", "code"), [("completed", 7), ("deleted", 5)])
def test_an_id_is_used_once(invoke: Invoke, keep: Keep, state: str, code: int) -> None:
    """A finished meeting is not overwritten by another one."""
    refused(invoke("transcribe", "tone.wav", "--meeting-id", keep("standup", state)), code, "standup")


def test_a_completed_meeting_is_not_resumed(invoke: Invoke, keep: Keep) -> None:
    """There is nothing to go on with."""
    refused(invoke("transcribe", "--meeting-id", keep("standup")), 7, "completed")


def test_a_resumed_meeting_whose_audio_is_gone_is_refused(invoke: Invoke, keep: Keep) -> None:
    """The sentence names the file that was moved."""
    refused(invoke("transcribe", "--meeting-id", keep("standup", "interrupted")), 3, "/audio/standup.wav")


def test_silence_is_a_failed_meeting_told_once(invoke: Invoke, tmp_path: Path) -> None:
    """No speech is no result; the log does not say again what the command says."""
    result = invoke("transcribe", str(save(tmp_path / "silence.wav", silence(2))), "--meeting-id", "quiet")
    refused(result, 6, "No speech")
    assert result.stderr.count("No speech") == 1
    refused(invoke("result", "quiet"), 6, "No speech")


@pytest.mark.usefixtures("scripted")
def test_a_cut_file_can_be_taken_as_it_is(invoke: Invoke, folder: Path) -> None:
    """With --allow-truncated what there is is transcribed."""
    result = invoke("transcribe", str(folder / "cut.wav"), "--allow-truncated")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "[00:00:00.000] Guest-1: hello")


@pytest.mark.parametrize("meeting_id", ["\x1b[31mred", "two\nlines", "bell\a", "x" * 257])
def test_an_id_that_could_steer_a_terminal_is_refused(invoke: Invoke, meeting_id: str) -> None:
    """It is shown escaped, so that it does nothing."""
    said = refused(invoke("status", meeting_id), 2, "cannot be a meeting id")
    assert said.isprintable()


def test_odd_ids_work(invoke: Invoke, keep: Keep) -> None:
    """Spaces, quotes, other scripts and, after `--`, a dash at the beginning."""
    for meeting_id in ("Jour fixe, Montag", "会议 1", 'it\'s "ours"', "100%/a?b=c#d"):
        assert invoke("result", keep(meeting_id)).exit_code == 0
    assert invoke("result", "--", keep("-x")).exit_code == 0
    refused(invoke("result", "-x"), 2, "-x")


def test_a_store_that_is_none_is_refused(invoke: Invoke, store_path: Path) -> None:
    """A file that is no database, in one sentence."""
    store_path.write_text("Dear diary,\n" * 100)
    refused(invoke("list"), 14, "no SQLite database")


def test_a_key_without_a_place_is_refused(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """SPEECH_KEY needs a region or an endpoint, and is never shown."""
    monkeypatch.setenv("SPEECH_KEY", "hunter2")
    assert "hunter2" not in refused(invoke("list"), 2, "SPEECH_REGION")


def test_a_result_is_waited_for_only_when_asked(invoke: Invoke, keep: Keep) -> None:
    """A deadline without a wait would do nothing, and is refused; with one it has its own exit code."""
    keep("standup", "working")
    refused(invoke("result", "standup", "--timeout", "0"), 2, "--wait")
    refused(invoke("result", "standup", "--wait", "--timeout", "0"), 12, "25% done")


@pytest.mark.usefixtures("folder")
def test_a_folder_that_may_not_be_written_is_found_before_the_work(invoke: Invoke) -> None:
    """Not after hours of it. Not even root may write into /proc."""
    refused(invoke("transcribe", "tone.wav", "-o", "/proc/out.txt"), 18, "/proc/out.txt cannot be written")


def test_a_missing_part_is_named_with_its_pip_line(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the gateway's packages `serve` says how to get them."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    refused(invoke("serve"), 15, "pip install")
