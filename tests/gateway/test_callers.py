"""Who calls: keys and tokens where clients put them, and the list of keys that a gateway may have."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from remote_meeting.gateway.callers import Caller, KeyFile, caller_of, check_name, hash_of, names_in
from remote_meeting_backends import InvalidInput, ManualRuntime

KEY = "k" * 64
OTHER = "o" * 64
NAME = "ocp-apim-subscription-key"


def line(name: str, key: str) -> str:
    """A line of a list of keys."""
    return f"{name} {hash_of(key)}\n"


def caller(key: str) -> Caller:
    """Somebody with that key."""
    found = caller_of({NAME: key}, {})
    assert found is not None
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A list with one key."""
    path = tmp_path / "keys"
    path.write_text(line("app", KEY))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("headers", "query", "secret"),
    [
        ({NAME: "a"}, {}, "a"),
        ({}, {NAME: "a"}, "a"),
        ({NAME: "a"}, {NAME: "b"}, "a"),
        ({"authorization": "Bearer t"}, {}, "bearer t"),
        ({"authorization": "BEARER  t "}, {}, "bearer t"),
        ({}, {"authorization": "Bearer t"}, "bearer t"),
        ({"authorization": "Bearer t"}, {"authorization": "Bearer u"}, "bearer t"),
        ({"authorization": "Bearer t", NAME: "a"}, {NAME: "b"}, "bearer t"),
        ({NAME: "a"}, {"authorization": "Bearer t"}, "bearer t"),
        ({"authorization": "Bearer", NAME: "a"}, {}, "a"),
        ({"authorization": "Basic eDp5", NAME: "a"}, {}, "a"),
        ({NAME: ""}, {NAME: "b"}, "b"),
    ],
)
def test_a_token_wins_over_a_key_and_a_header_over_the_query(
    headers: dict[str, str], query: dict[str, str], secret: str
) -> None:
    """In the query stands what a browser's WebSocket cannot put into headers."""
    found = caller_of(headers, query)
    assert found is not None
    assert found.secret == secret
    assert (found.token or found.key) == secret.removeprefix("bearer ")
    assert (found.token is None) == (found.key is not None)


@pytest.mark.parametrize("headers", [{}, {NAME: ""}, {"authorization": "Bearer "}, {"authorization": "Basic eDp5"}])
def test_nobody_calls_without_a_key(headers: dict[str, str]) -> None:
    """Neither key nor token: None."""
    assert caller_of(headers, {}) is None


def test_a_caller_does_not_show_its_key() -> None:
    """However it is printed."""
    for found in (caller(KEY), caller_of({"authorization": f"Bearer {KEY}"}, {})):
        assert KEY not in repr(found)
        assert KEY not in f"{found}"


def test_a_listed_key_has_a_name_and_its_owner(path: Path) -> None:
    """The owner is the key's, as it was before there was a list, whatever its name is."""
    keys = KeyFile(path, ManualRuntime())
    admitted = keys.admit(caller(KEY))
    assert admitted is not None
    assert (admitted.name, admitted.secret) == ("app", caller(KEY).secret)
    path.write_text(line("another-name", KEY))
    renamed = KeyFile(path, ManualRuntime()).admit(caller(KEY))
    assert renamed is not None
    assert (renamed.name, renamed.secret) == ("another-name", KEY)


def test_a_listed_key_may_come_as_a_token(path: Path) -> None:
    """An app that knows only tokens is the same caller."""
    by_token = caller_of({"authorization": f"Bearer {KEY}"}, {})
    assert by_token is not None
    admitted = KeyFile(path, ManualRuntime()).admit(by_token)
    assert admitted is not None
    assert (admitted.name, admitted.secret) == ("app", KEY)


@pytest.mark.parametrize(
    "key", [OTHER, KEY[:-1], f"{KEY} ", hash_of(KEY), hash_of(KEY).removeprefix("sha256:"), "\udc80"]
)
def test_another_key_is_refused(path: Path, key: str) -> None:
    """The hash that stands in the file least of all is a key."""
    assert KeyFile(path, ManualRuntime()).admit(caller(key)) is None


def test_what_a_list_may_look_like(path: Path) -> None:
    """Comments, empty lines, ends of lines from elsewhere, a byte order mark, digits in either case."""
    digest = hashlib.sha256(OTHER.encode()).hexdigest().upper()
    path.write_bytes(f"\ufeff# ours\r\n\r\n  app\t{hash_of(KEY)}  # of May\r\nb.2@x sha256:{digest}".encode())
    keys = KeyFile(path, ManualRuntime())
    assert names_in(path) == {"app", "b.2@x"}
    assert [found and found.name for found in map(keys.admit, map(caller, (KEY, OTHER)))] == ["app", "b.2@x"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds none"),
        ("# nobody\n", "holds none"),
        (f"{line('app', KEY)}app\n", "line 2"),
        (f"\n\napp {KEY}\n", "line 3"),
        (f"app sha256:{'0' * 63}\n", "line 1"),
        (f"app sha256:{'g' * 64}\n", "line 1"),
        (f"app md5:{'0' * 64}\n", "line 1"),
        (f"-app sha256:{'0' * 64}\n", "line 1"),
        (f"{'a' * 65} sha256:{'0' * 64}\n", "line 1"),
        (f"two words sha256:{'0' * 64}\n", "line 1"),
        (line("app", KEY) + line("app", OTHER), "line 2: the name app is taken"),
        (line("app", KEY) + line("b", KEY), "line 2: the key of b stands in line 1"),
    ],
)
def test_a_list_that_is_none_is_a_sentence(path: Path, content: str, words: str) -> None:
    """It names the file and the line, and shows nothing of the line: a key may have been put there."""
    path.write_text(content)
    with pytest.raises(InvalidInput) as caught:
        KeyFile(path, ManualRuntime())
    assert str(path) in caught.value.message
    assert words in caught.value.message
    assert KEY not in caught.value.message
    assert "0" * 20 not in caught.value.message


def _missing(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _binary(path: Path) -> None:
    path.write_bytes(b"\n\xff\xfe\n")


def _huge(path: Path) -> None:
    path.write_bytes(b"#" * (5 << 20))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_missing, "cannot be read: No such file"),
        (_folder, "is no file"),
        (_pipe, "is no file"),
        (_binary, "line 2 is no text"),
        (_huge, "larger than 4 MiB"),
    ],
)
def test_a_file_that_is_no_list(path: Path, spoil: Callable[[Path], None], words: str) -> None:
    """One sentence; a pipe is not waited for."""
    spoil(path)
    with pytest.raises(InvalidInput, match=words):
        KeyFile(path, ManualRuntime())


def test_a_change_is_seen_within_a_second(path: Path) -> None:
    """A new key is taken and a removed one refused; in between nobody looks."""
    runtime = ManualRuntime()
    keys = KeyFile(path, runtime)
    path.write_text(line("b", OTHER))
    runtime.advance(0.9)
    assert keys.admit(caller(KEY)) is not None
    runtime.advance(0.2)
    assert keys.admit(caller(KEY)) is None
    assert keys.admit(caller(OTHER)) is not None


def test_a_file_that_is_replaced_is_read_again(path: Path) -> None:
    """Though the new one is as large and as old."""
    runtime = ManualRuntime()
    keys = KeyFile(path, runtime)
    beside = path.with_name("beside")
    beside.write_text(line("bpp", OTHER))
    status = path.stat()
    os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
    beside.replace(path)
    runtime.advance(1.5)
    assert keys.admit(caller(KEY)) is None
    assert keys.admit(caller(OTHER)) is not None


@pytest.mark.parametrize("spoil", [_missing, _binary, _folder])
def test_a_broken_edit_keeps_the_old_keys(
    path: Path, spoil: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, however often somebody calls; the mended file counts again."""
    runtime = ManualRuntime()
    keys = KeyFile(path, runtime)
    spoil(path)
    for _ in range(3):
        runtime.advance(2)
        assert keys.admit(caller(KEY)) is not None
        assert keys.admit(caller(OTHER)) is None
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert str(path) in record.getMessage()
    assert "stay in use" in record.getMessage()
    if path.is_dir():
        path.rmdir()
    path.write_text(line("b", OTHER))
    runtime.advance(2)
    assert keys.admit(caller(OTHER)) is not None
    assert keys.admit(caller(KEY)) is None


def test_removing_the_last_key_locks_everybody_out(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And is said in the log."""
    runtime = ManualRuntime()
    keys = KeyFile(path, runtime)
    path.write_text("# nobody for now\n")
    runtime.advance(2)
    assert keys.admit(caller(KEY)) is None
    assert "everybody is refused" in caplog.text


@pytest.mark.parametrize(("mode", "word"), [(0o644, "read"), (0o666, "written")])
def test_a_list_that_everybody_may_read_is_warned_of(
    path: Path, mode: int, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Once."""
    path.chmod(mode)
    runtime = ManualRuntime()
    keys = KeyFile(path, runtime)
    for _ in range(3):
        runtime.advance(2)
        keys.admit(caller(KEY))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert f"can be {word} by everybody" in record.getMessage()


def test_a_list_of_one_s_own_is_not_warned_of(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nor is a group that may read it."""
    path.chmod(0o640)
    KeyFile(path, ManualRuntime())
    assert caplog.records == []


@pytest.mark.parametrize("name", ["", "a b", "#a", "ä", "a" * 65, "-a", "a\n"])
def test_names_are_plain(name: str) -> None:
    """They stand in a file of words, and in the log."""
    with pytest.raises(InvalidInput, match="cannot be a key's name"):
        check_name(name)
