"""The files of a batch job: reports are read, files and inputs are matched, and each failure has its words."""

from __future__ import annotations

import pytest

from remote_meeting_backends import (
    JobOptions,
    MeetingFailed,
    UnexpectedReply,
    Word,
)
from remote_meeting_backends.batch.results import (
    NO_RESULT,
    FileReport,
    read_report,
)
from support.results import SAS, SECOND, A, B, C, failed, phrase, put_together, result, told


def test_a_report() -> None:
    """Successes and failures, under the older name of `source` too, without the queries of URLs."""
    assert told(
        {"source": A + SAS, "status": "Succeeded"},
        {
            "sourceUrl": B + SAS,
            "status": "failed",
            "errorMessage": f"No audio at {B + SAS}.",
            "errorKind": "EmptyAudioFile",
        },
        {"source": C, "status": "Failed"},
        {"source": C, "status": "Skipped"},
        {"source": C, "status": "Skipped", "errorMessage": "why"},
        None,
    ) == (
        FileReport(A, True),
        FileReport(B, False, "EmptyAudioFile", f"No audio at {B}?***"),
        FileReport(C, False),
        FileReport(C, True),
        FileReport(C, False, None, "why"),
        FileReport("", True),
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"details": 5}', b'{"failed": 1}'])
def test_what_is_no_report(body: bytes) -> None:
    """Read as empty, it would hide that a file failed."""
    with pytest.raises(UnexpectedReply):
        read_report(body)


def test_a_report_without_details() -> None:
    """Counts alone say nothing about a file."""
    assert read_report(b'{"successfulTranscriptionsCount": 0, "failedTranscriptionsCount": 0}') == ()


def test_a_failed_file_fails_its_meeting_in_the_report_s_words() -> None:
    """The job says Succeeded; the report's words come with the likely cure, and a stray result does not count."""
    reports = told(failed(A + SAS, "The recordings URI contains invalid data.", "InvalidData"))
    for results in ((), (result(phrase()),)):
        with pytest.raises(MeetingFailed) as caught:
            put_together(*results, reports=reports)
        assert str(caught.value) == (
            "Meeting m-1 failed: the service could not transcribe a.wav: InvalidData: The recordings URI contains "
            "invalid data (most often it is stereo: speakers can be told apart in one channel only: mix the channels, "
            "choose one, or keep them apart (channels mix, N or separate)). (backend batch)"
        )
        assert (caught.value.code, caught.value.meeting_id) == ("InvalidData", "m-1")


def test_a_failure_without_words() -> None:
    """It is one all the same."""
    with pytest.raises(MeetingFailed, match=r"a\.wav: the service gave no reason"):
        put_together(reports=told({"source": A, "status": "Failed"}))


@pytest.mark.parametrize("reports", [(), told({"source": A, "status": "Succeeded"})])
def test_a_missing_result_fails_its_meeting(reports: tuple[FileReport, ...]) -> None:
    """Succeeded, and nothing there: never an empty transcript."""
    with pytest.raises(MeetingFailed, match=r"says that the job succeeded, but has no result for it") as caught:
        put_together(reports=reports)
    assert caught.value.code == NO_RESULT


def test_one_result_for_one_input_needs_no_name() -> None:
    """The service may spell the source as it likes; the report's failure counts just so."""
    assert put_together(result(phrase(), source="contenturl_0")).phrases
    with pytest.raises(MeetingFailed, match="broken"):
        put_together(reports=told(failed("contenturl_0")))


def test_files_follow_one_another() -> None:
    """In the order of the inputs, each shifted by those before, words too; speakers are not merged."""
    words = [{"word": "b", "offsetInTicks": SECOND, "durationInTicks": 5}]
    first = result(phrase(1, 1, "A"), seconds=60)
    second = result(phrase(1, 1, "B", nBest=[{"display": "B", "words": words}]), source=B + SAS, seconds=90.5)
    third = result(phrase(1, 2, "C"), source=C, seconds=2)
    found = put_together(third, second, first, inputs=(A + SAS, B + SAS, C), options=JobOptions())
    assert [(one.id, one.text, one.speaker, one.raw_speaker, one.offset_ticks) for one in found.phrases] == [
        ("00000001", "A", "Guest-1", "1", SECOND),
        ("00000002", "B", "Guest-2", "1", 61 * SECOND),
        ("00000003", "C", "Guest-3", "2", int(151.5 * SECOND)),
    ]
    assert found.phrases[1].words == (Word("b", 61 * SECOND, 5),)
    assert found.audio_duration_ticks == int(152.5 * SECOND)
    assert found.notes == (
        "a.wav begins at 0:00:00.000.",
        "b.wav begins at 0:01:00.000.",
        "c.wav begins at 0:02:30.500.",
        "Each file has speakers of its own: who speaks in two files has two labels.",
        "No number of speakers was given: up to 10 were looked for.",
    )


def test_a_file_without_a_length_is_as_long_as_its_phrases() -> None:
    """The next one does not begin before it has ended; the length of all is not known."""
    found = put_together(result(phrase(5), seconds=None), result(phrase(0), source=B), inputs=(A, B))
    assert [one.offset_ticks for one in found.phrases] == [5 * SECOND, int(5.5 * SECOND)]
    assert found.audio_duration_ticks is None


def test_one_of_three_files_failed() -> None:
    """The others stand, and the transcript says what is missing, and why."""
    reports = told({"source": A, "status": "Succeeded"}, failed(B + SAS), {"source": C, "status": "Succeeded"})
    found = put_together(
        result(phrase(text="A")),
        result(phrase(text="C"), source=C),
        inputs=(A, B, C),
        reports=reports,
        options=JobOptions(),
    )
    assert [one.text for one in found.phrases] == ["A", "C"]
    assert "c.wav begins at 0:00:10.000." in found.notes
    assert [note for note in found.notes if "b.wav" in note] == [
        "b.wav is not in this transcript: InvalidAudioFormat: The audio is broken (the audio is in no format that the "
        "service decodes: convert it to WAV or FLAC, 16 kHz)."
    ]


def test_a_result_that_is_missing_among_others() -> None:
    """Said, too."""
    found = put_together(result(phrase()), inputs=(A, B))
    assert (
        "b.wav is not in this transcript: the service says that the job succeeded, but has no result for it."
        in found.notes
    )


def test_all_files_failed() -> None:
    """The first few are named, with the report's words."""
    with pytest.raises(MeetingFailed) as caught:
        put_together(
            reports=told(*(failed(f"https://h/{n}.wav") for n in range(5))),
            inputs=tuple(f"https://h/{n}.wav" for n in range(5)),
        )
    assert "none of its 5 files: 0.wav: InvalidAudioFormat: The audio is broken" in str(caught.value)
    assert "and 2 more." in str(caught.value)


def test_a_container_goes_by_name() -> None:
    """Its inputs are not known: sources are paths; a name that two folders share is shown whole."""
    reports = told(failed("z/2.wav"), {"source": "1.wav", "status": "Succeeded"})
    found = put_together(
        result(phrase(text="two"), source="y/2.wav"),
        result(phrase(text="one"), source="1.wav"),
        inputs=(),
        reports=reports,
    )
    assert [one.text for one in found.phrases] == ["one", "two"]
    assert [note.split(":")[0] for note in found.notes[:2]] == ["1.wav begins at 0", "y/2.wav begins at 0"]
    assert any(note.startswith("z/2.wav is not in this transcript") for note in found.notes)


def test_a_container_s_report_may_name_whole_urls() -> None:
    """A result's source is a path there; the report's published example has URLs. They are the same files."""
    reports = told({"source": "https://h/c/x/1.wav?sig=s3cr3t", "status": "Succeeded"}, failed("https://h/c/y/1.wav"))
    found = put_together(
        result(phrase(text="A"), source="x/1.wav"),
        result(phrase(text="B"), source="y/1.wav"),
        inputs=(),
        reports=reports,
    )
    assert [one.text for one in found.phrases] == ["A"]
    assert [note for note in found.notes if "not in this transcript" in note] == [
        note for note in found.notes if note.startswith("y/1.wav is not in this transcript: InvalidAudioFormat")
    ]


def test_a_name_that_fits_two_files_is_neither_s() -> None:
    """A failure of one of them must not silence the wrong one."""
    reports = told(failed("1.wav"))
    found = put_together(
        result(phrase(text="A"), source="x/1.wav"),
        result(phrase(text="B"), source="y/1.wav"),
        inputs=(),
        reports=reports,
    )
    assert [one.text for one in found.phrases] == ["A", "B"]
    assert any("is not in this transcript: InvalidAudioFormat" in note for note in found.notes)


def test_no_query_of_an_input_that_is_no_url() -> None:
    """It is named in the message, as far as the question mark."""
    with pytest.raises(MeetingFailed, match=r"broken") as caught:
        put_together(inputs=("https://[broken" + SAS,))
    assert "s3cr3t" not in str(caught.value)


def test_a_container_s_missing_result() -> None:
    """The report says Succeeded, and nothing is there."""
    reports = told({"source": "1.wav", "status": "Succeeded"}, {"source": "2.wav", "status": "Succeeded"})
    found = put_together(result(phrase(), source="1.wav"), inputs=(), reports=reports)
    assert any(note.startswith("2.wav is not in this transcript: the service says") for note in found.notes)


@pytest.mark.parametrize("inputs", [(A, B), ()])
def test_a_result_that_is_listed_twice(inputs: tuple[str, ...]) -> None:
    """A page may repeat one; it is neither heard twice nor taken for another file's."""
    found = put_together(
        result(phrase(text="once")), result(phrase(text="once")), inputs=inputs, reports=told(failed(B), failed(B))
    )
    assert [one.text for one in found.phrases] == ["once"]
    assert sum("not in this transcript" in note for note in found.notes) == 1


def test_results_without_a_source_are_all_kept() -> None:
    """Nothing says that they are the same file."""
    for inputs in ((), (A, B)):
        found = put_together(result(phrase(text="X"), source=""), result(phrase(text="Y"), source=""), inputs=inputs)
        assert [one.text for one in found.phrases] == ["X", "Y"]


def test_a_thousand_files() -> None:
    """The most that a job takes, matched in a moment."""
    urls = tuple(f"https://h/c/{n}.wav" for n in range(1000))
    found = put_together(*(result(phrase(), source=url) for url in reversed(urls)), inputs=urls)
    assert len(found.phrases) == 1000


def test_an_empty_container() -> None:
    """No file is no success."""
    with pytest.raises(MeetingFailed, match="neither a result nor a report"):
        put_together(inputs=())


@pytest.mark.parametrize(
    ("given", "source"),
    [
        ("https://h/c/a%20b.wav", "https://h/c/a b.wav"),
        ("https://h/c/a b.wav?sig=x", "https://h/c/a%20b.wav?sig=y"),
        ("https://H:443/c/%C3%A4.wav", "https://h/c/ä.wav"),
        ("https://[broken/a.wav", "https://[broken/a.wav"),
    ],
)
def test_sources_are_compared_as_paths(given: str, source: str) -> None:
    """Whichever side escaped them, and whatever signature they carry."""
    found = put_together(result(phrase(text="mine"), source=source), result(phrase(), source=B), inputs=(B, given, C))
    assert [one.text for one in found.phrases] == ["Hello.", "mine"]


def test_the_same_file_twice() -> None:
    """Two inputs, two results."""
    found = put_together(result(phrase(1)), result(phrase(2)), inputs=(A, A))
    assert [one.offset_ticks for one in found.phrases] == [SECOND, 12 * SECOND]


def test_results_that_are_nobody_s() -> None:
    """They are kept, at the end, and said."""
    found = put_together(
        result(phrase(text="X"), source="https://h/x"), result(phrase(text="Y"), source="https://h/y"), inputs=(A, B)
    )
    assert [one.text for one in found.phrases] == ["X", "Y"]
    assert "x is none of the URLs that were given; it was put at the end." in found.notes
    assert sum("no result for it" in note for note in found.notes) == 2


def test_notes_of_several_files_name_theirs() -> None:
    """Or nobody could tell."""
    found = put_together(result(phrase()), result(phrase(), phrase(nBest=[]), source=B), inputs=(A, B))
    assert "b.wav: 1 phrase was left out, being without recognized text (no text 1)." in found.notes
