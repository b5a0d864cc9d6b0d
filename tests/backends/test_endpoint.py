"""Where the speech to text REST API lives: by region in each cloud, by endpoint, and never at a retired version."""

from __future__ import annotations

import pytest

from remote_meeting_backends import Connection, InvalidInput
from remote_meeting_backends.speech_rest.endpoint import (
    API_VERSIONS,
    DEFAULT_API_VERSION,
    api_version,
    base_url,
    scope_of,
)

CUSTOM = "https://meetings.cognitiveservices.azure.com"


@pytest.mark.parametrize(
    ("connection", "url"),
    [
        (Connection(region="westeurope"), "https://westeurope.api.cognitive.microsoft.com/speechtotext"),
        (Connection(region=" WestEurope "), "https://westeurope.api.cognitive.microsoft.com/speechtotext"),
        (Connection(region="usgovvirginia"), "https://usgovvirginia.api.cognitive.microsoft.us/speechtotext"),
        (Connection(region="chinaeast2"), "https://chinaeast2.api.cognitive.azure.cn/speechtotext"),
        (Connection(endpoint=CUSTOM), f"{CUSTOM}/speechtotext"),
        (Connection(endpoint=f"{CUSTOM}/"), f"{CUSTOM}/speechtotext"),
        (Connection(endpoint=f"{CUSTOM}/speechtotext/transcriptions:submit?api-version=x"), f"{CUSTOM}/speechtotext"),
        (Connection(endpoint="http://127.0.0.1:8438"), "http://127.0.0.1:8438/speechtotext"),
        (Connection(endpoint="ws://127.0.0.1:8438/stt/speech/universal/v2"), "http://127.0.0.1:8438/speechtotext"),
        (Connection(endpoint="https://proxy.test/azure/"), "https://proxy.test/azure/speechtotext"),
        (Connection(host="wss://h.test:8443"), "https://h.test:8443/speechtotext"),
        (
            Connection(endpoint="wss://eastus.stt.speech.microsoft.com/speech/universal/v2"),
            "https://eastus.api.cognitive.microsoft.com/speechtotext",
        ),
        (Connection(endpoint=CUSTOM, region="eastus"), f"{CUSTOM}/speechtotext"),
    ],
)
def test_where_it_lives(connection: Connection, url: str) -> None:
    """An endpoint wins over a region; what stands behind the API's own path is left out."""
    assert base_url(connection, "batch") == url


@pytest.mark.parametrize(
    ("connection", "why"),
    [
        (Connection(), "needs a region or an endpoint"),
        (Connection(region="https://x.test"), "is no region"),
        (Connection(region="west europe"), "is no region"),
        (Connection(endpoint="x.test"), "is no URL"),
        (Connection(endpoint="ftp://x.test"), "is no URL"),
        (Connection(endpoint="https://x.test:0"), "is no URL"),
        (Connection(endpoint="https://[::1"), "is no URL"),
        (Connection(endpoint="https://me:secret@x.test"), "holds a user name"),
        (Connection(endpoint=f"{CUSTOM}/speechtotext/v3.1/transcriptions"), "names a retired version"),
    ],
)
def test_what_is_no_place_is_refused(connection: Connection, why: str) -> None:
    """In one sentence, without what may be a secret."""
    with pytest.raises(InvalidInput, match=why) as caught:
        base_url(connection, "batch")
    assert "secret" not in str(caught.value)


def test_versions_are_held_in_one_place() -> None:
    """The newest is spoken unless another that is known is asked for; v3 never is."""
    assert api_version(Connection()) == DEFAULT_API_VERSION == "2025-10-15"
    assert [api_version(Connection(api_version=known)) for known in API_VERSIONS] == list(API_VERSIONS)
    for unknown in ("v3.2", "3.1", "2024-05-15-preview", ""):
        with pytest.raises(InvalidInput, match="use 2025-10-15 or 2024-11-15"):
            api_version(Connection(api_version=unknown))


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        (f"{CUSTOM}/speechtotext", "https://cognitiveservices.azure.com/.default"),
        ("https://chinaeast2.api.cognitive.azure.cn/speechtotext", "https://cognitiveservices.azure.cn/.default"),
    ],
)
def test_a_token_is_for_the_cloud_it_goes_to(url: str, scope: str) -> None:
    """Each cloud has its own."""
    assert scope_of(url) == scope
