"""RM102: the packages that carried the remote client, and the Maven repository they came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..edits import element_around, whole_lines
from ..kinds import Kind
from ..model import Way
from ..rule import Example, Match, Rule
from .samples import MEETING_DOCS

if TYPE_CHECKING:
    from ..source import Source

# `Remoteconversation` in project files, `RemoteConversation` in code, `remote-conversation` in Maven: one package.
_NUGET = re.compile(r"Microsoft\.CognitiveServices\.Speech\.Remote(?:conversation|meeting)\b", re.IGNORECASE)
_MAVEN = re.compile(
    r"com\.microsoft\.cognitiveservices\.speech\.remote(?:conversation|meeting)\b|"
    r"(?<=<artifactId>)\s*remote-?(?:conversation|meeting)(?:-client-sdk)?(?=\s*</artifactId>)",
    re.IGNORECASE,
)
_REPOSITORY = re.compile(r"https?://csspeechstorage\.blob\.core\.windows\.net/maven/?", re.IGNORECASE)
_HOLDERS = frozenset(
    {Kind.MSBUILD, Kind.MAVEN, Kind.GRADLE, Kind.XML, Kind.SHELL, Kind.POWERSHELL, Kind.DOCKER, Kind.YAML, Kind.TOML,
     Kind.PROPERTIES, Kind.JSON, Kind.MAKE, Kind.BATCH}
)  # fmt: skip


def find(source: Source) -> Iterator[Match]:
    """References in project files and scripts; the repository only beside one, as others may come from it."""
    if source.kind not in _HOLDERS:
        return
    packages = [found.span() for pattern in (_NUGET, _MAVEN) for found in pattern.finditer(source.content)]
    for start, end in packages:
        yield _removed(
            source, start, end, "Remove the package", ("PackageReference", "PackageVersion", "package", "dependency")
        )
    if packages:
        for found in _REPOSITORY.finditer(source.content):
            message = "This Maven repository is not answered any more: the package that came from it {retired}."
            match = _removed(source, *found.span(), "Remove the repository", ("repository",))
            yield Match(match.start, match.end, message, fix=match.fix, edits=match.edits)


def _removed(source: Source, start: int, end: int, title: str, elements: tuple[str, ...]) -> Match:
    """A match with the edit that takes its element, or its line of a build script, away."""
    if source.gateway:
        # The client goes on asking the gateway: it needs its package.
        edit = None
    elif source.kind in (Kind.MSBUILD, Kind.MAVEN):
        edit = element_around(source.content, start, elements)
    elif source.kind is Kind.GRADLE:
        edit = whole_lines(source.content, start, end, r"\s*\w+\s*\(?\s*[\"'][^\"']*[\"']\s*\)?\s*")
    else:
        edit = None
    return Match(start, end, fix=title if edit else "", edits=(edit,) if edit else ())


RULE = Rule(
    id="RM102",
    name="remote-package",
    family="Remote client",
    title="The package of the remote client",
    message="{what} holds nothing but a client of a service that {retired}: remove it.",
    why="The package carries RemoteConversationTranscriptionClient and nothing else. Projects reference it without "
    "using it, "
    "and restoring it may fail: its Maven repository is gone.",
    find=find,
    triggers=(
        "remotemeeting",
        "remoteconversation",
    ),
    ways={
        Way.GATEWAY: "Keep it as long as code uses the client against `remote-meeting serve`.",
        Way.REWRITE: "Remove the reference, and the repository it came from.",
    },
    examples={
        "MSBuild": Example(
            before='<PackageReference Include="Microsoft.CognitiveServices.Speech.Remoteconversation" '
            'Version="1.49.1" />',
            after={Way.REWRITE: "<!-- nothing: Microsoft.CognitiveServices.Speech has what remains -->"},
        ),
        "Maven": Example(
            before="<dependency>\n  <groupId>com.microsoft.cognitiveservices.speech.remoteconversation</groupId>\n"
            "  <artifactId>remote-conversation</artifactId>\n  <version>1.8.0</version>\n</dependency>",
            after={Way.REWRITE: "<!-- nothing: com.microsoft.cognitiveservices.speech:client-sdk has what remains -->"},
        ),
    },
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=0.25,
)
