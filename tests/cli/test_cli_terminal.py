"""Progress on a terminal: a bar, nothing when asked to be quiet. (The plain lines: test_cli_interrupt.)"""

from __future__ import annotations

import re
from pathlib import Path

from command_line import ESCAPE, Keep, on_terminal


def test_a_terminal_gets_a_bar(talk: Path) -> None:
    """It shows a share and the time that has passed, beside a standard output that holds the result alone."""
    done, screen = on_terminal("transcribe", str(talk), "--meeting-id", "standup", columns=80)
    assert done.code == 0
    assert all(line.startswith(("[00:00:", "Note: ")) for line in done.out.splitlines())
    assert ESCAPE not in done.out
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen)
    assert "Meeting standup" in plain
    shares = {int(share) for share in re.findall(r"Processing ━[━╸╺]+ +(\d+)% \d:\d\d:\d\d", plain)}
    assert len(shares) > 2


def test_quiet_is_quiet_on_a_terminal(clip: Path) -> None:
    """With -q nothing is sent to it."""
    done, screen = on_terminal("transcribe", str(clip), "-q")
    assert (done.code, screen) == (0, "")


def test_a_dumb_terminal_gets_no_escapes() -> None:
    """TERM=dumb is what editors and some continuous-integration logs are."""
    _, screen = on_terminal("result", "nobody", env={"TERM": "dumb"}, stdout_too=True)
    assert screen.startswith("Error: There is no meeting nobody")
    assert ESCAPE not in screen


def test_file_names_cannot_steer_a_terminal(keep: Keep, store_path: Path, tmp_path: Path) -> None:
    """The escape sequence of a name reaches the screen neither in a result nor in a notice nor in an error."""
    name = str(tmp_path / "\x1b[31mred.wav")
    keep("standup", audio=name)
    for command in (["status", "standup"], ["result", "standup", "-o", name], ["transcribe", f"{name}.missing"]):
        _, screen = on_terminal("--store", str(store_path), *command, stdout_too=True, env={"NO_COLOR": "1"})
        assert "[31mred.wav" in screen
        assert ESCAPE not in screen
