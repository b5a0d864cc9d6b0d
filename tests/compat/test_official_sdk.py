"""The official Speech SDK's own SpeechConfig: taken as it is, and never imported by us."""

from __future__ import annotations

from pathlib import Path

import azure.cognitiveservices.speech as speechsdk
import pytest

from remote_meeting import (
    CancellationErrorCode,
    CancellationReason,
    NoMatchReason,
    OutputFormat,
    ProfanityOption,
    PropertyId,
    RemoteMeetingTranscriptionClient,
    ResultReason,
    ServicePropertyChannel,
    SpeechConfig,
    audio,
)
from remote_meeting.config import connection_of, service_property
from remote_meeting_backends import ManualRuntime
from support import processes
from support.configs import REFUSED, TAKEN
from support.facade import use_backends
from support.processes import child
from support.scripted import HereBackend


@pytest.mark.parametrize("given", REFUSED, ids=str)
def test_it_refuses_what_we_refuse(given: dict[str, str]) -> None:
    """Our rules are no stricter than the SDK's; where we raise ValueError it raises that or its own RuntimeError."""
    with pytest.raises((ValueError, RuntimeError)):
        speechsdk.SpeechConfig(**given)


@pytest.mark.parametrize("given", TAKEN, ids=str)
def test_it_means_the_same(given: dict[str, str]) -> None:
    """Either config says the same of place, key, token and language."""
    theirs, ours = speechsdk.SpeechConfig(**given), SpeechConfig(**given)
    for property_id in list(PropertyId)[:7]:
        assert theirs.get_property(speechsdk.PropertyId(property_id.value)) == ours.get_property(property_id)
        assert theirs.get_property_by_name(property_id.wire_name) == ours.get_property_by_name(property_id.wire_name)
    if "subscription" in given or "auth_token" in given:
        assert connection_of(theirs) == connection_of(ours)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (PropertyId, speechsdk.PropertyId),
        (ResultReason, speechsdk.ResultReason),
        (ServicePropertyChannel, speechsdk.ServicePropertyChannel),
        (OutputFormat, speechsdk.OutputFormat),
        (ProfanityOption, speechsdk.ProfanityOption),
        (NoMatchReason, speechsdk.NoMatchReason),
        (CancellationReason, speechsdk.CancellationReason),
        (CancellationErrorCode, speechsdk.CancellationErrorCode),
        (audio.AudioStreamContainerFormat, speechsdk.AudioStreamContainerFormat),
        (audio.AudioStreamWaveFormat, speechsdk.AudioStreamWaveFormat),
    ],
)
def test_enums_have_the_same_numbers(ours: type[PropertyId], theirs: type[speechsdk.PropertyId]) -> None:
    """A member of ours is a member of the SDK's, with its number."""
    assert {member.name: member.value for member in ours}.items() <= {m.name: m.value for m in theirs}.items()


def test_wire_names_are_the_sdks() -> None:
    """Set by id in the SDK, a property is found under our name for it."""
    config = speechsdk.SpeechConfig("k", "westus")
    for property_id in PropertyId:
        config.set_property(speechsdk.PropertyId(property_id.value), "here")
        assert config.get_property_by_name(property_id.wire_name) == "here"


@pytest.mark.parametrize("mode", ["async", "RealTimeAndAsync"])
def test_the_mode_that_an_app_set(
    monkeypatch: pytest.MonkeyPatch, audio: Path, store_path: Path, runtime: ManualRuntime, mode: str
) -> None:
    """The SDK keeps service properties as one query string; the mode in it reaches the meeting."""
    config = speechsdk.SpeechConfig("k", "westus", speech_recognition_language="de-DE")
    channel = speechsdk.ServicePropertyChannel.UriQueryParameter
    config.set_service_property("ConversationTranscriptionInRoomAndOnline", "true", channel)
    config.set_service_property("transcriptionMode", mode, channel)
    config.set_service_property("note", "a b&transcriptionMode=c", channel)
    assert service_property(config, "note") == "a b&transcriptionMode=c"
    use_backends(monkeypatch, HereBackend())
    with RemoteMeetingTranscriptionClient(config, store=store_path, runtime=runtime) as client:
        client.submit(audio, meeting_id="standup").wait_for_completion()
        (record,) = client.asynchronous.meetings.store.newest(processes.ANYONE)
    assert record.mode == mode
    assert record.options is not None
    assert record.options.language == "de-DE"
    assert record.key.owner


def test_we_do_not_import_it() -> None:
    """An app without the SDK needs none."""
    with child(processes.imported) as process:
        assert process.hear() == "['RemoteMeetingTranscriptionClient', None, []]"
