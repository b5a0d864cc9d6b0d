"""A browser for the page's tests."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from support.headless import Browser
from support.parts import need, program


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium, one for all tests of a file."""
    need(find_spec("websockets"), "websockets", "pip install -e '.[gateway]'")
    path = program("chromium", "apt-get install chromium")
    with Browser.started(path, tmp_path_factory.mktemp("profile")) as started:
        yield started
