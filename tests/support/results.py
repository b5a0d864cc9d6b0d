"""Results and reports of the batch service, made short: what a test does not care about is filled in."""

from __future__ import annotations

import json
from typing import Any

from remote_meeting_backends import (
    JobOptions,
    SpeakerCount,
    Transcript,
)
from remote_meeting_backends.batch.results import (
    FileReport,
    FileResult,
    read_report,
    read_result,
    transcript,
)

A, B, C = (f"https://h.blob.core.windows.net/c/{name}.wav" for name in "abc")
SAS = "?sp=r&sig=s3cr3t"
TWO = JobOptions(speakers=SpeakerCount(minimum=2, maximum=2))
SECOND = 10_000_000


def phrase(second: float = 1, speaker: Any = 1, text: str = "Hello.", **fields: Any) -> dict[str, Any]:
    """One recognized phrase of half a second."""
    best = {"confidence": 0.9, "lexical": text.lower(), "display": text}
    return {
        "recognitionStatus": "Success",
        "channel": 0,
        **({"speaker": speaker} if speaker is not None else {}),
        "offsetInTicks": second * SECOND,
        "durationInTicks": SECOND // 2,
        "nBest": [best],
        **fields,
    }


def result(*phrases: Any, source: str = A + SAS, seconds: float | None = 10, **fields: Any) -> FileResult:
    """Read a result of these phrases."""
    length = {"durationInTicks": int(seconds * SECOND)} if seconds is not None else {}
    return read_result(json.dumps({"source": source, **length, "recognizedPhrases": phrases, **fields}).encode())


def told(*details: Any) -> tuple[FileReport, ...]:
    """Read a report of these details."""
    return read_report(json.dumps({"details": details}).encode())


def failed(source: str, message: str = "The audio is broken.", kind: str = "InvalidAudioFormat") -> dict[str, Any]:
    """A file that failed, in the report."""
    return {"source": source, "status": "Failed", "errorMessage": message, "errorKind": kind}


def put_together(
    *results: FileResult,
    inputs: tuple[str, ...] = (A + SAS,),
    reports: tuple[FileReport, ...] = (),
    options: JobOptions = TWO,
    diarized: bool = True,
    separate: bool = False,
) -> Transcript:
    """The transcript of a job."""
    return transcript("m-1", options, results, reports, inputs, diarized=diarized, separate=separate)
