"""Memory of a command and every process it starts: `python tests/benchmarks/memory.py COMMAND…`

Reads /proc (Linux) four times a second and adds up the proportional set size (PSS) of the whole tree: memory that
two processes share is counted once. Prints the peak, and the peak of each tenth of the run, so that growth shows.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

EVERY_SECONDS = 0.25


def tree(root: int) -> list[int]:
    """A process and its descendants, as far as they live."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def pss_bytes(process: int) -> int:
    """A process's proportional set size; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def main() -> int:
    """Run the command, watch it, print what it took."""
    child = subprocess.Popen(sys.argv[1:])
    ended = threading.Event()
    threading.Thread(target=lambda: (child.wait(), ended.set()), daemon=True).start()
    began, samples = time.monotonic(), []
    while not ended.wait(EVERY_SECONDS):
        samples.append(sum(pss_bytes(process) for process in tree(child.pid)))
    tenths = [samples[at * len(samples) // 10 : (at + 1) * len(samples) // 10] for at in range(10)]
    print(f"peak {max(samples, default=0) / 1e6:.0f} MB in {time.monotonic() - began:.0f} s", file=sys.stderr)
    print("peak of each tenth, MB:", *(f"{max(part, default=0) / 1e6:.0f}" for part in tenths), file=sys.stderr)
    return child.returncode


if __name__ == "__main__":
    raise SystemExit(main())
