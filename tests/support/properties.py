"""What holds for every property whose call `--fix` removes."""

from __future__ import annotations

from .checker import find

# A call whose removal would change anything else.
HANGING = {
    "behind a condition": ("C#", 'if (guests) config.SetProperty("NAME", "true");'),
    "its value is used": ("C#", 'var x = config.SetProperty("NAME", "true");'),
    "alone in a block": ("Python", 'if guests:\n    config.set_property_by_name("NAME", "true")\n'),
    "a line it does not have to itself": (
        "Java",
        'class A { void f() { config.setProperty("NAME", "true"); go(); } }',
    ),
}


def left(rule: str, name: str) -> str:
    """What the fix leaves of a call over three lines, between two statements."""
    text = f'var a = 1;\n    config.SetProperty(\n        "{name}",\n        "true");\n    Go();\n'
    (finding,) = find(text, "C#", rule)
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    return text[: edit.start] + text[edit.end :]


def is_mended(rule: str, name: str, language: str, text: str, gateway: str = "") -> bool:
    """Whether the only finding of a text has a fix."""
    (finding,) = find(text.replace("NAME", name), language, rule, gateway=gateway)
    return finding.fix is not None
