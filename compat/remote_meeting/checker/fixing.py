"""Fixes applied: what a file becomes, and writing that for all files or for none."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from remote_meeting_backends import RemoteMeetingError

from .diffs import apply, fits, is_clash, then, with_ends_of
from .diffs import drops_comment as drops_comment
from .model import Certainty, Edit, Finding

Span = tuple[int, int]
Look = Callable[[str], tuple[Sequence[Finding], Sequence[Span]]]
PASSES = 10


class NotWritten(RemoteMeetingError):
    """A file cannot be written, so none was."""

    default_code = "cannot_write"


@dataclass(frozen=True, slots=True)
class Left:
    """A finding whose fix is not applied.

    Args:
        finding: It.
        reason: A short clause.
    """

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What a file is and what it becomes.

    Args:
        path: Where it is; may be a link.
        shown: Its path as it is shown.
        original: Its bytes as they were read.
        text: What they decode to, without a byte order mark.
        new_text: What it becomes.
        edits: What makes the one of the other.
        encode: The bytes of a text, in the file's encoding and with its mark.
        applied: The findings that are mended.
        left: Those that have a fix and are not.
    """

    path: Path
    shown: str
    original: bytes
    text: str
    new_text: str
    edits: tuple[Edit, ...]
    encode: Callable[[str], bytes]
    applied: tuple[Finding, ...] = ()
    left: tuple[Left, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to write."""
        return self.new_text != self.text


def plan(
    path: Path,
    shown: str,
    original: bytes,
    text: str,
    encode: Callable[[str], bytes],
    findings: Sequence[Finding],
    comments: Sequence[Span] = (),
) -> FilePlan:
    """What becomes of a file by the fixes of its findings.

    Of fixes that overlap the first one is applied, by position; equal edits of several are one.

    Args:
        path: Where it is.
        shown: Its path as it is shown.
        original: Its bytes.
        text: What they decode to, without a byte order mark.
        encode: The bytes of a text, in the file's encoding and with its mark.
        findings: Those that nothing silences.
        comments: The spans of the text's comments: an edit that would take one away is not made.
    """
    chosen: list[Edit] = []
    applied: list[Finding] = []
    left: list[Left] = []
    is_kept = _encoded(encode, text) == original
    for finding, edits in _by_position(findings, text):
        reason = _reason(finding, edits, text, encode, comments) if is_kept else "the file's encoding is not kept"
        near = [_near(chosen, edit) for edit in edits]
        new = [edit for edit, others in zip(edits, near, strict=True) if edit not in others]
        if not reason and any(is_clash(edit, other) for edit in new for other in _near(chosen, edit)):
            reason = "another fix changes the same place"
        if reason:
            left.append(Left(finding, reason))
        else:
            for edit in new:
                insort(chosen, edit, key=_place)
            applied.append(finding)
    new_text = apply(text, chosen)
    return FilePlan(path, shown, original, text, new_text, tuple(chosen), encode, tuple(applied), tuple(left))


def settle(first: FilePlan, look: Look) -> FilePlan:
    """A plan after which a second run has nothing to do: what stood in another fix's way is mended in turn.

    Args:
        first: The plan of the file as it is.
        look: The findings and the comments' spans of a text.

    Returns:
        The plan; `left` speaks of places in the new text, and what was applied in a later turn of places in a text
        between the two. Where the fixes come to no end, nothing is changed.
    """
    current, edits, applied, seen = first, first.edits, first.applied, {first.text}
    while current.is_changed:
        text = current.new_text
        if text in seen or len(seen) > PASSES:
            left = *(Left(finding, "its fixes come to no end") for finding in first.applied), *first.left
            return replace(first, new_text=first.text, edits=(), applied=(), left=left)
        seen.add(text)
        findings, comments = look(text)
        current = plan(first.path, first.shown, first.encode(text), text, first.encode, findings, comments)
        edits, applied = then(len(first.text), edits, current.edits), (*applied, *current.applied)
    return replace(first, new_text=current.text, edits=edits, applied=applied, left=current.left)


def write(plans: Iterable[FilePlan]) -> None:
    """Write all files or none.

    Each new text is written beside its file, then every file is compared with what was read, then each is replaced
    in one step; when a step fails, what was replaced is put back. Nothing of that helps a process that is killed
    between two files: then each file is whole, old or new, and a `.remote-meeting-*.tmp` may stay.

    Raises:
        NotWritten: A file cannot be written or has changed meanwhile; it says which, and that nothing was changed.
    """
    pairs = [(Path(os.path.realpath(plan.path)), plan) for plan in plans if plan.is_changed]
    names = Counter(target for target, _ in pairs)
    temporary: list[Path] = []
    begun: list[tuple[Path, FilePlan]] = []
    try:
        for target, one in pairs:
            with _about(one.shown):
                _refuse_odd(target, one.shown, names[target])
                _stage(target, one.encode(one.new_text), temporary)
        staged = list(temporary)
        for target, one in pairs:
            with _about(one.shown):
                if target.read_bytes() != one.original:
                    raise NotWritten(f"{one.shown} has changed since it was read: run again.")
        for (target, one), file in zip(pairs, staged, strict=True):
            with _about(one.shown):
                # Noted first, so that an interrupt right behind the step finds it.
                begun.append((target, one))
                file.replace(target)
    except BaseException as error:
        stuck = _put_back(begun, temporary)
        if stuck:
            raise NotWritten(f"{str(error) or 'Interrupted.'} Cannot be put back: {', '.join(stuck)}.") from error
        if isinstance(error, NotWritten):
            raise NotWritten(f"{error} No file was changed.") from error.__cause__
        raise
    finally:
        _clear(temporary)


def place(path: Path, data: bytes) -> None:
    """Write one file, new or not, in one step.

    Raises:
        NotWritten: It cannot be written.
    """
    temporary: list[Path] = []
    try:
        with _about(str(path)):
            target = Path(os.path.realpath(path))
            if target.exists() and not target.is_file():
                raise NotWritten(f"{path} is there and not a regular file.")
            _stage(target, data, temporary)
            temporary[0].replace(target)
    finally:
        _clear(temporary)


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


def _near(chosen: list[Edit], edit: Edit) -> list[Edit]:
    """Those that an edit can clash with: as they do not overlap, it is enough to look at its neighbours."""
    at = bisect_left(chosen, _place(edit), key=_place)
    return chosen[max(0, at - 2) : at + 2]


def _by_position(findings: Sequence[Finding], text: str) -> Iterator[tuple[Finding, tuple[Edit, ...]]]:
    fixed = [
        (finding, tuple(with_ends_of(text, edit) for edit in finding.fix.edits))
        for finding in findings
        if finding.fix is not None and finding.fix.edits
    ]
    yield from sorted(fixed, key=lambda item: item[1][0].start)


def _reason(
    finding: Finding, edits: tuple[Edit, ...], text: str, encode: Callable[[str], bytes], comments: Sequence[Span]
) -> str:
    """Why a fix is not applied; empty when nothing speaks against it."""
    if finding.certainty is not Certainty.FOUND:
        return "it is not certain"
    if not fits(edits, len(text)):
        return "its edits do not fit the file"
    if all(text[edit.start : edit.end] == edit.text for edit in edits):
        return "it changes nothing"
    if drops_comment(comments, edits, text):
        return "it would take a comment away"
    if any(_encoded(encode, edit.text) is None for edit in edits):
        return "the file's encoding has no such characters"
    return ""


def _encoded(encode: Callable[[str], bytes], text: str) -> bytes | None:
    try:
        return encode(text)
    except UnicodeError:
        return None


@contextlib.contextmanager
def _about(shown: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise NotWritten(f"{shown} cannot be written: {why}.") from error


def _refuse_odd(target: Path, shown: str, count: int) -> None:
    """What can be replaced but should not be."""
    # A read-only file in a folder that is none would be replaced all the same.
    file = os.open(target, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    try:
        found = os.fstat(file)
    finally:
        os.close(file)
    if not stat.S_ISREG(found.st_mode):
        raise NotWritten(f"{shown} is no longer a regular file.")
    if found.st_nlink > 1:
        raise NotWritten(f"{shown} has a second name (a hard link), which would keep the old text: exclude it.")
    if count > 1:
        raise NotWritten(f"{shown} is met under two names: name one.")


def _stage(target: Path, data: bytes, temporary: list[Path]) -> None:
    """Write a file beside another, with its mode and owner, down to the disk."""
    file = target.with_name(f".remote-meeting-{secrets.token_hex(8)}.tmp")
    # Noted before it is there, so that no interrupt leaves it behind.
    temporary.append(file)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(file, flags, 0o600 if target.exists() else 0o666), "wb") as opened:
        opened.write(data)
        opened.flush()
        if target.exists():
            _dress(file, target)
        os.fsync(opened.fileno())


def _dress(file: Path, target: Path) -> None:
    wanted, own = target.stat(), file.stat()
    if hasattr(os, "chown") and (wanted.st_uid, wanted.st_gid) != (own.st_uid, own.st_gid):
        # Whoever may not give files away writes them as their own, as every editor does.
        with contextlib.suppress(PermissionError):
            os.chown(file, wanted.st_uid, wanted.st_gid)
    shutil.copystat(target, file)
    # Build tools go by the time of the last change.
    os.utime(file)


def _put_back(begun: list[tuple[Path, FilePlan]], temporary: list[Path]) -> list[str]:
    """Give files their bytes back; those that could not be given them."""
    stuck = []
    while begun:
        target, one = begun[-1]
        try:
            now = target.read_bytes()
            if now == one.encode(one.new_text):
                _stage(target, one.original, temporary)
                temporary[-1].replace(target)
            elif now != one.original:
                stuck.append(one.shown)
        except KeyboardInterrupt:
            # Asked for again by somebody in a hurry; half of the files would be worse than a moment's wait.
            continue
        except OSError:
            stuck.append(one.shown)
        begun.pop()
    return stuck


def _clear(temporary: list[Path]) -> None:
    while temporary:
        try:
            temporary[-1].unlink(missing_ok=True)
        except KeyboardInterrupt:
            continue
        except OSError:
            # It stays, and the error that led here is the one to be told.
            pass
        temporary.pop()
