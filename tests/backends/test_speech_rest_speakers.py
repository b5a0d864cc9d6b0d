"""Speakers: how many are asked for, what the numbers of the service become, and what is said about them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import JobOptions, OptionNotSupported, SpeakerCount
from remote_meeting_backends.speech_rest.speakers import Labeller, diarization, raw_label, speaker_notes


def options(least: int = 0, most: int = 0, channels: str | None = None) -> JobOptions:
    """Options for so many speakers."""
    return JobOptions(speakers=SpeakerCount(minimum=least, maximum=most) if least else None, channels=channels)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (options(), {"enabled": True, "maxSpeakers": 10}),
        (options(2, 2), {"enabled": True, "maxSpeakers": 2}),
        (options(1, 3), {"enabled": True, "maxSpeakers": 3}),
        (options(35, 35), {"enabled": True, "maxSpeakers": 35}),
        (options(1, 1), None),
        (options(channels="separate"), None),
        (options(channels="mix"), {"enabled": True, "maxSpeakers": 10}),
    ],
)
def test_the_number_of_speakers_is_always_said(asked: JobOptions, written: dict[str, Any] | None) -> None:
    """The service's own default of two would merge a third person; a number alone would not turn it on."""
    assert diarization(asked, diarize=True, backend="batch") == written
    assert diarization(asked, diarize=False, backend="batch") is None


def test_more_speakers_than_the_service_takes() -> None:
    """Refused by name, not cut to 35."""
    with pytest.raises(OptionNotSupported, match="fast backend tells at most 35 speakers apart, and speakers is 2-36"):
        diarization(options(2, 36), diarize=True, backend="fast")


def test_a_number_of_speakers_beside_separate_channels() -> None:
    """They contradict each other, as they do on this machine's own backend."""
    with pytest.raises(OptionNotSupported, match="leave the number of speakers out"):
        diarization(options(2, 2, "separate"), diarize=False, backend="fast")


def test_numbers_become_guests_in_order_of_appearance() -> None:
    """They begin at 0 or 1 and come in no order; the raw one is kept."""
    labeller = Labeller()
    assert [labeller.label(raw) for raw in ("7", "0", "7", "1")] == [
        ("Guest-1", "7"),
        ("Guest-2", "0"),
        ("Guest-1", "7"),
        ("Guest-3", "1"),
    ]


def test_parts_do_not_share_speakers() -> None:
    """The service numbers each file anew: its 1 here and its 1 there may be two people."""
    labeller = Labeller()
    assert [labeller.label("1", part)[0] for part in ("a", "b", "a", ("b", 1))] == [
        "Guest-1",
        "Guest-2",
        "Guest-1",
        "Guest-3",
    ]


@pytest.mark.parametrize(
    ("raw", "kept"), [(None, None), ("", ""), ("Unknown", None), ("unidentified", "unidentified"), ("-1", "-1")]
)
def test_nobody_is_never_somebody(raw: str | None, kept: str | None) -> None:
    """Unknown stays Unknown."""
    assert Labeller().label(raw) == ("Unknown", kept)


def test_a_label_that_is_canonical_already_is_not_kept_twice() -> None:
    """`raw_speaker` is there only where it differs."""
    assert Labeller().label("Guest-1") == ("Guest-1", None)


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (1, "1"),
        (0, "0"),
        (-1, "-1"),
        (2.0, "2"),
        ("a", "a"),
        (None, None),
        (True, None),
        (1.5, None),
        (float("nan"), None),
        (10**20, None),
        ([1], None),
    ],
)
def test_raw_labels(value: object, raw: str | None) -> None:
    """Integers, also those that were written as floats or texts."""
    assert raw_label(value) == raw


@given(st.lists(st.tuples(st.none() | st.text(max_size=3), st.integers(0, 2))))
def test_labels_are_numbered_without_gaps_and_stay(asked: list[tuple[str | None, int]]) -> None:
    """Whatever comes: Guest-1 to Guest-N as they appear, and the same for the same."""
    labeller = Labeller()
    given = [labeller.label(raw, part)[0] for raw, part in asked]
    guests = list(dict.fromkeys(label for label in given if label != "Unknown"))
    assert guests == [f"Guest-{number}" for number in range(1, len(guests) + 1)]
    assert [labeller.label(raw, part)[0] for raw, part in asked] == given


@pytest.mark.parametrize(
    ("asked", "found", "notes"),
    [
        (options(), {0: {"Guest-1"}}, ["No number of speakers was given: up to 10 were looked for."]),
        (options(2, 2), {0: {"Guest-1", "Guest-2"}}, []),
        (options(3, 5), {0: {"Guest-1", "Guest-2"}}, ["3-5 speakers were asked for; only 2 could be told apart."]),
        (
            options(2, 2),
            {0: {"Unknown"}},
            ["Speakers were to be told apart, but the service named none: all are Unknown."],
        ),
        (
            options(1, 2),
            {0: {"Guest-1", "Unknown"}, 1: {"Unknown"}},
            ["In some of the files the service named no speaker, although it was asked to: they are Unknown."],
        ),
        (options(2, 2), {0: {"Guest-1", "Guest-2"}, 1: {"Guest-3"}}, []),
        (options(2, 2), {}, []),
    ],
)
def test_what_is_said_about_speakers(asked: JobOptions, found: dict[Any, set[str]], notes: list[str]) -> None:
    """Every doubt about their number, and a service that told nobody apart."""
    assert speaker_notes(asked, found, diarized=True) == notes
    assert speaker_notes(asked, found, diarized=False) == []
