"""The check of this repository itself: nothing that is not answered with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from remote_meeting.cli import main

ROOT = Path(__file__).parents[2]


def test_this_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words of the retired service stand in rules and tests, and its configuration says so."""
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(main, ["check", "--format", "json", "compat", "backends", "tests", "pyproject.toml"])
    report = json.loads(result.stdout)
    assert report["findings"] == report["could_not_tell"] == report["not_read"] == []
    assert result.exit_code == 0
    assert report["silenced"]
    assert all(silenced["reason"] for silenced in report["silenced"])
