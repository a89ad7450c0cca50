"""What a verdict depends on, besides the submission and the seed: as one digest."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from graders import __version__
from graders.proctor._kata import Kata
from graders.proctor._submission import Submission
from graders.proctor._verdict import Provenance
from graders.wire import HTTP_MODULES

# Behaviour that suites look at differs from release to release of these.
_LIBRARIES = (
    "aiofiles",
    "aiosqlite",
    "anyio",
    "fastapi",
    "h11",
    *HTTP_MODULES,
    "msgspec",
    "pydantic",
    "pytest",
    "pytest-asyncio",
    "sqlalchemy",
    "starlette",
    "uvicorn",
)
_GRADERS = Path(__file__).parents[1]
_DECIDING = ("wire", "host", "proctor")


def provenance(kata: Kata, submission: Submission, walls: list[str]) -> Provenance:
    """What is to be known about a grading afterwards.

    Args:
        walls: what stood around the submission.
    """
    return Provenance(
        hashlib.sha256(submission.source.encode()).hexdigest(),
        suite_digest(kata.slug, kata.folder),
        __version__,
        platform.python_version(),
        walls,
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
    for name in _LIBRARIES:
        digest.update(f"{name}=={_release(name)}\0".encode())
    digest.update(platform.python_version().encode())
    return digest.hexdigest()


def _files(slug: str, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Every file that decides, with the folder that its name is relative to."""
    for name in ("given.py", "kata.toml", "app.py"):
        if (folder / name).is_file():
            yield folder, folder / name
    suites = _GRADERS / "suites"
    if (suites / f"test_{slug}.py").is_file():
        yield suites, suites / f"test_{slug}.py"
    parts = (suites / "copies" / slug, *(_GRADERS / name for name in _DECIDING))
    for part in parts:
        for path in sorted(part.rglob("*.py")):
            yield part.parent, path


def _release(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
