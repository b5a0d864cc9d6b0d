"""RM701: paths of speech to text REST v2.0 to v3.2."""

from __future__ import annotations

import pytest

from support.checker import Case, expect, find

RULE = "RM701"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
var u = $"https://{region}.api.cognitive.microsoft.com/speechtotext/v3.1/transcriptions"; <<
""",
    ),
    "v2.0, its path alone": (
        "C#",
        """
const string SpeechToTextBasePath = "api/speechtotext/v2.0/"; <<
""",
    ),
    "a preview": (
        "Python",
        """
url = f"{base}/speechtotext/v3.2-preview.2/transcriptions" <<
""",
    ),
    "capitals": (
        "JavaScript",
        """
fetch(host + "/SpeechToText/v3.0/Transcriptions/"); <<
""",
    ),
    "the version by itself": (
        "Python",
        """
BASE = "https://x.cognitiveservices.azure.com/speechtotext/"
VERSION = "v3.1" <<
PATH = "v3.2/transcriptions" <<
""",
    ),
    "a hole for the version": (
        "JavaScript",
        """
const version = "v3.0"; <<
const url = `${host}/speechtotext/${version}/transcriptions`;
""",
    ),
    "YAML": (
        "YAML",
        """
stt:
  url: https://eastus.api.cognitive.microsoft.com/speechtotext/v3.0 <<
""",
    ),
    "Makefile": (
        "Make",
        """
submit:
	curl -X POST $(HOST)/speechtotext/v3.1/transcriptions -d '{"self": "x"}' <<
""",
    ),
    "PowerShell": (
        "PowerShell",
        """
$uri = "https://$region.api.cognitive.microsoft.com/speechtotext/v3.2/transcriptions" <<
""",
    ),
    "doubled quotes": (
        "C#",
        """
var body = @"{""self"": ""https://x/speechtotext/v3.0/models/1""}"; <<
""",
    ),
    "escaped slashes": (
        "JSON",
        r"""
{"self": "https:\/\/x\/speechtotext\/v3.1\/models"} <<
""",
    ),
    "a container": (
        "Shell",
        """
curl "http://localhost:5000/speechtotext/v3.1/transcriptions" <<
""",
    ),
    "Go": (
        "Go",
        """
host := "{endpoint}/speechtotext/v3.2" <<
""",
    ),
    "HTML": (
        "HTML",
        """
<script>
fetch(base + "/speechtotext/v3.0/transcriptions"); <<
</script>
""",
    ),
}
SILENT: dict[str, Case] = {
    "the present API": (
        "C#",
        """
var u = $"{host}/speechtotext/transcriptions:submit?api-version=2024-11-15";
""",
    ),
    "vision": (
        "C#",
        """
var u = $"{host}/vision/v3.2/analyze";
""",
    ),
    "text analytics": (
        "Python",
        """
url = f"{host}/text/analytics/v3.0/sentiment"
""",
    ),
    "language understanding": (
        "JavaScript",
        """
fetch(host + "/luis/prediction/v3.0/apps");
""",
    ),
    "text to speech": (
        "Python",
        """
url = host + "/api/texttospeech/v3.0-beta1/voices"
""",
    ),
    "forms": (
        "Python",
        """
url = host + "/formrecognizer/v2.1/layout/analyze"
""",
    ),
    "short audio": (
        "Python",
        """
url = f"https://{r}.stt.speech.microsoft.com/speech/recognition/conversation/cognitiveservices/v1"
""",
    ),
    "an internal version": (
        "Python",
        """
url = f"{host}/speechtotext/v3.2_internal.1/transcriptions"
""",
    ),
    "the specification": (
        "Shell",
        """
autorest --input-file=SpeechToText/stable/v3.1/speechtotext.json
""",
    ),
    "a comment": (
        "YAML",
        """
# https://x/speechtotext/v3.1/transcriptions
url: 1
""",
    ),
    "a log": (
        "Python",
        """
logger.warning("speechtotext/v3.1 is retired")
""",
    ),
    "an error's text": (
        "C#",
        """
throw new InvalidOperationException("speechtotext/v3.0 is gone");
""",
    ),
    "versions of other things": (
        "Python",
        """
VERSION = "v3.1"
url = f"{host}/speechtotext/transcriptions:submit?api-version=2025-10-15"
""",
    ),
    "version 3.10": (
        "Python",
        """
url = f"{host}/speechtotext/v3.10/transcriptions"
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)


def fixed(text: str, language: str) -> str:
    """The text with every edit of the rule made."""
    edits = sorted(
        {edit for finding in find(text, language, RULE) if finding.fix for edit in finding.fix.edits},
        key=lambda edit: -edit.start,
    )
    for edit in edits:
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def test_fix_of_a_call_that_reads() -> None:
    """The version moves into the query."""
    text = 'reply = requests.get(f"{host}/speechtotext/v3.1/transcriptions/{id}/files", headers=headers)\n'
    assert fixed(text, "Python") == (
        'reply = requests.get(f"{host}/speechtotext/transcriptions/{id}/files?api-version=2025-10-15", '
        "headers=headers)\n"
    )
    text = 'var r = await client.GetAsync($"{host}/speechtotext/v3.0/Transcriptions/{id}");'
    assert (
        fixed(text, "C#")
        == 'var r = await client.GetAsync($"{host}/speechtotext/Transcriptions/{id}?api-version=2025-10-15");'
    )


def test_fix_of_a_call_that_creates() -> None:
    """The path, and the body's diarization and time to live where they are literals."""
    text = """requests.post("https://x/speechtotext/v3.1/transcriptions", json={
    "contentUrls": [url],
    "properties": {
        "diarizationEnabled": True,
        "diarization": {"speakers": {"minCount": 1, "maxCount": 4}},
        "timeToLive": "P2D",
    },
})
"""
    assert (
        fixed(text, "Python")
        == """requests.post("https://x/speechtotext/transcriptions:submit?api-version=2025-10-15", json={
    "contentUrls": [url],
    "properties": {
        "diarization": {"enabled": True, "maxSpeakers": 4},
        "timeToLiveHours": 48,
    },
})
"""
    )


def test_fix_of_a_body_in_a_variable() -> None:
    """A body that is given once and used once is as certain; what is required now is added."""
    text = (
        'body = {"contentUrls": [url], "locale": "en-US"}\n'
        'client.post(f"{host}/speechtotext/v3.2/transcriptions", json=body)\n'
    )
    assert fixed(text, "Python") == (
        'body = {"contentUrls": [url], "locale": "en-US", "properties": {"timeToLiveHours": 48}}\n'
        'client.post(f"{host}/speechtotext/transcriptions:submit?api-version=2025-10-15", json=body)\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        'requests.get("https://x/speechtotext/v3.1/transcriptions/" + id)',
        'requests.get("https://x/speechtotext/v3.1/transcriptions", params={"top": 5})',
        'requests.get("https://x/speechtotext/v3.1/models")',
        'requests.get("https://x/speechtotext/v3.1/transcriptions?skip=1")',
        'url = "https://x/speechtotext/v3.1/transcriptions"',
        'requests.post("https://x/speechtotext/v3.1/transcriptions", json=make())',
        'requests.post("https://x/speechtotext/v3.1/transcriptions", json={"properties": {"diarizationEnabled": '
        "wanted}})",
        'requests.post("https://x/speechtotext/v3.1/transcriptions", json={"properties": {"timeToLive": "PT1M"}})',
        'body = {}\nbody["a"] = 1\nrequests.post("https://x/speechtotext/v3.1/transcriptions", json=body)',
        'requests.get("https://x/speechtotext/v2.0/transcriptions")',
    ],
)
def test_no_fix_where_the_meaning_is_not_certain(text: str) -> None:
    """A path that is added to, a query beside it, a body that is not all seen."""
    assert fixed(text, "Python") == text
    assert find(text, "Python", RULE)
