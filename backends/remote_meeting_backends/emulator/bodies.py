"""The request bodies of the published contracts as strict models: what is not in them is refused.

Fields that the contract marks read-only may be sent, in their type, and are ignored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AnyUrl, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

KEY_CHARACTERS = 64
VALUE_CHARACTERS = 256
ENTRIES = 10


def _is_uri(text: str) -> str:
    try:
        AnyUrl(text)
    except ValueError:
        raise ValueError("an absolute URI is expected") from None
    return text


def _is_web(text: str) -> str:
    if not _is_uri(text).lower().startswith(("http://", "https://")):
        raise ValueError("a URL with http or https is expected")
    return text


Uri = Annotated[str, AfterValidator(_is_uri)]
WebUrl = Annotated[str, AfterValidator(_is_web)]
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Properties = Annotated[
    dict[Annotated[str, Field(max_length=KEY_CHARACTERS)], Annotated[str, Field(max_length=VALUE_CHARACTERS)]],
    Field(max_length=ENTRIES),
]
EVENTS = frozenset(
    f"{entity}{stage}"
    for entity in ("dataset", "model", "evaluation", "transcription", "endpoint")
    for stage in ("Creation", "Processing", "Completion", "Deletion")
) | {"ping", "challenge"}


def _is_event(name: str) -> str:
    if name not in EVENTS:
        raise ValueError("there is no such event")
    return name


Events = dict[Annotated[str, AfterValidator(_is_event)], bool]
Profanity = Literal["None", "Removed", "Tags", "Masked"]


class Strict(BaseModel):
    """No conversions, no other fields, no nulls but a model's; the wire writes names in camelCase."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if isinstance(given, dict):
            null = next((name for name, value in given.items() if value is None and name != "model"), None)
            if null is not None:
                raise ValueError(f"{null!r} is null; leave it out")
        return given


class Reference(Strict):
    """EntityReference."""

    self: Uri


class Diarization(Strict):
    """DiarizationProperties; speakers are told apart only where `enabled` is true, whatever else stands here."""

    enabled: bool = False
    max_speakers: Annotated[int, Field(ge=2, le=35)] = 2


class LanguageIdentification(Strict):
    """LanguageIdentificationProperties."""

    candidate_locales: list[str]
    speech_model_mapping: dict[str, Reference] | None = None
    mode: Literal["Continuous", "Single"] = "Continuous"


class SubmissionProperties(Strict):
    """TranscriptionProperties: 6 hours to 31 days to live."""

    time_to_live_hours: Annotated[int, Field(ge=6, le=744)]
    word_level_timestamps_enabled: bool = False
    display_form_word_level_timestamps_enabled: bool = False
    channels: Annotated[list[Annotated[Int32, Field(ge=0)]], Field(min_length=1)] = [0, 1]
    punctuation_mode: Literal["None", "Dictated", "Automatic", "DictatedAndAutomatic"] = "DictatedAndAutomatic"
    profanity_filter_mode: Profanity = "Masked"
    destination_container_url: WebUrl | None = None
    language_identification: LanguageIdentification | None = None
    diarization: Diarization | None = None
    error: dict[str, Any] | None = Field(default=None, exclude=True)
    duration_milliseconds: int = Field(default=0, exclude=True)


class Submission2024(Strict):
    """Transcription, as it is submitted."""

    display_name: Annotated[str, Field(min_length=1)]
    locale: Annotated[str, Field(min_length=1)]
    properties: SubmissionProperties
    description: str | None = None
    custom_properties: Properties | None = None
    content_urls: list[WebUrl] | None = None
    content_container_url: WebUrl | None = None
    dataset: Reference | None = None
    model: Reference | None = None
    self: Uri | None = None
    created_date_time: str | None = None
    last_action_date_time: str | None = None
    links: dict[str, Any] | None = None
    status: str | None = None


class Submission2025(Submission2024):
    """The same, with the projects that came back."""

    project: Reference | None = None


class Update2024(Strict):
    """TranscriptionUpdate."""

    display_name: Annotated[str, Field(min_length=1)] | None = None
    description: str | None = None
    custom_properties: Properties | None = None


class Update2025(Update2024):
    """The same, with projects."""

    project: Reference | None = None


class Definition2024(Strict):
    """TranscribeDefinition."""

    locales: list[str] = []
    models: dict[str, Uri] | None = None
    profanity_filter_mode: Profanity = "Masked"
    diarization: Diarization | None = None
    channels: Annotated[list[Annotated[Int32, Field(ge=0)]], Field(max_length=2)] | None = None


class PhraseList(Strict):
    """PhraseListProperties."""

    phrases: list[str] = []
    biasing_weight: Annotated[float, Field(ge=0, le=2)] = 1.0


class ModelOptions(Strict):
    """EnhancedModeModelOptions."""

    timestamps: Literal["word", "segment", "none"] | None = None
    transcribe_style: Literal["verbatim", "clean"] | None = None


class EnhancedMode(Strict):
    """EnhancedModeProperties."""

    enabled: bool = False
    task: Literal["transcribe", "translate"] | None = None
    target_language: str | None = None
    prompt: list[Annotated[str, Field(max_length=4096)]] | None = None
    model: str | None = None
    model_options: ModelOptions | None = None


class Definition2025(Definition2024):
    """The same, with what 2025-10-15 brought."""

    audio_url: WebUrl | None = None
    enhanced_mode: EnhancedMode | None = None
    phrase_list: PhraseList | None = None


class HookSecret(Strict):
    """WebHookProperties, as far as they can be set."""

    secret: str | None = None
    api_version: str | None = Field(default=None, exclude=True)
    error: dict[str, Any] | None = Field(default=None, exclude=True)


class HookBody(Strict):
    """WebHook, as it is created."""

    display_name: Annotated[str, Field(min_length=1)]
    web_url: WebUrl
    events: Events
    description: str | None = None
    custom_properties: Properties | None = None
    properties: HookSecret | None = None
    self: Uri | None = None
    created_date_time: str | None = None
    last_action_date_time: str | None = None
    status: str | None = None
    links: dict[str, Any] | None = None


class HookSecretUpdate(Strict):
    """WebHookPropertiesUpdate."""

    secret: str | None = None


class HookUpdate(Strict):
    """WebHookUpdate."""

    display_name: Annotated[str, Field(min_length=1)] | None = None
    description: str | None = None
    web_url: WebUrl | None = None
    custom_properties: Properties | None = None
    properties: HookSecretUpdate | None = None
    events: Events | None = None
