"""What each package exports is what its `__all__` says, sorted and there."""

from __future__ import annotations

import types
from collections.abc import Iterable

import pytest

import remote_meeting
import remote_meeting_backends


@pytest.mark.parametrize("package", [remote_meeting, remote_meeting_backends])
def test_all_is_sorted_and_whole(package: types.ModuleType) -> None:
    """Nothing public is left out of `__all__`, and nothing in it is missing."""
    # Some are imported by whoever asks for them.
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    public = {
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    exported: Iterable[str] = package.__all__
    assert set(exported) - {"__version__"} == public
    assert list(exported) == sorted(exported, key=_as_ruff_sorts)


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
