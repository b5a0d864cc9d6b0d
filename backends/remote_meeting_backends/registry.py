"""Backends by name: entry points of the group `remote_meeting.backends`, loaded when first asked for."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from .backend import Backend
from .errors import NoBackend

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "remote_meeting.backends"


def known_backends() -> tuple[str, ...]:
    """Names of every backend that is registered, whether or not what it needs is installed."""
    return tuple(sorted({point.name for point in _points()}))


def backend_class(name: str) -> type[Backend]:
    """Load a backend's class.

    Raises:
        NoBackend: There is none of that name, or it cannot be loaded.
    """
    for point in _points():
        if point.name == name:
            try:
                loaded: type[Backend] = point.load()
            except (ImportError, AttributeError) as error:
                raise NoBackend(f"The backend {name!r} ({point.value}) cannot be loaded: {error}.") from error
            return loaded
    raise NoBackend(f"There is no backend named {name!r}: choose one of {', '.join(known_backends())}, or auto.")


def _points() -> tuple[EntryPoint, ...]:
    return _points_on(tuple(sys.path))


@lru_cache(maxsize=4)
def _points_on(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Searched for once: every package that is installed is looked at, which takes milliseconds."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP))
