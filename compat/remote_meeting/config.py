"""SpeechConfig, in the Speech SDK for Python's spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from urllib.parse import parse_qsl

from remote_meeting_backends import Connection, InvalidInput, Limits, Storage

from .properties import OutputFormat, ProfanityOption, PropertyId, ServicePropertyChannel

QUERY_PARAMETERS = "SPEECH-UserDefinedQueryParameters"


class SpeechConfig:
    """Where to go and with which key: the Speech SDK for Python's constructor, with its rules.

    Args:
        subscription: Subscription key.
        region: Azure region; needs a key or a token.
        endpoint: Whole URL that replaces the one built from the region.
        host: `scheme://host[:port]`; the standard path is added.
        auth_token: Authorization token; needs a region. A token wins over a key.
        speech_recognition_language: BCP-47 language, such as `en-US`.
        token_credential: A credential object with `get_token` (azure-identity's); needs an endpoint with a custom
            domain, and is asked for a new token before the last one expires.
        key_credential: An object whose `key` is the subscription key (azure-core's AzureKeyCredential).

    Raises:
        ValueError: The combination is one that the SDK refuses, too.
    """

    def __init__(
        self,
        subscription: str | None = None,
        region: str | None = None,
        endpoint: str | None = None,
        host: str | None = None,
        auth_token: str | None = None,
        speech_recognition_language: str | None = None,
        token_credential: Any = None,
        key_credential: Any = None,
    ) -> None:
        if key_credential is not None:
            if subscription is not None or token_credential is not None:
                raise ValueError("give one of subscription, key_credential and token_credential")
            subscription = str(key_credential.key)
        _check(subscription, region, endpoint, host, auth_token)
        if token_credential is not None and (endpoint is None or subscription is not None):
            raise ValueError("a token_credential goes with an endpoint, and without a subscription key")
        self.token_credential = token_credential
        self._properties: dict[str, str] = {}
        self._service_properties: dict[str, tuple[str, ServicePropertyChannel]] = {}
        for property_id, value in (
            (PropertyId.SpeechServiceConnection_Key, subscription),
            (PropertyId.SpeechServiceConnection_Region, region),
            (PropertyId.SpeechServiceConnection_Endpoint, endpoint),
            (PropertyId.SpeechServiceConnection_Host, host),
            (PropertyId.SpeechServiceAuthorization_Token, auth_token),
            (PropertyId.SpeechServiceConnection_RecoLanguage, speech_recognition_language),
        ):
            if value is not None:
                self.set_property(property_id, value)

    def __repr__(self) -> str:
        place = self.get_property_by_name("SPEECH-Endpoint") or self.get_property_by_name("SPEECH-Host") or self.region
        # What stands before the host or behind the path may be a secret.
        shown = place.partition("?")[0]
        scheme, separator, rest = shown.rpartition("://")
        return f"SpeechConfig({scheme + separator + rest.rpartition('@')[2]!r})"

    @property
    def subscription_key(self) -> str:
        """The key; empty when there is none."""
        return self.get_property(PropertyId.SpeechServiceConnection_Key)

    @property
    def region(self) -> str:
        """The region; empty when there is none."""
        return self.get_property(PropertyId.SpeechServiceConnection_Region)

    @property
    def authorization_token(self) -> str:
        """The token; empty when there is none. Set it anew before it expires."""
        return self.get_property(PropertyId.SpeechServiceAuthorization_Token)

    @authorization_token.setter
    def authorization_token(self, token: str) -> None:
        self.set_property(PropertyId.SpeechServiceAuthorization_Token, token)

    @property
    def speech_recognition_language(self) -> str:
        """The language; empty for the default."""
        return self.get_property(PropertyId.SpeechServiceConnection_RecoLanguage)

    @speech_recognition_language.setter
    def speech_recognition_language(self, language: str) -> None:
        self.set_property(PropertyId.SpeechServiceConnection_RecoLanguage, language)

    @property
    def endpoint_id(self) -> str:
        """Id of a custom model; empty for the base model."""
        return self.get_property(PropertyId.SpeechServiceConnection_EndpointId)

    @endpoint_id.setter
    def endpoint_id(self, endpoint_id: str) -> None:
        self.set_property(PropertyId.SpeechServiceConnection_EndpointId, endpoint_id)

    @property
    def output_format(self) -> OutputFormat:
        """Simple or detailed; results here are detailed either way."""
        detailed = self.get_property(PropertyId.SpeechServiceResponse_RequestDetailedResultTrueFalse)
        return OutputFormat.Detailed if detailed == "true" else OutputFormat.Simple

    @output_format.setter
    def output_format(self, output_format: OutputFormat) -> None:
        if not isinstance(output_format, OutputFormat):
            raise TypeError("wrong type, must be OutputFormat")
        asked = str(output_format is OutputFormat.Detailed).lower()
        self.set_property(PropertyId.SpeechServiceResponse_RequestDetailedResultTrueFalse, asked)

    @property
    def property_names(self) -> tuple[str, ...]:
        """What was set, by name; new beside the old."""
        return (*self._properties, *self._service_properties)

    def request_word_level_timestamps(self) -> None:
        """Words with their times; results here have them wherever the backend does."""
        self.set_property(PropertyId.SpeechServiceResponse_RequestWordLevelTimestamps, "true")

    def enable_dictation(self) -> None:
        """Dictation mode; like the SDK's transcribers of conversations, those here have no other mode."""
        self.set_property(PropertyId.SpeechServiceConnection_RecoMode, "DICTATION")

    def enable_audio_logging(self) -> None:
        """Let the service keep audio. It is not asked for here: a transcriber that begins warns of that."""
        self.set_property(PropertyId.SpeechServiceConnection_EnableAudioLogging, "true")

    def set_profanity(self, profanity_option: ProfanityOption) -> None:
        """What becomes of swear words."""
        if not isinstance(profanity_option, ProfanityOption):
            raise TypeError("wrong type, must be ProfanityOption")
        self.set_property(PropertyId.SpeechServiceResponse_ProfanityOption, profanity_option.name.lower())

    def set_proxy(self, hostname: str, port: int, username: str | None = None, password: str | None = None) -> None:
        """A proxy. The environment's is taken here (HTTPS_PROXY): a transcriber that begins warns of that."""
        for property_id, value in (
            (PropertyId.SpeechServiceConnection_ProxyHostName, hostname),
            (PropertyId.SpeechServiceConnection_ProxyPort, str(port)),
            (PropertyId.SpeechServiceConnection_ProxyUserName, username),
            (PropertyId.SpeechServiceConnection_ProxyPassword, password),
        ):
            if value is not None:
                self.set_property(property_id, value)

    def set_properties(self, properties: Mapping[PropertyId, str]) -> None:
        """Set several by their ids."""
        for property_id, value in properties.items():
            self.set_property(property_id, value)

    def set_properties_by_name(self, properties: Mapping[str, str]) -> None:
        """Set several by their names."""
        for name, value in properties.items():
            self.set_property_by_name(name, value)

    def set_property(self, property_id: PropertyId, value: str) -> None:
        """Set a property by its id."""
        if not isinstance(property_id, PropertyId):
            raise TypeError("property_id value must be PropertyId instance")
        self.set_property_by_name(property_id.wire_name, value)

    def set_property_by_name(self, property_name: str, value: str) -> None:
        """Set a property by its name."""
        if not isinstance(property_name, str):
            raise TypeError("property_name value must be str instance")
        self._properties[property_name] = str(value)

    def get_property(self, property_id: PropertyId) -> str:
        """A property by its id; empty when it is not set."""
        if not isinstance(property_id, PropertyId):
            raise TypeError("property_id value must be PropertyId instance")
        return self.get_property_by_name(property_id.wire_name)

    def get_property_by_name(self, property_name: str) -> str:
        """A property by its name; empty when it is not set. Service properties can be read back here."""
        if property_name in self._properties:
            return self._properties[property_name]
        return self._service_properties.get(property_name, ("", ServicePropertyChannel.UriQueryParameter))[0]

    def set_service_property(self, name: str, value: str, channel: ServicePropertyChannel) -> None:
        """Set a property that travels to the service, such as `transcriptionMode`."""
        if not isinstance(channel, ServicePropertyChannel):
            raise TypeError("wrong channel, must be ServicePropertyChannel")
        self._service_properties[name] = (str(value), channel)


def _check(
    subscription: str | None, region: str | None, endpoint: str | None, host: str | None, auth_token: str | None
) -> None:
    if (endpoint is not None or host is not None) and region is not None:
        raise ValueError("cannot construct SpeechConfig with both region and endpoint or host information")
    if (endpoint is not None or host is not None) and auth_token is not None:
        raise ValueError(
            "cannot specify both auth_token and endpoint or host when constructing SpeechConfig: "
            "set authorization_token afterwards"
        )
    if subscription is not None and auth_token is not None:
        raise ValueError(
            "cannot construct SpeechConfig with both a subscription key and an auth_token: "
            "set authorization_token afterwards, and it wins"
        )
    if region is not None and subscription is None and auth_token is None:
        raise ValueError("either subscription key or authorization token must be given along with a region")
    if subscription is not None and endpoint is None and host is None and region is None:
        raise ValueError("either endpoint, host, or region must be given along with a subscription key")
    if all(value is None for value in (region, endpoint, host)):
        raise ValueError("cannot construct SpeechConfig without a region, an endpoint or a host")
    places = (("region", region), ("endpoint", endpoint), ("host", host))
    for name, value in (("subscription", subscription), ("auth_token", auth_token), *places):
        if value is not None and not value.strip():
            raise ValueError(f"{name} is empty")


@runtime_checkable
class SpeechConfigLike(Protocol):
    """Our SpeechConfig, or the official SDK's own object."""

    def get_property_by_name(self, property_name: str, /) -> str:
        """A property by its wire name; empty when it is not set."""


@dataclass(frozen=True, slots=True)
class AzureOptions:
    """What the batch and fast backends need beside a SpeechConfig.

    Args:
        storage: Where local files are staged for batch, which fetches audio by URL.
        destination: URL of a container, with a SAS that may write, where batch puts its results.
        api_version: Of the speech to text REST API; None for the newest that is known here.
        limits: By backend's name, where your account has others than the published ones.
    """

    storage: Storage | None = None
    destination: str | None = field(default=None, repr=False)
    api_version: str | None = None
    limits: Mapping[str, Limits] = field(default_factory=dict)


def connection_of(speech_config: SpeechConfigLike | None, azure: AzureOptions | None = None) -> Connection | None:
    """What the backends need to know of a SpeechConfig; None for no account at all.

    Raises:
        InvalidInput: Neither region nor endpoint nor host, or neither key nor token (the C# client refuses these).
        TypeError: It is no SpeechConfig.
    """
    if speech_config is None:
        return None
    if not isinstance(speech_config, SpeechConfigLike):
        raise TypeError(f"speech_config must be a SpeechConfig, not {type(speech_config).__name__}")

    def read(property_id: PropertyId) -> str | None:
        return speech_config.get_property_by_name(property_id.wire_name) or None

    azure = azure or AzureOptions()
    connection = Connection(
        storage=azure.storage,
        destination=azure.destination,
        api_version=azure.api_version,
        limits=azure.limits,
        credential=getattr(speech_config, "token_credential", None),
        key=read(PropertyId.SpeechServiceConnection_Key),
        token=read(PropertyId.SpeechServiceAuthorization_Token),
        region=read(PropertyId.SpeechServiceConnection_Region),
        endpoint=read(PropertyId.SpeechServiceConnection_Endpoint),
        host=read(PropertyId.SpeechServiceConnection_Host),
        language=read(PropertyId.SpeechServiceConnection_RecoLanguage),
    )
    if not (connection.region or connection.endpoint or connection.host):
        raise InvalidInput("The SpeechConfig names neither a region nor an endpoint nor a host.")
    if not (connection.key or connection.token or connection.credential):
        raise InvalidInput("The SpeechConfig holds neither a subscription key nor an authorization token.")
    return connection


def service_property(speech_config: Any, name: str) -> str | None:
    """A property that the app set for the service, read from our SpeechConfig or the official one.

    The official object keeps those of the URI channel as one query string (Speech SDK, `SetServiceProperty`).
    """
    if speech_config is None:
        return None
    value = speech_config.get_property_by_name(name)
    if not value:
        query = dict(parse_qsl(speech_config.get_property_by_name(QUERY_PARAMETERS)))
        value = query.get(name)
    return str(value) if value else None
