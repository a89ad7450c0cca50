"""Writes reports and verdicts: whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write a file as UTF-8, with nothing half-written at its place at any time.

    Folders on the way are made.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as exc:
        # "File exists" would be no help.
        number = errno.ENOTDIR
        raise NotADirectoryError(number, os.strerror(number), path.parent) from exc
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        # Line ends are the format's own business.
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as part:
            part.write(text)
            part.flush()
            os.fsync(part.fileno())
            os.fchmod(part.fileno(), 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
