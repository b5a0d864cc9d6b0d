"""SpeechConfig: the rules of the Speech SDK for Python's constructor, and secrets that never show."""

from __future__ import annotations

from typing import Any

import pytest

from remote_meeting import (
    InvalidInput,
    PropertyId,
    RemoteMeetingTranscriptionClient,
    ServicePropertyChannel,
    SpeechConfig,
)
from remote_meeting.config import connection_of, service_property
from remote_meeting_backends import Connection
from support.configs import REFUSED, TAKEN, URL


@pytest.mark.parametrize("given", REFUSED, ids=str)
def test_what_cannot_be_a_config(given: dict[str, str]) -> None:
    """Refused at once, as the SDK does."""
    with pytest.raises(ValueError, match=r"."):
        SpeechConfig(**given)


@pytest.mark.parametrize("given", TAKEN, ids=str)
def test_what_can_be_a_config(given: dict[str, str]) -> None:
    """What was given can be read back under the SDK's names."""
    config = SpeechConfig(**given)
    assert config.subscription_key == given.get("subscription", "")
    assert config.region == given.get("region", "")
    assert config.authorization_token == given.get("auth_token", "")
    assert config.speech_recognition_language == given.get("speech_recognition_language", "")
    assert config.get_property_by_name("SPEECH-Endpoint") == given.get("endpoint", "")
    assert config.get_property(PropertyId.SpeechServiceConnection_Host) == given.get("host", "")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"endpoint": URL}, "neither a subscription key nor an authorization token"),
        ({"host": URL}, "neither a subscription key nor an authorization token"),
    ],
)
def test_a_config_without_credentials(given: dict[str, str], sentence: str) -> None:
    """The SDK makes such a config; the client refuses it, as the C# client did."""
    with pytest.raises(InvalidInput, match=sentence):
        RemoteMeetingTranscriptionClient(SpeechConfig(**given))


def test_a_config_that_lost_its_place() -> None:
    """A property that was emptied later is found by the client."""
    config = SpeechConfig("k", "westus")
    config.set_property(PropertyId.SpeechServiceConnection_Region, "")
    with pytest.raises(InvalidInput, match="neither a region nor an endpoint nor a host"):
        RemoteMeetingTranscriptionClient(config)


@pytest.mark.parametrize("given", ["key", 7, {"subscription": "k"}])
def test_no_config_at_all(given: Any) -> None:
    """Something else in its place is named by its type."""
    with pytest.raises(TypeError, match=f"must be a SpeechConfig, not {type(given).__name__}"):
        RemoteMeetingTranscriptionClient(given)


def test_what_the_backends_get_to_know() -> None:
    """Every part of a config arrives, and a token that was set later wins over the key."""
    config = SpeechConfig("k", "westus", speech_recognition_language="de-DE")
    assert connection_of(config) == Connection(key="k", region="westus", language="de-DE")
    config.authorization_token = "t"
    config.speech_recognition_language = "fr-FR"
    connection = connection_of(config)
    assert connection == Connection(key="k", token="t", region="westus", language="fr-FR")
    assert connection is not None
    assert connection.headers == {"Authorization": "Bearer t"}
    assert connection_of(SpeechConfig("k", endpoint=URL)) == Connection(key="k", endpoint=URL)
    assert connection_of(SpeechConfig("k", host=URL)) == Connection(key="k", host=URL)
    assert connection_of(None) is None


def test_service_properties() -> None:
    """The transcription mode stands where old apps put it, and can be read back."""
    config = SpeechConfig("k", "westus")
    assert service_property(config, "transcriptionMode") is None
    config.set_service_property("transcriptionMode", "RealTimeAndAsync", ServicePropertyChannel.UriQueryParameter)
    assert service_property(config, "transcriptionMode") == "RealTimeAndAsync"
    assert service_property(None, "transcriptionMode") is None


def test_wrong_types_are_refused() -> None:
    """As in the SDK, a property's id is a PropertyId, its name a text, its channel a channel."""
    config: Any = SpeechConfig("k", "westus")
    for wrong in (
        lambda: config.set_property("SPEECH-Region", "x"),
        lambda: config.get_property("SPEECH-Region"),
        lambda: config.set_property_by_name(7, "x"),
        lambda: config.set_service_property("x", "y", "UriQueryParameter"),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_secrets_never_show() -> None:
    """Neither a config nor a client says its key or token."""
    config = SpeechConfig("s3cret-key", "westus")
    config.authorization_token = "s3cret-token"
    assert repr(config) == "SpeechConfig('westus')"
    client = RemoteMeetingTranscriptionClient(config)
    for shown in (config, client, connection_of(config), client.asynchronous.meetings):
        assert "s3cret" not in f"{shown!r} {shown}"


@pytest.mark.parametrize(
    "endpoint", ["wss://user:hunter2@example.org/speech", "https://example.org/speech?sig=hunter2"]
)
def test_repr_shows_no_secret_of_an_endpoint(endpoint: str) -> None:
    """A secret may stand before the host or behind the path."""
    shown = repr(SpeechConfig(subscription="k", endpoint=endpoint))
    assert "example.org/speech" in shown
    assert "hunter2" not in shown
