"""`transcribe`: from a file to text in every format, on the standard output or in a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import Invoke, run

from support.sound import save, tone

FIRST_LINES = {
    "text": "[00:00:00.000] Guest-1: hello",
    "json": "{",
    "vtt": "WEBVTT",
    "srt": "1",
    "legacy-json": '{"id":',
}


@pytest.fixture
def audio(tmp_path: Path) -> str:
    """A file that the scripted backend hears two phrases in."""
    return str(save(tmp_path / "tone.wav", tone(2)))


def test_a_recording_becomes_text(clip: Path) -> None:
    """The real program, the real recognizer: text alone on the standard output, all else beside it."""
    done = run("transcribe", str(clip), "--meeting-id", "standup", "--speakers", "1")
    assert done.code == 0
    (line,) = done.out.splitlines()
    assert line.startswith("[00:00:00.")
    assert "Guest-1: " in line
    assert "meeting" in line
    assert done.err.startswith("Meeting standup (4.0 s), local: ")


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("format_name", FIRST_LINES)
def test_every_format_is_the_same_on_the_output_and_in_a_file(
    invoke: Invoke, audio: str, tmp_path: Path, format_name: str
) -> None:
    """What -o writes is what is printed otherwise, whole and with a newline at its end."""
    wanted = ("--format", format_name)
    printed = invoke("transcribe", audio, "--meeting-id", "m", *wanted)
    written = invoke("result", "m", "-o", str(tmp_path / "out"), *wanted)
    assert (printed.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert printed.stdout.splitlines()[0].startswith(FIRST_LINES[format_name])
    assert printed.stdout.endswith("\n")
    assert (tmp_path / "out").read_text() == printed.stdout


@pytest.mark.usefixtures("scripted")
def test_json_says_what_a_script_needs(invoke: Invoke, audio: str) -> None:
    """Keys and units, so that a change of them is seen."""
    said = json.loads(invoke("transcribe", audio, "--meeting-id", "m", "--format", "json").stdout)
    assert said["meeting_id"] == "m"
    assert said["status"] == "Completed"
    assert said["speakers"] == ["Guest-1", "Guest-2"]
    assert [(phrase["speaker"], phrase["offset_ticks"], phrase["text"]) for phrase in said["phrases"]] == [
        ("Guest-1", 0, "hello"),
        ("Guest-2", 10_000_000, "good morning"),
    ]


@pytest.mark.usefixtures("scripted")
def test_a_new_id_is_made_and_said(invoke: Invoke, audio: str) -> None:
    """Whoever gives no id is told the one under which the meeting is kept."""
    done = invoke("transcribe", audio)
    meeting_id = done.stderr.split()[1]
    assert invoke("result", meeting_id).stdout == done.stdout


@pytest.mark.usefixtures("scripted")
def test_quiet_means_silence(invoke: Invoke, audio: str, tmp_path: Path) -> None:
    """With -q there is nothing but the result; with -o, nothing at all."""
    assert invoke("transcribe", audio, "-q").stderr == ""
    assert invoke("transcribe", audio, "-q", "-o", str(tmp_path / "out.txt")).output == ""


@pytest.mark.usefixtures("scripted")
def test_a_file_that_exists_is_replaced_whole(invoke: Invoke, audio: str, tmp_path: Path) -> None:
    """Nothing of the longer old text is left, its permissions stay, and no partial file lies about."""
    out = tmp_path / "minutes" / "out.txt"
    out.parent.mkdir()
    out.write_text("old\n" * 1000)
    out.chmod(0o640)
    assert invoke("transcribe", audio, "-o", str(out)).stderr.endswith(f"Wrote {out}\n")
    assert out.read_text().startswith("[00:00:00.000] Guest-1: hello\n")
    assert "old" not in out.read_text()
    assert out.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in out.parent.iterdir()] == ["out.txt"]


@pytest.mark.usefixtures("scripted")
def test_a_write_that_fails_leaves_the_old_file(
    invoke: Invoke, audio: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old text is whole, no partial file is left, and the result can be fetched later."""
    out = tmp_path / "minutes" / "out.txt"
    out.parent.mkdir()
    out.write_text("old\n")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    done = invoke("transcribe", audio, "--meeting-id", "m", "-o", str(out))
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        18,
        f"Error: {out} cannot be written: No space left on device.",
    )
    assert [(path.name, path.read_text()) for path in out.parent.iterdir()] == [("out.txt", "old\n")]
    assert invoke("result", "m").exit_code == 0


@pytest.mark.usefixtures("scripted")
def test_links_and_devices_are_written_through(invoke: Invoke, audio: str, tmp_path: Path) -> None:
    """A link stays a link, /dev/null a device, and `-` is the standard output."""
    (tmp_path / "target.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "target.txt")
    assert invoke("transcribe", audio, "--meeting-id", "m", "-o", str(tmp_path / "link.txt")).exit_code == 0
    assert (tmp_path / "link.txt").is_symlink()
    text = (tmp_path / "target.txt").read_text()
    assert invoke("result", "m", "-o", "-").stdout == text
    assert invoke("result", "m", "-o", os.devnull).exit_code == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.usefixtures("scripted")
def test_a_deadline_says_how_to_go_on(invoke: Invoke, audio: str, store_path: Path) -> None:
    """The work ends with the process that did it, so the command that resumes it is given, with its store."""
    done = invoke("transcribe", audio, "--meeting-id", "m", "--timeout", "0")
    assert (done.exit_code, done.stdout) == (12, "")
    advice = f"remote-meeting --store {store_path} transcribe --meeting-id m"
    assert done.stderr.endswith(f"Go on with: {advice}\n")
    assert invoke(*advice.split()[3:]).stdout.startswith("[00:00:00.000] Guest-1: hello\n")
