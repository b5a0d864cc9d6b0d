"""RM702: diarization in the shape of v3.x."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM702"
FINDS: dict[str, Case] = {
    "Python": (
        "Python",
        """
body = {"contentUrls": [url], "properties": {
    "diarizationEnabled": True, <<
    "diarization": {"speakers": {"minCount": 1, "maxCount": 4}}, <<
}}
""",
    ),
    "C#, members": (
        "C#",
        """
var body = new { contentUrls, properties = new {
    diarizationEnabled = true, <<
    wordLevelTimestampsEnabled = true } };
""",
    ),
    "JSON": (
        "JSON",
        """
{"contentUrls": ["x"], "properties": {
  "diarizationEnabled": true, <<
  "diarization": { <<
    "speakers": {"minCount": 1, "maxCount": 3}}}}
""",
    ),
    "v2.0": (
        "Python",
        """
body = {"recordingsUrl": url, "properties": {
    "AddDiarization": "True", <<
}}
""",
    ),
    "JSON in a script": (
        "Shell",
        """
curl $H/speechtotext/x -d '{"contentUrls":["x"],"properties":{"diarizationEnabled":true}}' <<
""",
    ),
    "a generated client": (
        "Python",
        """
import swagger_client
properties = swagger_client.TranscriptionProperties()
properties.diarization_enabled = True <<
properties.diarization = swagger_client.DiarizationProperties( <<
    swagger_client.DiarizationSpeakersProperties(min_count=1, max_count=5)) <<
""",
    ),
}
SILENT: dict[str, Case] = {
    "a variable and a parameter of one's own": (
        "TypeScript",
        """
function submit(contentUrls: string[], diarizationEnabled: boolean) {
  if (diarizationEnabled) mark(contentUrls, diarizationEnabled);
}
""",
    ),
    "the present shape": (
        "Python",
        """
body = {"contentUrls": [url], "properties": {"diarization": {"enabled": True, "maxSpeakers": 4}}}
""",
    ),
    "another service": (
        "JSON",
        """
{"audio": "x", "diarizationEnabled": true}
""",
    ),
    "a state of one's own": (
        "TypeScript",
        """
const [diarizationEnabled, setDiarizationEnabled] = useState(false);
""",
    ),
    "Google's": (
        "Python",
        """
config = {"diarizationConfig": {"enableSpeakerDiarization": True, "maxSpeakerCount": 4}}
""",
    ),
    "a comment": (
        "Python",
        """
body = {"contentUrls": [url]}  # "diarizationEnabled": True
""",
    ),
    "a log": (
        "Python",
        """
body = {"contentUrls": [url]}
print("diarizationEnabled")
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
