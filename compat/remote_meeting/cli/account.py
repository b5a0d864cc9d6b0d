"""The account that the environment names: key, place, storage."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from remote_meeting_backends import Connection, InvalidInput, Storage
from remote_meeting_backends.extras import need

from ..config import AzureOptions, SpeechConfig


def speech_config() -> SpeechConfig | None:
    """The account named by the environment; None when it names none.

    Raises:
        InvalidInput: A key without a place, or a credential that is not known.
        MissingExtra: Azure's sign-in is not installed.
    """
    key, endpoint, region = _read("SPEECH_KEY"), _read("SPEECH_ENDPOINT"), _read("SPEECH_REGION")
    if key is None:
        return _signed_in(endpoint)
    if endpoint is not None:
        return SpeechConfig(subscription=key, endpoint=endpoint)
    if region is None:
        raise InvalidInput("SPEECH_KEY is set without SPEECH_REGION or SPEECH_ENDPOINT: set one, or unset the key.")
    return SpeechConfig(subscription=key, region=region)


def account_at(place: Connection) -> Connection:
    """The account of the environment at a place that is named otherwise.

    Args:
        place: Its region or endpoint.

    Raises:
        InvalidInput: A credential that is not known.
        MissingExtra: Azure's sign-in is not installed.
    """
    options, key = azure_options(), _read("SPEECH_KEY")
    credential = None
    if key is None and _read("SPEECH_CREDENTIAL") is not None:
        signed_in = _signed_in(place.endpoint or _read("SPEECH_ENDPOINT"))
        credential = None if signed_in is None else signed_in.token_credential
    return replace(
        place,
        key=key,
        credential=credential,
        storage=options.storage,
        destination=options.destination,
        api_version=options.api_version,
    )


def azure_options() -> AzureOptions:
    """What the batch and fast backends need beside it."""
    where, key = _read("SPEECH_STORAGE"), _read("SPEECH_STORAGE_KEY")
    storage = None
    if where is not None:
        is_bare_url = where.lower().startswith(("http://", "https://")) and "?" not in where
        credential = _default_credential() if is_bare_url and key is None else None
        named = _read("SPEECH_STORAGE_CONTAINER")
        storage = Storage(where, key, credential, named) if named else Storage(where, key, credential)
    return AzureOptions(
        storage=storage, destination=_read("SPEECH_DESTINATION"), api_version=_read("SPEECH_API_VERSION")
    )


def _signed_in(endpoint: str | None) -> SpeechConfig | None:
    wanted = _read("SPEECH_CREDENTIAL")
    if wanted is None:
        return None
    if wanted.lower() != "default":
        raise InvalidInput("SPEECH_CREDENTIAL knows one value, `default`: Azure's own sign-in.")
    if endpoint is None:
        raise InvalidInput(
            "SPEECH_CREDENTIAL needs SPEECH_ENDPOINT, the resource's own https://NAME.cognitiveservices…."
        )
    return SpeechConfig(endpoint=endpoint, token_credential=_default_credential())


def _default_credential() -> Any:
    return need("azure.identity", extra="azure", what="Azure's sign-in").DefaultAzureCredential()


def _read(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None
