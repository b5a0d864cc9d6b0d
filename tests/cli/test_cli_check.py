"""`remote-meeting check`, `rules` and `explain` as they are run: what is printed, where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from remote_meeting.checker.rules import RULES
from remote_meeting.cli import main

OLD = 'url = "https://x/speechtotext/v3.1/transcriptions"\n'
CALL = 'reply = requests.get(f"{host}/speechtotext/v3.1/transcriptions/{id}")\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    """Run the command line."""
    return CliRunner().invoke(main, list(arguments), input=stdin)


def put(folder: Path, name: str, text: str) -> Path:
    """Write a file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def repository(folder: Path) -> None:
    """Make a folder a clean repository of what is in it."""
    for order in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "all"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *order], cwd=folder, check=True)


def test_clean(here: Path) -> None:
    """Nothing found: what was looked at, and 0."""
    put(here, "app.py", "x = 1\n")
    result = run("check")
    assert result.exit_code == 0
    assert "1 file" in result.stdout


def test_found(here: Path) -> None:
    """Something found: place, rule, line, and 1; or 0 when asked for."""
    put(here, "src/app.py", OLD)
    result = run("check")
    assert result.exit_code == 1
    assert "src/app.py" in result.stdout
    assert "RM701" in result.stdout
    assert OLD.strip() in result.stdout
    assert run("check", "--exit-zero").exit_code == 0


def test_not_read(here: Path) -> None:
    """Nothing found, but not everything read: 3, and the file with its reason."""
    put(here, "big.py", "#" * 3000)
    result = run("check", "--max-size", "1 KiB")
    assert result.exit_code == 3
    assert "big.py" in result.stdout
    assert "larger than 1 KiB" in result.stdout
    put(here, "app.py", OLD)
    assert run("check", "--max-size", "1 KiB").exit_code == 1


def test_standard_input(here: Path) -> None:
    """A text without a file, by the name that it would have."""
    result = run("check", "-", "--stdin-name", "app.js", stdin='fetch("https://x/speechtotext/v3.0/models")')
    assert result.exit_code == 1
    assert "app.js" in result.stdout
    assert run("check", "-", stdin="x = 1\n").exit_code == 0
    assert run("check", "-", stdin=b"\xff\xfe\0\0").exit_code in (0, 3)


def test_a_file_that_is_ignored(here: Path) -> None:
    """Ignored files are left out and counted; one that is named is looked into."""
    put(here, ".gitignore", "old/\n")
    put(here, "old/app.py", OLD)
    put(here, "node_modules/sdk/index.js", OLD)
    assert run("check").exit_code == 0
    report = json.loads(run("check", "--format", "json").stdout)
    assert sum(report["skipped"].values()) == 2
    assert run("check", "old/app.py").exit_code == 1


@pytest.mark.parametrize("name", ["json", "sarif", "github", "html", "markdown"])
def test_formats(here: Path, name: str) -> None:
    """Each format, printed or written to a file, whole."""
    put(here, "app.py", OLD)
    printed = run("check", "--format", name)
    assert printed.exit_code == 1
    assert "RM701" in printed.stdout
    written = run("check", "--format", name, "-o", "report")
    assert written.stdout == ""
    assert "RM701" in (here / "report").read_text()
    if name in ("json", "sarif"):
        json.loads(printed.stdout)


def test_as_of(here: Path) -> None:
    """A report speaks of the day that it is asked about."""
    put(here, "app.py", OLD)
    assert "retires in 30 days" in run("check", "--as-of", "2026-03-01").stdout
    assert "was retired on 2026-03-31" in run("check", "--as-of", "2026-04-01").stdout


def test_select_ignore_extend(here: Path) -> None:
    """Rules by id, name and family; those that are off when they are asked for."""
    put(here, "app.cs", "using Microsoft.CognitiveServices.Speech;\nvar r = new IntentRecognizer(c);\n")
    put(here, "app.py", OLD)
    assert run("check", "--ignore", "rest-path").exit_code == 0
    assert run("check", "--select", "Properties").exit_code == 0
    assert run("check", "--select", "rm701").exit_code == 1
    assert "RM902" in run("check", "--extend", "Other retired features").stdout
    assert "RM902" not in run("check").stdout


def test_comment_silences(here: Path) -> None:
    """A comment beside it answers a finding, with a record of it."""
    put(here, "app.py", OLD.rstrip() + "  # remote-meeting: ignore[RM701] the mock of it\n")
    result = run("check", "--format", "json")
    assert result.exit_code == 0
    (silenced,) = json.loads(result.stdout)["silenced"]
    assert silenced["reason"] == "the mock of it"


def test_needless_comment_is_told(here: Path) -> None:
    """A comment that silences nothing is told, on the standard error."""
    put(here, "app.py", OLD + "x = 1  # remote-meeting: ignore[RM701]\n")
    result = run("check")
    assert "app.py:2:" in result.stderr
    assert "app.py:2:" not in run("check", "-q").stderr


def test_baseline(here: Path) -> None:
    """What is known is silent, what is new is not, what is gone is told."""
    path = put(here, "app.py", OLD)
    assert run("check", "--write-baseline", "known.json").exit_code == 0
    assert run("check", "--baseline", "known.json").exit_code == 0
    path.write_text("\n\n" + OLD + OLD.replace("v3.1", "v3.0"))
    result = run("check", "--baseline", "known.json", "--format", "json")
    assert [finding["line"] for finding in json.loads(result.stdout)["findings"]] == [4]
    path.write_text("x = 1\n")
    put(here, "other/app.py", "x = 1\n")
    assert "found no more" not in run("check", "other", "--baseline", "known.json").stderr
    gone = run("check", "--baseline", "known.json")
    assert gone.exit_code == 0
    assert "found no more" in gone.stderr


def test_configuration(here: Path) -> None:
    """The project says once what would stand on every command line; the command line has the last word."""
    put(here, "tests/app.py", OLD)
    put(here, "docs/app.py", OLD)
    put(
        here,
        "pyproject.toml",
        '[tool.remote-meeting.check]\nexclude = ["docs"]\n'
        '[tool.remote-meeting.check.per-file-ignores]\n"tests" = {rules = ["RM701"], reason = "a mock"}\n',
    )
    result = run("check", "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["silenced"][0]["reason"] == "a mock"
    assert run("check", "--no-config").exit_code == 1


def test_diff_and_fix(here: Path) -> None:
    """The patch is what --fix does; afterwards there is nothing to do, and a line says how to undo it."""
    path = put(here, "app.py", "import requests\r\n" + CALL.replace("\n", "\r\n"))
    repository(here)
    patch = run("check", "--diff", "-o", "change.patch")
    assert patch.exit_code == 1
    before = path.read_bytes()
    subprocess.run(["git", "apply", "--check", "change.patch"], cwd=here, check=True)
    (here / "change.patch").unlink()
    result = run("check", "--fix")
    assert result.exit_code == 0
    assert b"transcriptions/{id}?api-version=2025-10-15" in path.read_bytes()
    assert path.read_bytes().count(b"\r\n") == before.count(b"\r\n")
    undo = next(line for line in result.stderr.splitlines() if line.startswith("Undo: "))
    again = run("check", "--fix", "--force")
    assert "Nothing to mend" in again.stderr
    subprocess.run(undo.removeprefix("Undo: "), shell=True, check=True, cwd=here)
    assert path.read_bytes() == before


def test_fix_refuses_what_cannot_be_undone(here: Path) -> None:
    """No repository, or changes in it that are not committed: one sentence, and nothing is changed."""
    path = put(here, "app.py", CALL)
    result = run("check", "--fix")
    assert result.exit_code == 2
    assert "--force" in result.stderr
    other = put(here, "other.txt", "old")
    repository(here)
    other.write_text("new")
    assert run("check", "--fix").exit_code == 2
    assert path.read_text() == CALL
    assert run("check", "--fix", "--force").exit_code == 0
    assert path.read_text() != CALL


def test_fix_leaves_silenced_findings(here: Path) -> None:
    """What a comment answers is not mended."""
    path = put(here, "app.py", CALL.rstrip() + "  # remote-meeting: ignore[RM701] a fixture\n")
    repository(here)
    assert run("check", "--fix").exit_code == 0
    assert "v3.1" in path.read_text()


def test_fix_to_the_gateway(here: Path) -> None:
    """The retired service's address becomes the gateway's."""
    path = put(here, "app.env", "HOST=https://signature.eastus.cts.speech.microsoft.com\n")
    repository(here)
    assert run("check", "--fix", "--gateway", "https://gateway.example").exit_code == 0
    assert path.read_text() == "HOST=https://gateway.example\n"


def test_fix_swaps_the_import(here: Path) -> None:
    """A script for the Speech SDK's MeetingTranscriber takes the same names from the facade."""
    text = (
        "import azure.cognitiveservices.speech as speechsdk\n\n"
        "config = speechsdk.SpeechConfig(subscription=key, region=region)\n"
        "audio = speechsdk.audio.AudioConfig(filename=file)\n"
        "meeting = speechsdk.transcription.Meeting(config, id)\n"
        "transcriber = speechsdk.transcription.MeetingTranscriber(audio)\n"
        "transcriber.join_meeting_async(meeting).get()\n"
    )
    path = put(here, "app.py", text)
    repository(here)
    result = run("check", "--fix")
    assert path.read_text() == text.replace("azure.cognitiveservices.speech", "remote_meeting", 1)
    assert result.exit_code == 1, "the join is no import: it stays to be looked at, or not"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["--select", "RM999"], "There is no rule 'RM999'"),
        (["--select", "rest-paht"], "Did you mean rest-path?"),
        (["--as-of", "tomorrow"], "'tomorrow' is no day"),
        (["--max-size", "huge"], "'huge' is no size"),
        (["--gateway", "gateway"], "'gateway' is no address"),
        (["--baseline", "none.json"], "none.json"),
        (["--diff", "--fix"], "--diff and --fix"),
        (["-", "."], "by itself"),
        (["-", "--fix"], "cannot be mended"),
        (["--select", "RM701", "--ignore", "RM701"], "No rule is left"),
    ],
)
def test_wrong_usage(here: Path, arguments: list[str], said: str) -> None:
    """One clear sentence, on the standard error, and 2."""
    result = run("check", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert len([line for line in result.stderr.splitlines() if line.startswith("Error:")]) == 1


def test_broken_configuration(here: Path) -> None:
    """A key that is not known is named with its file."""
    put(here, ".remote-meeting.toml", '[check]\nselekt = ["RM701"]\n')
    result = run("check")
    assert result.exit_code == 2
    assert "selekt" in result.stderr
    assert ".remote-meeting.toml" in result.stderr


def test_rules_and_pages() -> None:
    """Every rule is listed, and has a page with a reason, each way in, and code before and after."""
    listed = run("rules").stdout
    for rule in RULES.values():
        assert f"{rule.id}  {rule.name}" in listed
        page = run("explain", rule.id)
        assert page.exit_code == 0
        assert rule.title in page.stdout
        assert "What to do" in page.stdout
        assert "as it was" in page.stdout
        assert run("explain", rule.name).stdout == page.stdout
    assert run("explain", "nothing").exit_code == 2


def test_explain_in_a_language() -> None:
    """Examples in one language; one that has none says which have."""
    page = run("explain", "RM301", "--language", "java").stdout
    assert "Java, as it was" in page
    assert "Python" not in page.split("What to do")[1].split("Java, as it was")[1]
    result = run("explain", "RM301", "--language", "COBOL")
    assert result.exit_code == 2
    assert "Objective-C" in result.stderr


def test_many_files_in_several_processes(here: Path) -> None:
    """Many files are shared out, and told as few are: all of them, in order."""
    for number in range(60):
        put(here, f"app{number:02}.py", OLD)
    report = json.loads(run("check", "--format", "json").stdout)
    assert [finding["path"] for finding in report["findings"]] == [f"app{number:02}.py" for number in range(60)]


def test_nothing_is_written(here: Path) -> None:
    """A check changes nothing: no cache, no store, no file."""
    put(here, "app.py", OLD)
    before = sorted(here.rglob("*"))
    run("check")
    assert sorted(here.rglob("*")) == before


def test_a_reader_that_leaves(here: Path) -> None:
    """`check | head` ends without a traceback."""
    for number in range(50):
        put(here, f"app{number}.py", OLD * 50)
    command = [sys.executable, "-m", "remote_meeting.cli", "check"]
    with subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait() in (1, 141)


@pytest.mark.skipif(os.name == "nt", reason="names of this kind are not allowed there")
def test_odd_names(here: Path) -> None:
    """Names with newlines, spaces and quotes are shown, not obeyed."""
    put(here, 'a\nb "c".py', OLD)
    for name in ("text", "json", "sarif", "github", "html", "markdown"):
        result = run("check", "--format", name)
        assert result.exit_code == 1
        assert "a\nb" not in result.stdout


def test_extra_is_named() -> None:
    """The extra `check` is all that a newcomer needs: what the checker imports is in it."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    named = {line.split(">")[0] for line in project["optional-dependencies"]["check"]}
    from remote_meeting.checker.parsing import GRAMMARS

    assert {grammar.package.replace("_", "-") for grammar in GRAMMARS.values()} <= named
