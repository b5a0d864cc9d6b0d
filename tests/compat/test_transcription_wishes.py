"""What an app asks of a transcriber beside its audio: options, tokens, properties; what changes nothing is said."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import azure.cognitiveservices.speech as official
import pytest

import remote_meeting as speechsdk
from remote_meeting.wishes import CurrentToken, Overlaid, without_effect
from remote_meeting_backends import ManualRuntime
from remote_meeting_backends.frame_cassettes import FrameCassette, Talk
from remote_meeting_backends.testing import SpeechEmulator, record_frames, running_emulator
from support import live
from support.sound import pcm16, speech

PropertyId = speechsdk.PropertyId
NotHonoured = speechsdk.transcription.NotHonoured
PATH = "/stt/speech/universal/v2"
# As much as goes out at once.
PCM, SAID = live.PCM[: 4 * 32_000], live.SAID[:2]


@pytest.fixture
def emulator(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """One that knows what is said."""
    speech_emulator.script(SAID)
    return speech_emulator


def spoken(pcm: bytes = PCM) -> Any:
    """A stream that holds a whole meeting."""
    stream = speechsdk.audio.PushAudioInputStream()
    stream.write(pcm)
    stream.close()
    return speechsdk.audio.AudioConfig(stream=stream)


def run(transcriber: Any) -> tuple[list[Any], list[Any]]:
    """Run it to its end: the results, and the events of the end."""
    said, ends, done = [], [], threading.Event()
    transcriber.transcribed.connect(lambda event: said.append(event.result))
    transcriber.canceled.connect(ends.append)
    transcriber.session_stopped.connect(lambda event: done.set())
    transcriber.start_transcribing_async().get()
    assert done.wait(60)
    transcriber.stop_transcribing_async().get()
    return said, ends


def wire(emulator: SpeechEmulator, folder: Path, speak: Callable[[str], object]) -> Talk:
    """What travels when somebody speaks to the emulator."""
    path = folder / "talk.yaml"
    with record_frames(path, f"ws{emulator.url[4:]}", source="emulator", client="a test") as recorder:
        speak(recorder.url)
    return FrameCassette.load(path).connections[0]


def context_of(talk: Talk) -> dict[str, Any]:
    """The first turn's."""
    body: dict[str, Any] = next(frame.body for frame in talk.frames if frame.path == "speech.context")
    return body


@pytest.mark.parametrize("sdk", [speechsdk, official], ids=["our config", "the official config"])
def test_what_an_app_asks_for_reaches_the_service(emulator: SpeechEmulator, tmp_path: Path, sdk: Any) -> None:
    """A custom model, swear words, a phrase list, words; whose SpeechConfig it is makes no difference."""

    def speak(url: str) -> None:
        config = sdk.SpeechConfig(subscription=emulator.key, endpoint=url + PATH)
        config.endpoint_id = "my-model"
        config.set_profanity(sdk.ProfanityOption.Removed)
        config.request_word_level_timestamps()
        config.output_format = sdk.OutputFormat.Detailed
        config.enable_dictation()
        transcriber = speechsdk.transcription.ConversationTranscriber(config, spoken(), language="en-GB")
        listed = speechsdk.PhraseListGrammar.from_recognizer(transcriber)
        listed.addPhrase("dropped")
        listed.clear()
        listed.addPhrase("Contoso")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            said, _ = run(transcriber)
        assert len(said) == len(SAID)
        assert transcriber.endpoint_id == "my-model"

    talk = wire(emulator, tmp_path, speak)
    assert (talk.request.query["cid"], talk.request.query["profanity"]) == ("my-model", "removed")
    assert "language" not in talk.request.query
    context = context_of(talk)
    assert context["phraseDetection"]["enrichment"] == {"profanity": "removed"}
    assert context["dgi"]["Groups"] == [{"Type": "Generic", "Items": [{"Text": "Contoso"}]}]
    assert "WordTimings" in context["phraseOutput"]["detailed"]["options"]


@pytest.mark.parametrize("sdk", [speechsdk, official], ids=["our config", "the official config"])
def test_what_changes_nothing_is_named_once(emulator: SpeechEmulator, sdk: Any) -> None:
    """In one warning with all of it, and with what does instead; what the published samples set is no news."""
    config = sdk.SpeechConfig(subscription=emulator.key, endpoint=emulator.url)
    config.set_property_by_name("ConversationTranscriptionInRoomAndOnline", "true")
    config.set_property_by_name("DifferentiateGuestSpeakers", "true")
    channel = sdk.ServicePropertyChannel.UriQueryParameter
    config.set_service_property("transcriptionMode", "RealTimeAndAsync", channel)
    config.set_service_property("clientTag", "7", channel)
    config.enable_audio_logging()
    config.set_proxy("proxy.test", 8080, "me", "hush-hush")
    config.set_property(sdk.PropertyId.Speech_SegmentationSilenceTimeoutMs, "900")
    transcriber = speechsdk.transcription.ConversationTranscriber(config, spoken())
    with pytest.warns(NotHonoured) as warned:
        run(transcriber)
    (told,) = [str(found.message) for found in warned]
    for name in ("clientTag", "SPEECH-EnableAudioLogging", "HTTPS_PROXY", "SPEECH-SegmentationSilenceTimeoutMs"):
        assert name in told
    # Any other warning would be an error.
    with pytest.raises(speechsdk.MeetingExists):
        transcriber.start_transcribing_async().get()
    for silent in ("InRoomAndOnline", "DifferentiateGuest", "transcriptionMode", "hush-hush", "SubscriptionKey"):
        assert silent not in told


def test_a_plain_config_warns_of_nothing() -> None:
    """Ours and the official one, as they are made."""
    for sdk in (speechsdk, official):
        config = sdk.SpeechConfig(subscription="k" * 32, region="westus", speech_recognition_language="en-US")
        assert without_effect(Overlaid(config, speechsdk.PropertyCollection({}), None)) == []


def test_a_backend_that_lacks_it_is_used_without_it() -> None:
    """The local backend has no phrase lists and leaves swear words: the meeting is heard all the same."""
    transcriber = speechsdk.transcription.ConversationTranscriber(
        None, spoken(pcm16(speech(3.6))), backend="local", meeting_id="m"
    )
    speechsdk.PhraseListGrammar.from_recognizer(transcriber).addPhrase("Contoso")
    with pytest.warns(NotHonoured, match=r"phrases: left out, .*local backend .* no option phrases"):
        said, ends = run(transcriber)
    assert said
    assert [event.cancellation_details.reason.name for event in ends] == ["EndOfStream"]


def test_a_transcribers_own_properties_win(emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Set on it, they are laid over the SpeechConfig's; the session's id can be read there."""

    def speak(url: str) -> None:
        config = speechsdk.SpeechConfig(subscription=emulator.key, endpoint=url + PATH)
        config.set_profanity(speechsdk.ProfanityOption.Raw)
        transcriber = speechsdk.transcription.ConversationTranscriber(config, spoken())
        transcriber.properties.set_property(PropertyId.SpeechServiceResponse_ProfanityOption, "masked")
        run(transcriber)
        assert len(transcriber.properties.get_property(PropertyId.Speech_SessionId)) == 32

    assert wire(emulator, tmp_path, speak).request.query["profanity"] == "masked"


@pytest.mark.parametrize("option", ["Masked", "Removed", "Raw"])
def test_each_way_with_swear_words(emulator: SpeechEmulator, tmp_path: Path, option: str) -> None:
    """The service's own words for them, in both places."""

    def speak(url: str) -> None:
        config = speechsdk.SpeechConfig(subscription=emulator.key, endpoint=url + PATH)
        config.set_profanity(speechsdk.ProfanityOption[option])
        run(speechsdk.transcription.ConversationTranscriber(config, spoken()))

    talk = wire(emulator, tmp_path, speak)
    assert talk.request.query["profanity"] == option.lower()
    assert context_of(talk)["phraseDetection"]["enrichment"] == {"profanity": option.lower()}


@pytest.mark.parametrize("name", ["SPEECH-EnableMultiChannelProcessing", "Speech_EnableMultiChannelProcessing"])
def test_channels_apart_by_the_property(emulator: SpeechEmulator, tmp_path: Path, name: str) -> None:
    """As the SDK stores it by its id, and by the id's name, which some apps write."""

    def speak(url: str) -> None:
        config = speechsdk.SpeechConfig(subscription=emulator.key, endpoint=url + PATH)
        config.set_property_by_name(name, "true")
        stream = speechsdk.audio.PushAudioInputStream(speechsdk.audio.AudioStreamFormat(16_000, 16, 2))
        stream.write(PCM)
        stream.close()
        run(speechsdk.transcription.ConversationTranscriber(config, speechsdk.audio.AudioConfig(stream=stream)))

    talk = wire(emulator, tmp_path, speak)
    config = next(frame.body for frame in talk.frames if frame.path == "speech.config")
    assert config["context"]["audio"]["source"]["channelcount"] == 2
    assert "speakerDiarization" not in context_of(talk)["phraseDetection"]


@pytest.fixture
def clocked() -> Iterator[SpeechEmulator]:
    """An emulator with a clock of its own."""
    with running_emulator(runtime=ManualRuntime()) as emulator:
        emulator.script(SAID)
        yield emulator


@pytest.mark.parametrize("through", ["transcriber", "meeting"])
def test_a_token_that_is_replaced_meanwhile(clocked: SpeechEmulator, through: str) -> None:
    """The connection after a break takes the new one: the old one has ended by then."""
    config = speechsdk.SpeechConfig(endpoint=clocked.url)
    config.authorization_token = clocked.token()
    stream = speechsdk.audio.PushAudioInputStream()
    meeting = speechsdk.transcription.Meeting(config, "standup")
    transcriber = speechsdk.transcription.MeetingTranscriber(speechsdk.audio.AudioConfig(stream=stream))
    transcriber.join_meeting_async(meeting).get()
    holder = transcriber if through == "transcriber" else meeting
    assert holder.authorization_token == config.authorization_token
    clocked.fault("realtime", "ws_drop", at=5, close=1001)

    def renewed(_event: object) -> None:
        if len(clocked.log()["requests"]) == 1:
            clocked.runtime.advance(11 * 60)
            holder.authorization_token = clocked.token()

    transcriber.session_started.connect(renewed)
    transcriber.session_started.connect(lambda event: (stream.write(PCM), stream.close()))
    said, ends = run(transcriber)
    assert len(said) == len(SAID)
    assert [event.cancellation_details.reason.name for event in ends] == ["EndOfStream"]
    assert len(clocked.log()["requests"]) == 2


def test_no_token_is_printed() -> None:
    """Whatever holds one shows that it does, and not which."""
    assert "secret" not in repr(CurrentToken("secret"))
    meeting = speechsdk.transcription.Meeting(None, "m")
    meeting.authorization_token = "secret"
    assert "secret" not in repr(vars(meeting))


def test_results_and_events_are_of_the_sdks_shape(emulator: SpeechEmulator) -> None:
    """What callbacks look at besides the text."""
    config = speechsdk.SpeechConfig(subscription=emulator.key, endpoint=emulator.url)
    said, (end,) = run(speechsdk.transcription.ConversationTranscriber(config, spoken()))
    first = said[0]
    assert (first.channel, first.no_match_details, first.cancellation_details, first.error_json) == (0, None, None, "")
    assert first.properties.get_property_by_name("RESULT-Json") == first.json
    assert end.result.reason is speechsdk.ResultReason.Canceled
    assert end.result.cancellation_details is end.cancellation_details
    assert (end.offset, end.result.text, end.result.duration) == (0, "", 0)


def test_what_a_meeting_had_and_has_no_more() -> None:
    """Rooms are not here, so their doors are no news; that nobody is muted is."""
    meeting = speechsdk.transcription.Meeting(None, "m")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for nothing in ("start_meeting", "end_meeting", "lock_meeting", "unlock_meeting", "delete_meeting"):
            assert getattr(meeting, f"{nothing}_async")().get() is None
        assert meeting.unmute_participant_async("katie").get() is None
        assert meeting.unmute_all_participants_async().get() is None
    with pytest.warns(NotHonoured, match="katie is heard in meeting m") as warned:
        meeting.mute_participant_async("katie").get()
    meeting.mute_all_participants_async().get()
    assert len(warned) == 1
    meeting.properties.set_property_by_name("note", "x")
    assert meeting.properties["note"] == "x"


def test_a_key_credential() -> None:
    """As azure-core's: an object with a key."""

    class Credential:
        key = "k" * 32

    config = speechsdk.SpeechConfig(key_credential=Credential(), endpoint="https://x.test")
    assert config.subscription_key == Credential.key
    with pytest.raises(ValueError, match="give one of"):
        speechsdk.SpeechConfig(subscription="k", key_credential=Credential(), endpoint="https://x.test")


SETTERS: dict[str, Callable[[Any, Any], object]] = {
    "dictation": lambda config, sdk: config.enable_dictation(),
    "logging": lambda config, sdk: config.enable_audio_logging(),
    "words": lambda config, sdk: config.request_word_level_timestamps(),
    "simple": lambda config, sdk: setattr(config, "output_format", sdk.OutputFormat.Simple),
    "detailed": lambda config, sdk: setattr(config, "output_format", sdk.OutputFormat.Detailed),
    "masked": lambda config, sdk: config.set_profanity(sdk.ProfanityOption.Masked),
    "removed": lambda config, sdk: config.set_profanity(sdk.ProfanityOption.Removed),
    "raw": lambda config, sdk: config.set_profanity(sdk.ProfanityOption.Raw),
    "proxy": lambda config, sdk: config.set_proxy("proxy.test", 80, "me", "hush"),
    "model": lambda config, sdk: setattr(config, "endpoint_id", "abc"),
    "several": lambda config, sdk: config.set_properties({sdk.PropertyId.Speech_LogFilename: "x"}),
    "by name": lambda config, sdk: config.set_properties_by_name({"a": "1", "b": "2"}),
}


@pytest.mark.parametrize("what", SETTERS)
def test_setters_store_what_the_sdks_do(what: str) -> None:
    """Under the same names with the same values, so that either object says the same to whoever reads it."""
    ours, theirs = (sdk.SpeechConfig(subscription="k", region="westus") for sdk in (speechsdk, official))
    names = {found.wire_name for found in PropertyId} | {"a", "b"}
    for config, sdk in ((ours, speechsdk), (theirs, official)):
        SETTERS[what](config, sdk)
    said = [{name: config.get_property_by_name(name) for name in names} for config in (ours, theirs)]
    assert said[0] == said[1]
    assert ours.output_format.name == theirs.output_format.name
    assert ours.endpoint_id == theirs.endpoint_id


@pytest.mark.parametrize(
    "wrong",
    [
        lambda config: config.set_profanity("masked"),
        lambda config: setattr(config, "output_format", "detailed"),
    ],
)
def test_a_setter_takes_its_enum(wrong: Callable[[Any], object]) -> None:
    """As the SDK does."""
    with pytest.raises(TypeError, match="wrong type"):
        wrong(speechsdk.SpeechConfig(subscription="k", region="westus"))
