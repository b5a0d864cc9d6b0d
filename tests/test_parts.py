"""A missing outside part skips a test with the line that installs it; in CI it fails it."""

from __future__ import annotations

import pytest

from support.parts import program


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_part(ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """A green run in CI has left nothing out for want of a program."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no-such-program is missing: apt-get install it"):
        program("no-such-program", "apt-get install it")
