"""`remote-meeting check` beside ripgrep, ast-grep and semgrep, on a tree that is made for it and removed again.

    python tests/benchmarks/checker.py [--files 20000] [--megabytes 1000] [--every 997]

All look for the same: a path of speech to text REST v3.x in a string, and a MeetingTranscriber. ripgrep searches for
the words; ast-grep and semgrep get an equivalent rule file where they are installed (ast-grep-cli, semgrep).
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from remote_meeting.checker.prefilter import WORDS

SUFFIXES = ("cs", "java", "py", "js", "ts", "cpp", "go", "json", "yaml", "kt")
FINDINGS = {
    "cs": 'var u = "https://x/speechtotext/v3.1/transcriptions";',
    "java": 'String u = "https://x/speechtotext/v3.1/transcriptions";',
    "py": 'u = "https://x/speechtotext/v3.1/transcriptions"',
    "js": 'const u = "https://x/speechtotext/v3.1/transcriptions";',
    "ts": 'const u = "https://x/speechtotext/v3.1/transcriptions";',
    "cpp": 'auto u = "https://x/speechtotext/v3.1/transcriptions";',
    "go": 'var u = "https://x/speechtotext/v3.1/transcriptions"',
    "json": '{"u": "https://x/speechtotext/v3.1/transcriptions"}',
    "yaml": 'u: "https://x/speechtotext/v3.1/transcriptions"',
    "kt": 'val u = "https://x/speechtotext/v3.1/transcriptions"',
}
LINES = {
    **dict.fromkeys(("cs", "java", "js", "ts", "cpp"), "    {a}.{b}({c}, {d});"),
    **dict.fromkeys(("py", "kt"), "{a}.{b}({c}, {d})"),
    "go": "// {a} {b} {c} {d}",
    "json": "",
    "yaml": "# {a} {b} {c} {d}",
}
SEMGREP = r"""rules:
  - id: rest
    languages: [csharp, java, python, javascript, typescript, cpp, go, json, yaml, kotlin]
    severity: WARNING
    message: retired
    pattern-either:
      - pattern: '"=~/.*speechtotext\/v3\.[012].*/"'
  - id: transcriber
    languages: [csharp, java, javascript, typescript]
    severity: WARNING
    message: retired
    pattern: new MeetingTranscriber(...)
"""
AST_GREP = r"""id: rest-{language}
language: {language}
rule: {{kind: {kind}, regex: 'speechtotext/v3\.[012]'}}
"""
AST_GREP_NEW = """id: transcriber-{language}
language: {language}
rule: {{pattern: new MeetingTranscriber($$$)}}
"""
AST_GREP_KINDS = (
    ("CSharp", "string_literal"),
    ("Java", "string_literal"),
    ("Python", "string"),
    ("JavaScript", "string"),
    ("TypeScript", "string"),
    ("Cpp", "string_literal"),
    ("Go", "interpreted_string_literal"),
    ("Kotlin", "string_literal"),
)


def make(root: Path, files: int, size: int, every: int) -> int:
    """A tree of source files; every so many holds something. The bytes in all."""
    chance = random.Random(1)
    words = [
        "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chance.randint(2, 10))) for _ in range(4000)
    ]
    blocks = {}
    for suffix in SUFFIXES:
        lines = [LINES[suffix].format(**{key: chance.choice(words) for key in "abcd"}) for _ in range(size // 25 + 100)]
        blocks[suffix] = "\n".join(lines) if suffix != "json" else ""
    written = 0
    for number in range(files):
        suffix = SUFFIXES[number % len(SUFFIXES)]
        folder = root / f"d{number // 400}" / f"s{number // 40 % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = chance.randint(size // 2, size * 3 // 2)
        finding = FINDINGS[suffix] if number % every == 0 else ""
        if suffix == "json":
            text = finding or '{"a": "' + " ".join(chance.choices(words, k=wanted // 7)) + '"}'
        else:
            text = blocks[suffix][:wanted].rpartition("\n")[0] + "\n" + finding + "\n"
        written += (folder / f"f{number}.{suffix}").write_text(text)
    (root / ".gitignore").write_text("*.log\nbuild/\n/dist\n*.tmp\n")
    (root / ".git").mkdir()
    return written


def run(name: str, command: Sequence[str], root: Path, times: int = 3) -> float:
    """The best of some runs, printed with what was found."""
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        took.append(time.perf_counter() - begin)
        if done.returncode not in (0, 1):
            print(f"{name:<28}  failed: {done.stderr.strip()[-200:]}")
            return float("nan")
    print(f"{name:<28}  first {took[0]:7.2f} s   best {min(took):7.2f} s")
    return min(took)


def main() -> None:
    """Make the tree, run them all, say how they compare."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=int, default=20_000)
    options.add_argument("--megabytes", type=int, default=1_000)
    options.add_argument("--every", type=int, default=997, help="every so many files hold something")
    given = options.parse_args()
    scripts = Path(sys.executable).parent
    os.environ["PATH"] = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    size = given.megabytes * 1_000_000 // given.files
    with tempfile.TemporaryDirectory() as folder:
        against_ripgrep(Path(folder, "tree"), given.files, size, given.every)
    with tempfile.TemporaryDirectory() as folder:
        # A hundredth: semgrep takes seconds a file here, and hours over the whole.
        against_others(Path(folder), max(1, given.files // 100), size, max(1, given.every // 100))
        run("remote-meeting --help", ["remote-meeting", "--help"], Path(folder), 5)
        run("python -c pass", [sys.executable, "-c", "pass"], Path(folder), 5)


def made(root: Path, files: int, size: int, every: int) -> list[str]:
    """The tree, told; and our command for it."""
    root.mkdir()
    written = make(root, files, size, every)
    print(f"{files} files, {written / 1e6:.0f} MB, {-(-files // every)} of them hold something")
    return ["remote-meeting", "check", "-q", "--format", "json", "-o", os.devnull]


def against_ripgrep(root: Path, files: int, size: int, every: int) -> None:
    """Ours, and ripgrep for the same words."""
    ours = run("remote-meeting check", made(root, files, size, every), root)
    if shutil.which("rg"):
        literals = [part for word in WORDS for part in ("-e", word.decode())]
        print(f"against ripgrep: {ours / run('rg, the same words', ['rg', '-c', '-F', *literals], root):.1f} times")


def against_others(folder: Path, files: int, size: int, every: int) -> None:
    """Ours, and what else parses."""
    root = folder / "tree"
    ours = run("remote-meeting check", made(root, files, size, every), root)
    if shutil.which("ast-grep"):
        rules = folder / "rules.yml"
        texts = [AST_GREP.format(language=name, kind=kind) for name, kind in AST_GREP_KINDS]
        texts += [AST_GREP_NEW.format(language=name) for name in ("CSharp", "Java", "JavaScript", "TypeScript")]
        rules.write_text("---\n".join(texts))
        took = run("ast-grep", ["ast-grep", "scan", "-r", str(rules), "--json=compact"], root)
        print(f"ast-grep: {took / ours:.1f} times ours")
    if shutil.which("semgrep"):
        rules = folder / "semgrep.yml"
        rules.write_text(SEMGREP)
        command = ["semgrep", "scan", "--metrics=off", "--disable-version-check", "-q", "--no-git-ignore"]
        took = run("semgrep", [*command, "--config", str(rules), "."], root, 1)
        print(f"semgrep: {took / ours:.1f} times ours")


if __name__ == "__main__":
    main()
