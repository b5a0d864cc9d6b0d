"""What an app asks of a recognition through its SpeechConfig, and what of that changes nothing here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from remote_meeting_backends import AuthenticationFailed

from .config import QUERY_PARAMETERS, SpeechConfigLike
from .properties import PropertyId
from .results import PropertyCollection

# Some apps set it by the name of its id, which the SDK for Python does not take for the property.
APART = (PropertyId.Speech_EnableMultiChannelProcessing.wire_name, "Speech_EnableMultiChannelProcessing")
MODE = "transcriptionMode"
MODEL = PropertyId.SpeechServiceConnection_EndpointId.wire_name
_PROFANITY = {"masked": "masked", "removed": "removed", "raw": "none"}
# They say where to go and who calls, are asked for in `wishes`, or get what they ask for without asking: words with
# times, confidences, guests told apart. The native SDK's transcribers send nothing of a dictation mode either.
_HEARD = frozenset(
    found.wire_name
    for found in PropertyId
    if found.name.startswith(("CancellationDetails_", "SpeechServiceAuthorization_"))
    or found.wire_name.startswith("RESULT-")
    or found.name
    in {
        "SpeechServiceConnection_Key",
        "SpeechServiceConnection_Endpoint",
        "SpeechServiceConnection_Region",
        "SpeechServiceConnection_EndpointId",
        "SpeechServiceConnection_Host",
        "SpeechServiceConnection_RecoMode",
        "SpeechServiceConnection_RecoLanguage",
        "SpeechServiceConnection_UserDefinedQueryParameters",
        "Speech_SessionId",
        "SpeechServiceResponse_RequestDetailedResultTrueFalse",
        "SpeechServiceResponse_ProfanityOption",
        "SpeechServiceResponse_RequestWordLevelTimestamps",
        "SpeechServiceResponse_OutputFormatOption",
        "SpeechServiceResponse_DiarizeIntermediateResults",
    }
) | {*APART, MODE, "ConversationTranscriptionInRoomAndOnline", "DifferentiateGuestSpeakers"}
_INSTEAD = {
    PropertyId.SpeechServiceConnection_ProxyHostName.wire_name: "set HTTPS_PROXY",
    PropertyId.Speech_LogFilename.wire_name: "use Python's logging",
}


class Overlaid:
    """A SpeechConfig with the properties of a transcriber laid over it.

    Args:
        config: Ours, or the official SDK's.
        properties: The transcriber's own.
        token: Who knows the token of the moment; None where the app has none.
    """

    def __init__(self, config: SpeechConfigLike, properties: PropertyCollection, token: CurrentToken | None) -> None:
        self._config = config
        self._properties = properties
        self.token_credential = token if token and token.value else getattr(config, "token_credential", None)

    def get_property_by_name(self, property_name: str, /) -> str:
        """A property by its name; empty when it is not set."""
        own = self._properties.get_property_by_name(property_name)
        return own or str(self._config.get_property_by_name(property_name))

    def names(self) -> Iterator[str]:
        """Those that were set; of the official SDK's object, which does not tell them, those that are known here."""
        yield from self._properties
        told = getattr(self._config, "property_names", None)
        yield from told if told is not None else (found.wire_name for found in PropertyId)
        yield from (name for name, _ in parse_qsl(self.get_property_by_name(QUERY_PARAMETERS)))


class CurrentToken:
    """An authorization token that the app may replace while a recognition runs: each connection takes the newest.

    Args:
        value: The token; empty for none.
    """

    def __init__(self, value: str = "") -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"CurrentToken({'set' if self.value else 'empty'})"

    def get_token(self, *_scopes: str, **_options: Any) -> SimpleNamespace:
        """As a credential gives it; it is asked for again for each connection.

        Raises:
            AuthenticationFailed: The app took it away.
        """
        if not self.value:
            raise AuthenticationFailed("There is no authorization token: set authorization_token.")
        return SimpleNamespace(token=self.value, expires_on=0)


def wishes_of(config: SpeechConfigLike, phrases: Iterable[str] = ()) -> dict[str, Any]:
    """Options of a job that not every backend has, as `submit` takes them."""
    wishes: dict[str, Any] = {}
    if model := config.get_property_by_name(MODEL):
        wishes["model"] = model
    profanity = config.get_property_by_name(PropertyId.SpeechServiceResponse_ProfanityOption.wire_name)
    if profanity.lower() in _PROFANITY:
        wishes["profanity"] = _PROFANITY[profanity.lower()]
    if listed := tuple(phrases):
        wishes["phrases"] = listed
    return wishes


def keeps_apart(config: SpeechConfigLike) -> bool:
    """Whether channels are to be kept apart."""
    return any(config.get_property_by_name(name).lower() == "true" for name in APART)


def without_effect(config: Overlaid) -> list[str]:
    """What was set and changes nothing here, by name, and with what does instead where there is such."""
    found = {name for name in config.names() if name not in _HEARD and config.get_property_by_name(name)}
    found |= {name for name, _ in parse_qsl(config.get_property_by_name(QUERY_PARAMETERS)) if name not in _HEARD}
    return [f"{name} ({_INSTEAD[name]})" if name in _INSTEAD else name for name in sorted(found)]
