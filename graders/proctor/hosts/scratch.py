"""The folder in which a host works: made for it, and removed whatever is in it."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

# More files than this are not removed, so that a clean-up has an end.
_MOST = 1_000_000


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for the length of a `with` block; no host may be left at the end."""
    folder = Path(tempfile.mkdtemp(prefix="kata-"))
    try:
        yield folder
    finally:
        remove_folder(folder)


def remove_folder(folder: Path, most: int = _MOST) -> None:
    """Remove a folder and all that is in it; never raises for what it finds there.

    Folders within are emptied into this one before they go. So no path ever grows,
    however deep they are, and what was closed to its owner is opened first.

    Args:
        folder: no process may be at work in it.
        most: files after which the rest is left.
    """
    top = os.fspath(folder)
    # A name that nobody knew who filled it.
    names = (os.path.join(top, f"{uuid.uuid4().hex}{n}") for n in itertools.count())
    left = most
    while left > 0:
        gone = 0
        for path, is_folder in _entries(top, left):
            gone += _empty(path, names, left) if is_folder else _unlinked(path)
        if not gone:
            break
        left -= gone
    with contextlib.suppress(OSError):
        os.rmdir(top)


def _empty(path: str, names: Iterator[str], most: int) -> int:
    """Remove a folder once all in it is removed, or moved to other names.

    Returns:
        How many things are no longer where they were.
    """
    gone = 0
    for inner, is_folder in _entries(path, most):
        if not is_folder:
            gone += _unlinked(inner)
            continue
        with contextlib.suppress(OSError):
            # Who moves a folder writes in it: there it says where it is.
            os.chmod(inner, stat.S_IRWXU)
            os.rename(inner, next(names))
            gone += 1
    with contextlib.suppress(OSError):
        os.rmdir(path)
        gone += 1
    return gone


def _unlinked(path: str) -> int:
    with contextlib.suppress(OSError):
        os.unlink(path)
        return 1
    return 0


def _entries(folder: str, most: int) -> list[tuple[str, bool]]:
    """Paths in a folder, and whether each is a folder itself; nothing if it is gone."""
    with contextlib.suppress(OSError):
        os.chmod(folder, stat.S_IRWXU)
        with os.scandir(folder) as entries:
            return [
                (entry.path, entry.is_dir(follow_symlinks=False))
                for entry in itertools.islice(entries, most)
            ]
    return []
