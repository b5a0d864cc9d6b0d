"""Which optional parts of this distribution are installed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires, version

from .finding import Finding, ok, skipped, warning

DISTRIBUTION = "remote-meeting-compat"
CHECK = "extras"
# What nobody installs to use something: everything at once, and what the tests need.
NO_PARTS = ("all", "test")
USES = {
    "azure": "batch, fast and realtime",
    "check": "remote-meeting check",
    "emulator": "remote-meeting emulate",
    "gateway": "remote-meeting serve",
    "local": "transcribing on this machine",
    "postgres": "a store on PostgreSQL",
}
_REQUIREMENT = re.compile(r"""([\w.-]+)[^;]*;.*\bextra\s*==\s*["']([\w.-]+)["']""")


def extras() -> list[Finding]:
    """One finding an extra."""
    try:
        needed = by_extra(requires(DISTRIBUTION) or ())
    except PackageNotFoundError:
        return [warning(CHECK, f"{DISTRIBUTION} runs without being installed, so its parts cannot be told.")]
    return [_judged(extra, packages) for extra, packages in sorted(needed.items())]


def by_extra(requirements: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The packages that each extra brings, as the distribution's metadata tell it."""
    found: dict[str, list[str]] = {}
    for requirement in requirements:
        parts = _REQUIREMENT.fullmatch(requirement.strip())
        if parts is not None and parts[2] not in NO_PARTS and parts[1] != DISTRIBUTION:
            found.setdefault(parts[2], []).append(parts[1])
    return {extra: tuple(packages) for extra, packages in found.items()}


def _judged(extra: str, packages: tuple[str, ...]) -> Finding:
    versions = {package: _version(package) for package in packages}
    missing = [package for package, found in versions.items() if found is None]
    use = f" ({USES[extra]})" if extra in USES else ""
    if not missing:
        shown = ", ".join(f"{package} {found}" for package, found in versions.items())
        return ok(CHECK, f"{extra}{use} is installed: {shown}.")
    install = f"python -m pip install '{DISTRIBUTION}[{extra}]'"
    lacking = "is not installed" if len(missing) == len(packages) else f"lacks {', '.join(missing)}"
    return skipped(CHECK, f"{extra}{use} {lacking}; where you need it: {install}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
