"""What is written to the fast service (the `definition` part), and how its answer is read.

Sources: `TranscribeDefinition` and `TranscribeResult` of the published contracts. Times are milliseconds; an example in
the folder of 2024-11-15 still shows the preview's names for them (`offset`, `duration`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..backend import JobOptions
from ..errors import UnexpectedReply
from ..speech_rest.options import PROFANITY, languages, model_url, refuse
from ..speech_rest.phrases import (
    NO_SPEECH_NOTE,
    Part,
    Reading,
    assemble,
    collector_paused,
    emptied,
    has_text,
    read_words,
)
from ..speech_rest.replies import read_object, text_of, unexpected
from ..speech_rest.speakers import diarization
from ..speech_rest.times import DURATION, ticks_of
from ..transcript import Transcript

BACKEND: Final = "fast"
MOST_CHANNELS: Final = 2
# The version that has neither audioUrl nor phraseList.
OLD_API_VERSION: Final = "2024-11-15"


def definition(
    options: JobOptions,
    *,
    api_version: str,
    channels: Sequence[int] | None = None,
    diarize: bool = True,
    audio_url: str | None = None,
    base_url: str | None = None,
) -> dict[str, Any]:
    """The `definition` part of a request.

    Args:
        options: What was asked for.
        api_version: The version that is spoken.
        channels: Which are kept apart, at most two; None to hear all as one.
        diarize: Whether speakers may be told apart; `options` may still say that they need not.
        audio_url: Where the audio is, when no file is sent.
        base_url: The URL that operations' paths are added to; needed where the model is given by its id.

    Raises:
        OptionNotSupported: An option that the service, or this version of it, has no words for.
        InvalidInput: The model is neither a URL nor an id.
    """
    _refuse_what_batch_has(options)
    if api_version == OLD_API_VERSION and options.phrases:
        raise refuse("phrases", f"version {api_version} has no phrase list; 2025-10-15 does", backend=BACKEND)
    if api_version == OLD_API_VERSION and audio_url is not None:
        raise refuse(
            "audio by URL",
            f"version {api_version} takes files only; 2025-10-15 takes both",
            backend=BACKEND,
            way_out="batch",
        )
    speakers = diarization(options, diarize=diarize, backend=BACKEND)
    if channels is not None and len(channels) > MOST_CHANNELS:
        raise refuse(f"{len(channels)} separate channels", f"it takes {MOST_CHANNELS}", backend=BACKEND)
    if channels is not None and len(channels) > 1 and speakers is not None:
        raise refuse(
            f"channels {list(channels)} together with telling speakers apart",
            "in two channels at once it does not: choose one of the two, mix, or separate",
            backend=BACKEND,
        )
    model = options.model
    given = {
        "diarization": speakers,
        "channels": list(channels) if channels is not None else None,
        "profanityFilterMode": PROFANITY[options.profanity] if options.profanity is not None else None,
        "phraseList": {"phrases": list(options.phrases)} if options.phrases else None,
        "models": (
            {options.language: model_url(model, base_url=base_url, api_version=api_version)}
            if model is not None
            else None
        ),
        "audioUrl": audio_url,
    }
    return {"locales": languages(options), **{name: value for name, value in given.items() if value is not None}}


@collector_paused()
def read_reply(body: bytes, meeting_id: str, options: JobOptions, *, diarized: bool, separate: bool) -> Transcript:
    """Read an answer.

    Args:
        body: As it came.
        meeting_id: The meeting's.
        options: What was asked for.
        diarized: Whether the service was asked to tell speakers apart.
        separate: Whether each channel is one speaker.

    Raises:
        UnexpectedReply: It is no such answer, or holds text without the phrases that it belongs to.
    """
    what = "the transcription"
    try:
        fields = read_object(body, what, BACKEND)
        reading = _read_phrases(fields, body, what)
    except UnexpectedReply as error:
        raise error.about(meeting_id=meeting_id) from error.__cause__
    phrases, notes = assemble([Part(reading.phrases)], options, diarized=diarized, separate=separate)
    duration = ticks_of(fields, DURATION)
    return Transcript(
        meeting_id=meeting_id,
        backend=BACKEND,
        locale=options.language,
        audio_duration_ticks=duration if duration is not None and duration >= 0 else None,
        phrases=phrases,
        notes=(*_language_notes(options), *notes, *reading.notes(), *([] if phrases else [NO_SPEECH_NOTE])),
    )


def _read_phrases(fields: dict[str, Any], body: bytes, what: str) -> Reading:
    items = fields.get("phrases")
    if not isinstance(items, list):
        raise unexpected(body, what, "holds no list of phrases", BACKEND)
    reading = Reading()
    for phrase in emptied(items):
        text = text_of(phrase.get("text"))
        if text.strip():
            reading.add(phrase, text, read_words(phrase.get("words"), "text"), phrase.get("confidence"))
        else:
            reading.leave_out("no text")
    if not reading.phrases and has_text(fields.get("combinedPhrases"), "text"):
        raise unexpected(body, what, "holds text, but no phrase with it", BACKEND)
    return reading


def _refuse_what_batch_has(options: JobOptions) -> None:
    asked = {
        "punctuation": (options.punctuation is not None, "it always punctuates by itself"),
        "a time to live": (options.time_to_live_hours is not None, "it answers at once and keeps nothing"),
        "a container": (options.container, "it takes one file"),
    }
    for option, (is_asked, why) in asked.items():
        if is_asked:
            raise refuse(option, why, backend=BACKEND, way_out="batch")


def _language_notes(options: JobOptions) -> list[str]:
    spoken = languages(options)
    if len(spoken) < 2:
        return []
    return [f"The fast service looks for one main language in a file: it chose among {', '.join(spoken)}."]
