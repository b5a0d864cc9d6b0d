"""The emulator held to the published contract by machines: schemathesis, and Microsoft's own client."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from azure.ai.transcription import TranscriptionClient
from azure.ai.transcription.models import (
    TranscriptionContent,
    TranscriptionDiarizationOptions,
    TranscriptionOptions,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi

from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support.contract_files import VERSIONS, document, need_contracts
from support.emulated import KEY, SAID, Api
from support.sound import SAMPLE

EXAMPLES = 6
OPERATIONS = (
    "DELETE /transcriptions/{id}",
    "DELETE /webhooks/{id}",
    "GET /transcriptions",
    "GET /transcriptions/locales",
    "GET /transcriptions/{id}",
    "GET /transcriptions/{id}/files",
    "GET /transcriptions/{id}/files/{fileId}",
    "GET /webhooks",
    "GET /webhooks/{id}",
    "PATCH /transcriptions/{id}",
    "PATCH /webhooks/{id}",
    "POST /transcriptions:submit",
    "POST /transcriptions:transcribe",
    "POST /webhooks",
    "POST /webhooks/{id}:ping",
    "POST /webhooks/{id}:test",
)
CHECKS = [
    checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
    openapi.response_headers_conformance,
    openapi.unsupported_method,
    openapi.negative_data_rejection,
    openapi.allow_header_conformance,
]


@pytest.fixture(scope="session")
def scripted() -> Iterator[SpeechEmulator]:
    """An emulator for all examples; nothing that they submit is ever fetched."""
    with running_emulator() as emulator:
        emulator.script(SAID)
        emulator.fault("submit", "stuck", times=100_000)
        yield emulator


@cache
def contract(version: str) -> Any:
    """A contract as schemathesis reads it, with the version as the one value of its parameter."""
    need_contracts()
    named = {"in": "query", "name": "api-version", "required": True, "type": "string", "enum": [version]}
    whole = document(version)
    parameters = {**whole["parameters"], "apiVersionQueryParameter": named}
    return schemathesis.openapi.from_dict({**whole, "parameters": parameters})


def exercise(operation: str, version: str, check: Callable[[schemathesis.Case], None]) -> None:
    """Make requests of an operation, right ones and wrong ones; the same in each run."""
    method, path = operation.split()
    wrong, right = schemathesis.GenerationMode.NEGATIVE, schemathesis.GenerationMode.POSITIVE
    found = contract(version)[path][method]
    for mode in (right, wrong):

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(found.as_strategy(generation_mode=mode))
        def run(case: schemathesis.Case) -> None:
            check(case)

        run()


def test_every_operation_is_exercised() -> None:
    """The list above is the contracts' own."""
    need_contracts()
    for version in VERSIONS:
        paths = document(version)["paths"]
        assert sorted(f"{method.upper()} {path}" for path in paths for method in paths[path]) == sorted(OPERATIONS)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_contract_is_kept(scripted: SpeechEmulator, operation: str, version: str) -> None:
    """Whatever is asked, of what is there and what is not, is answered as the contract says, and never with a 5xx."""
    (job,) = scripted.seed({"phrases": list(SAID)})
    with Api(scripted, version) as api:
        body = {"displayName": "h", "webUrl": "http://127.0.0.1:9/", "events": {}}
        hook = api.post("webhooks", body).json()["self"].rpartition("/")[2].partition("?")[0]
    there = itertools.cycle([job if "/transcriptions" in operation else hook, None])

    def check(case: schemathesis.Case) -> None:
        known = next(there)
        if known is not None and "id" in case.path_parameters:
            case.path_parameters["id"] = known
        answer = case.call(base_url=f"{scripted.url}/speechtotext", headers={KEY: scripted.key})
        # A 204 has no body, whatever the operation says that it produces.
        empty = [openapi.content_type_conformance] if not answer.content else []
        case.validate_response(answer, checks=CHECKS, excluded_checks=empty)

    exercise(operation, version, check)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nobody_comes_in_without_a_key(scripted: SpeechEmulator, operation: str) -> None:
    """Whatever else the request holds; a path that is none is none for everybody."""

    def check(case: schemathesis.Case) -> None:
        answer = case.call(base_url=f"{scripted.url}/speechtotext", headers={KEY: "wrong"})
        assert answer.status_code in (401, 404, 405)

    exercise(operation, VERSIONS[0], check)


@pytest.fixture
def client(speech_emulator: SpeechEmulator) -> Iterator[TranscriptionClient]:
    """Microsoft's client with a key, its endpoint pointed at the emulator."""
    with TranscriptionClient(speech_emulator.url, AzureKeyCredential(speech_emulator.key)) as client:
        yield client


def diarized(enabled: bool) -> TranscriptionOptions:
    """Options for up to three speakers. The client's own constructor does not set `enabled`."""
    options = TranscriptionDiarizationOptions(max_speakers=3)
    if enabled:
        options.enabled = True
    return TranscriptionOptions(locales=["en-US"], diarization_options=options)


def test_microsofts_client_transcribes_the_sample(client: TranscriptionClient) -> None:
    """Real speech, really heard: words, times and more than one speaker."""
    with SAMPLE.open("rb") as audio:
        result = client.transcribe(TranscriptionContent(definition=diarized(True), audio=("sample.flac", audio)))
    assert result.duration_milliseconds > 20_000
    assert len(result.combined_phrases[0].text.split()) > 20
    assert len({phrase.speaker for phrase in result.phrases}) == 3
    offsets = [phrase.offset_milliseconds for phrase in result.phrases]
    assert offsets == sorted(offsets)
    assert all(phrase.words and phrase.locale == "en-US" for phrase in result.phrases)


@pytest.mark.parametrize(("enabled", "speakers"), [(True, {1, 2}), (False, {None})])
def test_microsofts_client_must_enable_speakers(
    client: TranscriptionClient, speech_emulator: SpeechEmulator, enabled: bool, speakers: set[int | None]
) -> None:
    """A maximum alone brings none, as its users found out (azure-sdk-for-python issue 44436)."""
    speech_emulator.script(SAID)
    result = client.transcribe(TranscriptionContent(definition=diarized(enabled), audio=("a.wav", b"scripted")))
    assert {phrase.speaker for phrase in result.phrases} == speakers


def test_microsofts_client_by_url(client: TranscriptionClient, speech_emulator: SpeechEmulator) -> None:
    """With nothing but a definition."""
    speech_emulator.script(SAID)
    result = client.transcribe_from_url(speech_emulator.audio("a.wav", b"scripted"), options=diarized(False))
    assert result.combined_phrases[0].text == "Good morning, Steve. Good morning, Katie."


def test_microsofts_client_with_a_slash_behind_the_endpoint(speech_emulator: SpeechEmulator) -> None:
    """As the portal shows it."""
    speech_emulator.script(SAID)
    with TranscriptionClient(f"{speech_emulator.url}/", AzureKeyCredential(speech_emulator.key)) as client:
        assert client.transcribe_from_url(speech_emulator.audio("a.wav", b"scripted")).phrases


def test_microsofts_client_is_told_what_is_wrong(client: TranscriptionClient, speech_emulator: SpeechEmulator) -> None:
    """Its own errors, with the code and the words of the answer."""
    with pytest.raises(HttpResponseError) as refused:
        client.transcribe_from_url("http://127.0.0.1:9/a.wav")
    assert refused.value.status_code == 422
    assert "InvalidRecordingsUri" in refused.value.response.text()
    stranger = TranscriptionClient(speech_emulator.url, AzureKeyCredential("wrong"))
    with stranger, pytest.raises(ClientAuthenticationError):
        stranger.transcribe_from_url("http://127.0.0.1:9/a.wav")
