"""What a client says now against what was said then: names of a cassette are bound to the ids that stand for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from .cassette import Frame, Request
from .scrub import MASK, SECRET_NAMES, TIME, is_id, plain_id

_NAME: Final = re.compile(r"<id-\d+>|<time>")
_ANY_ID: Final = r"([0-9a-fA-F]{32}|[0-9a-fA-F-]{36})"
# They tell of the machine that a client runs on and of its version, not of what it wants.
_OF_THE_MACHINE: Final = {"speech.config": frozenset({"context.system", "context.os"})}
_VERSIONED: Final = frozenset({"user-agent"})
# How much audio was under way when a turn ended or a connection broke differs from run to run.
_OF_THE_MOMENT: Final = re.compile(r"phraseDetection\.speakerDiarization\.audioOffsetM[sS]")


class Bindings:
    """The ids that a cassette's names stand for in one replay.

    Args:
        new_id: Makes up what the service made up: 32 hexadecimal digits.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._ids: dict[str, str] = {}

    def filled(self, value: Any) -> Any:
        """A recorded value with ids in the place of their names; one that nobody was given yet is made up."""
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        if not isinstance(value, str):
            return value
        return _NAME.sub(lambda found: found[0] if found[0] == TIME else self._id(found[0]), value)

    def name_of(self, found: str) -> str | None:
        """What an id is called, if it has a name."""
        plain = plain_id(found)
        return next((name for name, bound in self._ids.items() if plain_id(bound) == plain), None)

    def request(self, then: Request, now: Request) -> Iterator[str]:
        """How an upgrade differs from the recorded one."""
        if now.path != then.path:
            yield f"the upgrade asks for {now.path!r}, and asked for {then.path!r}"
        yield from self.named("the upgrade's query", then.query, now.query)
        yield from self.named("the upgrade's headers", then.headers, now.headers)

    def frame(self, then: Frame, now: Frame) -> Iterator[str]:
        """How a message of the client differs from the recorded one: neither knows the other's ids or day."""
        if now.path.lower() != then.path.lower():
            yield f"a {now.path!r} came, where {then.path!r} did"
            return
        yield from self.named(f"the headers of {then.path}", _lower(then.headers), _lower(now.headers))
        yield from self._differences(then.path.lower(), "", then.body, now.body)
        if (then.text, then.audio, then.noise) != (now.text, now.audio, now.noise):
            yield f"the content of {then.path!r} is another one"

    def named(self, where: str, then: dict[str, str], now: dict[str, str]) -> Iterator[str]:
        """How two sets of headers or parameters differ: a secret is there or is not, a version may be any."""
        for name in sorted(then.keys() | now.keys()):
            if name not in then or name not in now:
                yield f"{where}: {name} {'is new' if name in now else 'is missing'}"
            elif name.lower() not in SECRET_NAMES | _VERSIONED and not self._is(then[name], now[name]):
                yield f"{where}: {name} is {now[name]!r}, and was {then[name]!r}"

    def _differences(self, path: str, place: str, then: Any, now: Any) -> Iterator[str]:
        if place in _OF_THE_MACHINE.get(path, ()) or (then == MASK and isinstance(now, str)):
            return
        if isinstance(then, dict) and isinstance(now, dict):
            for name in sorted(then.keys() | now.keys()):
                inner = f"{place}.{name}" if place else name
                if name not in then or name not in now:
                    yield f"{path}: {inner} {'is new' if name in now else 'is missing'}"
                else:
                    yield from self._differences(path, inner, then[name], now[name])
        elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
            for at, pair in enumerate(zip(then, now, strict=True)):
                yield from self._differences(path, f"{place}[{at}]", *pair)
        elif not self._is_same(place, then, now):
            yield f"{path}: {place or 'the body'} is {now!r}, and was {then!r}"

    def _is_same(self, place: str, then: Any, now: Any) -> bool:
        if type(then) is not type(now):
            return False
        if isinstance(then, str):
            return self._is(then, now)
        return bool(then == now) or (isinstance(then, int) and _OF_THE_MOMENT.fullmatch(place) is not None)

    def _is(self, then: str, now: str) -> bool:
        """True when a text is the recorded one with its names filled in; names that are met first are bound."""
        if not _NAME.search(then):
            return then == now
        names = _NAME.findall(then)
        pattern = "".join(
            part if at % 2 == 0 else (r"(\S+)" if names[at // 2] == TIME else _ANY_ID)
            for at, part in enumerate(_interleaved(then, names))
        )
        found = re.fullmatch(pattern, now)
        if found is None:
            return False
        return all(name == TIME or self._bind(name, met) for name, met in zip(names, found.groups(), strict=True))

    def _bind(self, name: str, met: str) -> bool:
        if not is_id(met):
            return False
        if name in self._ids:
            return plain_id(self._ids[name]) == plain_id(met)
        if self.name_of(met) is not None:
            return False
        self._ids[name] = met
        return True

    def _id(self, name: str) -> str:
        return self._ids.setdefault(name, self._new_id())


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _interleaved(text: str, names: list[str]) -> Iterator[str]:
    """The parts of a text between names, escaped for a pattern, with the names in between."""
    parts = _NAME.split(text)
    for at, part in enumerate(parts):
        yield re.escape(part)
        if at < len(names):
            yield names[at]
