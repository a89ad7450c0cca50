"""Writes packs: the same files give the same archive, byte for byte."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from graders.reports import write_atomically

# As early as a zip can say: when something was packed is nobody's business.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_REGULAR = 0o100000

Files = Mapping[str, str | bytes]


class PackError(Exception):
    """A pack that cannot be made; the text names the value and the remedy."""


def zipped(files: Files) -> bytes:
    """A zip of these files.

    Args:
        files: content by name, with `/` between folders. What begins with `#!` is
            executable.
    """
    buffer = io.BytesIO()
    # Stored: a compressor's output differs from release to release.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            content = _bytes(files[name])
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = (_REGULAR | _mode(content)) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def write_pack(files: Files, out: Path) -> None:
    """Write files as a zip, if `out` ends with `.zip`, or else into a folder.

    A zip is there as a whole or not at all. A folder may hold other files, but none
    of these.

    Raises:
        PackError: it cannot be written, or would overwrite a file in the folder.
    """
    try:
        if out.suffix == ".zip":
            write_atomically(out, zipped(files))
        else:
            _write_folder(files, out)
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise PackError(
            f"{str(out)!r} cannot be written ({reason}): give a place that you may "
            "write to."
        ) from exc


def _write_folder(files: Files, folder: Path) -> None:
    there = [name for name in sorted(files) if os.path.lexists(folder / name)]
    if there:
        raise PackError(
            f"{str(folder)!r} has a file {there[0]!r} already: name a new folder, or a "
            ".zip."
        )
    for name in sorted(files):
        content = _bytes(files[name])
        path = folder.joinpath(*PurePosixPath(name).parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(_mode(content))


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _mode(content: bytes) -> int:
    return 0o755 if content.startswith(b"#!") else 0o644
