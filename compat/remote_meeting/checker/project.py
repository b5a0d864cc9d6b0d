"""What the project files around a source say: whether the Speech SDK is used, and which version of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# ConversationTranscriber changed its meaning in this one (Azure-Samples commit 413de5e81, 2023-08-08).
RENAMED = (1, 31)
DEEPEST = 12
LARGEST = 1_000_000

_MANIFEST = re.compile(
    r"(?i)(?:.*\.(?:csproj|vbproj|fsproj|props|gradle|gradle\.kts|podspec)|packages\.config|pom\.xml|package\.json|"
    r"requirements.*\.txt|pyproject\.toml|setup\.py|setup\.cfg|pipfile|environment\.ya?ml|podfile|build\.sbt|libs\.versions\.toml)\Z"
)
_NUMBER = r"(?P<version>[^\"'<>\s,;]+)"
_VERSIONS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"Include\s*=\s*\"Microsoft\.CognitiveServices\.Speech\"[^>]*?\bVersion\s*=\s*\"{_NUMBER}\"",
        rf"Include\s*=\s*\"Microsoft\.CognitiveServices\.Speech\"\s*>\s*<Version>\s*{_NUMBER}",
        rf"id\s*=\s*\"Microsoft\.CognitiveServices\.Speech\"\s+version\s*=\s*\"{_NUMBER}\"",
        rf"<artifactId>\s*client-sdk(?:-embedded)?\s*</artifactId>\s*<version>\s*{_NUMBER}",
        rf"cognitiveservices\.speech\s*[:\"%\s]+client-sdk(?:-embedded)?[:\"%\s]+{_NUMBER}",
        r"\"microsoft-cognitiveservices-speech-sdk\"\s*:\s*\"(?P<version>[^\"]*)\"",
        r"azure-cognitiveservices-speech[\"']?\s*(?P<version>(?:[=~<>!]=?|===|=\s*\")\s*[\d.*]+)",
        r"MicrosoftCognitiveServicesSpeech-\w+['\"]\s*,\s*['\"](?P<version>[^'\"]+)",
    )
)
_USED = re.compile(
    r"Microsoft\.CognitiveServices\.Speech\b|com\.microsoft\.cognitiveservices\.speech|"
    r"microsoft-cognitiveservices-speech-sdk|azure-cognitiveservices-speech|MicrosoftCognitiveServicesSpeech",
    re.IGNORECASE,
)
_RELEASE = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Project:
    """What is known of the project that a file belongs to.

    Args:
        uses_speech: A project file names the Speech SDK.
        version: As it is written there; empty when it is not.
        is_before_rename: True, false, or None when the version does not tell.
    """

    uses_speech: bool = False
    version: str = ""
    is_before_rename: bool | None = None


NOTHING_KNOWN = Project()


class Projects:
    """The projects under a folder; each folder is looked at once.

    Args:
        top: The folder where a search for project files ends.
    """

    def __init__(self, top: Path) -> None:
        self._top = top.absolute()
        self._known: dict[Path, Project] = {}

    def around(self, path: Path) -> Project:
        """The project of a file: of the nearest folder that names the Speech SDK, upwards."""
        for folder in list(path.absolute().parents)[:DEEPEST]:
            found = self._of(folder)
            if found.uses_speech:
                return found
            if folder == self._top or not folder.is_relative_to(self._top):
                break
        return NOTHING_KNOWN

    def _of(self, folder: Path) -> Project:
        if folder not in self._known:
            self._known[folder] = read_project(list(_manifests(folder)))
        return self._known[folder]


def read_project(manifests: list[str]) -> Project:
    """What project files say, by their texts."""
    uses = [text for text in manifests if _USED.search(text)]
    if not uses:
        return NOTHING_KNOWN
    for text in uses:
        for pattern in _VERSIONS:
            if found := pattern.search(text):
                version = found.group("version").strip()
                return Project(True, version, is_before_rename(version))
    return Project(uses_speech=True)


def is_before_rename(version: str) -> bool | None:
    """Whether an SDK of this version has the old ConversationTranscriber; None when a range may mean either."""
    found = _RELEASE.search(version)
    if found is None:
        return None
    release = (int(found.group(1)), int(found.group(2)))
    sign = version[: found.start()].strip().lstrip("[(v").strip()
    if sign.startswith("<"):
        return True if release < RENAMED or (release == RENAMED and sign == "<") else None
    if release >= RENAMED:
        return False
    # Up to the next minor release, or exactly this one.
    closed = sign in ("", "=", "==", "===", "~", '= "', '="') and "*" not in version and "," not in version
    return True if closed else None


def _manifests(folder: Path) -> Iterator[str]:
    try:
        names = sorted(entry for entry in folder.iterdir() if _MANIFEST.match(entry.name))
    except OSError:
        return
    for name in names:
        try:
            # A pipe of this name would be waited for.
            if name.is_file():
                with name.open("rb") as file:
                    yield file.read(LARGEST).decode("utf-8", "replace")
        except OSError:
            continue
