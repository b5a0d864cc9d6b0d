"""What is known to trip a checker of these APIs: a named test each, of a source a person would write."""

from __future__ import annotations

import json

import pytest

from remote_meeting.checker.model import Certainty
from remote_meeting.checker.project import is_before_rename, read_project
from support.checker import Case, expect, find

CS = "using Microsoft.CognitiveServices.Speech;\nusing Microsoft.CognitiveServices.Speech.Transcription;\n"
JS = 'const sdk = require("microsoft-cognitiveservices-speech-sdk");\n'
PY = "import azure.cognitiveservices.speech as speechsdk\n"


def rules_of(text: str, language: str) -> set[str]:
    """The rules that find anything."""
    return {finding.rule for finding in find(text, language)}


def test_01_classes_shared_with_the_translator() -> None:
    """Conversation, join and Participant of a ConversationTranslator are another feature, which says so when asked."""
    text = CS + (
        "var conversation = await Conversation.CreateConversationAsync(config);\n"
        "var translator = new ConversationTranslator(audio);\n"
        'await translator.JoinConversationAsync(conversation, "Katie");\n'
        "foreach (Participant p in e.Participants) Show(p);\n"
    )
    assert not find(text, "C#")
    (finding,) = find(text, "C#", "RM903")
    assert "2026-06-15" in finding.message


@pytest.mark.parametrize(
    "case",
    [
        ("C#", "await slack.JoinConversationAsync(channel);"),
        ("C#", "class ChatHub : Hub { public Task JoinConversationAsync(string id) => Groups.Add(id); }"),
        ("TypeScript", "const meeting = await zoom.createMeetingAsync({topic});"),
        ("C#", CS + "namespace MeetingTranscriber { class App { } }"),
        (
            "Java",
            "import com.microsoft.cognitiveservices.speech.*;\nclass Conversation { } class C { Conversation all; }",
        ),
    ],
    ids=["Slack", "SignalR", "Zoom", "a namespace", "a class of one's own"],
)
def test_02_unrelated_names(case: Case) -> None:
    """Names that others use, too, need the Speech SDK beside them, and must not be the app's own."""
    language, text = case
    assert not find(text, language)


def test_03_a_method_of_that_name() -> None:
    """Types are matched, not words: a menu's method may be called as the class is."""
    assert not find(CS + "class P { static async Task MeetingTranscriber() { await MeetingTranscriber(); } }", "C#")
    assert not find(CS + "class P { void M() { var s = new RemoteMeetingSamples(); } }", "C#")


def test_04_transcription_mode_as_a_key() -> None:
    """Only the quoted name, in this case of letters, as the key of a property."""
    assert not find("enum TranscriptionMode { Async }", "C#")
    expect("RM503", ("C#", 'config.SetServiceProperty("transcriptionMode", "async", channel); <<'))


def test_05_another_service_at_that_host() -> None:
    """`REGION.cts.speech.microsoft.com/v1/lg` is no voice signature's."""
    assert not find('u = "https://eastus.cts.speech.microsoft.com/v1/lg"', "Python")


@pytest.mark.parametrize(
    "path",
    [
        "vision/v3.1/analyze",
        "vision/v3.2/read",
        "text/analytics/v3.0/sentiment",
        "luis/prediction/v3.0/apps",
        "api/texttospeech/v3.0-beta1/voices",
        "formrecognizer/v2.1/layout",
        "speech/recognition/conversation/cognitiveservices/v1",
    ],
)
def test_06_other_services_versions(path: str) -> None:
    """v3.x of other services, and short audio's v1, are not speech to text's."""
    assert not find(f'u = f"https://{{region}}.api.cognitive.microsoft.com/{path}"', "Python")


def test_07_the_specification_is_no_path() -> None:
    """Its address has the order reversed: no finding, but a client may be generated from it."""
    (finding,) = find("curl https://x/SpeechToText/stable/v3.1/speechtotext.json", "Shell")
    assert finding.certainty is Certainty.UNSURE


def test_08_paths_in_pieces() -> None:
    """A base and a path, two lines, a field, and a host repeated for each method of a generated client."""
    expect("RM701", ("C#", 'const string SpeechToTextBasePath = "api/speechtotext/v2.0/"; <<'))
    expect("RM701", ("Python", 'u = urljoin("https://x/speechtotext/", "v3.1/transcriptions") <<'))
    scala = 'val url = "https://" + region +\n  ".api.cognitive.microsoft.com/speechtotext/v3.0/" + id <<'
    expect("RM701", ("Scala", scala))
    go = "package c\n" + 'func F{n}() {{ host := "{{endpoint}}/speechtotext/v3.2" }} <<\n'
    expect("RM701", ("Go", "".join(go.format(n=n) if n else go.format(n=0) for n in range(1)).rstrip()))


@pytest.mark.parametrize(
    "case",
    [
        ("YAML", "stt:\n  endpoint: https://x/speechtotext/v3.1 <<"),
        ("Make", "run:\n\tcurl $(H)/speechtotext/v3.0/transcriptions <<"),
        ("PowerShell", '$u = "https://$r.api.cognitive.microsoft.com/speechtotext/v3.1/models" <<'),
        ("JSON", '{"Stt": "https://x/speechtotext/v3.0/transcriptions"} <<'),
        ("JSON", '{"hostTemplate": "{Endpoint}/speechtotext/v3.1"} <<'),
        ("MSBuild", "<Url>https://x/speechtotext/v3.2</Url> <<"),
        ("Terraform", 'url = "https://x/speechtotext/v3.1" <<'),
        ("Bicep", "param url string = 'https://x/speechtotext/v3.1' <<"),
    ],
    ids=lambda case: case[0],
)
def test_09_outside_source(case: Case) -> None:
    """The path stands in settings, scripts and build files as well."""
    expect("RM701", case)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [("C#", "// ", ""), ("C#", "/*\n" + "x\n" * 90, "\n*/"), ("Python", "# ", ""), ("HTML", "<!--", "-->")],
    ids=["a line", "90 lines", "Python", "a page"],
)
def test_10_commented_code(language: str, before: str, after: str) -> None:
    """Code in comments is no code, however long the comment."""
    head = {
        "C#": CS,
        "Python": PY,
        "HTML": "<script src='microsoft.cognitiveservices.speech.sdk.bundle.js'></script>\n",
    }
    assert not find(f"{head[language]}{before}new MeetingTranscriber(audio){after}", language)


def test_11_what_is_said_to_people() -> None:
    """Menus, logs and errors name classes and paths; properties, addresses and packages are strings as well."""
    assert not find('#include <speechapi_cxx.h>\ncout << "1.) MeetingTranscriber with push stream\\n";', "C++")
    assert not find(JS + 'console.log("joinConversationAsync failed: DifferentiateGuestSpeakers");', "JavaScript")
    assert rules_of('config.SetProperty("DifferentiateGuestSpeakers", "true");', "C#") == {"RM502"}


def test_12_a_package_without_a_use() -> None:
    """A reference that nothing uses is found, and a use without a telling package as well."""
    project = '<PackageReference Include="Microsoft.CognitiveServices.Speech.Remoteconversation" Version="1.49.1" />'
    assert rules_of(project, "MSBuild") == {"RM102"}
    assert "RM201" in rules_of(JS + "const t = new sdk.MeetingTranscriber(audio);", "JavaScript")


@pytest.mark.parametrize(
    "spelling", ["Remoteconversation", "RemoteConversation", "REMOTECONVERSATION", "Remotemeeting"]
)
def test_13_case_of_package_ids(spelling: str) -> None:
    """Package ids are compared without case."""
    package = f'<PackageReference Include="Microsoft.CognitiveServices.Speech.{spelling}" Version="1.0.0" />'
    assert rules_of(package, "MSBuild") == {"RM102"}


def test_14_other_remote_names() -> None:
    """Not every Remote is the package."""
    assert not find('<ProjectReference Include="SpeechSDKRemoteMeeting.csproj" />', "MSBuild")


def test_15_a_method_that_is_handed_on() -> None:
    """No bracket is needed behind a method."""
    text = PY + (
        "t = speechsdk.transcription.ConversationTranscriber(source)\n"
        "await loop.run_in_executor(None, t.join_conversation_async, conversation) <<\n"
    )
    expect("RM302", ("Python", text.rstrip()))


def test_16_members_that_never_were() -> None:
    """Written by a machine, run by nobody: the class tells, not a list of its methods."""
    text = PY + (
        "c = speechsdk.transcription.Conversation.create_conversation_async(config, id)\n"
        'p = speechsdk.transcription.Participant.from_user_id("katie")\n'
        "t = speechsdk.transcription.ConversationTranscriber(audio_config=a)\n"
    )
    assert {"RM301", "RM302", "RM203"} <= rules_of(text, "Python")


def test_17_scripts_in_pages() -> None:
    """Half of the uses in JavaScript stand in pages, by the global SpeechSDK or an alias of it."""
    page = (
        "<html><body><p>new SpeechSDK.MeetingTranscriber(audio)</p>\n"
        '<script src="microsoft.cognitiveservices.speech.sdk.bundle.js"></script>\n'
        "<script>\n"
        "const t = new SpeechSDK.MeetingTranscriber(audio); <<\n"
        "</script></body></html>"
    )
    expect("RM201", ("HTML", page))
    expect("RM201", ("JavaScript", "const speechsdk = window.SpeechSDK;\nnew speechsdk.MeetingTranscriber(audio); <<"))


def test_18_doubled_quotes_and_long_lines() -> None:
    """Verbatim strings, and JSON in a line of hundreds of characters."""
    expect("RM701", ("C#", 'var s = @"{""self"": ""https://x/speechtotext/v3.0/models/1""}"; <<'))
    line = "run:\n\tcurl -d '" + json.dumps({"contentUrls": ["u" * 300]}) + "' $(H)/speechtotext/v3.1/transcriptions <<"
    expect("RM701", ("Make", line))


def test_19_imports_that_hide_and_imports_in_groups() -> None:
    """A wildcard hides the type, a group goes over two lines."""
    java = (
        "import com.microsoft.cognitiveservices.speech.transcription.*;\n"
        "class R { void f() { ConversationTranscriber t = new "
        "ConversationTranscriber(AudioConfig.fromWavFileInput(f)); } } <<"
    )
    expect("RM301", ("Java", java))
    scala = (
        "import com.microsoft.cognitiveservices.speech.transcription.{\n"
        "  Conversation, <<\n"
        "  ConversationTranscriber}\n"
        "val t = new ConversationTranscriber(AudioConfig.fromStreamInput(s))"
    )
    expect("RM302", ("Scala", scala))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("Java", "package com.microsoft.cognitiveservices.speech.transcription;\nclass A { MeetingTranscriber a; }"),
        ("C#", "namespace Microsoft.CognitiveServices.Speech.Transcription\n{ class A { MeetingTranscriber a; } }"),
        ("C++", "namespace Microsoft {\nnamespace CognitiveServices {\nstd::shared_ptr<MeetingTranscriber> made;"),
        ("C++", "SPXAPI recognizer_join_conversation(SPXCONVERSATIONHANDLE hconv, SPXRECOHANDLE hreco);"),
        ("Objective-C", "@interface SPXMeetingTranscriber : SPXRecognizer\n- (void)join:(SPXMeeting *)meeting;"),
    ],
    ids=["Java", "C#", "C++", "C", "Objective-C"],
)
def test_20_the_sdk_itself(language: str, text: str) -> None:
    """Copies of the SDK define what others use."""
    assert not find(text, language)


def test_21_generated_clients() -> None:
    """12,000 lines are looked into without trouble, each place named."""
    body = '\n    host := "{endpoint}/speechtotext/v3.2"\n    return host\n}\n'
    text = "package client\n" + "".join(f"func Method{number}() string {{{body}" for number in range(3000))
    assert len(find(text, "Go", "RM701")) == 3000


def test_22_misspelt_and_on_a_line_of_its_own() -> None:
    """The property as older SDKs spelt it, and a key whose call began a line before."""
    expect("RM502", ("JavaScript", 'config.setProperty("DifferenciateGuestSpeakers", "true"); <<'))
    expect("RM503", ("C#", 'config.SetServiceProperty(\n  "transcriptionMode", <<\n  "async",\n  channel);'))


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        ("1.20.0", True),
        ("==1.30.0", True),
        ("~1.29.0", True),
        ("<1.31", True),
        ("1.31.0", False),
        (">=1.34", False),
        ("^1.44.1", False),
        ("[1.40.0, )", False),
        ("^1.20.0", None),
        (">=1.20", None),
        ("1.*", None),
        ("latest", None),
        ("", None),
        ("<1.40", None),
    ],
)
def test_versions(version: str, answer: bool | None) -> None:
    """A range that holds both generations says nothing."""
    assert is_before_rename(version) is answer


@pytest.mark.parametrize(
    "manifest",
    [
        '<PackageReference Include="Microsoft.CognitiveServices.Speech" Version="1.20.0" />',
        '<PackageReference Include="Microsoft.CognitiveServices.Speech">\n<Version>1.20.0</Version>',
        '<package id="Microsoft.CognitiveServices.Speech" version="1.20.0" targetFramework="net48" />',
        "<groupId>com.microsoft.cognitiveservices.speech</groupId><artifactId>client-sdk</artifactId><version>1.20.0</version>",
        "implementation 'com.microsoft.cognitiveservices.speech:client-sdk:1.20.0'",
        '"com.microsoft.cognitiveservices.speech" % "client-sdk" % "1.20.0"',
        '{"dependencies": {"microsoft-cognitiveservices-speech-sdk": "1.20.0"}}',
        "azure-cognitiveservices-speech==1.20.0",
        "pod 'MicrosoftCognitiveServicesSpeech-iOS', '1.20.0'",
    ],
)
def test_versions_in_project_files(manifest: str) -> None:
    """The package's version, as each kind of project file writes it."""
    assert read_project([manifest]).is_before_rename is True
    assert read_project([manifest.replace("1.20.0", "1.40.0")]).is_before_rename is False
    assert not read_project(["nothing of it"]).uses_speech
