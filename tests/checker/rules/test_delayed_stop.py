"""RM801: uploads that a delay cuts short."""

from __future__ import annotations

import pytest

from support.checker import Case, expect

RULE = "RM801"
FINDS: dict[str, Case] = {
    "C#": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
await transcriber.StartTranscribingAsync();
await Task.WhenAny(done.Task, Task.Delay(TimeSpan.FromSeconds(10))); <<
await transcriber.StopTranscribingAsync();
""",
    ),
    "over lines": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
await transcriber.StartTranscribingAsync();
await Task.WhenAny( <<
    done.Task,
    Task.Delay(10_000));
""",
    ),
}
SILENT: dict[str, Case] = {
    "without a delay": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
await t.StartTranscribingAsync(); await Task.WhenAny(done.Task, failed.Task);
""",
    ),
    "no transcriber": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
await Task.WhenAny(done.Task, Task.Delay(10));
""",
    ),
    "no Speech SDK": (
        "C#",
        """
await x.StartTranscribingAsync(); await Task.WhenAny(a, Task.Delay(10));
""",
    ),
    "a comment": (
        "C#",
        """
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Transcription;
await t.StartTranscribingAsync(); // Task.WhenAny(a, Task.Delay(10))
""",
    ),
}


@pytest.mark.parametrize("case", [*FINDS.values(), *SILENT.values()], ids=[*FINDS, *SILENT])
def test_rule(case: Case) -> None:
    """It names these lines and no others."""
    expect(RULE, case)
