"""Late imports of optional packages: a missing one ends in one sentence with the line that installs it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .errors import MissingExtra


def sentence(extra: str, what: str) -> str:
    """What is missing, and the pip line that brings it."""
    return f"{what} needs an optional part: python -m pip install 'remote-meeting-compat[{extra}]'"


def need(module: str, *, extra: str, what: str) -> Any:
    """Import an optional module.

    Args:
        module: Its import name.
        extra: The extra of this distribution that brings it.
        what: What it is needed for, as the start of a sentence.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingExtra(sentence(extra, what)) from error


def lacks(modules: tuple[str, ...], *, extra: str, what: str) -> str | None:
    """The sentence for the first module that is not installed; None when all are."""
    return sentence(extra, what) if any(not _is_there(module) for module in modules) else None


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        # Not even the package that it is in.
        return False
