"""Backends by name: found through entry points, loaded late."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from remote_meeting_backends import NoBackend, backend_class, known_backends
from remote_meeting_backends.legacy import LegacyBackend
from remote_meeting_backends.local import LocalBackend


def install(folder: Path, distribution: str, entry: str) -> None:
    """Put a distribution with one backend into a folder, as pip would."""
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[remote_meeting.backends]\n{entry}\n")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which packages are imported."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_ours_are_known() -> None:
    """In the order of their names, each once."""
    assert {"legacy", "local"} <= set(known_backends())
    assert list(known_backends()) == sorted(set(known_backends()))


def test_a_name_is_a_class() -> None:
    """The class, and not an instance."""
    assert backend_class("legacy") is LegacyBackend
    assert backend_class("local") is LocalBackend


@pytest.mark.parametrize("name", ["", "Legacy", "azure", "auto"])
def test_an_unknown_name_is_refused(name: str) -> None:
    """The sentence says which there are."""
    with pytest.raises(NoBackend, match=f"no backend named {name!r}: choose one of .*legacy, local.*, or auto"):
        backend_class(name)


def test_somebody_else_s_backend_is_found(elsewhere: Path) -> None:
    """Installing a distribution is all; its module is loaded when it is asked for, not before."""
    (elsewhere / "their_backend.py").write_text("class Their:\n    name = 'their'\n")
    install(elsewhere, "theirs", "their = their_backend:Their")
    assert "their" in known_backends()
    assert "their_backend" not in sys.modules
    assert backend_class("their").name == "their"


def test_a_name_that_two_claim_is_known_once(elsewhere: Path) -> None:
    """The list is for people."""
    for distribution in ("one", "two"):
        install(elsewhere, distribution, "twin = nothing:Nothing")
    assert known_backends().count("twin") == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [("import not_installed_anywhere", "not_installed_anywhere"), ("", "Broken"), (None, "broken_backend")],
)
def test_one_that_cannot_be_loaded_is_named(elsewhere: Path, source: str | None, reason: str) -> None:
    """Somebody else's defect is a sentence, too."""
    sys.modules.pop("broken_backend", None)
    if source is not None:
        (elsewhere / "broken_backend.py").write_text(source)
    install(elsewhere, "broken", "broken = broken_backend:Broken")
    with pytest.raises(NoBackend, match=rf"'broken' \(broken_backend:Broken\) cannot be loaded: .*{reason}"):
        backend_class("broken")
