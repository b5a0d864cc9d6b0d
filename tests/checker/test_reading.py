"""Reading what nobody vouches for, and decoding it so that it can be written back as it was."""

from __future__ import annotations

import codecs
import os
import socket
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from remote_meeting.checker import reading
from remote_meeting.checker.reading import LIMIT, Text, decode, read

# Not those that end in a zero: where most do, nobody can say which side is which.
LETTERS = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs", "Cc"]).filter(
    lambda char: ord(char) & 0xFF != 0
)
CODE = "é = 1\r\nprint(é)\r\n"


def test_reads(tmp_path: Path) -> None:
    """A file's bytes, as they are; an empty one's, too."""
    file = tmp_path / "a.py"
    for data in (b"", b"\0\xff\r\n", b"x" * LIMIT):
        file.write_bytes(data)
        assert read(str(file)) == data


def test_over_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 200 MB in one line is refused by its size."""
    file = tmp_path / "a.js"
    file.touch()
    os.truncate(file, 200_000_000)
    monkeypatch.setattr(os, "read", None)
    assert read(str(file)) == "larger than 4 MiB"
    assert read(str(file), limit=1000) == "larger than 1000 bytes"
    assert read(str(file), limit=1_500_000) == "larger than 1.431 MiB"


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe, a device, a socket and a folder are said to be none."""
    os.mkfifo(tmp_path / "pipe.py")
    with socket.socket(socket.AF_UNIX) as opened:
        folder = os.open(tmp_path, os.O_RDONLY)
        # By its number, as the name of a socket must be short.
        opened.bind(f"/proc/self/fd/{folder}/socket.py")
        os.close(folder)
        names = [str(tmp_path / "pipe.py"), str(tmp_path / "socket.py"), str(tmp_path), os.devnull, "/dev/zero"]
        assert [read(name) for name in names] == ["not a regular file"] * len(names)


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own words where it gives nothing; a link is not followed."""
    (tmp_path / "link.py").symlink_to("link.py")
    assert read(str(tmp_path / "link.py")) == "Too many levels of symbolic links"
    assert read(str(tmp_path / "none.py")) == "No such file or directory"
    assert read(str(tmp_path / ("n" * 300))) == "File name too long"
    assert read("a\0.py") == "not a name that a file can have"
    assert read("/proc/self/mem") == "Input/output error"

    def refuses(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuses)
    assert read(str(tmp_path / "none.py")) == "Permission denied"


def test_size_that_is_not_told() -> None:
    """A file that says to be empty and is not is read to its end."""
    data = read("/proc/self/status")
    assert isinstance(data, bytes)
    assert data.startswith(b"Name:")
    assert read("/proc/self/status", limit=10) == "larger than 10 bytes"


@pytest.mark.parametrize(
    ("becomes", "expected"),
    [(b"shrunk", b"shrunk"), (b"", b""), (b"grown" * 20, b"grown" * 20), (b"x" * 2000, "larger than 1000 bytes")],
)
def test_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, becomes: bytes, expected: bytes | str
) -> None:
    """A file that grows or shrinks between the look at its size and the reading is read as it is then."""
    file = tmp_path / "a.py"
    file.write_bytes(b"as it was once")
    look, reads = os.fstat, os.read
    asked: list[int] = []

    def looks(opened: int) -> os.stat_result:
        found = look(opened)
        file.write_bytes(becomes)
        return found

    def counts(opened: int, count: int) -> bytes:
        asked.append(count)
        return reads(opened, count)

    monkeypatch.setattr(os, "fstat", looks)
    monkeypatch.setattr(os, "read", counts)
    assert read(str(file), limit=1000) == expected
    assert max(asked) <= 1001


def test_grows_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody goes on writing to ends at the limit."""
    file = tmp_path / "a.py"
    file.write_bytes(b"x")
    given_out: list[int] = []

    def endless(_: int, count: int) -> bytes:
        given_out.append(min(count, 100))
        return b"x" * given_out[-1]

    monkeypatch.setattr(os, "read", endless)
    assert read(str(file), limit=1000) == "larger than 1000 bytes"
    assert sum(given_out) == 1001


@pytest.mark.parametrize(
    ("data", "encoding", "bom"),
    [
        (CODE.encode(), "utf-8", False),
        (codecs.BOM_UTF8 + CODE.encode(), "utf-8", True),
        (codecs.BOM_UTF16_LE + CODE.encode("utf-16-le"), "utf-16-le", True),
        (codecs.BOM_UTF16_BE + CODE.encode("utf-16-be"), "utf-16-be", True),
        (CODE.encode("utf-16-le"), "utf-16-le", False),
        (CODE.encode("utf-16-be"), "utf-16-be", False),
        (CODE.encode("cp1252"), "cp1252", False),
        (codecs.BOM_UTF8 + CODE.encode("cp1252"), "cp1252", True),
    ],
)
def test_encodings(data: bytes, encoding: str, bom: bool) -> None:
    """What an editor may have written is read as it was meant, and a change of it written the same way."""
    text = decode(data)
    assert text == Text(CODE, encoding, "\r\n", bom)
    assert text.encode(CODE) == data
    assert decode(text.encode(CODE.replace("1", "2"))) == Text(CODE.replace("1", "2"), encoding, "\r\n", bom)


def test_wide_text_of_other_scripts() -> None:
    """UTF-16 without a mark is known where only the words of the language are ASCII."""
    source = "# 会議の文字起こしを開始します\nx = '一つの　会議です'\nbegin(x)\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert decode(source.encode(encoding)) == Text(source, encoding)


def test_byte_without_a_character() -> None:
    """What Windows' encoding lacks, latin-1 has."""
    text = decode(b"\x81\xe9")
    assert text == Text("\x81é", "latin-1", "", False)
    assert text.encode("\x81é!") == b"\x81\xe9!"
    with pytest.raises(UnicodeEncodeError):
        text.encode("会")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0", "binary"),
        (b"x = 1\n\0", "binary"),
        (b"\0", "binary"),
        (b"\1\0\2\0\3\0\4\0", "binary"),
        (codecs.BOM_UTF8 + b"a\0b", "binary"),
        (codecs.BOM_UTF32_LE + "a".encode("utf-32-le"), "binary"),
        (codecs.BOM_UTF16_LE + b"a\0b", "not valid UTF-16"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\0", "not valid UTF-16"),
        ("abc".encode("utf-16-le") + b"\0\0", "binary"),
    ],
)
def test_what_is_no_text(data: bytes, reason: str) -> None:
    """Zeros that are no half of a character are not text."""
    assert decode(data) == reason


@pytest.mark.parametrize(
    ("text", "newline"), [("a\nb\n\r\n", "\n"), ("a\r\nb\r\n\n", "\r\n"), ("a\rb\r", "\r"), ("a", ""), ("", "")]
)
def test_newline(text: str, newline: str) -> None:
    """Lines end as most of a file's do."""
    decoded = decode(text.encode())
    assert isinstance(decoded, Text)
    assert decoded.newline == newline


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf\xff\xfe")
@example(b"a\0\r\0")
def test_bytes_come_back(data: bytes) -> None:
    """Whatever a file holds, it is text that becomes the same bytes, or there is a reason."""
    text = decode(data)
    if isinstance(text, str):
        assert text in (reading.BINARY, "not valid UTF-16")
    else:
        assert text.encode(text.text) == data
        text.text.encode()


@given(
    st.text(LETTERS, max_size=60).map(lambda text: f"call();\n{text}"),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
    st.booleans(),
)
def test_text_comes_back(text: str, encoding: str, bom: bool) -> None:
    """Text with a mark is read by it; without, in UTF-8, or in UTF-16 where a part of it is ASCII."""
    data = (f"\ufeff{text}" if bom else text).encode(encoding)
    decoded = decode(data)
    assert isinstance(decoded, Text)
    assert decoded.encode(decoded.text) == data
    if bom or encoding == "utf-8" or text.isascii():
        assert (decoded.text, decoded.encoding, decoded.bom) == (text, encoding, bom or text.startswith("\ufeff"))
