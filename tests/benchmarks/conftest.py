"""Benchmarks print, they never assert a time: machines are shared and noisy, so each compares within its own run.

pytest tests/benchmarks -n 0 --benchmark-enable -s
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from datetime import date

import pytest


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a figure with the machine and the day it was measured on."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def print_figure(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n  {text}  [{os.cpu_count()} cores, Python {platform.python_version()}, {date.today()}]")  # noqa: DTZ011

    return print_figure
