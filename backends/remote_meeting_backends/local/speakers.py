"""Who spoke: voice statistics of each stretch of speech, gathered into speakers by agglomerative clustering.

A stretch is summed up as a Gaussian over its mel-frequency cepstra. Two groups are merged while one Gaussian
describes them about as well as two do (the Bayesian information criterion of Chen and Gopalakrishnan, 1998);
groups keep only sums, so merging is exact and memory does not grow with the length of the audio.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..backend import SpeakerCount
from ..extras import need

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CEPSTRA = 12
MEL_BINS = 30
QUIET_SHARE = 0.3
# Stretches with fewer frames than this (10 ms each) do not found a speaker; they join the nearest one.
FOUNDING_FRAMES = 40
# Frames of the average voice that are mixed into each covariance, so that short stretches stay well-behaved.
PRIOR_FRAMES = 10.0
PENALTY = 1.5
MOST_SPEAKERS = 10
# Above this many groups, neighbours in time are merged first: the pairs to compare grow with the square.
BLOCK = 240


@dataclass(frozen=True, slots=True)
class VoiceStatistics:
    """Sums over the frames of a stretch: how many, their sum, the sum of their outer products."""

    frames: int
    total: NDArray[np.float64]
    outer: NDArray[np.float64]

    @classmethod
    def of(cls, pcm: bytes) -> VoiceStatistics | None:
        """Measure 16-bit PCM at 16 kHz; None when it is too short to hold a frame."""
        numpy = need("numpy", extra="local", what="Telling speakers apart")
        knf = need("kaldi_native_fbank", extra="local", what="Telling speakers apart")
        options = knf.MfccOptions()
        options.frame_opts.samp_freq = 16000
        options.frame_opts.dither = 0
        options.num_ceps = CEPSTRA + 1
        options.mel_opts.num_bins = MEL_BINS
        options.use_energy = False
        mfcc = knf.OnlineMfcc(options)
        mfcc.accept_waveform(16000, numpy.frombuffer(pcm, dtype="<i2").astype(numpy.float32))
        mfcc.input_finished()
        if mfcc.num_frames_ready == 0:
            return None
        frames = numpy.stack([mfcc.get_frame(index) for index in range(mfcc.num_frames_ready)]).astype(numpy.float64)
        # The first cepstrum is loudness: it picks out the voiced frames and says nothing of the voice.
        voiced = frames[frames[:, 0] >= numpy.quantile(frames[:, 0], QUIET_SHARE), 1:]
        return cls(len(voiced), voiced.sum(axis=0), voiced.T @ voiced)

    def joined(self, other: VoiceStatistics) -> VoiceStatistics:
        """Of both stretches together."""
        return VoiceStatistics(self.frames + other.frames, self.total + other.total, self.outer + other.outer)

    def pack(self) -> str:
        """As text, for the journal."""
        numpy = need("numpy", extra="local", what="Telling speakers apart")
        upper = self.outer[numpy.triu_indices(CEPSTRA)]
        return base64.b64encode(numpy.concatenate([[self.frames], self.total, upper]).astype("<f8").tobytes()).decode()

    @classmethod
    def unpack(cls, text: str) -> VoiceStatistics:
        """Read what `pack` wrote."""
        numpy = need("numpy", extra="local", what="Telling speakers apart")
        numbers = numpy.frombuffer(base64.b64decode(text), dtype="<f8")
        outer = numpy.zeros((CEPSTRA, CEPSTRA))
        outer[numpy.triu_indices(CEPSTRA)] = numbers[1 + CEPSTRA :]
        outer = outer + numpy.triu(outer, 1).T
        return cls(int(numbers[0]), numbers[1 : 1 + CEPSTRA].copy(), outer)


def tell_apart(voices: Sequence[VoiceStatistics | None], wanted: SpeakerCount | None) -> list[int | None]:
    """Number the speakers of stretches given in the order of time.

    Args:
        voices: Statistics of each stretch, None where there are none.
        wanted: How many speakers there are; None to estimate it (1 to 10).

    Returns:
        For each stretch its speaker, numbered from 0 by first appearance; None where it had no statistics.
    """
    known = [index for index, voice in enumerate(voices) if voice is not None]
    if not known:
        return [None] * len(voices)
    wanted = wanted or SpeakerCount(minimum=1, maximum=MOST_SPEAKERS)
    bank = _Bank([voice for voice in voices if voice is not None])
    founders = [place for place in range(len(known)) if bank.counts[place] >= FOUNDING_FRAMES]
    if len(founders) < wanted.minimum:
        founders = list(range(len(known)))
    groups = bank.gather([[place] for place in founders], wanted)
    speaker_of = {place: number for number, group in enumerate(groups) for place in group}
    others = [place for place in range(len(known)) if place not in speaker_of]
    speaker_of |= zip(others, bank.nearest(others, groups), strict=True)
    order: dict[int, int] = {}
    result: list[int | None] = [None] * len(voices)
    for place, index in enumerate(known):
        result[index] = order.setdefault(speaker_of[place], len(order))
    return result


class _Bank:
    """The sums of all stretches, and what merging some of them would cost."""

    def __init__(self, voices: Sequence[VoiceStatistics]) -> None:
        self.np: Any = need("numpy", extra="local", what="Telling speakers apart")
        np = self.np
        self.counts = np.array([voice.frames for voice in voices], dtype=np.float64)
        self.totals = np.stack([voice.total for voice in voices])
        self.outers = np.stack([voice.outer for voice in voices])
        mean = self.totals.sum(axis=0) / self.counts.sum()
        average = self.outers.sum(axis=0) / self.counts.sum() - np.outer(mean, mean)
        self.prior = average + 1e-6 * np.eye(CEPSTRA) * max(1.0, float(np.trace(average)))

    def gather(self, groups: list[list[int]], wanted: SpeakerCount) -> list[list[int]]:
        """Merge groups until the criterion or the wanted number says stop."""
        while len(groups) > BLOCK:
            # No quarter of an hour holds sixty speakers, so merging a block that far mixes nobody.
            blocks = [groups[at : at + BLOCK] for at in range(0, len(groups), BLOCK)]
            groups = [group for block in blocks for group in self._merge(block, BLOCK // 4, BLOCK // 4)]
        return self._merge(groups, wanted.minimum, wanted.maximum)

    def _merge(self, groups: list[list[int]], fewest: int, most: int) -> list[list[int]]:
        np = self.np
        counts, totals, outers = self._sums(groups)
        alive = list(range(len(groups)))
        merged = {index: list(group) for index, group in enumerate(groups)}
        spread = self._log_spread(counts, totals, outers)
        cost = np.full((len(groups), len(groups)), np.inf)
        for index in range(len(groups)):
            others = np.arange(index + 1, len(groups))
            cost[index, others] = self._cost(index, others, counts, totals, outers, spread)
        while len(alive) > fewest:
            first, second = divmod(int(cost.argmin()), len(groups))
            if len(alive) <= most and cost[first, second] > 0:
                break
            merged[first] += merged.pop(second)
            alive.remove(second)
            counts[first] += counts[second]
            totals[first] += totals[second]
            outers[first] += outers[second]
            spread[first] = self._log_spread(counts[[first]], totals[[first]], outers[[first]])[0]
            cost[second, :] = cost[:, second] = np.inf
            others = np.array([index for index in alive if index != first], dtype=int)
            if len(others):
                fresh = self._cost(first, others, counts, totals, outers, spread)
                cost[np.minimum(first, others), np.maximum(first, others)] = fresh
        return [merged[index] for index in alive]

    def nearest(self, places: Sequence[int], groups: list[list[int]]) -> list[int]:
        """For each of some short stretches the group that it fits best."""
        counts, totals, outers = self._sums(groups)
        alone = counts * self._log_spread(counts, totals, outers)
        best = []
        for place in places:
            joint_counts = counts + self.counts[place]
            joint = self._log_spread(joint_counts, totals + self.totals[place], outers + self.outers[place])
            best.append(int((joint_counts * joint - alone).argmin()))
        return best

    def _sums(self, groups: list[list[int]]) -> tuple[Any, Any, Any]:
        np = self.np
        counts = np.array([self.counts[group].sum() for group in groups])
        totals = np.stack([self.totals[group].sum(axis=0) for group in groups])
        outers = np.stack([self.outers[group].sum(axis=0) for group in groups])
        return counts, totals, outers

    def _log_spread(self, counts: Any, totals: Any, outers: Any) -> Any:
        np = self.np
        means = totals / counts[:, None]
        scatter = outers - counts[:, None, None] * means[:, :, None] * means[:, None, :]
        covariance = (scatter + PRIOR_FRAMES * self.prior) / (counts[:, None, None] + PRIOR_FRAMES)
        return np.linalg.slogdet(covariance)[1]

    def _cost(self, index: int, others: Any, counts: Any, totals: Any, outers: Any, spread: Any) -> Any:
        """What merging costs by the criterion: below zero, one speaker explains both."""
        joint_counts = counts[index] + counts[others]
        joint = self._log_spread(joint_counts, totals[index] + totals[others], outers[index] + outers[others])
        gain = joint_counts * joint - counts[index] * spread[index] - counts[others] * spread[others]
        free = CEPSTRA + CEPSTRA * (CEPSTRA + 1) / 2
        return 0.5 * gain - PENALTY * 0.5 * free * self.np.log(joint_counts)
