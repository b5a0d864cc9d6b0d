"""The command that measures the gateway under load: it counts right, whatever the machine is like."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(__file__).with_name("live.py")
MEETINGS = 3


@pytest.mark.timeout(120)
def test_three_meetings(tmp_path: Path) -> None:
    """Each is heard to its end, no frame is lost, and everything is gone afterwards."""
    file, rest = tmp_path / "figures.json", tmp_path / "rest"
    rest.mkdir()
    options = f"--start {MEETINGS} --most {MEETINGS} --seconds 2 --flood-seconds 0.2".split()
    done = subprocess.run(
        [sys.executable, COMMAND, *options, "--json", file],
        env={"PATH": "", "TMPDIR": str(rest)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(file.read_text(encoding="utf-8"))
    (step,) = told["steps"]
    counts = step["counts"]
    assert (counts["started"], counts["ended"], counts["sessions"]) == (MEETINGS, MEETINGS, MEETINGS)
    assert (counts["lost"], counts["anew"], step["failures"], step["log"]) == (0, 0, [], [])
    assert 0 < step["frame_in"]["count"] <= counts["frames"]
    assert step["hypothesis_out"]["count"] > 0
    assert [one["failures"] for one in told["floods"]] == [[], [], []]
    assert min(one["frames"] for one in told["floods"]) > 0
    assert list(rest.iterdir()) == []
