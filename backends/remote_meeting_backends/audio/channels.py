"""What the channels of a recording are, and which of them become the audio that is transcribed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..errors import ChannelChoiceNeeded, InvalidInput

ARRAY_CHANNELS = 8
ARRAY_MICROPHONES = 7
MAX_SEPARATE = 16


class Layout(StrEnum):
    """What was found in the file."""

    MONO = "mono"
    STEREO = "stereo"
    ARRAY = "7+1 array"
    PADDED = "mono padded to 8 channels"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """Which channels are heard, as weights.

    Args:
        weights: One tuple for each output; its entries are the shares of the file's channels.
        separate: True when each output is one speaker of its own.
        note: What was decided, for the result's notes; None when there was nothing to decide.
    """

    weights: tuple[tuple[float, ...], ...]
    separate: bool = False
    note: str | None = None


def layout_of(channels: int) -> Layout:
    """Name the layout that a number of channels stands for."""
    return {1: Layout.MONO, 2: Layout.STEREO, ARRAY_CHANNELS: Layout.ARRAY}.get(channels, Layout.OTHER)


def plan_channels(
    layout: Layout, channels: int, choice: str | None, *, only_channel: int | None = None, name: str = "the audio"
) -> ChannelPlan:
    """Decide what is heard.

    Args:
        layout: What was found.
        channels: How many channels the file has.
        choice: `mix`, `separate`, a channel's number counted from 0, or None for the layout's default.
        only_channel: The channel that carries sound, in a padded file.
        name: What the file is called in messages.

    Raises:
        ChannelChoiceNeeded: There is no safe default (stereo, other layouts) and no choice was made.
        InvalidInput: The choice does not fit the file.
    """
    if channels == 1 and choice in (None, "mix", "separate", "0"):
        return ChannelPlan(((1.0,),))
    if choice is None:
        if layout is Layout.PADDED and only_channel is not None:
            note = f"Only channel {only_channel} of the {channels} carries sound; it alone was heard."
            return ChannelPlan((_one(channels, only_channel),), note=note)
        if layout is Layout.ARRAY:
            return ChannelPlan((_array_mix(),), note=_ARRAY_NOTE)
        raise ChannelChoiceNeeded(
            f"{name} has {channels} channels ({layout}): say which to hear with channels (--channels on the command "
            f"line): mix (all as one), a number from 0 (that one), or separate (each channel is one speaker)."
        )
    if choice == "mix":
        if layout is Layout.ARRAY:
            return ChannelPlan((_array_mix(),), note=_ARRAY_NOTE)
        return ChannelPlan(((1.0 / channels,) * channels,), note=f"The {channels} channels were mixed to one.")
    if choice == "separate":
        if channels > MAX_SEPARATE:
            raise InvalidInput(f"{name} has {channels} channels: separate takes at most {MAX_SEPARATE}.")
        weights = tuple(_one(channels, index) for index in range(channels))
        return ChannelPlan(weights, separate=True, note=f"Each of the {channels} channels was taken as one speaker.")
    if choice.isdecimal() and int(choice) < channels:
        return ChannelPlan((_one(channels, int(choice)),), note=f"Only channel {int(choice)} was heard.")
    if choice.isdecimal():
        raise InvalidInput(f"{name} has no channel {choice}: its channels are 0 to {channels - 1}.")
    raise InvalidInput(f"{choice!r} is no choice of channels: give mix, separate, or a channel's number from 0.")


_ARRAY_NOTE = "The 7 microphones of the array were mixed to one; its reference channel was left out."


def _array_mix() -> tuple[float, ...]:
    return (1.0 / ARRAY_MICROPHONES,) * ARRAY_MICROPHONES + (0.0,) * (ARRAY_CHANNELS - ARRAY_MICROPHONES)


def _one(channels: int, index: int) -> tuple[float, ...]:
    return tuple(1.0 if channel == index else 0.0 for channel in range(channels))
