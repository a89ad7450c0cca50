"""The part of the graders that grades certain katas, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import graders
from graders.packs._archive import PackError
from graders.packs._learner import stub_of
from graders.proctor import Kata, load_suite, plans_file

_ROOT = Path(graders.__file__).parent

# For work on Async Katas itself; and all katas, where a wheel is installed.
_LEFT_OUT = ("benchmarks", "devtools", "shipped", "tests")
# Of these only what belongs to the katas.
_SUITES = "suites"


def graders_files(katas: Iterable[Kata]) -> dict[str, bytes]:
    """The graders as they stand here, with these katas and their suites.

    Of the references there are only what properties are held against: the solution of
    a kata that has any, and its pinned plans. No other kata's suite is among them.

    Returns:
        Content by name, below `graders/` and `katas/`.

    Raises:
        PackError: a kata has no suite or no stub.
    """
    files = {
        f"graders/{name.as_posix()}": (_ROOT / name).read_bytes()
        for name in _names(_ROOT)
        if name.parts[0] not in (*_LEFT_OUT, _SUITES)
    }
    files[f"graders/{_SUITES}/__init__.py"] = (
        _ROOT / _SUITES / "__init__.py"
    ).read_bytes()
    for kata in katas:
        files |= _suite(kata)
        files |= {
            f"katas/{kata.slug}/{name}": (kata.folder / name).read_bytes()
            for name in ("kata.toml", "given.py", "app.py")
            if (kata.folder / name).is_file()
        }
        files[f"katas/{kata.slug}/{kata.manifest.file}"] = stub_of(kata)
        files |= _oracle(kata)
    return files


def _suite(kata: Kata) -> dict[str, bytes]:
    suite = _ROOT / _SUITES / kata.slug
    place = f"graders/{_SUITES}/{kata.slug}"
    if not (suite / "__init__.py").is_file():
        raise PackError(
            f"The kata {kata.slug!r} has no suite: write {place}/__init__.py."
        )
    return {
        f"{place}/{name.as_posix()}": (suite / name).read_bytes()
        for name in _names(suite)
    }


def _oracle(kata: Kata) -> dict[str, bytes]:
    """What a suite with properties asks while it grades."""
    if not any(check.schedule is not None for check in load_suite(kata).checks):
        return {}
    return {
        f"reference/{kata.slug}/{path.name}": path.read_bytes()
        for path in (kata.solution, plans_file(kata))
        if path.is_file()
    }


def _names(folder: Path) -> Iterator[Path]:
    """Every file below a folder, relative to it, but for what Python left there."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and "__pycache__" not in name.parts:
            yield name
