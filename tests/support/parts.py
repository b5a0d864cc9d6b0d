"""Outside parts: a missing one skips its test with the line that installs it; in CI such a skip is a failure."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def need(found: object, what: str, install: str) -> None:
    """Go on only when an outside part is there."""
    if found:
        return
    reason = f"{what} is missing: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str, install: str) -> str:
    """The path of a program."""
    path = shutil.which(name)
    need(path, name, install)
    assert path is not None
    return path


def shared_audio(name: str) -> Path:
    """A recording of ../shared/audio: real speech that is not ours to copy."""
    path = Path(__file__).parents[3] / "shared" / "audio" / name
    need(path.exists(), f"../shared/audio/{name}", "put the recordings beside the project")
    return path
