"""What the rules about properties share: how one is found, and the edit that removes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facade import facade_edits
from ..model import Way
from ..rule import Example, Match
from ..strings import named, removed_call, setting_call

if TYPE_CHECKING:
    from ..source import Source

PROPERTY_WAYS: dict[Way, str] = {
    Way.FACADE: "remote_meeting reads it and does what it meant; it may stay, or go.",
    Way.GATEWAY: "Keep it: the retired protocol needs it, and `remote-meeting serve` takes it.",
    Way.REWRITE: "Remove it: no service that exists reads it.",
}


def find_property(source: Source, *names: str) -> Iterator[Match]:
    """Strings that are this property's name, each with the edit that removes its call.

    The gateway and the facade read these properties: where one of them is the way in, they stay.

    Args:
        source: The file.
        names: The name, and its misspellings.
    """
    if source.facts.is_sdk:
        return
    is_kept = bool(source.gateway) or bool(facade_edits(source, 0, 0))
    for literal in named(source, names):
        call = setting_call(source, literal)
        edits = removed_call(source, call[1]) if call and not is_kept else ()
        yield Match(literal.start, literal.end, fix="Remove the property" if edits else "", edits=edits)


def property_examples(name: str, value: str = "true") -> dict[str, Example]:
    """Setting it, before and after, in three languages."""
    return {
        "C#": Example(f'config.SetProperty("{name}", "{value}");', {Way.REWRITE: "// nothing"}),
        "Java": Example(f'config.setProperty("{name}", "{value}");', {Way.REWRITE: "// nothing"}),
        "Python": Example(f'config.set_property_by_name("{name}", "{value}")', {Way.REWRITE: "# nothing"}),
    }
