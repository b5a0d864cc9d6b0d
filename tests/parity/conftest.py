"""A browser for the page's tests."""

from __future__ import annotations

from support.headless import browser

__all__ = ["browser"]
