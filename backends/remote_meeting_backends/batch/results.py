"""How the batch service's result and report files are read.

Sources: the result schemas of v3.0 to 2024-11-15 (each adds to the one before; none was published for 2025-10-15, whose
results are read the same way), the page on batch results, the report's fields in Microsoft's ingestion sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..backend import JobOptions
from ..connection import without_query
from ..errors import MeetingFailed
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
from ..speech_rest.replies import object_of, read_object, said, text_of, unexpected
from ..speech_rest.times import DURATION, clock, ticks_of
from ..transcript import Transcript, Word
from .files import AudioFile, FileReport, FileResult, match_files
from .wire import BACKEND

__all__ = ["NO_RESULT", "FileReport", "FileResult", "read_report", "read_result", "transcript"]

# The code of a meeting that failed because a job that succeeded has no result for it.
NO_RESULT: Final = "no_result"
_RECOGNIZED: Final = "success"
_SHOWN_FAILURES = 3


@collector_paused()
def read_result(body: bytes) -> FileResult:
    """Read a file of kind Transcription.

    Raises:
        UnexpectedReply: It is none, or holds text without the phrases that it belongs to.
    """
    what = "the result of a file"
    fields = read_object(body, what, BACKEND)
    items = fields.get("recognizedPhrases")
    if not isinstance(items, list):
        raise unexpected(body, what, "holds no list of recognized phrases", BACKEND)
    reading = Reading()
    for item in emptied(items):
        _read_phrase(item, reading)
    combined = fields.get("combinedRecognizedPhrases")
    if not reading.phrases and (has_text(combined, "display") or has_text(combined, "lexical")):
        raise unexpected(body, what, "holds text, but no recognized phrase with it", BACKEND)
    duration = ticks_of(fields, DURATION)
    return FileResult(
        source=without_query(text_of(fields.get("source"))),
        duration_ticks=duration if duration is not None and duration >= 0 else None,
        phrases=tuple(reading.phrases),
        notes=reading.notes(),
    )


def read_report(body: bytes) -> tuple[FileReport, ...]:
    """Read a file of kind TranscriptionReport.

    Raises:
        UnexpectedReply: It is none.
    """
    what = "the report on the job's files"
    fields = read_object(body, what, BACKEND)
    details = fields.get("details")
    if details is None and "successfulTranscriptionsCount" in fields:
        return ()
    if not isinstance(details, list):
        raise unexpected(body, what, "holds no details", BACKEND)
    return tuple(_report(object_of(detail)) for detail in details)


@collector_paused()
def transcript(
    meeting_id: str,
    options: JobOptions,
    results: Sequence[FileResult],
    reports: Sequence[FileReport],
    inputs: Sequence[str],
    *,
    diarized: bool,
    separate: bool,
) -> Transcript:
    """What a job that succeeded has to say, its files one after another on one timeline.

    Args:
        meeting_id: The meeting's.
        options: What was asked for.
        results: One for each file that was transcribed, in any order.
        reports: What the job's report says of its files.
        inputs: The URLs that were given, in the meeting's order; none for a container, whose files go by name.
        diarized: Whether the service was asked to tell speakers apart.
        separate: Whether each channel is one speaker.

    Raises:
        MeetingFailed: No file was transcribed. The report's words and the likely cure are in the message; the code is
            the report's, or `no_result` where the report has no word on it.
    """
    files = match_files(results, reports, inputs)
    heard = [(file.name, result) for file in files if (result := file.heard) is not None]
    if not heard:
        raise _failure(meeting_id, files)
    parts: list[Part] = []
    begins: list[str] = []
    at_ticks = 0
    for name, result in heard:
        parts.append(Part(result.phrases, at_ticks))
        begins.append(f"{name} begins at {clock(at_ticks)}.")
        at_ticks += result.length_ticks
    phrases, speaker_notes = assemble(parts, options, diarized=diarized, separate=separate)
    notes = begins if len(files) > 1 else []
    if len(heard) > 1 and not _one_speaker(options):
        notes.append("Each file has speakers of its own: who speaks in two files has two labels.")
    notes += [f"{file.name} is not in this transcript: {file.reason}." for file in files if file.heard is None]
    notes += [
        f"{file.name} is none of the URLs that were given; it was put at the end." for file in files if file.stray
    ]
    notes += speaker_notes
    notes += [f"{name}: {note}" if len(files) > 1 else note for name, result in heard for note in result.notes]
    return Transcript(
        meeting_id=meeting_id,
        backend=BACKEND,
        locale=options.language,
        audio_duration_ticks=at_ticks if all(result.duration_ticks is not None for _, result in heard) else None,
        phrases=phrases,
        notes=tuple(notes if phrases else [*notes, NO_SPEECH_NOTE]),
    )


def _one_speaker(options: JobOptions) -> bool:
    return options.speakers is not None and options.speakers.maximum == 1


def _failure(meeting_id: str, files: Sequence[AudioFile]) -> MeetingFailed:
    if len(files) == 1:
        said_of = f"the service could not transcribe {files[0].name}: {files[0].reason}"
    elif files:
        shown = "; ".join(f"{file.name}: {file.reason}" for file in files[:_SHOWN_FAILURES])
        more = f"; and {len(files) - _SHOWN_FAILURES} more" if len(files) > _SHOWN_FAILURES else ""
        said_of = f"the service could transcribe none of its {len(files)} files: {shown}{more}"
    else:
        said_of = "the job succeeded, but has neither a result nor a report of any file: check the container"
    report = next((file.report for file in files if file.has_failed), None)
    return MeetingFailed(
        f"Meeting {meeting_id} failed: {said_of}.",
        backend=BACKEND,
        meeting_id=meeting_id,
        code=NO_RESULT if report is None else report.kind,
    )


def _read_phrase(fields: dict[str, Any], reading: Reading) -> None:
    status = text_of(fields.get("recognitionStatus"))
    if status and status.lower() != _RECOGNIZED:
        reading.leave_out(status)
        return
    alternatives = fields.get("nBest")
    best = object_of(alternatives[0]) if isinstance(alternatives, list) and alternatives else {}
    # Whisper's models give no lexical form, others may give no display form.
    text = next((found for name in ("display", "lexical") if (found := text_of(best.get(name))).strip()), "")
    if not text:
        reading.leave_out("no text")
        return
    reading.add(fields, text, _words(best), best.get("confidence"))


def _words(best: dict[str, Any]) -> tuple[Word, ...]:
    return read_words(best.get("words"), "word") or read_words(best.get("displayWords"), "displayText")


def _report(fields: dict[str, Any]) -> FileReport:
    status = text_of(fields.get("status"))
    kind, message = said(text_of(fields.get("errorKind"))), said(text_of(fields.get("errorMessage")))
    # An unknown status is a failure only where words say so: a file without a result is noticed anyway.
    failed = status.lower() == "failed" or (status.lower() != "succeeded" and bool(kind or message))
    return FileReport(
        source=without_query(text_of(fields.get("source")) or text_of(fields.get("sourceUrl"))),
        succeeded=not failed,
        kind=kind or None,
        message=message or None,
    )
