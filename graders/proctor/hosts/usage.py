"""What a host holds of the disk, and how many threads it has, as seen from outside.

A file takes room for as long as it has a name, or is open, or is mapped into memory:
all three count. A host has no other way to keep one (its walls refuse those).
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

_MB = 2**20
# Bytes of a path below the scratch folder. Deeper folders come to where the kernel
# takes no path any more, and nobody could look into them.
_LONGEST = 1000
# Bytes of the largest file that there can be; what is mapped and no longer open says
# nothing about its size.
_LARGEST = 16 * _MB
_DELETED = b" (deleted)"

# A file, whatever names it has: its device, and its number there.
_File = tuple[int, int]


class Usage:
    """Args:
    pid: the host's process.
    folder: the scratch folder.
    disk: bytes that all files together may have.
    files: how many files there may be.
    threads: how many threads there may be at once.
    """

    def __init__(
        self, pid: int, folder: Path, *, disk: int, files: int, threads: int
    ) -> None:
        self._process = f"/proc/{pid}"
        # Kept open once it is read, because it is read in every turn.
        self._counters: FileIO | None = None
        self._folder = os.fspath(folder)
        self._disk = disk
        self._files = files
        self._threads = threads

    def written(self) -> int:
        """Bytes that the process has written so far, as far as the kernel counts them.

        It counts those that go through memory on a disk, and those that go through
        calls; no call takes room on a disk and writes nothing (see `seccomp`).
        """
        try:
            if self._counters is None:
                self._counters = FileIO(f"{self._process}/io")
            text = os.pread(self._counters.fileno(), 1024, 0)
        except OSError:
            return 0
        found = dict(line.split(b": ") for line in text.splitlines())
        return int(found.get(b"wchar", 0)) + int(found.get(b"write_bytes", 0))

    def close(self) -> None:
        """Look no more."""
        if self._counters is not None:
            self._counters.close()
            self._counters = None

    def excess(self, threads: int, *, mapped: bool = True) -> str | None:
        """A sentence when the submission has taken more than it may, else None.

        Args:
            threads: how many the process has; 0 where nobody knows.
            mapped: whether to ask for what is mapped as well, which takes 1 ms.
        """
        if threads > self._threads:
            return f"Your program ran more than {self._threads} threads at once."
        sizes: dict[_File, int] = {}
        taken = 0
        for count, found in enumerate(self._named()):
            if found is None:
                return "Your program made folders too deep to look into."
            if count >= self._files:
                return f"Your program made more than {self._files} files."
            taken += _grown(sizes, found)
            if taken > self._disk:
                break
        else:
            taken += sum(_grown(sizes, found) for found in self._open())
            found_there = self._mapped(self._device()) if mapped else set()
            taken += _LARGEST * len(found_there - sizes.keys())
        if taken > self._disk:
            return f"Your program wrote more than {self._disk // _MB} MB to disk."
        return None

    def _named(self) -> Iterator[os.stat_result | None]:
        """All that is in the folder; None for what is too deep.

        What vanishes meanwhile is left out.
        """
        longest = len(os.fsencode(self._folder)) + _LONGEST
        folders = [self._folder]
        while folders:
            for entry in _entries(folders.pop()):
                with contextlib.suppress(OSError):
                    yield entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    if len(os.fsencode(entry.path)) > longest:
                        yield None
                    folders.append(entry.path)

    def _open(self) -> Iterator[os.stat_result]:
        """Files that are open and have no name any more."""
        for entry in _entries(f"{self._process}/fd"):
            with contextlib.suppress(OSError):
                found = os.stat(entry.path)
                if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                    yield found

    def _mapped(self, device: int) -> set[_File]:
        """Files of a device that are mapped and have no name any more."""
        try:
            with open(f"{self._process}/maps", "rb") as file:
                text = file.read()
        except OSError:
            return set()
        found = set()
        for line in text.splitlines() if _DELETED in text else ():
            # Where, what for, offset, device, number, name.
            _, _, _, numbers, inode, *name = line.split(maxsplit=5)
            major, _, minor = numbers.partition(b":")
            made = os.makedev(int(major, 16), int(minor, 16))
            if name and name[0].endswith(_DELETED) and made == device:
                found.add((device, int(inode)))
        return found

    def _device(self) -> int:
        try:
            return os.stat(self._folder).st_dev
        except OSError:
            return -1


def _grown(sizes: dict[_File, int], found: os.stat_result) -> int:
    """Bytes that a file adds to those that are known; it may have several names."""
    key = found.st_dev, found.st_ino
    before = sizes.get(key, 0)
    # Holes in a file take no room.
    sizes[key] = max(before, found.st_blocks * 512)
    return sizes[key] - before


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except PermissionError:
        return _opened(folder)
    except OSError:
        return []


def _opened(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder whose maker has kept others out, and himself."""
    try:
        os.chmod(folder, stat.S_IRWXU)
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
