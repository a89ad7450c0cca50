"""The folder for results: one batch at a time, and nothing temporary is left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from graders.proctor import remove_folder
from graders.reports import write_atomically
from graders.settings import SettingError, drawn_seed, read_seed

# Where the seed is kept.
_SEED = ".seed"
_PREFIX = "kata-grade-"
_LOCK = ".lock"
# As `write_atomically` calls what it has not finished.
_PARTS = ".*.part"


class FolderError(Exception):
    """A folder that cannot be used; the text names it and the remedy."""


@contextlib.contextmanager
def results_folder(out: Path) -> Iterator[Path]:
    """Make the folder for results, if there is none, and keep other batches out.

    What a batch that was killed has left there is cleared away first.

    Yields:
        A folder for what is temporary.

    Raises:
        FolderError: it cannot be made or written to, or another batch uses it.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        # Whatever stands there: it may be of a batch that was killed.
        lock = (out / _LOCK).open("a+", encoding="utf-8", errors="backslashreplace")
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise FolderError(
            f"--out {str(out)!r} cannot be used ({why}): give a folder that you may "
            "write to."
        ) from exc
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise FolderError(
                f"Another 'kata grade' is writing to {str(out)!r}: wait for it, or "
                "give another --out."
            ) from exc
        _clear(out, lock)
        scratch = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            _write(lock, str(scratch))
            yield scratch
        finally:
            remove_folder(scratch)
            _write(lock, "")


def kept_seed(out: Path) -> str:
    """The seed of the last run into this folder; a new one where there was none."""
    with contextlib.suppress(OSError, SettingError, UnicodeDecodeError):
        return read_seed((out / _SEED).read_text(encoding="utf-8").strip())
    return drawn_seed()


def keep_seed(out: Path, seed: str) -> None:
    """Keep it for the next run.

    Raises:
        FolderError: it cannot be written.
    """
    write_result(out / _SEED, f"{seed}\n")


def write_result(path: Path, text: str) -> None:
    """Write a file in the folder for results, wholly or not at all.

    Raises:
        FolderError: it cannot be written.
    """
    try:
        write_atomically(path, text)
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise FolderError(
            f"{str(path)!r} cannot be written ({why}): mend that, and start the same "
            "command again. It goes on from where it was."
        ) from exc


def _clear(out: Path, lock: IO[str]) -> None:
    lock.seek(0)
    left = Path(lock.read())
    # The file may say anything; only what was surely made here is removed.
    if (
        left.parent == Path(tempfile.gettempdir())
        and left.name.startswith(_PREFIX)
        and _is_own_folder(left)
    ):
        remove_folder(left)
    for part in out.rglob(_PARTS):
        part.unlink(missing_ok=True)


def _is_own_folder(path: Path) -> bool:
    """Whether it is a folder of this user's, and no link to one."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        # Maybe no path at all.
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _write(lock: IO[str], text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()
