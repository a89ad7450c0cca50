"""What a verdict depends on, besides the submission and the seed: as one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from graders import __version__
from graders.platform_parts import missing_parts
from graders.proctor.grading.tested_releases import (
    python_release,
    release,
    untested,
)
from graders.proctor.katas.kata import Kata
from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.verdict import Provenance
from graders.wire.tested import PYTHON, known_ranges

_GRADERS = Path(__file__).parents[2]
_DECIDING = ("wire", "host", "proctor")
_DECIDING_FILES = ("platform_parts.py", "tested.toml")


def provenance(kata: Kata, submission: Submission, walls: list[str]) -> Provenance:
    """What is to be known about a grading afterwards.

    Args:
        walls: what stood around the submission.
    """
    return Provenance(
        hashlib.sha256(submission.source.encode()).hexdigest(),
        suite_digest(kata.slug, kata.folder),
        __version__,
        python_release(),
        walls,
        untested(),
        list(missing_parts()),
    )


@cache
def suite_digest(slug: str, folder: Path) -> str:
    """SHA-256 of a kata, its suite, the graders and the releases of the libraries.

    Args:
        folder: the kata's own.
    """
    digest = hashlib.sha256()
    for root, path in _files(slug, folder):
        name = path.relative_to(root).as_posix()
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    # Behaviour that suites look at differs from release to release of these.
    for name in known_ranges():
        if name != PYTHON:
            digest.update(f"{name}=={release(name)}\0".encode())
    digest.update(python_release().encode())
    digest.update(f"\0without {missing_parts()}".encode())
    return digest.hexdigest()


def _files(slug: str, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Every file that decides, with the folder that its name is relative to."""
    for name in ("given.py", "kata.toml", "app.py"):
        if (folder / name).is_file():
            yield folder, folder / name
    # What properties are held against.
    reference = folder.parents[1] / "reference" / slug
    for name in ("solution.py", "plans.toml"):
        if (reference / name).is_file():
            yield reference, reference / name
    for name in _DECIDING_FILES:
        yield _GRADERS, _GRADERS / name
    parts = (_GRADERS / "suites" / slug, *(_GRADERS / name for name in _DECIDING))
    for part in parts:
        for path in sorted(part.rglob("*.py")):
            yield part.parent, path
