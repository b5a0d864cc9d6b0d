"""Help, version, shell completion, and how little is imported for them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from command_line import Invoke, run

from remote_meeting import __version__
from remote_meeting.cli.main import COMMANDS as COMMANDS_TOLD
from remote_meeting.cli.main import main
from support.parts import program

COMMANDS = (
    "demo",
    "transcribe",
    "status",
    "result",
    "list",
    "delete",
    "compare",
    "serve",
    "api-key",
    "emulate",
    "check",
    "explain",
    "rules",
    "doctor",
)
HEAVY = ("pydantic", "sqlalchemy", "numpy", "httpx", "rich", "soundfile", "starlette", "uvicorn")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(invoke: Invoke, command: str) -> None:
    """Each says what it does, by either name of the option."""
    asked = invoke(command, "--help")
    assert (asked.exit_code, asked.stderr) == (0, "")
    assert asked.stdout == invoke(command, "-h").stdout
    assert f" {command} [OPTIONS]" in asked.stdout


def test_help_lists_the_commands_in_the_order_of_use(invoke: Invoke) -> None:
    """The demo first, and no sentence is cut off."""
    listed = invoke("--help").stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    assert tuple(line.split()[0] for line in listed.splitlines()) == COMMANDS
    assert "..." not in listed


def test_what_the_list_says_is_what_the_commands_say() -> None:
    """The list is made without the commands, and says the same of each."""
    context = click.Context(main)
    for name, (_, _, about) in COMMANDS_TOLD.items():
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.get_short_help_str(200) == about


def test_the_program_is_installed() -> None:
    """The script and the module are the same program."""
    script = Path(sys.executable).with_name("remote-meeting")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == run("--version").out == f"remote-meeting, version {__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    """Whoever asks for help does not wait for a database, a number cruncher or an HTTP client."""
    code = (
        "import json, sys\nfrom remote_meeting.cli import main\n"
        "main(['--help'], standalone_mode=False)\nprint(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "click" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_bash_completes_commands_and_options() -> None:
    """The line that the README gives, in a real bash."""
    bash = program("bash", "apt-get install bash")
    script = """
    eval "$(_REMOTE_MEETING_COMPLETE=bash_source remote-meeting)"
    ask() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _remote_meeting_completion "$1"
        echo "${COMPREPLY[@]}"
    }
    complete -p remote-meeting
    ask remote-meeting tr
    ask remote-meeting transcribe --format v
    ask remote-meeting transcribe --meeting
    """
    line = f'PATH="{Path(sys.executable).parent}:$PATH"\n{script}'
    done = subprocess.run([bash, "-c", line], capture_output=True, text=True, check=True)
    registered, *answers = done.stdout.splitlines()
    assert "_remote_meeting_completion" in registered
    assert answers == ["transcribe", "vtt", "--meeting-id"]
    assert done.stderr == ""


def test_the_log_is_shown_when_asked_for(invoke: Invoke, clip: Path, scripted: None) -> None:
    """With --verbose the routing decision is logged; without it, the log is silent."""
    words = ("transcribe", str(clip), "--meeting-id")
    assert "goes to" not in invoke(*words, "silent").stderr
    assert "goes to local: the first backend that fits" in invoke("--verbose", *words, "logged").stderr
