"""Writes reports, verdicts and packs: whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, with nothing half-written at its place at any time.

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
    data = content if isinstance(content, bytes) else content.encode()
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
            os.fchmod(part.fileno(), 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
