"""What decoding a file takes, in a process of its own: `python -m support.decode_memory FILE` in tests/.

Prints how many samples came out, and the peak of what Python allocated meanwhile, in bytes. Nothing else runs in the
process, so nothing else is counted.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tracemalloc
from pathlib import Path

TESTS = Path(__file__).parents[1]


def decode_memory(path: Path) -> tuple[int, int]:
    """Samples, and bytes at the peak."""
    command = [sys.executable, "-m", "support.decode_memory", str(path)]
    said = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=True, timeout=120).stdout
    samples, peak = map(int, said.split())
    return samples, peak


def _measure(path: Path) -> None:
    from remote_meeting_backends.audio import pcm_blocks, plan_channels, probe

    # Loaded by the first file of a process, whatever its length.
    for module in ("numpy", "soundfile", "soxr"):
        importlib.import_module(module)
    tracemalloc.start()
    info = probe(path)
    samples = sum(len(block) for block in pcm_blocks(info, plan_channels(info.layout, 1, None)))
    print(samples, tracemalloc.get_traced_memory()[1])


if __name__ == "__main__":
    _measure(Path(sys.argv[1]))
