"""Who calls: by the key or token it sends, and where the gateway has a list of keys, by its name there."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from remote_meeting_backends import InvalidInput, Runtime

log = logging.getLogger("remote_meeting.gateway")

KEY_NAME: Final = "ocp-apim-subscription-key"
AUTHORIZATION: Final = "authorization"
SCHEME: Final = "sha256:"
LARGEST_FILE: Final = 4 * 1024 * 1024
LOOK_SECONDS: Final = 1.0
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_HASH: Final = re.compile(r"sha256:([0-9A-Fa-f]{64})")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request.

    Args:
        secret: What tells callers apart, for the store's `owner_of`.
        key: The subscription key, to be passed through.
        token: The token, to be passed through; it wins over the key.
        name: For logs: never the key.
    """

    secret: str = field(repr=False)
    key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    name: str = "a key"


def caller_of(headers: Mapping[str, str], query: Mapping[str, str]) -> Caller | None:
    """Who sent a request; None when it brings neither key nor token.

    A token wins over a key, a header over the query; the two never meet, even where their texts are equal. In the query
    stands what the JavaScript SDK would send in headers: a browser lets it set none.

    Args:
        headers: Names in lower case.
        query: Names in lower case.
    """
    token = _token(headers.get(AUTHORIZATION, "")) or _token(query.get(AUTHORIZATION, ""))
    if token:
        return Caller(f"bearer {token}", token=token, name="a token")
    key = headers.get(KEY_NAME) or query.get(KEY_NAME)
    return Caller(key, key=key) if key else None


def _token(authorization: str) -> str:
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def hash_of(key: str) -> str:
    """What a list of keys holds of one.

    A quick hash: these keys are random and 256 bits long, so that nobody guesses one, however quickly they try; a slow
    one would only make each request slow.
    """
    return SCHEME + _digest(key).hex()


def check_name(name: str) -> str:
    """A name as it stands in a list of keys.

    Raises:
        InvalidInput: It cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} cannot be a key's name: give up to 64 letters, digits and . _ - @.")
    return name


def names_in(path: Path) -> frozenset[str]:
    """The names that a list of keys holds.

    Raises:
        InvalidInput: It cannot be read, or is none.
    """
    return frozenset(_read(path)[0])


class KeyFile:
    """The keys that a gateway takes, a line each: `NAME sha256:HEX`; read again when the file has changed.

    Args:
        path: The file.
        runtime: Says when the file is looked at again.

    Raises:
        InvalidInput: It cannot be read, or is none, or holds no key.
    """

    def __init__(self, path: str | os.PathLike[str], runtime: Runtime) -> None:
        self._path = Path(path)
        self._runtime = runtime
        self._keys, self._seen = _read(self._path)
        if not self._keys:
            raise InvalidInput(
                f"The list of keys {self._path} holds none: make one with remote-meeting api-key NAME --file FILE."
            )
        self._looked_at = runtime.monotonic()
        _warn_of_readers(self._path)

    def admit(self, caller: Caller) -> Caller | None:
        """A caller under its name in the list; None when its key is not there.

        A listed key may be sent as a token too, by apps that know only those: it is the same caller.
        """
        self._look_again()
        text = caller.token or caller.key or ""
        digest = _digest(text)
        name = None
        for listed, known in self._keys.items():
            # Each is compared, and wholly: how long it takes tells nothing.
            if hmac.compare_digest(known, digest):
                name = listed
        return replace(caller, secret=text, name=name) if name is not None else None

    def _look_again(self) -> None:
        now = self._runtime.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        seen = _stamp(self._path)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._keys, self._seen = _read(self._path)
        except InvalidInput as error:
            log.error("%s The keys that were read before stay in use.", error.message)
            return
        log.info("read the list of keys again: %d", len(self._keys))
        if not self._keys:
            log.warning("The list of keys %s holds none any more: everybody is refused.", self._path)


# What a change of the file changes: when it was written, or its rights were, its size, and which file it is, for some
# replace it whole.
_Stamp = tuple[int, int, int, int] | None


def _stamp(path: Path) -> _Stamp:
    try:
        return _stamp_of(path.stat())
    except OSError:
        return None


def _stamp_of(status: os.stat_result) -> _Stamp:
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _read(path: Path) -> tuple[dict[str, bytes], _Stamp]:
    try:
        status = path.stat()
        # Whoever opens a pipe waits for its writer.
        content = _content(path) if stat.S_ISREG(status.st_mode) else None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput(f"The list of keys {path} cannot be read: {reason}.") from error
    if content is None:
        raise InvalidInput(f"The list of keys {path} is no file.")
    if len(content) > LARGEST_FILE:
        raise InvalidInput(f"The list of keys {path} is larger than {LARGEST_FILE >> 20} MiB: it is no such list.")
    return _parse(path, content), _stamp_of(status)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def _parse(path: Path, content: bytes) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    lines: dict[bytes, int] = {}
    for number, words in _lines(path, content):
        found = _HASH.fullmatch(words[1]) if len(words) == 2 else None
        if found is None or not _NAME.fullmatch(words[0]):
            # The line is not shown: somebody may have put the key itself there.
            raise InvalidInput(
                f"{path} line {number} is no key: write NAME sha256:HEX, as remote-meeting api-key does."
            )
        name, digest = words[0], bytes.fromhex(found[1])
        if name in keys:
            raise InvalidInput(f"{path} line {number}: the name {name} is taken by a line above.")
        if digest in lines:
            raise InvalidInput(f"{path} line {number}: the key of {name} stands in line {lines[digest]} already.")
        keys[name] = digest
        lines[digest] = number
    return keys


def _lines(path: Path, content: bytes) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            words = line.decode().partition("#")[0].split()
        except UnicodeDecodeError as error:
            raise InvalidInput(f"{path} line {number} is no text in UTF-8.") from error
        if words:
            yield number, words


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _warn_of_readers(path: Path) -> None:
    if os.name != "posix":
        return
    mode = path.stat().st_mode
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        allowed = "written" if mode & stat.S_IWOTH else "read"
        log.warning("The list of keys %s can be %s by everybody on this machine: chmod 600 it.", path, allowed)
