"""What a check found, told: to a person at a terminal, to a program, to code scanning, in a pull request, as a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..model import Report
from ..rule import Rule
from . import github, html, json, markdown, sarif, text
from .context import Context
from .summary import Summary, headline, summarize

FORMATS: dict[str, Callable[[Report, Mapping[str, Rule], Context], str]] = {
    "text": text.render,
    "json": json.render,
    "sarif": sarif.render,
    "github": github.render,
    "html": html.render,
    "markdown": markdown.render,
}

__all__ = ["FORMATS", "Context", "Summary", "headline", "summarize"]
