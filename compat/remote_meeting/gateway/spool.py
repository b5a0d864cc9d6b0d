"""Where the audio of all meetings lies: a folder each, bounded together, cleaned when a meeting is over."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path
from typing import Final

from remote_meeting_backends import InvalidInput, Runtime
from remote_meeting_backends.live import BYTES_A_SECOND
from remote_meeting_backends.store import MeetingKey

from ..recording import SPOOLED
from .spooled import SpooledAudio, remove

# Below this much free disk no meeting begins, so that those that run may end.
RESERVE_BYTES: Final = 256 * 1024 * 1024
FREE_SECONDS: Final = 1.0


class Spool:
    """The folders of a gateway, or of several that share them.

    Args:
        root: Where.
        most_bytes: Audio of all meetings together at the most.
        runtime: Tells when the disk was last asked.
    """

    def __init__(self, root: Path, most_bytes: int, runtime: Runtime) -> None:
        self.root = root
        self.most_bytes = most_bytes
        self.used_bytes = 0
        self._runtime = runtime
        self._asked_at: float | None = None
        self._free = 0

    def prepare(self) -> None:
        """Make the folder, and count what is there. Blocks.

        Raises:
            InvalidInput: It cannot be made or written.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self.root / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise InvalidInput(
                f"The spool {self.root} cannot be written ({error.strerror or error}): name another with --spool."
            ) from error
        self.measure()

    def measure(self) -> None:
        """Count again: others may write and clean here, too. Blocks."""
        total = 0
        # Unlike a glob of Python 3.11 a walk passes over folders that are removed meanwhile.
        for folder, _, names in os.walk(self.root):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    total += Path(folder, name).stat().st_size
        self.used_bytes = total

    @property
    def is_full(self) -> bool:
        """No meeting may begin."""
        now = self._runtime.monotonic()
        if self._asked_at is None or now - self._asked_at >= FREE_SECONDS:
            self._asked_at = now
            self._free = shutil.disk_usage(self.root).free
        return self.used_bytes + BYTES_A_SECOND > self.most_bytes or self._free < RESERVE_BYTES

    def room(self, size: int) -> bool:
        """Whether so many bytes more may be written; they are counted if so."""
        if size > 0 and self.used_bytes + size > self.most_bytes:
            return False
        self.used_bytes += size
        return True

    def remove(self, address: str) -> None:
        """Delete a meeting's audio; there is room for another's. Blocks."""
        self._remove(self.folder(address))

    def _remove(self, folder: Path) -> None:
        size = 0
        for path in folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                size += path.stat().st_size
        remove(folder)
        self.used_bytes = max(0, self.used_bytes - size)

    def remove_stale(self, seconds: float) -> int:
        """Remove folders in which nothing was written for so long: a process died while it deleted them. Blocks."""
        removed, now = 0, self._runtime.now().timestamp()
        for folder in self._meetings():
            with contextlib.suppress(FileNotFoundError):
                newest = max((path.stat().st_mtime for path in folder.iterdir()), default=folder.stat().st_mtime)
                if now - newest > seconds:
                    self._remove(folder)
                    removed += 1
        return removed

    def _meetings(self) -> list[Path]:
        """The folders of all meetings."""
        return [
            Path(folder, name)
            for folder, below, _ in os.walk(self.root)
            if Path(folder).parent == self.root
            for name in below
        ]

    def address(self, key: MeetingKey) -> str:
        """What the store keeps in the place of a path: the same wherever the folder is mounted.

        Neither owner nor id is a part of a path: an id may hold anything.
        """
        name = hashlib.blake2b(f"{key.owner}\0{key.meeting_id}".encode(), digest_size=20).hexdigest()
        return f"{SPOOLED}{name}"

    def folder(self, address: str) -> Path:
        """Where that is here."""
        name = address.removeprefix(SPOOLED)
        return self.root / name[:2] / name

    def open(self, address: str) -> SpooledAudio:
        """The audio of a meeting, to be read. Blocks."""
        return SpooledAudio.open(self.folder(address), self.room)

    def take(self, address: str) -> SpooledAudio:
        """The audio of a meeting, to be gone on with by this process and no other. Blocks."""
        audio = self.open(address)
        audio.take()
        return audio


def default_spool(store: str) -> Path:
    """Beside the store where that is a file, else in the user's data directory."""
    if "://" not in store:
        return Path(store).absolute().parent / "spool"
    from platformdirs import user_data_path

    return user_data_path("remote-meeting", appauthor=False) / "spool"
