"""Optional packages: a missing one is a sentence with the line that installs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from remote_meeting_backends import MissingExtra
from remote_meeting_backends.extras import lacks, need

SENTENCE = "The gateway needs an optional part: python -m pip install 'remote-meeting-compat[gateway]'"


def test_what_is_there_is_imported() -> None:
    """Also a module inside a package."""
    assert need("json.decoder", extra="gateway", what="The gateway") is json.decoder


@pytest.mark.parametrize("module", ["not_installed_anywhere", "not_installed_anywhere.part"])
def test_what_is_missing_is_a_sentence(module: str) -> None:
    """An ImportError for those who look for one, with the first error as its cause."""
    with pytest.raises(MissingExtra) as caught:
        need(module, extra="gateway", what="The gateway")
    assert str(caught.value) == SENTENCE
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_what_is_blocked_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way in which tests, and some installers, take a package away."""
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.delitem(sys.modules, "starlette.applications", raising=False)
    with pytest.raises(MissingExtra):
        need("starlette.applications", extra="gateway", what="The gateway")
    assert lacks(("starlette",), extra="gateway", what="The gateway") == SENTENCE


def test_a_package_that_is_broken_is_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installing it again would not help: the error that it raises comes through."""
    (tmp_path / "half_there.py").write_text("import its_own_need")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="its_own_need") as caught:
        need("half_there", extra="gateway", what="The gateway")
    assert not isinstance(caught.value, MissingExtra)


def test_what_is_lacking_is_known_without_an_import() -> None:
    """None when all are there, and the same sentence when one is not; nothing is loaded for it."""
    sys.modules.pop("this", None)
    assert lacks(("json", "this"), extra="gateway", what="The gateway") is None
    assert "this" not in sys.modules
    assert lacks(("json", "not_installed_anywhere"), extra="gateway", what="The gateway") == SENTENCE


def test_a_module_in_a_package_that_is_not_there_is_missing() -> None:
    """Its package need not be there either."""
    assert lacks(("no_such_package.module",), extra="azure", what="It") is not None
