"""Reports as one page that needs nothing else: no network, and no file beside it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from string import Template
from typing import Final

_PAGE: Final = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>$title</title>
<style>$style</style>
</head>
<body>
$body$script</body>
</html>
""")


def document(title: str, body: str, style: str, script: str = "") -> str:
    """The whole page, with a newline at its end.

    Args:
        title: Escaped already.
        body: HTML, with what is foreign escaped already.
        style: CSS; the only one that the page's policy lets act.
        script: JavaScript, the only one as well; none where it is empty.
    """
    may = f"style-src '{_hash(style)}'; " + (f"script-src '{_hash(script)}'; " if script else "")
    return _PAGE.substitute(
        policy=f"default-src 'none'; {may}img-src data:; base-uri 'none'; form-action 'none'",
        title=title,
        style=style,
        body=f"{body.rstrip()}\n",
        script=f"<script>{script}</script>\n" if script else "",
    )


@cache
def part(package: str, name: str) -> str:
    """A file that a package brings along, as text."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
