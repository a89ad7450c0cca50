"""Keeps apart what earlier runs have left of those who have withdrawn since."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from graders.batch._folder import FolderError

WITHDRAWN = "withdrawn"


def set_aside(out: Path, folder: str, wanted: Collection[Path]) -> list[str]:
    """Move away what belongs to nobody any more, and back what has an owner again.

    Args:
        out: the folder for results.
        folder: one in it, as "verdicts"; the other one is "withdrawn/verdicts".
        wanted: files and folders that belong to submissions of this run.

    Returns:
        Names of what has been moved away.

    Raises:
        FolderError: it cannot be moved; nothing is lost.
    """
    here, apart = out / folder, out / WITHDRAWN / folder
    places = {path.relative_to(here) for path in wanted}
    moved = []
    for name in list(_files(here)):
        if not _belongs(name, places):
            _move(here, apart, name)
            moved.append(name.as_posix())
    for name in list(_files(apart)):
        if _belongs(name, places) and not (here / name).exists():
            _move(apart, here, name)
    return moved


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder)


def _belongs(name: Path, places: Collection[Path]) -> bool:
    return any(place in places for place in (name, *name.parents))


def _move(source: Path, target: Path, name: Path) -> None:
    try:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(source / name, target / name)
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise FolderError(
            f"{str(source / name)!r} is of an earlier run and cannot be moved to "
            f"{str(target)!r} ({why}): move it yourself."
        ) from exc
    # Folders that are empty now; the first that is not ends it.
    with contextlib.suppress(OSError):
        for parent in (source / name).relative_to(source).parents:
            (source / parent).rmdir()
