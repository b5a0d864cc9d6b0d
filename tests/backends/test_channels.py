"""Which channels are heard."""

from __future__ import annotations

import re

import pytest

from remote_meeting_backends import ChannelChoiceNeeded, InvalidInput
from remote_meeting_backends.audio import Layout, plan_channels
from remote_meeting_backends.audio.channels import layout_of


@pytest.mark.parametrize(
    ("channels", "layout"),
    [(1, Layout.MONO), (2, Layout.STEREO), (8, Layout.ARRAY), (3, Layout.OTHER), (7, Layout.OTHER), (16, Layout.OTHER)],
)
def test_layouts(channels: int, layout: Layout) -> None:
    """A number of channels has a name."""
    assert layout_of(channels) is layout


@pytest.mark.parametrize("choice", [None, "mix", "separate", "0"])
def test_mono(choice: str | None) -> None:
    """One channel is heard as it is, and nothing was decided."""
    plan = plan_channels(Layout.MONO, 1, choice)
    assert (plan.weights, plan.separate, plan.note) == (((1.0,),), False, None)


@pytest.mark.parametrize("choice", [None, "mix"])
def test_array(choice: str | None) -> None:
    """The seven microphones count alike, the reference channel not at all."""
    plan = plan_channels(Layout.ARRAY, 8, choice)
    assert plan.weights == ((1 / 7,) * 7 + (0.0,),)
    assert plan.note is not None
    assert "reference channel was left out" in plan.note


def test_padded() -> None:
    """Of a mono recording padded to 8 channels the one with sound is heard alone."""
    plan = plan_channels(Layout.PADDED, 8, None, only_channel=2)
    assert plan.weights == ((0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),)
    assert plan.note == "Only channel 2 of the 8 carries sound; it alone was heard."


@pytest.mark.parametrize(("layout", "channels"), [(Layout.STEREO, 2), (Layout.OTHER, 6)])
def test_choice_needed(layout: Layout, channels: int) -> None:
    """Several channels that may be anything: the caller has to say."""
    with pytest.raises(ChannelChoiceNeeded, match=re.escape(f"talk.wav has {channels} channels ({layout})")) as caught:
        plan_channels(layout, channels, None, name="talk.wav")
    for option in ("--channels", "mix (all as one)", "a number from 0", "separate (each channel is one speaker)"):
        assert option in str(caught.value)


@pytest.mark.parametrize(
    ("channels", "choice", "weights", "note"),
    [
        (2, "mix", ((0.5, 0.5),), "The 2 channels were mixed to one."),
        (4, "mix", ((0.25, 0.25, 0.25, 0.25),), "The 4 channels were mixed to one."),
        (2, "0", ((1.0, 0.0),), "Only channel 0 was heard."),
        (2, "1", ((0.0, 1.0),), "Only channel 1 was heard."),
        (2, "separate", ((1.0, 0.0), (0.0, 1.0)), "Each of the 2 channels was taken as one speaker."),
    ],
)
def test_choices(channels: int, choice: str, weights: tuple[tuple[float, ...], ...], note: str) -> None:
    """Each choice is a plan, and says what was done."""
    plan = plan_channels(layout_of(channels), channels, choice)
    assert (plan.weights, plan.note, plan.separate) == (weights, note, choice == "separate")


@pytest.mark.parametrize(
    ("channels", "choice", "message"),
    [
        (2, "2", "talk.wav has no channel 2: its channels are 0 to 1."),
        (1, "1", "talk.wav has no channel 1: its channels are 0 to 0."),
        (2, "left", "'left' is no choice of channels: give mix, separate, or a channel's number from 0."),
        (2, "-1", "'-1' is no choice of channels"),
        (2, "", "'' is no choice of channels"),
        (17, "separate", "talk.wav has 17 channels: separate takes at most 16."),
    ],
)
def test_bad_choices(channels: int, choice: str, message: str) -> None:
    """A choice that does not fit says why."""
    with pytest.raises(InvalidInput, match=re.escape(message)):
        plan_channels(layout_of(channels), channels, choice, name="talk.wav")
