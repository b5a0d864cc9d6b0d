"""Settings: where they are found, what they may say, and one sentence for each thing that is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from remote_meeting.checker.settings import Configuration, FileIgnore, Settings, load, read, size_from
from remote_meeting_backends import InvalidInput

KNOWN = ("RM101", "remote-client", "RM701", "REST", "Remote client")
FULL = """
# The checker's.
[TABLE]
select = ["RM101", "remote-client", "rest"]
ignore = ["RM701"]
extend = ["REST"]
exclude = ["generated/", "*.min.js"]
baseline = "known/baseline.json"
as-of = 2026-03-31
gateway = "https://gateway.example:8443/speech"
max-size = "8 MiB"

[TABLE.per-file-ignores]
"tests/**" = ["RM101"]
"old.py" = { rules = ["RM701", "REST"], reason = "goes in May" }
"""


def written(folder: Path, text: str, name: str = ".remote-meeting.toml") -> Path:
    """A file of settings."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def own(folder: Path, *lines: str) -> Path:
    """A file with some lines in its table."""
    return written(folder, "\n".join(["[check]", *lines, ""]))


def refusal(path: Path, known: tuple[str, ...] = ()) -> str:
    """What is said of a file, without its name."""
    with pytest.raises(InvalidInput) as raised:
        read(path, known)
    said = str(raised.value)
    assert said.startswith(str(path))
    assert said.count("\n") == 0
    return said.removeprefix(str(path)).lstrip(":, ")


@pytest.mark.parametrize(
    ("name", "table"), [("pyproject.toml", "tool.remote-meeting.check"), (".remote-meeting.toml", "check")]
)
def test_everything(tmp_path: Path, name: str, table: str) -> None:
    """Each key, in both files; paths are relative to theirs."""
    path = written(tmp_path, "\ufeff" * (name == "pyproject.toml") + FULL.replace("TABLE", table), name)
    found = load(tmp_path, KNOWN)
    assert found == Configuration(
        Settings.model_validate(
            {
                "select": ["RM101", "remote-client", "rest"],
                "ignore": ["RM701"],
                "extend": ["REST"],
                "exclude": ["generated/", "*.min.js"],
                "per-file-ignores": {
                    "tests/**": ["RM101"],
                    "old.py": {"rules": ["RM701", "REST"], "reason": "goes in May"},
                },
                "baseline": "known/baseline.json",
                "as-of": date(2026, 3, 31),
                "gateway": "https://gateway.example:8443/speech",
                "max-size": 8 * 1024 * 1024,
            }
        ),
        path,
    )
    assert found.settings.per_file_ignores["old.py"] == FileIgnore(rules=("RM701", "REST"), reason="goes in May")
    assert found.settings.as_of == date(2026, 3, 31)
    assert found.settings.max_size == 8_388_608
    assert (found.folder, found.baseline) == (tmp_path, tmp_path / "known" / "baseline.json")


def test_nothing(tmp_path: Path) -> None:
    """Without a file, and with an empty one."""
    (tmp_path / ".git").mkdir()
    assert load(tmp_path) == Configuration(Settings())
    assert load(tmp_path).baseline is None
    path = written(tmp_path, "")
    assert load(tmp_path) == Configuration(Settings(), path)


def test_nearest(tmp_path: Path) -> None:
    """Its own folder before one above, `.remote-meeting.toml` before pyproject.toml; from a file as from its folder."""
    above = written(tmp_path, '[tool.remote-meeting.check]\nignore = ["RM1"]\n', "pyproject.toml")
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.py").write_text("")
    assert load(tmp_path / "a" / "b" / "c.py").file == above
    assert load(tmp_path / "a" / "b" / "not there.py").file == above
    near = written(tmp_path / "a", '[tool.remote-meeting.check]\nignore = ["RM2"]\n', "pyproject.toml")
    assert load(tmp_path / "a" / "b").file == near
    nearer = own(tmp_path / "a", 'ignore = ["RM3"]')
    found = load(tmp_path / "a" / "b")
    assert (found.file, found.settings.ignore) == (nearer, ("RM3",))


def test_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path has folders above it, too."""
    path = own(tmp_path)
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert load(Path()).file == path


@pytest.mark.parametrize("text", ["", '[project]\nname = "x"\n', "[tool.ruff]\n", "{{ template }}\n"])
def test_pyproject_of_others(tmp_path: Path, text: str) -> None:
    """One that says nothing of us is passed by, even when it is broken."""
    above = own(tmp_path)
    written(tmp_path / "a", text, "pyproject.toml")
    assert load(tmp_path / "a").file == above


@pytest.mark.parametrize("is_file", [False, True])
def test_not_beyond_the_repository(tmp_path: Path, is_file: bool) -> None:
    """What stands above its root is somebody else's; what stands in it counts."""
    own(tmp_path)
    inside = tmp_path / "repository" / "a"
    inside.mkdir(parents=True)
    git = inside.parent / ".git"
    if is_file:
        git.write_text("gitdir: elsewhere\n")
    else:
        git.mkdir()
    assert load(inside).file is None
    path = own(inside.parent)
    assert load(inside).file == path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('select = "RM101"', "`select` has to be a list of rules' ids, names or families."),
        ("select = [1]", "`select` has to be a list of rules' ids, names or families."),
        ('ignore = [""]', "`ignore` has to be a list of rules' ids, names or families."),
        ("extend = true", "`extend` has to be a list of rules' ids, names or families."),
        ('exclude = "a"', "`exclude` has to be a list of patterns as in .gitignore."),
        ("baseline = 1", "`baseline` has to be a path."),
        ('as-of = "soon"', "`as-of` has to be a date, as 2026-03-31."),
        ("as-of = 2026-03-31T00:00:00", "`as-of` has to be a date, as 2026-03-31."),
        ("as-of = 20260331", "`as-of` has to be a date, as 2026-03-31."),
        ('gateway = "gateway.example"', '`gateway` has to be an address, as "https://gateway.example".'),
        ('gateway = "ftp://gateway.example"', '`gateway` has to be an address, as "https://gateway.example".'),
        ('gateway = "https://"', '`gateway` has to be an address, as "https://gateway.example".'),
        ('gateway = "https://x:port"', '`gateway` has to be an address, as "https://gateway.example".'),
        ('gateway = "https://[x"', '`gateway` has to be an address, as "https://gateway.example".'),
        ("gateway = 1", '`gateway` has to be an address, as "https://gateway.example".'),
        ("max-size = true", '`max-size` has to be a number of bytes, or one with a unit, as "8 MiB".'),
        ("per-file-ignores = []", "`per-file-ignores` has to be a table from patterns to"),
        ("per-file-ignores.'a.py' = 'RM1'", "`per-file-ignores.'a.py'` has to be a table from patterns to"),
        ("per-file-ignores.'a.py' = {rule = ['RM1']}", "`per-file-ignores.'a.py'` has to be a table from patterns to"),
        ("selects = []", "`selects` is not known (`select`?); allowed are select, ignore, extend, exclude, "),
        ("max_size = 1", "`max_size` is not known (`max-size`?); allowed are select"),
        ("zzz = 1", "`zzz` is not known; allowed are select"),
    ],
)
def test_wrong_values(tmp_path: Path, line: str, said: str) -> None:
    """File, line, key, and what is allowed."""
    assert refusal(own(tmp_path, "", line)).startswith(f"line 3: {said}")


def test_lines_only_where_they_are_known(tmp_path: Path) -> None:
    """A key that stands twice, or in a table's own header."""
    path = written(tmp_path, "[check]\n[check.per-file-ignores]\n'a.py' = 3\n")
    assert refusal(path).startswith("line 2: `per-file-ignores.'a.py'` has to be")
    path = written(tmp_path, "[other]\nselect = 1\n[tool.remote-meeting.check]\nselect = 1\n", "pyproject.toml")
    assert refusal(path).startswith("`select` has to be")


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("select", 'select = ["RM101", "RM999"]'),
        ("ignore", 'ignore = ["RM999"]'),
        ("extend", 'extend = ["remote client", "RM999"]'),
        ("per-file-ignores", 'per-file-ignores = {"a.py" = ["RM999"]}'),
    ],
)
def test_rules_that_there_are_not(tmp_path: Path, key: str, line: str) -> None:
    """A slip of the finger would be silence."""
    path = own(tmp_path, line)
    assert refusal(path, KNOWN).startswith(f"line 2: `{key}` names 'RM999', which is no rule")
    assert read(path) is not None
    assert "(remote-client?)" in refusal(own(tmp_path, 'select = ["remote-clent"]'), KNOWN)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            ".remote-meeting.toml",
            "select = []\n[check]\n",
            "line 1: `select` is not known; allowed is the table `check`.",
        ),
        (".remote-meeting.toml", "check = 1\n", "`check` has to be a table."),
        (".remote-meeting.toml", "[check\n", "is not TOML: "),
        ("pyproject.toml", "[tool.remote-meeting\n", "is not TOML: "),
        ("pyproject.toml", '[tool]\nremote-meeting = "x"\n', "`tool.remote-meeting` has to be a table."),
        ("pyproject.toml", 'tool = "remote-meeting"\n', "`tool` has to be a table."),
        (
            "pyproject.toml",
            "[tool.remote-meeting]\nselect = []\n",
            "line 2: `select` in `tool.remote-meeting` is not known; allowed is the table `check`.",
        ),
        ("pyproject.toml", "[tool.remote-meeting]\ncheck = 1\n", "`tool.remote-meeting.check` has to be a table."),
    ],
)
def test_wrong_tables(tmp_path: Path, name: str, text: str, said: str) -> None:
    """Keys outside of theirs are not passed over."""
    assert refusal(written(tmp_path, text, name)).startswith(said)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Not text, nested without end, and not there."""
    path = tmp_path / ".remote-meeting.toml"
    path.write_bytes(b"\xff")
    assert refusal(path) == "is not UTF-8 at byte 0."
    path.write_text("[check]\nselect = " + "[" * 100_000)
    assert refusal(path) == "is nested too deeply."
    assert refusal(tmp_path / "none.toml").startswith("cannot be read: No such file")


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (1, 1),
        (" 12 ", 12),
        ("8 MiB", 8 << 20),
        ("8mib", 8 << 20),
        ("1.5 KiB", 1536),
        ("2 kB", 2000),
        ("3 GB", 3 * 10**9),
        ("1 b", 1),
    ],
)
def test_sizes(value: int | str, size: int) -> None:
    """Bytes, or a unit."""
    assert size_from(value) == size


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "", "MiB", "-1", "0", "0.1", "8 XB", "9" * 400, None, [], "1e3"])
def test_no_sizes(value: object) -> None:
    """Neither nothing nor what is no number."""
    with pytest.raises(ValueError, match="not a size"):
        size_from(value)
