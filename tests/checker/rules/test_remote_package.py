"""RM102: packages of the remote client."""

from __future__ import annotations

import pytest

from support.checker import Case, expect, find

RULE = "RM102"
PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="Microsoft.CognitiveServices.Speech" Version="1.49.1" />
    <PackageReference Include="Microsoft.CognitiveServices.Speech.Remoteconversation" Version="1.49.1" />
  </ItemGroup>
</Project>
"""
FINDS: dict[str, Case] = {
    "csproj": (
        "MSBuild",
        """
<PackageReference Include="Microsoft.CognitiveServices.Speech" Version="1.49.1" />
<PackageReference Include="Microsoft.CognitiveServices.Speech.Remoteconversation" Version="1.49.1" /> <<
<PackageVersion Include="microsoft.cognitiveservices.speech.remotemeeting" Version="1.8.0" /> <<
""",
    ),
    "Maven, with its repository": (
        "Maven",
        """
<repositories>
  <repository>
    <id>speech</id>
    <url>https://csspeechstorage.blob.core.windows.net/maven/</url> <<
  </repository>
</repositories>
<dependency>
  <groupId>com.microsoft.cognitiveservices.speech.remoteconversation</groupId> <<
  <artifactId>remote-conversation</artifactId> <<
  <version>1.8.0</version>
</dependency>
""",
    ),
    "Gradle": (
        "Gradle",
        """
implementation 'com.microsoft.cognitiveservices.speech:client-sdk:1.34.1'
implementation 'com.microsoft.cognitiveservices.speech.remotemeeting:remote-meeting:1.8.0' <<
""",
    ),
    "a script": ("Shell", "dotnet add package Microsoft.CognitiveServices.Speech.Remoteconversation <<\n"),
}
SILENT: dict[str, Case] = {
    "other Remote names": ("MSBuild", '<ProjectReference Include="SpeechSDKRemoteConversation.csproj" />'),
    "the SDK's own package": (
        "MSBuild",
        '<PackageReference Include="Microsoft.CognitiveServices.Speech" Version="1.49.1" />',
    ),
    "a comment": (
        "MSBuild",
        '<!-- <PackageReference Include="Microsoft.CognitiveServices.Speech.Remoteconversation" Version="1" /> -->',
    ),
    "the repository of the SDK alone": (
        "Maven",
        "<repository><url>https://csspeechstorage.blob.core.windows.net/maven/</url></repository>",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)


def test_fix_takes_the_element() -> None:
    """The reference goes with its line, whatever stands around it stays."""
    (finding,) = find(PROJECT, "MSBuild", RULE)
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    left = PROJECT[: edit.start] + edit.text + PROJECT[edit.end :]
    assert left.splitlines() == [line for line in PROJECT.splitlines() if "Remoteconversation" not in line]


def test_no_fix_on_the_way_to_the_gateway() -> None:
    """Whoever keeps the client keeps its package."""
    (finding,) = find(PROJECT, "MSBuild", RULE, gateway="https://gateway.example")
    assert finding.fix is None
