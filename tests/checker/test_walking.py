"""Folders walked, and swept: what is met, in which order, and what is left out and why; whatever somebody put there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from remote_meeting.checker.kinds import Kind
from remote_meeting.checker.model import NotRead
from remote_meeting.checker.prefilter import Prefilter
from remote_meeting.checker.sweeping import Tally, sweep
from remote_meeting.checker.walking import Candidate, Met, Skipped, walk

WORD = b"x = MeetingTranscriber()\n"


def put(root: Path, *names: str, data: bytes = WORD) -> None:
    """Files, with the folders they are in."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def reasons(items: Sequence[Met]) -> dict[str, str]:
    """Why what is left out is left out."""
    skipped = {item.shown: item.reason for item in items if isinstance(item, Skipped)}
    return skipped | {item.path: item.reason for item in items if isinstance(item, NotRead)}


def met(root: Path, *roots: Path, exclude: tuple[str, ...] = ()) -> tuple[list[str], dict[str, str]]:
    """What a walk gives: the files, and for what is left out the reasons."""
    items = list(walk(roots or [root], exclude=exclude, base=root))
    files = [item.shown for item in items if isinstance(item, Candidate)]
    return files, reasons(items)


def test_in_order(tmp_path: Path) -> None:
    """Files before folders, each by name; what has no known name is not met at all."""
    put(
        tmp_path,
        "b.py",
        "a.cs",
        "c/z.js",
        "c/b/y.go",
        "B/x.ts",
        "README.md",
        ".env",
        ".git/config.json",
        "c/package-lock.json",
    )
    items = list(walk([tmp_path], base=tmp_path))
    real = os.path.realpath(tmp_path)
    assert items == [
        Candidate(f"{real}/.env", ".env", Kind.ENV),
        Candidate(f"{real}/a.cs", "a.cs", Kind.CSHARP),
        Candidate(f"{real}/b.py", "b.py", Kind.PYTHON),
        Candidate(f"{real}/B/x.ts", "B/x.ts", Kind.TYPESCRIPT),
        Candidate(f"{real}/c/z.js", "c/z.js", Kind.JAVASCRIPT),
        Candidate(f"{real}/c/b/y.go", "c/b/y.go", Kind.GO),
    ]


def test_what_others_wrote_and_what_is_built(tmp_path: Path) -> None:
    """Copies of others' code and what is built are left out, each with its reason."""
    vendored = ["node_modules", "bower_components", "lib/site-packages", "dist-packages", "Pods", "Carthage", "vendor"]
    vendored += ["third_party", ".nuget", "Microsoft.CognitiveServices.Speech.1.40.0"]
    built = ["app/obj", "app/bin", "java/target", "rust/target", ".gradle", ".tox", "__pycache__"]
    put(
        tmp_path,
        *(f"{folder}/a.py" for folder in vendored + built),
        "app/App.csproj",
        "java/pom.xml",
        "rust/Cargo.toml",
    )
    put(tmp_path, "venv/pyvenv.cfg", ".venv/pyvenv.cfg", "packages/Some.1.0.0/Some.1.0.0.nupkg", "packages/a.cs")
    put(
        tmp_path,
        "com/microsoft/cognitiveservices/speech/SpeechConfig.java",
        "web/microsoft.cognitiveservices.speech.sdk.bundle.js",
    )
    put(tmp_path, "include/speechapi_cxx_meeting.h", "MicrosoftCognitiveServicesSpeech.framework/Headers/SPXMeeting.h")
    files, left_out = met(tmp_path)
    assert files == ["app/App.csproj", "java/pom.xml", "rust/Cargo.toml"]
    assert {name for name, reason in left_out.items() if reason == "vendored"} == {
        *vendored,
        "venv",
        ".venv",
        "packages",
    }
    assert {name for name, reason in left_out.items() if reason == "built"} == set(built)
    assert {name for name, reason in left_out.items() if reason == "the SDK's own"} == {
        "MicrosoftCognitiveServicesSpeech.framework",
        "com/microsoft/cognitiveservices/speech",
        "include/speechapi_cxx_meeting.h",
        "web/microsoft.cognitiveservices.speech.sdk.bundle.js",
    }


def test_names_that_only_look_so(tmp_path: Path) -> None:
    """Folders of the same names that hold a project's own code are walked."""
    names = ["bin/a.py", "obj/a.py", "packages/app/a.ts", "speech/a.java", "target/a.java", "venv/a.py"]
    put(tmp_path, *names)
    assert met(tmp_path) == (names, {})


def test_what_git_ignores(tmp_path: Path) -> None:
    """Ignored folders are not descended into; a nested repository has its own say."""
    put(
        tmp_path,
        "gen/a.py",
        "a.log.py",
        "sub/keep.py",
        "sub/b.gen.py",
        "nested/.git/HEAD",
        "nested/gen/a.py",
        "nested/b.gen.py",
    )
    put(tmp_path, ".gitignore", data=b"gen/\n*.log.py\n*.gen.py\n")
    put(tmp_path, "nested/.git/info/exclude", data=b"b.*\n")
    put(tmp_path, "sub/.gitignore", data=b"!b.gen.py\n")
    files, left_out = met(tmp_path)
    assert files == ["nested/gen/a.py", "sub/b.gen.py", "sub/keep.py"]
    assert left_out == dict.fromkeys(("gen", "a.log.py", "nested/b.gen.py"), "ignored by git")


def test_as_git_from_a_folder_inside(tmp_path: Path) -> None:
    """A check of a folder inside a repository leaves out what git does."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    put(tmp_path, ".gitignore", data=b"/src/a.py\n")
    put(tmp_path, "src/.gitignore", data=b"/app/b.py\n")
    put(tmp_path, "src/a.py", "src/app/a.py", "src/app/b.py")
    assert met(tmp_path / "src" / "app")[0] == ["a.py"]
    assert met(tmp_path / "src")[0] == ["app/a.py"]


def test_patterns_of_the_configuration(tmp_path: Path) -> None:
    """What the configuration leaves out is said to be excluded."""
    put(tmp_path, "a.py", "a.g.cs", "tests/a.py", "src/tests/a.py", "é/a.g.cs")
    files, left_out = met(tmp_path, exclude=("/tests/", "*.g.cs"))
    assert files == ["a.py", "src/tests/a.py"]
    assert left_out == dict.fromkeys(("a.g.cs", "tests", "é/a.g.cs"), "excluded")


def test_named_files_are_read(tmp_path: Path) -> None:
    """A file or folder that is named is read, whatever leaves it out otherwise; what cannot be has a reason."""
    put(tmp_path, "vendor/a.py", "vendor/b.py", "gen/a.py", "x.py", "notes.txt")
    put(tmp_path, ".gitignore", data=b"gen/\nx.py\n")
    os.mkfifo(tmp_path / "pipe.py")
    names = ["gen/a.py", "x.py", "vendor/a.py", "none.py", "notes.txt", "pipe.py"]
    files, left_out = met(tmp_path, *(tmp_path / name for name in names))
    assert files == ["gen/a.py", "x.py", "vendor/a.py"]
    assert left_out == {
        "none.py": "No such file or directory",
        "notes.txt": "not a kind of file that is known here",
        "pipe.py": "not a regular file",
    }
    files, left_out = met(tmp_path, tmp_path, tmp_path / "vendor")
    assert files == ["vendor/a.py", "vendor/b.py"]
    assert "vendor" not in left_out


def test_once_each(tmp_path: Path) -> None:
    """Folders in one another, files in them and the same one twice are met once."""
    put(tmp_path, "a/b/x.py", "a/y.py", "z.py")
    roots = [tmp_path / "a" / "b", tmp_path, tmp_path / "a", tmp_path / "a" / ".." / "z.py", tmp_path]
    files, left_out = met(tmp_path, *roots)
    assert sorted(files) == ["a/b/x.py", "a/y.py", "z.py"]
    assert not left_out


def test_hard_links_are_files_each(tmp_path: Path) -> None:
    """A copy that shares its bytes has a name of its own to be found by."""
    put(tmp_path, "a.py")
    os.link(tmp_path / "a.py", tmp_path / "b.py")
    assert met(tmp_path)[0] == ["a.py", "b.py"]


def test_links(tmp_path: Path) -> None:
    """A link is read once, where it leads to a file inside that is not met by its own name; loops end."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    put(outside, "secret.py")
    put(root, "a.py", "settings.production", "node_modules/m/index.js", "sub/b.py")
    (root / "0.py").symlink_to("a.py")
    (root / "1.env").symlink_to("settings.production")
    (root / "2.env").symlink_to("settings.production")
    (root / "index.js").symlink_to("node_modules/m/index.js")
    (root / "out.py").symlink_to(outside / "secret.py")
    (root / "gone.py").symlink_to("nothing.py")
    (root / "loop.py").symlink_to("loop.py")
    (root / "sub" / "up").symlink_to("..")
    (root / "sub" / "gone").symlink_to("nothing")
    items = list(walk([root], base=root))
    assert [(item.shown, Path(item.path).name) for item in items if isinstance(item, Candidate)] == [
        ("a.py", "a.py"),
        ("sub/b.py", "b.py"),
        ("1.env", "settings.production"),
        ("index.js", "index.js"),
    ]
    assert reasons(items) == {
        "gone.py": "No such file or directory",
        "loop.py": "Too many levels of symbolic links",
        "node_modules": "vendored",
        "out.py": "a link elsewhere",
        "sub/up": "a link elsewhere",
    }
    (tmp_path / "way").symlink_to(root)
    assert met(tmp_path, tmp_path / "way")[0][:2] == ["way/a.py", "way/sub/b.py"]


def test_names_of_all_sorts(tmp_path: Path) -> None:
    """A name may hold anything; it is shown so that it can be written anywhere."""
    names = [b"new\nline.py", b"not-utf8-\xe9.py", b"\x1b[31m.py", "会議.py".encode(), b"-rf.py", b"a b.py"]
    for name in (*names, b"gone-\xe9\xff.py"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(WORD)
    put(tmp_path, ".gitignore", data=b"gone-?[\xf0-\xff].py\n")
    found = list(sweep(walk([tmp_path], base=tmp_path), Prefilter(), Tally()))
    assert sorted(os.fsencode(Path(candidate.path).name) for candidate, _ in found) == sorted(names)
    shown = {candidate.shown for candidate, _ in found}
    assert shown == {"new\nline.py", "not-utf8-\\xe9.py", "\x1b[31m.py", "会議.py", "-rf.py", "a b.py"}
    assert all(name.encode() for name in shown)


def test_names_that_no_file_has(tmp_path: Path) -> None:
    """A name that the system cannot even be asked for is not read, and halves of characters can be shown."""
    names = ["a\0.py", "\ud800.py"]
    files, left_out = met(tmp_path, *(tmp_path / name for name in names))
    assert not files
    assert left_out == dict.fromkeys(("a\0.py", "\\ud800.py"), "not a name that a file can have")


def test_what_is_outside_is_shown_whole(tmp_path: Path) -> None:
    """Paths are relative to where the check began, if they are below it; its patterns are of what is below it, too."""
    put(tmp_path, "here/a.py", "there/b.py")
    put(tmp_path, "here/b.py")
    items = list(walk([tmp_path / "here", tmp_path / "there"], exclude=["b.py"], base=tmp_path / "here"))
    assert [item.shown for item in items if isinstance(item, Candidate)] == ["a.py", f"{tmp_path}/there/b.py"]


def test_folders_nested_deeper_than_calls(tmp_path: Path) -> None:
    """A file below more folders than Python nests calls is met; made and removed step by step, for the same reason."""
    depth = sys.getrecursionlimit() + 50
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(tmp_path)
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
        Path("a.py").write_bytes(WORD)
        found = met(tmp_path)
        Path("a.py").unlink()
        for _ in range(depth):
            os.chdir("..")
            Path("d").rmdir()
    finally:
        os.fchdir(before)
        os.close(before)
    assert found == (["d/" * depth + "a.py"], {})


def test_path_that_is_too_long(tmp_path: Path) -> None:
    """Where the system ends, the report says so."""
    before = os.open(".", os.O_RDONLY)
    name = "n" * 250
    try:
        os.chdir(tmp_path)
        for _ in range(20):
            Path(name).mkdir()
            os.chdir(name)
    finally:
        os.fchdir(before)
        os.close(before)
    files, left_out = met(tmp_path)
    assert not files
    assert list(left_out.values()) == ["File name too long"]


def test_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is met, and the folder said with the system's own words."""
    put(tmp_path, "a/x.py", "b/y.py")
    scan = os.scandir

    def refuses(path: str) -> os._ScandirIterator[str]:
        if path.endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuses)
    assert met(tmp_path) == (["b/y.py"], {"a": "Permission denied"})


def test_patterns_that_cannot_be_read(tmp_path: Path) -> None:
    """Files are met, and it is said that what git ignores is not known."""
    put(tmp_path, "a.py")
    os.mkfifo(tmp_path / ".gitignore")
    assert met(tmp_path) == (["a.py"], {".gitignore": "not a regular file"})


def test_swept(tmp_path: Path) -> None:
    """What holds a word comes with its bytes; the rest is counted, by language and by reason."""
    put(tmp_path, "a.py", "b/a.h", "vendor/x.js", data=b'#import "a.h"\n' + WORD)
    put(tmp_path, "wide.cs", data=WORD.decode().encode("utf-16"))
    put(tmp_path, "clean.py", "clean.ts", "clean.cs", "empty.py", data=b"")
    put(tmp_path, "matrix.m", data=b"% MATLAB MeetingTranscriber\n")
    put(tmp_path, "lib.js", "video.ts", data=b"\x47\x40\0\x10\0\0" + WORD)
    (tmp_path / "line.js").touch()
    os.truncate(tmp_path / "line.js", 200_000_000)
    os.mkfifo(tmp_path / "pipe.py")
    tally = Tally()
    found = list(sweep(walk([tmp_path], base=tmp_path), Prefilter(), tally))
    assert [(candidate.shown, candidate.kind) for candidate, _ in found] == [
        ("a.py", Kind.PYTHON),
        ("wide.cs", Kind.CSHARP),
        ("b/a.h", Kind.OBJC),
    ]
    assert found[0][1].endswith(WORD)
    assert tally.clean == {Kind.PYTHON: 2, Kind.TYPESCRIPT: 1, Kind.CSHARP: 1}
    assert tally.skipped == {"vendored": 1}
    assert {missed.path: missed.reason for missed in tally.not_read} == {
        "lib.js": "binary",
        "video.ts": "binary",
        "line.js": "larger than 4 MiB",
        "pipe.py": "not a regular file",
    }


def test_file_that_goes_meanwhile(tmp_path: Path) -> None:
    """A file that is gone, or has become a link or a pipe, when it is to be read is not read, and not waited for."""
    put(tmp_path, "a.py", "b.py", "c.py", "d.py")
    walked = list(walk([tmp_path], base=tmp_path))
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).unlink()
    os.mkfifo(tmp_path / "b.py")
    (tmp_path / "c.py").symlink_to("d.py")
    tally = Tally()
    assert [candidate.shown for candidate, _ in sweep(walked, Prefilter(), tally)] == ["d.py"]
    assert [missed.reason for missed in tally.not_read] == [
        "No such file or directory",
        "not a regular file",
        "Too many levels of symbolic links",
    ]


@pytest.mark.slow
def test_a_hundred_thousand_files(tmp_path: Path) -> None:
    """Many files take some seconds and little memory: a process of its own tells how much."""
    for number in range(100_000):
        if number % 500 == 0:
            folder = tmp_path / f"d{number // 500}"
            folder.mkdir()
        (folder / f"f{number}.py").write_bytes(WORD if number % 1000 == 0 else b"x = 1\n" * 20)
    program = (
        "import re, sys, time\n"
        "from pathlib import Path\n"
        "from remote_meeting.checker.prefilter import Prefilter\n"
        "from remote_meeting.checker.sweeping import Tally, sweep\n"
        "from remote_meeting.checker.walking import walk\n"
        # Not what getrusage says: that begins with what the process used that started this one.
        r"used = lambda: int(re.search(r'VmHWM:\s+(\d+)', Path('/proc/self/status').read_text())[1])"
        "\n"
        "root, tally, before, begin = Path(sys.argv[1]), Tally(), used(), time.perf_counter()\n"
        "found = sum(1 for _ in sweep(walk([root], base=root), Prefilter(), tally))\n"
        "print(found, sum(tally.clean.values()), time.perf_counter() - begin, (used() - before) / 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    found, clean, seconds, mebibytes = map(float, done.stdout.split())
    print(f"{seconds:.1f} s, {mebibytes:.0f} MiB more")
    assert (found, clean) == (100, 99_900)
    assert seconds < 60
    assert mebibytes < 100
