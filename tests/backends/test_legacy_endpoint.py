"""Where the two halves of the retired service are."""

from __future__ import annotations

import pytest

from remote_meeting_backends import Connection, InvalidInput
from remote_meeting_backends.legacy.endpoint import base_url, upload_url

REGION = Connection(region="westus2")
QUERY = "transcriptionMode=async"


@pytest.mark.parametrize(
    ("connection", "poll", "upload"),
    [
        (
            REGION,
            "https://transcribe.westus2.cts.speech.microsoft.com/api/v1/",
            "wss://transcribe.westus2.cts.speech.microsoft.com/speech/recognition/multiaudio",
        ),
        (
            Connection(region="chinaeast2"),
            "https://transcribe.chinaeast2.cts.speech.azure.cn/api/v1/",
            "wss://transcribe.chinaeast2.cts.speech.azure.cn/speech/recognition/multiaudio",
        ),
        (
            Connection(endpoint="https://host/api/v1/"),
            "https://host/api/v1/",
            "wss://host/speech/recognition/multiaudio",
        ),
        (
            Connection(endpoint="ws://host:1/speech/recognition/dynamicaudio?x=y"),
            "http://host:1/api/v1/",
            "ws://host:1/speech/recognition/dynamicaudio?language=en-US&x=y",
        ),
        (
            Connection(endpoint="ws://host:1/speech/recognition/x/?language=de-DE&TranscriptionMode=RealTimeAndAsync"),
            "http://host:1/api/v1/",
            "ws://host:1/speech/recognition/x/?language=de-DE",
        ),
        (Connection(host="http://host:1"), "http://host:1/api/v1/", "ws://host:1/speech/recognition/multiaudio"),
    ],
)
def test_one_place_gives_both(connection: Connection, poll: str, upload: str) -> None:
    """Whichever of the two an endpoint names; one of uploads keeps its query, but for the mode."""
    assert base_url(connection) == poll
    first = upload if "?" in upload else f"{upload}?language=en-US"
    assert upload_url(connection, "en-US", "async") == f"{first}&{QUERY}"


def test_nowhere_to_go() -> None:
    """Is said, and what to name."""
    for place in (base_url, lambda connection: upload_url(connection, "en-US", "async")):
        with pytest.raises(InvalidInput, match="needs a region, an endpoint or a host"):
            place(Connection())
