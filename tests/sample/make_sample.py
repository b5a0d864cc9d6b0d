"""Make the bundled sample meeting: three of flite's voices talk about money and offices.

    python tests/sample/make_sample.py [OUT]

Needs Debian's flite (`apt-get install flite`), whose voices slt, awb and rms may be used for anything. LINES says who
says what and when: the ground truth of the tests and of accuracy.py.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

SHIPPED = Path(__file__).parents[2] / "compat" / "remote_meeting" / "data" / "sample.flac"
RATE = 16_000
PAUSE_SECONDS = 0.6
TAIL_SECONDS = 0.5
LEVEL = 0.06
NOISE_LEVEL = 0.0005
NOISE_SEED = 1


@dataclass(frozen=True, slots=True)
class Line:
    """What one person says in one go; seconds from the start of the audio."""

    speaker: str
    text: str
    start: float
    end: float


LINES = [
    Line("slt", "Good morning everyone. Can we begin the meeting?", 0.6, 3.355),
    Line("awb", "Good morning. The first question is about the money for next year.", 3.955, 7.945),
    Line("rms", "I think we have enough money for the new office.", 8.545, 11.67),
    Line("slt", "How many people will work in the office?", 12.27, 14.655),
    Line("rms", "There will be twenty people in the building.", 15.255, 17.77),
    Line("awb", "Then we need more time to look at the numbers.", 18.37, 21.055),
    Line("slt", "We can talk about this again on Monday morning.", 21.655, 24.555),
    Line("rms", "Yes, that would be a good day for me.", 25.155, 27.775),
    Line("awb", "Thank you very much. I will see you on Monday.", 28.375, 31.32),
]


def say(flite: str, line: Line) -> NDArray[np.float32]:
    """One line as flite speaks it, at 16 kHz and at the level of all the others."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "line.wav"
        subprocess.run([flite, "-voice", line.speaker, "-t", line.text, "-o", str(out)], check=True)
        samples, rate = soundfile.read(out, dtype="float32")
    samples = soxr.resample(samples, rate, RATE)
    loudness = np.sqrt((samples**2).mean())
    return (samples / loudness * LEVEL).astype(np.float32)


def meeting(flite: str = "flite") -> tuple[NDArray[np.float64], list[Line]]:
    """The samples of the whole meeting, and its lines with the times at which they came out."""
    parts: list[NDArray[np.float32]] = []
    placed: list[Line] = []
    length = 0
    for line in LINES:
        pause, spoken = np.zeros(int(PAUSE_SECONDS * RATE), np.float32), say(flite, line)
        start = length + len(pause)
        length = start + len(spoken)
        parts += [pause, spoken]
        placed.append(Line(line.speaker, line.text, start / RATE, length / RATE))
    parts.append(np.zeros(int(TAIL_SECONDS * RATE), np.float32))
    samples = np.concatenate(parts)
    return samples + np.random.default_rng(NOISE_SEED).normal(0, NOISE_LEVEL, len(samples)), placed


def main() -> None:
    """Write the sample."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED
    samples, _ = meeting()
    soundfile.write(out, samples, RATE, subtype="PCM_16")
    print(f"{out}: {len(samples) / RATE:.2f} s")


if __name__ == "__main__":
    main()
